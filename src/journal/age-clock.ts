/**
 * The clock that retention goes by. It counts only time that passed by the monotonic clock while the program ran,
 * and is carried over restarts by the journal: a wall clock that jumps, at start-up or in the middle, expires
 * nothing, and what nobody could deliver because the program was stopped is not taken from the sinks meanwhile.
 */
import type { Clock } from '../domain/clock.ts'

export class AgeClock {
  readonly #clock: Clock
  readonly #baseMs: number
  readonly #startedMs: number

  /** `baseMs`: where the clock stood when it was last stored, 0 for a new journal. */
  constructor(clock: Clock, baseMs: number) {
    this.#clock = clock
    this.#baseMs = baseMs
    this.#startedMs = clock.monotonicMs()
  }

  /** ms of running time since the journal was made. Never goes back. */
  nowMs(): number {
    return Math.floor(this.#baseMs + this.#clock.monotonicMs() - this.#startedMs)
  }
}
