/** A clock that stands still until told: hours of backoff and deadlines pass at once. */
import type { Clock } from '../../domain/clock.ts'

interface Pending {
  readonly fire: () => void
  readonly dueMs: number
  readonly afterMs: number
}

export interface FakeClock extends Clock {
  /** Moves both clocks; fires what is due, earliest first. */
  advance(byMs: number): void
  /** Resolves with the delay of a pending timer that satisfies `wanted`, as soon as there is one. */
  scheduled(wanted: (afterMs: number) => boolean): Promise<number>
  /** Delays of the timers that were neither fired nor cancelled. */
  pending(): readonly number[]
}

export function fakeClock(wallMs: number = Date.parse('2026-11-22T05:00:00Z')): FakeClock {
  let elapsedMs = 0
  const timers = new Set<Pending>()
  const waiting = new Set<() => void>()
  return {
    wallMs: () => wallMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    schedule: (fire, afterMs) => {
      const timer = { fire, dueMs: elapsedMs + afterMs, afterMs }
      timers.add(timer)
      for (const look of waiting) look()
      return { cancel: () => void timers.delete(timer) }
    },
    advance: (byMs) => {
      const untilMs = elapsedMs + byMs
      for (;;) {
        const [due] = [...timers]
          .filter((timer) => timer.dueMs <= untilMs)
          .toSorted((a, b) => a.dueMs - b.dueMs)
        if (due === undefined) break
        timers.delete(due)
        elapsedMs = Math.max(elapsedMs, due.dueMs)
        due.fire()
      }
      elapsedMs = untilMs
    },
    scheduled: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          for (const timer of timers) {
            if (!wanted(timer.afterMs)) continue
            waiting.delete(look)
            return resolve(timer.afterMs)
          }
        }
        waiting.add(look)
        look()
      }),
    pending: () => [...timers].map((timer) => timer.afterMs),
  }
}
