/** What people's commands ask of a journal that runs, beside what sources and sinks need of it. */
import type { Occurrence } from '../domain/occurrence.ts'
import type { StoredLetter } from './journal.ts'
import type { ReplayEvent, WaitingReplays } from './replays.ts'

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
}
