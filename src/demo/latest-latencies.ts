/** The latest latencies of a sink, as many as tell what is usual and what is rare. */

const kept = 2_000

export class LatestLatencies {
  readonly #ms: number[] = []
  #next = 0

  add(latencyMs: number): void {
    this.#ms[this.#next] = latencyMs
    this.#next = (this.#next + 1) % kept
  }

  /** The smallest that so many of them do not exceed, ms; `undefined` of none. `part`: 0.99 */
  quantiles(...parts: readonly number[]): readonly (number | undefined)[] {
    const sorted = Float64Array.from(this.#ms).toSorted()
    return parts.map((part) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)])
  }
}
