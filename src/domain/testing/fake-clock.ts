/** A clock for tests: time passes only when told to, timers fire in order. */
import type { Clock, Timer } from '../clock.ts'

export class FakeClock implements Clock {
  #monotonicMs = 0
  #wallOffsetMs: number
  readonly #timers: { dueMs: number; fire: () => void }[] = []

  constructor(startWallMs = Date.UTC(2026, 10, 22, 8, 0, 0)) {
    this.#wallOffsetMs = startWallMs
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#monotonicMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  schedule(fire: () => void, afterMs: number): Timer {
    const timer = { dueMs: this.#monotonicMs + Math.max(0, afterMs), fire }
    this.#timers.push(timer)
    return {
      cancel: () => {
        const at = this.#timers.indexOf(timer)
        if (at >= 0) this.#timers.splice(at, 1)
      },
    }
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.length
  }

  /** The wall clock jumps; the monotonic one does not. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  /** Time passes while nothing else gets its turn, as when a call blocks. */
  block(forMs: number): void {
    this.#monotonicMs += forMs
  }

  /** Lets time pass; timers that come due fire in order, and what they start gets its turn between them. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + byMs
    await settle()
    for (;;) {
      let next: { dueMs: number; fire: () => void } | undefined
      for (const timer of this.#timers) if (!next || timer.dueMs < next.dueMs) next = timer
      if (!next || next.dueMs > untilMs) break
      this.#timers.splice(this.#timers.indexOf(next), 1)
      this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs)
      next.fire()
      await settle()
    }
    this.#monotonicMs = untilMs
    await settle()
  }
}

/** Lets promises and immediate callbacks run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
