// Plays a recording into the stand-in, at its own pace, faster, or at once.
import { sleep, type Clock } from '../domain/clock.ts'
import { retimed, timeline, type Timeline } from './retime.ts'
import { placeOf } from './cluster.ts'
import type { ApiServer } from './api-server.ts'
import type { RecordedChange } from '../recording/recording.ts'

/** How many times faster than it was recorded; `max`: without waiting. */
export type Speed = number | 'max'

export interface PlayOptions {
  readonly speed: Speed
  readonly clock: Clock
  /** Stops playing; what was played stays. */
  readonly signal: AbortSignal
  /**
   * Moves the events' own times so that they fit the play: what happened at a moment of the recording carries
   * the time at which it is played. Default: they stay as recorded.
   */
  readonly retime?: boolean
  /** Called after each line that was played. */
  readonly onProgress?: (progress: PlayCounts) => void
}

export interface PlayCounts {
  /** Occurrences: lines that were put. */
  readonly put: number
  readonly deleted: number
  /** Bookmarks, and deletions of what was not there. */
  readonly ignored: number
  /** How much of the recording's own time has passed, ms. */
  readonly recordedMs: number
}

export interface Played extends PlayCounts {
  readonly ended: 'complete' | 'stopped'
}

/** Lines played in one go before others get their turn. */
const linesPerTurn = 200

/** What of an API server the player uses. */
export type Stage = Pick<ApiServer, 'put' | 'delete' | 'revision'>

/**
 * Every ADDED or MODIFIED line becomes a `put`, under a version that the stand-in assigns; DELETED a delete.
 * Lines without a time of arrival are played as soon as the one before. Rejects with what `changes` throws.
 */
export async function play(
  changes: AsyncIterable<RecordedChange>,
  stage: Stage,
  options: PlayOptions,
): Promise<Played> {
  const { clock, signal, onProgress } = options
  const startMs = clock.monotonicMs()
  const counts = { put: 0, deleted: 0, ignored: 0, recordedMs: 0 }
  let times: Timeline | undefined
  let linesThisTurn = 0
  for await (const change of changes) {
    if (signal.aborted) break
    if (change.arrivedAtMs !== undefined) {
      times ??= timeline(change.arrivedAtMs, clock.wallMs(), options.speed)
      counts.recordedMs = Math.max(0, change.arrivedAtMs - times.recordedStartMs)
    }
    const dueMs = startMs + (options.speed === 'max' ? 0 : counts.recordedMs / options.speed)
    const waitMs = dueMs - clock.monotonicMs()
    if (waitMs > 0) {
      await sleep(clock, waitMs, signal)
      linesThisTurn = 0
    } else if (++linesThisTurn >= linesPerTurn) {
      await new Promise((resolve) => setImmediate(resolve))
      linesThisTurn = 0
    }
    if (signal.aborted) break
    playLine(change, stage, options.retime ? times : undefined, counts)
    onProgress?.({ ...counts })
  }
  return { ...counts, ended: signal.aborted ? 'stopped' : 'complete' }
}

function playLine(
  change: RecordedChange,
  stage: Stage,
  times: Timeline | undefined,
  counts: { put: number; deleted: number; ignored: number },
): void {
  if (change.type === 'BOOKMARK') {
    counts.ignored += 1
    return
  }
  if (change.type === 'DELETED') {
    const { namespace, name } = placeOf(change.object.metadata)
    const before = stage.revision
    stage.delete(namespace, name)
    if (stage.revision === before) counts.ignored += 1
    else counts.deleted += 1
    return
  }
  stage.put(times ? retimed(change.object, times) : change.object)
  counts.put += 1
}
