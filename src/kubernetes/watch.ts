/** One watch request, from the cursor to its end: lines into occurrences, one append for what one read brought. */
import type { Clock } from '../domain/clock.ts'
import type { NewOccurrence } from '../domain/occurrence.ts'
import type { SourceTelemetry, WatchEnd } from '../telemetry/telemetry.ts'
import type { ApiClient, BodyStream } from './api-client.ts'
import { ApiFault, faultOfStatus } from './api-fault.ts'
import type { EventPaths } from './events-api.ts'
import type { Ledger } from './ledger.ts'
import { splitLines } from './lines.ts'
import { compareVersions, isResourceVersion } from './resource-version.ts'
import { readWatchLine } from './watch-line.ts'

/**
 * The API server keeps no watch cache for events: no bookmark tells that a quiet connection lives. So each watch is
 * bounded: the server ends it after 240 to 300 s, and 10 s later we do.
 */
const SHORTEST_WATCH_SECONDS = 240
const JITTER_SECONDS = 61
const GRACE_MS = 10_000
/** Some servers and proxies hold the headers back until the first event; not refused for this long is accepted. */
const ACCEPTED_AFTER_MS = 2000

export interface WatchParts {
  readonly client: ApiClient
  readonly paths: EventPaths
  readonly ledger: Ledger
  readonly telemetry: SourceTelemetry
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
}

export interface WatchResult {
  readonly cause: WatchEnd
  /** Absent where the server ended the watch in good order. */
  readonly fault?: ApiFault
  /** The server accepted it: there was an answer, and it was no refusal. */
  readonly accepted: boolean
  /** The cursor moved. */
  readonly moved: boolean
  readonly lastedMs: number
}

/** Rejects if `signal` aborts, and with what the journal throws; never with `ApiFault`. */
export async function watchFrom(
  cursor: string,
  parts: WatchParts,
  signal: AbortSignal,
): Promise<WatchResult> {
  const { client, paths, ledger, telemetry, clock, random } = parts
  const { serverIdentity } = client
  const timeoutSeconds = SHORTEST_WATCH_SECONDS + Math.floor(random() * JITTER_SECONDS)
  const startedMs = clock.monotonicMs()
  let reached = cursor
  let written = cursor
  let batch: NewOccurrence[] = []
  let flushQueued = false
  /** Set at an ERROR line, or when the journal throws: nothing after it counts. */
  let over: Error | undefined
  let stream: BodyStream | undefined

  const lines = splitLines({
    onLine: (line) => {
      if (over !== undefined) return
      const read = readWatchLine(line)
      switch (read.kind) {
        case 'occurrence':
          batch.push(read)
          moveTo(read.event.metadata.resourceVersion)
          break
        case 'passed':
          moveTo(read.resourceVersion)
          break
        case 'error':
          over = faultOfStatus(read.status)
          break
        case 'ignored':
          telemetry.lineIgnored(read.why, read.detail)
          break
      }
    },
    onTooLong: (bytes) => telemetry.lineIgnored('too-long', `a line of ${bytes} bytes`),
  })

  /** Never back: a version below is told all the same, but is no place to resume from. */
  function moveTo(version: string | undefined): void {
    if (isResourceVersion(version) && compareVersions(version, reached) > 0) reached = version
  }

  function flush(): void {
    flushQueued = false
    if (batch.length === 0 && reached === written) return
    const occurrences = batch
    batch = []
    ledger.write(occurrences, { cursor: reached, serverIdentity })
    written = reached
  }

  /** Runs when the socket's turn is over: many chunks of HTTP lie in one read of the socket. */
  function endOfRead(): void {
    if (!flushQueued) return
    try {
      flush()
    } catch (error) {
      over = error instanceof Error ? error : new Error(String(error))
    }
    if (over !== undefined) return stream?.abort(over)
    const waiting = ledger.ready(signal, 'watching')
    if (waiting === undefined) return
    stream?.pause()
    void waiting.then(() => stream?.resume())
  }

  const acceptance = clock.schedule(() => telemetry.state('watching'), ACCEPTED_AFTER_MS)
  const fault = await client
    .stream(
      paths.watch(cursor, timeoutSeconds),
      { deadlineMs: timeoutSeconds * 1000 + GRACE_MS, graceMs: GRACE_MS },
      {
        onOpen: (opened) => {
          stream = opened
          acceptance.cancel()
          telemetry.state('watching')
        },
        onChunk: (chunk) => {
          lines.push(chunk)
          if (flushQueued) return
          flushQueued = true
          queueMicrotask(endOfRead)
        },
      },
      signal,
    )
    .then(
      () => undefined,
      (error: unknown) => error,
    )
  acceptance.cancel()
  // What the last read brought is journaled even if the connection broke in the same turn; not if the journal did.
  if (over === undefined || over instanceof ApiFault) flush()
  const ended = over ?? fault
  const lastedMs = clock.monotonicMs() - startedMs
  const brought = { accepted: stream !== undefined, moved: written !== cursor, lastedMs }
  if (ended instanceof ApiFault) return { cause: ended.kind, fault: ended, ...brought }
  if (ended !== undefined) throw ended
  return { cause: lastedMs >= (timeoutSeconds - 1) * 1000 ? 'timeout' : 'closed', ...brought }
}
