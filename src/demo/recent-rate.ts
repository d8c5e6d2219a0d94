/** How many a second, over the last two seconds: what a count that only grows has done lately. */

const overMs = 2_000
/** Two readings closer than this tell little, and there need not be more of them. */
const leastStepMs = 100

export class RecentRate {
  readonly #readings: { readonly atMs: number; readonly count: number }[] = []

  /** To be called now and then, with the count as it stands; answers the rate a second. */
  read(count: number, nowMs: number): number {
    const readings = this.#readings
    const last = readings.at(-1)
    if (!last || nowMs - last.atMs >= leastStepMs) readings.push({ atMs: nowMs, count })
    // One that is older stays, so that the whole stretch is covered.
    while ((readings[1]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs - overMs) readings.shift()
    const first = readings[0]
    if (!first || nowMs <= first.atMs) return 0
    return ((count - first.count) * 1_000) / (nowMs - first.atMs)
  }
}
