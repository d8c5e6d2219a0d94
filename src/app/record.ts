/** Records a cluster's events into a file, as they come: what `demo --recording` plays. */
import { once } from 'node:events'
import { open, type FileHandle } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { RecordingError } from '../recording/recording.ts'
import type { Clock } from '../domain/clock.ts'
import { identityOf } from '../domain/occurrence.ts'
import type { SourceJournal, SourceState } from '../domain/source-journal.ts'
import type { SourceOptions } from '../domain/source-options.ts'
import { IdentityTable } from '../journal/identities.ts'
import { resolveAccess } from '../kubernetes/auth.ts'
import { startEventSource } from '../kubernetes/source.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

export interface RecordOptions {
  readonly source: SourceOptions
  /** Gzipped if its name ends with `.gz`. It must not be there yet. */
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Ends the recording. */
  readonly signal: AbortSignal
}

/**
 * Resolves with the number of events when `signal` aborts and all is written. Rejects with `RecordingError` if the file
 * cannot be written, with `SourceConfigError` if the cluster's credentials cannot be read.
 */
export async function record(options: RecordOptions): Promise<number> {
  const { source: of, file, env, clock, telemetry, signal } = options
  const access = await resolveAccess(of, { env, clock })
  const handle = await openNew(file)
  const lines = new PassThrough({ highWaterMark: 1024 * 1024 })
  const written = writeAll(lines, handle, file)
  const ended = new AbortController()
  const end = (): void => ended.abort()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  // A disk that is full ends the recording: what was written stays.
  written.catch(end)
  const journal = recordingJournal(lines, clock)
  const source = startEventSource({
    options: of,
    access,
    journal,
    telemetry: telemetry.source(of.cluster),
    clock,
  })
  if (!ended.signal.aborted) await once(ended.signal, 'abort')
  signal.removeEventListener('abort', end)
  await source.stop()
  lines.end()
  await written
  return journal.nextOffset() - 1
}

/** Events may tell what is not for everybody: for this user alone. */
async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600)
  } catch (error) {
    throw cannotWrite(file, error)
  }
}

async function writeAll(lines: PassThrough, handle: FileHandle, file: string): Promise<void> {
  const target = handle.createWriteStream()
  try {
    await (file.endsWith('.gz') ? pipeline(lines, createGzip(), target) : pipeline(lines, target))
  } catch (error) {
    throw cannotWrite(file, error)
  }
}

function cannotWrite(file: string, error: unknown): RecordingError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const why = code === 'EEXIST' ? 'it is there already; name another file' : String(code ?? error)
  return new RecordingError(file, undefined, `cannot be written: ${why}`, { cause: error })
}

/** What a source needs of a journal, for a file that is only written. */
function recordingJournal(lines: PassThrough, clock: Clock): SourceJournal {
  const identities = new IdentityTable(1)
  let state: SourceState | undefined
  let count = 0
  return {
    state: () => state,
    append: (occurrences, next) => {
      state = next
      for (const { event, raw } of occurrences) {
        count += 1
        identities.add(identityOf(event))
        // Whether an event is new or has changed, its count and times tell.
        lines.write(`{"t":${clock.wallMs()},"type":"ADDED","object":`)
        lines.write(raw)
        lines.write('}\n')
      }
    },
    nextOffset: () => count + 1,
    ready: (signal) => {
      if (!lines.writableNeedDrain) return undefined
      return once(lines, 'drain', { signal }).then(
        () => undefined,
        () => undefined,
      )
    },
    identitiesSince: () => Promise.resolve(identities),
    newest: () => Promise.resolve([]),
  }
}
