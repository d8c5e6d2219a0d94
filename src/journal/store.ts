/** What an engine does for the journal: keep blocks, states and dead letters. The journal itself is engine-blind. */
import type { Occurrence } from '../domain/occurrence.ts'
import type { SourceState } from '../domain/source-journal.ts'
import type { IdentityData } from './identities.ts'
import type { DeadLetter, SettledOffsets, StoredLetter } from './journal.ts'
import type { LetterQuery, LetterWork } from './letters.ts'
import type { QueuedReplay, ReplayWork, WaitingReplays } from './replays.ts'
import type { ReportRun, ReportRunWork } from './report-runs.ts'

/** What an engine knew when it was opened. */
export interface StoreState {
  readonly nextOffset: number
  /** Where the age clock stood. */
  readonly ageMs: number
  readonly sources: ReadonlyMap<string, SourceState>
  readonly sinks: ReadonlyMap<string, SettledOffsets>
  readonly deadLetters: ReadonlyMap<string, number>
  /** Sinks that have letters to be sent again. */
  readonly replaying?: ReadonlySet<string>
  /** Sinks that have other occurrences to send by command. */
  readonly queued?: ReadonlySet<string>
  /** Absent: none is known. */
  readonly reportRuns?: readonly ReportRun[]
}

/** Everything that one commit carries. */
export interface CommitBatch {
  /** Successive offsets, beginning where the last commit ended. May be empty. */
  readonly occurrences: readonly Occurrence[]
  /** Sources whose state moved, by cluster. Every source of an occurrence above is among them. */
  readonly sources: ReadonlyMap<string, SourceState>
  /** Sinks whose settled offsets moved, by name. */
  readonly sinks: ReadonlyMap<string, SettledOffsets>
  readonly deadLetters: readonly DeadLetter[]
  /** After those above were stored; only for an engine that has `letters`. */
  readonly letterWork?: readonly LetterWork[]
  /** Only for an engine that has `replays`. */
  readonly replayWork?: readonly ReplayWork[]
  /** An engine that is lost with its process need not keep them: the journal does while it runs. */
  readonly reportRunWork?: readonly ReportRunWork[]
  /** Age clock. */
  readonly ageMs: number
}

/** What one small step of retention took. */
export interface Expired {
  readonly byAge: number
  readonly byBytes: number
  readonly deadLetters: ReadonlyMap<string, number>
  /** Sinks whose offsets were dropped since nobody opened them for a day. */
  readonly sinks: readonly string[]
  /** There is more to remove: ask again soon. */
  readonly more: boolean
}

export interface ExpireLimits {
  readonly ageMs: number
  /** Sinks that are open: their offsets stay. */
  readonly openSinks: ReadonlySet<string>
}

/** A part of the log, unpacked and not yet parsed. */
export interface Chunk {
  /** NDJSON of all blocks, one after another. */
  readonly lines: Uint8Array
  /** Ascending. */
  readonly blocks: readonly ChunkBlock[]
  /** Where to read on: everything below was in the chunk or cannot be had any more. */
  readonly nextOffset: number
}

export interface ChunkBlock {
  readonly firstOffset: number
  readonly count: number
  readonly arrivedAtMs: number
  readonly cluster: string
  /** `[start, end)` in the chunk's lines. */
  readonly start: number
  readonly end: number
}

/** How a commit failed, which decides what is done about it. */
export type CommitFailure = 'busy' | 'full' | 'damaged' | 'io'

export interface Store {
  readonly engine: 'sqlite' | 'memory'
  readonly salt: Uint8Array
  readonly opened: StoreState
  /** All or nothing; throws what the engine throws. Answers how many dead letters fell to the bound, by sink. */
  commit(batch: CommitBatch): ReadonlyMap<string, number>
  failureOf(error: unknown): CommitFailure
  /** Tries to make the engine work again after a failure that was none of `busy`. Throws nothing. */
  recover(failure: CommitFailure): void
  /**
   * Begins anew after `damaged`, with what the journal knows: all but these occurrences, which end before
   * `state.nextOffset`, is lost. Throws what the engine throws, and may then be called again, with the same or with
   * more. Answers where the damaged file was put.
   */
  replace(state: StoreState, occurrences: readonly Occurrence[]): string
  /** True when new events may flow again after `full`. */
  hasRoom(): boolean
  /** Bytes really used. */
  bytes(): number
  /** Over its bound in bytes. */
  overfull(): boolean
  /** The oldest occurrence held. */
  oldest(): { readonly offset: number; readonly ageMs: number } | undefined
  /** One small step of retention. Throws what the engine throws. */
  expire(limits: ExpireLimits): Expired
  /** Blocks from the one that holds `fromOffset` on, below `before`, half a MiB or so. */
  read(fromOffset: number, before: number): Promise<Chunk>
  /** Raw texts of the newest events of a source below `before`, newest first. */
  newest(cluster: string, before: number, count: number): Promise<readonly Uint8Array[]>
  /** Identities of a source's occurrences from `fromOffset` on, below `before`. */
  identities(cluster: string, fromOffset: number, before: number): Promise<IdentityData>
  /** Newest first. */
  deadLetters(sink: string, limit: number): Promise<readonly DeadLetter[]>
  /** What commands need of dead letters; absent: the engine is lost with its process, and takes no commands. */
  readonly letters?: {
    find(query: LetterQuery): Promise<readonly StoredLetter[]>
    /** Held for a sink, counted anew. */
    count(sink: string): number
  }
  /** What sinks were commanded to send; absent: the engine takes no commands. */
  readonly replays?: {
    find(sink: string, afterId: number, limit: number): Promise<readonly QueuedReplay[]>
    waiting(sink: string): Promise<WaitingReplays>
  }
  /** The first offset that was stored of what arrived then or later; `undefined`: nothing did. */
  offsetSince(sinceMs: number): Promise<number | undefined>
  /** Resolves when everything committed is on disk. */
  sync(): Promise<void>
  close(clean: boolean, ageMs: number): Promise<void>
}

/** Dead letters kept for a sink. */
export const maxDeadLetters = 10_000
export const maxDeadLetterAgeMs = 7 * 24 * 3_600_000
/** A sink that nobody opened for so long loses its place. */
export const maxSinkIdleMs = 24 * 3_600_000
/** Size of a chunk: what one late read brings at once. */
export const chunkBytes = 512 * 1024
export const chunkCount = 2048
