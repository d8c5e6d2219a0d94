/** Lines that may come thousands of times a second are written seldom; the metric beside each has the whole count. */
import type { Clock } from '../domain/clock.ts'

/** Lines with the same key come at most this often, ms. */
export const seldomEveryMs = 10_000

export class Seldom {
  readonly #clock: Clock
  readonly #last = new Map<string, { atMs: number; kept: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Calls `say` if the last time for this key is long enough ago. `notSaid`: how often it was not called since then.
   * Keys are few: closed unions and names from the configuration.
   */
  say(key: string, say: (notSaid: number) => void): void {
    const nowMs = this.#clock.monotonicMs()
    const last = this.#last.get(key)
    if (last && nowMs - last.atMs < seldomEveryMs) {
      last.kept++
      return
    }
    this.#last.set(key, { atMs: nowMs, kept: 0 })
    say(last?.kept ?? 0)
  }
}

/** The field that tells how many lines like this one were left out before it. */
export function leftOut(notSaid: number): { readonly leftOut?: number } {
  return notSaid > 0 ? { leftOut: notSaid } : {}
}
