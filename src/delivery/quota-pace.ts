/**
 * A sink's pace under its destination's quota: one occurrence a message, or a digest, or nothing yet. The kit's
 * `nextStep` decides; this remembers what it decides from, and what to do with a digest that was not taken.
 */
import type { Outcome } from '../domain/outcome.ts'
import { freeSlots, nextStep } from '../sink-kit/quota.ts'
import type { Quota, Step } from '../sink-kit/quota.ts'
import type { QuotaLedger } from './quota-ledgers.ts'

/** One limit of a quota as it stands: what is left to others is not counted as free. */
export interface QuotaUse extends Quota {
  readonly free: number
}

export class QuotaPace {
  readonly #ledger: QuotaLedger
  readonly #canDigest: boolean
  #lastDigestMs: number | undefined
  #lastDigestWasComplete = true
  #digestCount = Number.POSITIVE_INFINITY
  #inFlight = 0

  constructor(ledger: QuotaLedger, canDigest: boolean) {
    this.#ledger = ledger
    this.#canDigest = canDigest
  }

  get canDigest(): boolean {
    return this.#canDigest
  }

  /** Each limit, with the messages that may leave now. */
  use(nowMs: number): readonly QuotaUse[] {
    const { limits } = this.#ledger
    return limits.map((limit) => ({
      messages: limit.messages,
      perMs: limit.perMs,
      free: Math.max(0, freeSlots([limit], this.#ledger, nowMs)),
    }))
  }

  /** Occurrences that a digest may tell. */
  get digestCount(): number {
    return this.#digestCount
  }

  step(count: number, isStopping: boolean, nowMs: number): Step {
    const waiting = {
      count,
      canDigest: this.#canDigest && this.#digestCount > 1,
      lastDigestMs: this.#lastDigestMs,
      lastDigestWasComplete: this.#lastDigestWasComplete,
      sinks: this.#ledger.sinks,
      isStopping,
    }
    return nextStep(this.#ledger.limits, this.#ledger, waiting, nowMs)
  }

  /** A probe is one message: it waits for a free slot and for nothing else. */
  probeStep(nowMs: number): Step {
    const waiting = {
      count: 1,
      canDigest: false,
      lastDigestMs: undefined,
      lastDigestWasComplete: true,
      sinks: 1,
      isStopping: false,
    }
    return nextStep(this.#ledger.limits, this.#ledger, waiting, nowMs)
  }

  began(): void {
    this.#inFlight++
    this.#ledger.began()
  }

  /** What was answered by an error of the server is no message; what was not answered may be one. */
  ended(outcomes: readonly Outcome[], nowMs: number): void {
    this.#inFlight--
    const failed = outcomes.every((outcome) => outcome.kind === 'retry' && outcome.reason === 'server-error')
    this.#ledger.ended(nowMs, !failed)
  }

  /** `isComplete`: nothing that could be read was left out. */
  digestDelivered(isComplete: boolean, nowMs: number): void {
    this.#lastDigestMs = nowMs
    this.#lastDigestWasComplete = isComplete
    this.#digestCount = Number.POSITIVE_INFINITY
  }

  /**
   * The destination does not take it as it is, perhaps for one of its events: half as many are tried, down to one,
   * which is sent by itself and is then a dead letter if it is to blame.
   */
  digestRejected(count: number): void {
    this.#digestCount = Math.max(1, Math.floor(count / 2))
  }

  /** Whether it is the sink or one of the events is learnt from single ones. */
  digestRefused(): void {
    this.#digestCount = 1
  }

  /** A single one came through, or was told apart. */
  singleSettled(): void {
    this.#digestCount *= 2
  }

  /** The sink flows again after a hold: what it refused then says nothing about now. */
  recovered(): void {
    this.#digestCount = Number.POSITIVE_INFINITY
  }

  close(nowMs: number): void {
    for (; this.#inFlight > 0; this.#inFlight--) this.#ledger.ended(nowMs, true)
    this.#ledger.leave()
  }
}
