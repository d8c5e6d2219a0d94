/** What people's commands ask of a journal that runs, beside what sources and sinks need of it. */
import type { Occurrence } from '../domain/occurrence.ts'
import type { StoredLetter } from './journal.ts'
import type { ReplayEvent, WaitingReplays } from './replays.ts'
import type { ReportRun, ReportRunWork } from './report-runs.ts'
import type { Chunk } from './store.ts'

export interface JournalOperations {
  /** Occurrences from `fromOffset` on, as far as they are in memory: all of them right after they were appended. */
  recent(fromOffset: number): readonly Occurrence[]
  /** The first offset of what arrived at `sinceMs` or later, to the second; the next one if nothing did. */
  offsetSince(sinceMs: number): Promise<number>
  /** Dead letters by number, as far as they are there. */
  letters(ids: readonly number[]): Promise<readonly StoredLetter[]>
  /** Marks letters to be sent again, or removes them. Resolves when that is on disk; `JournalError` if it is not. */
  commandLetters(kind: 'replay' | 'drop', ids: readonly number[]): Promise<void>
  /**
   * Has a sink send these beside what the journal holds. Resolves when they are on disk; `JournalError` if they are
   * not, and then none is sent.
   */
  queueReplay(sink: string, events: readonly ReplayEvent[]): Promise<void>
  /** Those that the sink has not sent yet, as committed. */
  waitingReplays(sink: string): Promise<WaitingReplays>
  /** The last run of each report at each sink. */
  reportRuns(): readonly ReportRun[]
  /** Holds at once. Resolves when it is on disk; `JournalError` if it is not yet, and then a later commit takes it along. */
  workOnReportRuns(work: ReportRunWork): Promise<void>
  /**
   * What was committed, from the block that holds `fromOffset` on, half a MiB or so, unpacked off the main thread and
   * not parsed. Nothing in it: there is no more.
   */
  storedFrom(fromOffset: number): Promise<Chunk>
}
