/** Retention and what else is done now and then, in steps so small that no event waits for one. */
import type { Clock, Timer } from '../domain/clock.ts'
import type { JournalTelemetry } from '../telemetry/telemetry.ts'
import type { AgeClock } from './age-clock.ts'
import type { Commits } from './commits.ts'
import type { Expired, Store } from './store.ts'
import { textOf } from '../domain/text-of.ts'

const tickMs = 30_000
const nextStepMs = 50

export interface HousekeepingParts {
  readonly store: Store
  readonly clock: Clock
  readonly age: AgeClock
  readonly telemetry: JournalTelemetry
  readonly commits: Commits
  readonly eachTick: () => void
}

export class Housekeeping {
  readonly #parts: HousekeepingParts
  #timer: Timer
  #soon = false
  #stopped = false

  constructor(parts: HousekeepingParts) {
    this.#parts = parts
    this.#timer = parts.clock.schedule(() => this.#step(), tickMs)
  }

  /** The journal grew: over its bound, retention does not wait for its tick. */
  afterCommit(): void {
    if (!this.#soon && !this.#stopped && this.#parts.store.overfull()) this.#nextIn(nextStepMs)
  }

  stop(): void {
    this.#stopped = true
    this.#timer.cancel()
  }

  #nextIn(afterMs: number): void {
    this.#timer.cancel()
    this.#soon = afterMs < tickMs
    this.#timer = this.#parts.clock.schedule(() => this.#step(), afterMs)
  }

  #step(): void {
    const { store, age, commits, telemetry } = this.#parts
    let more = false
    try {
      const expired = store.expire({ ageMs: age.nowMs(), openSinks: commits.openSinks() })
      this.#tell(expired)
      more = expired.more
    } catch (error) {
      // What cannot be removed would let the file grow past its bound, and nobody else may ever look there.
      if (store.failureOf(error) === 'damaged') commits.beginAnew(textOf(error))
      // The commit loop meets the same trouble and says so; here it only waits for the next tick.
      else telemetry.log.debug('a step of retention failed', { detail: textOf(error) })
    }
    if (!this.#soon) this.#parts.eachTick()
    this.#nextIn(more ? nextStepMs : tickMs)
  }

  #tell(expired: Expired): void {
    const { telemetry, commits } = this.#parts
    if (expired.byAge > 0) telemetry.dropped(expired.byAge, 'age')
    if (expired.byBytes > 0) {
      telemetry.dropped(expired.byBytes, this.#parts.store.engine === 'memory' ? 'memory' : 'bytes')
    }
    commits.deadLettersDropped(expired.deadLetters)
    commits.forgetSinks(expired.sinks)
    for (const sink of expired.sinks) {
      telemetry.log.info('a sink that nobody opened for a day has lost its place in the journal', { sink })
    }
  }
}
