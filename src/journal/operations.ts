/** What people's commands ask of a journal that runs, beside what sources and sinks need of it. */
import type { Occurrence } from '../domain/occurrence.ts'

export interface JournalOperations {
  /** Occurrences from `fromOffset` on, as far as they are in memory: all of them right after they were appended. */
  recent(fromOffset: number): readonly Occurrence[]
}
