/**
 * What a person commanded the sink to send, beside what the journal has. It is read forward, a part at a time, and takes
 * turns with new events: neither keeps the other waiting for long.
 */
import type { Occurrence } from '../domain/occurrence.ts'
import type { QueuedReplay, ReplayReader } from '../journal/replays.ts'
import { idOf, ownCopy } from './own-copy.ts'

export interface ReplayQueueParts {
  /** Absent: the journal takes no commands. */
  readonly replays: ReplayReader | undefined
  /** What is taken in one turn. */
  readonly turn: number
  /** Some were read: `takeTurn` has something to give. */
  readonly wake: () => void
  /** Says so, and wakes after a while. */
  readonly readFailed: (error: unknown) => void
  readonly wallMs: () => number
}

export interface NewEvents {
  /** Some of them may be sent now. */
  readonly wait: boolean
  /** So many were settled since the start. */
  readonly settled: number
}

export class ReplayQueue {
  readonly #parts: ReplayQueueParts
  #inHand = 0
  #read: readonly QueuedReplay[] = []
  #afterId = 0
  #more: boolean
  #reading = false
  /** How many new events had been settled when the last turn was taken. */
  #settledBefore = 0
  #lastTurn = 0

  constructor(parts: ReplayQueueParts) {
    this.#parts = parts
    this.#more = parts.replays?.waitedAtOpen ?? false
  }

  /** Some are on their way from the disk. */
  get reading(): boolean {
    return this.#reading
  }

  /** There may be new ones. */
  lookOn(): void {
    this.#more = true
    this.#parts.wake()
  }

  /** What takes its turn now. */
  takeTurn(newEvents: NewEvents): readonly Occurrence[] {
    const { replays, turn, wallMs } = this.#parts
    this.#readOn()
    if (this.#read.length === 0 || !this.#mayTakeTurn(newEvents)) return []
    const taken = this.#read.slice(0, turn)
    this.#read = this.#read.slice(turn)
    this.#settledBefore = newEvents.settled
    this.#lastTurn = taken.length
    const occurrences = taken.flatMap((replay) => {
      const occurrence = ownCopy(replay, wallMs())
      // The command sends events only: this one's text is damaged, and nothing can be made of it.
      if (occurrence === undefined) replays?.done(replay.id)
      return occurrence ?? []
    })
    this.#inHand += occurrences.length
    return occurrences
  }

  /** It was sent, or became a dead letter. */
  done(occurrence: Occurrence): void {
    this.#parts.replays?.done(idOf(occurrence))
    this.#inHand--
  }

  #mayTakeTurn({ wait, settled }: NewEvents): boolean {
    if (!wait) return this.#inHand <= this.#parts.turn
    return this.#inHand === 0 && settled - this.#settledBefore >= this.#lastTurn
  }

  #readOn(): void {
    const { replays, turn, wake, readFailed } = this.#parts
    if (replays === undefined || !this.#more || this.#reading || this.#read.length > 0) return
    this.#reading = true
    this.#more = false
    replays.next(this.#afterId, turn).then(
      (found) => {
        this.#reading = false
        this.#read = found
        this.#afterId = found.at(-1)?.id ?? this.#afterId
        // A read may bring fewer than asked for, since it is bounded in bytes too.
        if (found.length > 0) this.#more = true
        wake()
      },
      (error: unknown) => {
        this.#reading = false
        this.#more = true
        readFailed(error)
      },
    )
  }
}
