/**
 * Occurrences that a person commanded a sink to send, beside what the journal has: each with its own copy, kept until
 * it is sent or becomes a dead letter.
 */

export interface ReplayEvent {
  readonly cluster: string
  /** The event's JSON text. */
  readonly raw: Uint8Array
}

export interface QueuedReplay extends ReplayEvent {
  /** Its number; grows, is never used again, and is greater than that of any dead letter. */
  readonly id: number
}

/** What a commit does to them. One that is gone meanwhile is passed over. */
export type ReplayWork =
  | { readonly kind: 'queue'; readonly sink: string; readonly events: readonly ReplayEvent[] }
  /** It was sent, or became a dead letter. */
  | { readonly kind: 'done'; readonly id: number }

export interface WaitingReplays {
  readonly count: number
  /** Of text. */
  readonly bytes: number
}

/** A pump's part: what its sink was commanded to send. */
export interface ReplayReader {
  /** There were some when the reader was opened. */
  readonly waitedAtOpen: boolean
  /** Off the main thread, oldest first; of about half a MiB. */
  next(afterId: number, limit: number): Promise<readonly QueuedReplay[]>
  /** The next commit takes it along. */
  done(id: number): void
}

/** As many wait for a sink as it may have dead letters: all of them may become some. */
export const maxWaitingReplays = 10_000
/** Text that waits for a sink. */
export const maxWaitingReplayBytes = 16 * 1024 * 1024
/** Numbers begin here: no journal buries so many letters. */
export const firstReplayId = 2 ** 48
