/** What has left to each destination that has a quota: one ledger a destination, shared by the sinks that write there. */
import { allowanceOf, horizonMs, windowMsOf } from '../sink-kit/quota.ts'
import type { Quota, SendHistory, SinkQuota } from '../sink-kit/quota.ts'

/** The messages of one destination, over the longest of its windows. */
export class QuotaLedger implements SendHistory {
  readonly limits: readonly Quota[]
  readonly endedAtMs: number[] = []
  readonly #longestWindowMs: number
  #inFlight = 0
  #sinks = 0

  constructor(limits: readonly Quota[]) {
    this.limits = limits
    this.#longestWindowMs = Math.max(...limits.map(windowMsOf))
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Sinks that use it. */
  get sinks(): number {
    return this.#sinks
  }

  join(): void {
    this.#sinks++
  }

  leave(): void {
    this.#sinks--
  }

  began(): void {
    this.#inFlight++
  }

  /** `isCounted`: the destination may have counted it. */
  ended(nowMs: number, isCounted: boolean): void {
    this.#inFlight--
    if (!isCounted) return
    this.endedAtMs.push(nowMs)
    const sinceMs = nowMs - this.#longestWindowMs
    const kept = this.endedAtMs.findIndex((atMs) => atMs > sinceMs)
    if (kept > 0) this.endedAtMs.splice(0, kept)
  }

  /**
   * An earlier process may have sent all that was allowed in a minute, until `atMs`. Of limits on longer times that is
   * not assumed: after each restart nothing would be told for an hour.
   */
  assumeUsed(atMs: number): void {
    const most = Math.max(0, ...this.limits.filter(({ perMs }) => perMs <= horizonMs).map(allowanceOf))
    for (let count = 0; count < most; count++) this.endedAtMs.push(atMs)
  }
}

export class QuotaLedgers {
  readonly #byKey = new Map<string, QuotaLedger>()
  readonly #usedUntilMs: number | undefined

  /**
   * `usedUntilMs`: an earlier process may have written until then, monotonic ms, and its last window counts as used;
   * `undefined`: none can have.
   */
  constructor(usedUntilMs: number | undefined) {
    this.#usedUntilMs = usedUntilMs
  }

  /** The ledger of a destination. */
  join({ key, limits }: SinkQuota): QuotaLedger {
    let ledger = this.#byKey.get(key)
    if (!ledger) {
      ledger = new QuotaLedger(limits)
      if (this.#usedUntilMs !== undefined) ledger.assumeUsed(this.#usedUntilMs)
      this.#byKey.set(key, ledger)
    }
    ledger.join()
    return ledger
  }
}
