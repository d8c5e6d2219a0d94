/** A clock that only moves when told, for tests in which hours pass. */
import type { Clock, Timer } from '../../domain/clock.ts'

interface Scheduled {
  readonly atMs: number
  readonly fire: () => void
}

export class ManualClock implements Clock {
  #wallMs = Date.UTC(2030, 0, 1)
  #monotonicMs = 1000
  readonly #timers = new Set<Scheduled>()

  wallMs(): number {
    return this.#wallMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  schedule(fire: () => void, afterMs: number): Timer {
    const timer = { atMs: this.#monotonicMs + afterMs, fire }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /** Lets both clocks run on, firing what is due on the way, in order. */
  advance(ms: number): void {
    const untilMs = this.#monotonicMs + ms
    for (;;) {
      const due = [...this.#timers]
        .filter((timer) => timer.atMs <= untilMs)
        .toSorted((a, b) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#moveTo(Math.max(due.atMs, this.#monotonicMs))
      due.fire()
    }
    this.#moveTo(untilMs)
  }

  /** What an administrator, a virtual machine or a bad time server does. */
  jumpWall(ms: number): void {
    this.#wallMs += ms
  }

  get timers(): number {
    return this.#timers.size
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs
    this.#monotonicMs = monotonicMs
  }
}
