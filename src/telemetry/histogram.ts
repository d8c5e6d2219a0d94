/** A histogram that costs a few comparisons an observation: fixed bounds, counts in one typed array. */
import { type WriteSample, escapeLabel } from './exposition.ts'

/** Upper bounds in seconds: from the time of a send that goes well to that of a sink that was away for a day. */
export const latencyBoundsSeconds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86_400,
]

/** Upper bounds in seconds for one commit or one request. */
export const durationBoundsSeconds: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

export class Histogram {
  readonly #bounds: readonly number[]
  /** Count of each bucket alone (they add up at the scrape); the last one is `+Inf`. */
  readonly #counts: Float64Array
  readonly #bucketLabels: readonly string[]
  readonly #labels: string
  #sum = 0

  /** `bounds`: upper bounds, growing. `labels`: of this series. */
  constructor(bounds: readonly number[], labels: Readonly<Record<string, string>> = {}) {
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
    const own = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    this.#labels = own.length === 0 ? '' : `{${own.join(',')}}`
    this.#bucketLabels = [...bounds.map(String), '+Inf'].map((le) => `{${[...own, `le="${le}"`].join(',')}}`)
  }

  /** `times`: how many observations had this value. A negative one (a clock that jumped) counts as 0. */
  observe(value: number, times = 1): void {
    const seen = value > 0 ? value : 0
    let bucket = 0
    for (const bound of this.#bounds) {
      if (seen <= bound) break
      bucket++
    }
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times
    this.#sum += seen * times
  }

  write(write: WriteSample): void {
    let total = 0
    this.#counts.forEach((count, bucket) => {
      total += count
      write(this.#bucketLabels[bucket] ?? '', total, '_bucket')
    })
    write(this.#labels, this.#sum, '_sum')
    write(this.#labels, total, '_count')
  }
}
