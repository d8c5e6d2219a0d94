/**
 * Whether a sink flows or is held, learnt from the outcomes of its sends. A held sink sends nothing but a probe:
 * one occurrence at the end of each wait. Any success lets it flow again.
 *
 * | state   | told                                                    | becomes                        |
 * |---------|---------------------------------------------------------|--------------------------------|
 * | flowing | unreachable, throttled                                  | held, first wait               |
 * | flowing | refused, and the refusal before it was another's         | held as misconfigured, 30 s    |
 * | flowing | server error or timeout: two occurrences out of tries in a row, or nothing but errors | held, first wait |
 * | held    | the probe failed                                        | held, next wait                |
 * | held    | a send that began before the hold failed                | unchanged                      |
 * | any     | delivered or rejected                                   | flowing                        |
 */
import type { RetryReason } from '../domain/outcome.ts'
import type { HoldReason } from '../telemetry/telemetry.ts'
import { misconfiguredProbeMs, probeAfterMs, treatmentOf } from './retry-policy.ts'

export interface Hold {
  readonly reason: HoldReason
  readonly detail: string
  /** When the next probe may leave, monotonic ms. */
  readonly untilMs: number
  readonly failedProbes: number
}

export interface Failure {
  readonly reason: RetryReason
  readonly offset: number
  /** The occurrence has used up its tries. */
  readonly outOfTries: boolean
  readonly afterMs: number | undefined
  readonly detail: string
  /** `epoch` as it was when the send began. */
  readonly epoch: number
}

/** What a destination may ask for with Retry-After is believed up to an hour. */
const longestAskedWaitMs = 3_600_000

export class SinkHealth {
  #hold: Hold | undefined
  #epoch = 0
  #refusedOffset: number | undefined
  #outOfTriesOffset: number | undefined
  #failuresInARow = 0
  readonly #failuresThatHold: number
  readonly #random: () => number

  constructor(concurrency: number, random: () => number) {
    // So many sends failing with no success between them are the sink's fault, even before tries run out.
    this.#failuresThatHold = Math.max(10, 2 * concurrency)
    this.#random = random
  }

  get hold(): Hold | undefined {
    return this.#hold
  }

  /** Grows with each hold; a send remembers the one it began in. */
  get epoch(): number {
    return this.#epoch
  }

  /** Answers whether a hold ended by it. */
  succeeded(): boolean {
    this.#refusedOffset = undefined
    this.#outOfTriesOffset = undefined
    this.#failuresInARow = 0
    const ended = this.#hold !== undefined
    this.#hold = undefined
    return ended
  }

  /** Answers whether the sink is held anew, or for longer, by it. */
  failed(failure: Failure, nowMs: number): boolean {
    if (treatmentOf[failure.reason] === 'leave') return false
    if (this.#hold) {
      if (failure.epoch !== this.#epoch) return false
      return this.#holdFor(this.#hold.reason, failure, nowMs, this.#hold.failedProbes + 1)
    }
    switch (failure.reason) {
      case 'unreachable':
      case 'throttled':
        return this.#holdFor(failure.reason, failure, nowMs, 0)
      case 'refused': {
        const another = this.#refusedOffset !== undefined && this.#refusedOffset !== failure.offset
        this.#refusedOffset = failure.offset
        return another && this.#holdFor('misconfigured', failure, nowMs, 0)
      }
      case 'server-error':
      case 'timeout': {
        this.#failuresInARow++
        let another = false
        if (failure.outOfTries) {
          another = this.#outOfTriesOffset !== undefined && this.#outOfTriesOffset !== failure.offset
          this.#outOfTriesOffset = failure.offset
        }
        if (!another && this.#failuresInARow < this.#failuresThatHold) return false
        return this.#holdFor(failure.reason, failure, nowMs, 0)
      }
      case 'stopped':
        return false
    }
  }

  #holdFor(reason: HoldReason, failure: Failure, nowMs: number, failedProbes: number): true {
    // A probe may fail in another way than what began the hold: then that is what holds now.
    const heldBy = failedProbes > 0 ? reasonOfProbe(reason, failure.reason) : reason
    const ownWaitMs =
      heldBy === 'misconfigured' ? misconfiguredProbeMs : probeAfterMs(failedProbes, this.#random)
    const askedMs = Math.min(failure.afterMs ?? 0, longestAskedWaitMs)
    this.#epoch++
    this.#hold = {
      reason: heldBy,
      detail: failure.detail,
      untilMs: nowMs + (failure.afterMs === undefined ? ownWaitMs : Math.max(askedMs, 1)),
      failedProbes,
    }
    return true
  }
}

function reasonOfProbe(before: HoldReason, now: RetryReason): HoldReason {
  if (now === 'refused') return 'misconfigured'
  return now === 'stopped' ? before : now
}
