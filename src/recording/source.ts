/** A recording as a source: its occurrences are journaled at the pace at which they came, or faster, each once. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { sleep, type Clock } from '../domain/clock.ts'
import type { NewOccurrence } from '../domain/occurrence.ts'
import type { SourceJournal } from '../domain/source-journal.ts'
import type { RecordingSourceOptions } from '../domain/source-options.ts'
import type { SourceTelemetry } from '../telemetry/telemetry.ts'
import { readRecording, RecordingError, type RecordedChange } from './recording.ts'
import { textOf } from '../domain/text-of.ts'

/** Lines looked at before the program starts: what is no recording at all shows at its beginning. */
const linesChecked = 100
/** Lines journaled together, at most, before others get their turn. */
const linesPerTurn = 200
/** A file that cannot be read on, or a line that is wrong, may be mended meanwhile. */
const retryAfterMs = 30_000

/** A recording that was found to be one. */
export interface OpenedRecording {
  readonly file: string
  /** A hash of the file's path and size: another file under this name is another recording. */
  readonly identity: string
}

export interface RecordingSourceParts {
  readonly options: RecordingSourceOptions
  /** From `openRecording`. */
  readonly opened: OpenedRecording
  readonly journal: SourceJournal
  readonly telemetry: SourceTelemetry
  readonly clock: Clock
}

export interface RecordingSource {
  /** Ends playing; what is not journaled yet is read again at the next start. Resolves when nothing is open any more. */
  stop(): Promise<void>
  /** Resolves after `stop`, not at the recording's end; never rejects. */
  readonly done: Promise<void>
}

/** Reads the first lines. Rejects with a `RecordingError`, which names the file and the line. */
export async function openRecording(file: string): Promise<OpenedRecording> {
  let checked = 0
  for await (const _ of readRecording(file)) if (++checked >= linesChecked) break
  if (checked === 0) throw new RecordingError(file, undefined, 'it is empty')
  const { size } = await stat(file)
  return { file, identity: createHash('sha256').update(`${file}\n${size}`).digest('hex').slice(0, 32) }
}

/**
 * Starts at once, at the line after the last one journaled. The cursor is the number of lines read, and moves in the
 * commit that keeps their occurrences, so that a restart neither loses nor doubles any. At the recording's end the
 * source stays, and has no more to tell.
 */
export function startRecordingSource(parts: RecordingSourceParts): RecordingSource {
  const { options, opened, journal, telemetry, clock } = parts
  const { file, identity } = opened
  const stopping = new AbortController()
  const { signal } = stopping
  let line = lineToGoOnFrom(journal, identity)

  async function run(): Promise<void> {
    if (line > 0) telemetry.log.info(`goes on in the recording after line ${line}`)
    while (!signal.aborted) {
      try {
        telemetry.state('watching')
        await play()
        if (signal.aborted) break
        telemetry.log.info(`the recording has ended after ${line} lines: there is no more to tell`)
        await aborted(signal)
      } catch (error) {
        if (signal.aborted) break
        // The line that is at fault is tried again, so that none is passed over.
        telemetry.state('retrying', textOf(error))
        await sleep(clock, retryAfterMs, signal)
      }
    }
    telemetry.state('stopped')
  }

  async function play(): Promise<void> {
    const due = schedule(options.speed, clock)
    let batch: NewOccurrence[] = []
    let batchedTo = line
    const keep = async (): Promise<void> => {
      if (batchedTo === line) return
      await journal.ready(signal)
      if (signal.aborted) return
      journal.append(batch, { cursor: String(batchedTo), serverIdentity: identity })
      for (const { event } of batch) telemetry.occurrence(event)
      line = batchedTo
      batch = []
      await new Promise((resolve) => setImmediate(resolve))
    }
    try {
      for await (const change of readRecording(file)) {
        if (signal.aborted) return
        if (change.line <= line) continue
        const waitMs = due(change)
        if (waitMs > 0) {
          await keep()
          await sleep(clock, waitMs, signal)
          if (signal.aborted) return
        }
        if (change.type === 'ADDED' || change.type === 'MODIFIED') batch.push(occurrenceOf(change.object))
        batchedTo = change.line
        if (batchedTo - line >= linesPerTurn) await keep()
      }
    } finally {
      // What stands before a line that is wrong counts too.
      await keep()
    }
  }

  const done = run()
  return {
    done,
    stop: () => {
      stopping.abort()
      return done
    },
  }
}

function lineToGoOnFrom(journal: SourceJournal, identity: string): number {
  const state = journal.state()
  return state?.serverIdentity === identity ? Number(state.cursor) : 0
}

/** Answers how long to wait for a change, ms; the first one is due at once. */
function schedule(speed: number | 'max', clock: Clock): (change: RecordedChange) => number {
  const startMs = clock.monotonicMs()
  let recordedStartMs: number | undefined
  return ({ arrivedAtMs }) => {
    if (speed === 'max' || arrivedAtMs === undefined) return 0
    recordedStartMs ??= arrivedAtMs
    return startMs + (arrivedAtMs - recordedStartMs) / speed - clock.monotonicMs()
  }
}

function occurrenceOf(event: NewOccurrence['event']): NewOccurrence {
  return { event, raw: Buffer.from(JSON.stringify(event)) }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
