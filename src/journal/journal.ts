/** The journal's port: the durable, append-only log that every sink reads at its own offset. */
import type { Occurrence } from '../domain/occurrence.ts'
import type { SourceJournal } from '../domain/source-journal.ts'
import type { ReplayReader } from './replays.ts'

/** What is settled for a sink. A kill repeats no settled occurrence that was committed. */
export interface SettledOffsets {
  /** Low-water mark: every offset below it is settled. */
  readonly mark: number
  /** Settled ranges above the mark, ascending, disjoint, inclusive: `[[from, to], …]`. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

export interface DeadLetter {
  readonly sink: string
  readonly offset: number
  readonly cluster: string
  /** The event's JSON text: a copy of its own, since the journal forgets. */
  readonly raw: Uint8Array
  readonly reason: string
  readonly detail: string
  /** ms since 1970. */
  readonly diedAtMs: number
}

export interface StoredLetter extends DeadLetter {
  /** Its number; grows, never used again while letters are kept. */
  readonly id: number
  /** Somebody commanded to send it again, and that has not come to an end. */
  readonly replaying: boolean
}

/** A pump's part: the letters of its sink that are to be sent again. */
export interface LetterReader {
  /** There were some when the reader was opened. */
  readonly waitedAtOpen: boolean
  /** Off the main thread, oldest first. */
  next(afterId: number, limit: number): Promise<readonly StoredLetter[]>
  /** The next commit takes it along, as it does what `died` says. */
  delivered(id: number): void
  died(id: number, reason: string, detail: string, diedAtMs: number): void
}

/** A sink's place in the journal. */
export interface SinkReader {
  /** What was settled when the reader was opened. */
  readonly settledAtOpen: SettledOffsets
  /**
   * Occurrences from `fromOffset` on, in order, at most `maxCount` and about `maxBytes` of raw text. From memory
   * at once where the newest part serves; else a promise, read off the main thread. Empty: nothing there yet.
   * Offsets that retention has removed are skipped: the first offset answered may be greater than asked for.
   * While many dead letters of this sink cannot be committed, the promise waits: all of them are kept in memory.
   */
  read(
    fromOffset: number,
    maxCount: number,
    maxBytes: number,
  ): readonly Occurrence[] | Promise<readonly Occurrence[]>
  /** Says that what `snapshot` answers has changed: the next commit takes it along. Cheap; call it at will. */
  touch(): void
  /** The next commit takes the dead letter along. */
  bury(letter: Omit<DeadLetter, 'sink'>): void
  /** Dead letters to be sent again; absent: the engine takes no commands. */
  readonly letters?: LetterReader
  /** What the sink was commanded to send; absent: the engine takes no commands. */
  readonly replays?: ReplayReader
  close(): void
}

export interface JournalSize {
  /** Bytes really used on disk (or of memory, for the memory engine). */
  readonly bytes: number
  readonly firstOffset: number
  readonly nextOffset: number
  /** Age of the oldest occurrence held, seconds; 0 if there is none. */
  readonly oldestAgeSeconds: number
}

export interface Journal {
  /** `sqlite`: survives restarts. `memory`: does not. */
  readonly engine: 'sqlite' | 'memory'
  /** A random secret that lives as long as the journal; the key of the hash in derived sinks' names. */
  readonly salt: Uint8Array
  source(cluster: string): SourceJournal
  /**
   * Opens a sink's reader. A sink that the journal does not know starts at now (the next offset).
   * `snapshot` is asked at each commit after a `touch`.
   */
  openReader(sink: string, snapshot: () => SettledOffsets): SinkReader
  /** Calls `listener` after each append; returns how to stop it. */
  onAppend(listener: () => void): () => void
  size(): JournalSize
  /** Dead letters held for a sink, newest first. */
  deadLetters(sink: string, limit: number): Promise<readonly DeadLetter[]>
  deadLetterCount(sink: string): number
  /** Commits what waits, resolves when it is on disk. */
  flush(): Promise<void>
  /** Commits, releases the lock. Nothing may be called after it. */
  close(): Promise<void>
}
