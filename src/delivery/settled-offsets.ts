/**
 * What is settled at one sink: a low-water mark and the settled ranges above it. Small, since occurrences settle
 * nearly in order; bounded, since at `rangeCount` of its bound the pump stops reading.
 */
import type { SettledOffsets } from '../journal/journal.ts'

export class SettledTracker {
  #mark: number
  /** Ascending, disjoint, not touching each other nor the mark; inclusive. */
  readonly #ranges: [from: number, to: number][]

  constructor(settled: SettledOffsets) {
    this.#mark = settled.mark
    this.#ranges = settled.ranges.map(([from, to]) => [from, to])
    this.#absorb()
  }

  /** Every offset below it is settled. */
  get mark(): number {
    return this.#mark
  }

  get rangeCount(): number {
    return this.#ranges.length
  }

  /** How many offsets above the mark are settled. */
  get settledAboveMark(): number {
    let count = 0
    for (const [from, to] of this.#ranges) count += to - from + 1
    return count
  }

  has(offset: number): boolean {
    if (offset < this.#mark) return true
    const range = this.#ranges[this.#firstEndingAtOrAfter(offset)]
    return range !== undefined && range[0] <= offset
  }

  settle(offset: number): void {
    this.#join(offset, offset)
  }

  /** Settles `from` to `to`, inclusive; answers how many of them were not settled before. */
  settleRange(from: number, to: number): number {
    const before = this.#mark + this.settledAboveMark
    this.#join(from, to)
    return this.#mark + this.settledAboveMark - before
  }

  #join(from: number, to: number): void {
    if (to < this.#mark) return
    if (from <= this.#mark) {
      this.#mark = to + 1
      this.#absorb()
      return
    }
    // Joins every range that overlaps or touches.
    const first = this.#firstEndingAtOrAfter(from - 1)
    let last = first
    let joined: [number, number] = [from, to]
    for (let range = this.#ranges[last]; range && range[0] <= to + 1; range = this.#ranges[++last]) {
      joined = [Math.min(joined[0], range[0]), Math.max(joined[1], range[1])]
    }
    this.#ranges.splice(first, last - first, joined)
  }

  /** Nothing from `from` on is settled any more. */
  unsettleFrom(from: number): void {
    this.#mark = Math.min(this.#mark, from)
    const kept = this.#ranges.filter((range) => range[0] < from)
    this.#ranges.splice(0, this.#ranges.length, ...kept)
    const last = this.#ranges.at(-1)
    if (last) last[1] = Math.min(last[1], from - 1)
  }

  snapshot(): SettledOffsets {
    return { mark: this.#mark, ranges: this.#ranges.map(([from, to]) => [from, to] as const) }
  }

  #absorb(): void {
    let range = this.#ranges[0]
    while (range && range[0] <= this.#mark) {
      this.#mark = Math.max(this.#mark, range[1] + 1)
      this.#ranges.shift()
      range = this.#ranges[0]
    }
  }

  #firstEndingAtOrAfter(offset: number): number {
    let low = 0
    let high = this.#ranges.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const range = this.#ranges[middle]
      if (range && range[1] < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
