/** The newest occurrences as live objects: what a sink that keeps up is served from, without a copy. */
import type { Occurrence } from '../domain/occurrence.ts'

/** A raw text that is a small part of a network chunk keeps the whole chunk alive: charged up to this much. */
const maxChargeForChunkBytes = 64 * 1024

const none: readonly Occurrence[] = Object.freeze([])

/**
 * Offsets in it are dense, so a place is found by subtraction. It is bounded in bytes of memory held by the raw
 * texts, except that what is not committed yet always stays.
 */
export class Tail {
  readonly #maxBytes: number
  #occurrences: Occurrence[] = []
  #costs: number[] = []
  #bytes = 0
  #nextOffset: number
  #lastBuffer: ArrayBufferLike | undefined

  constructor(maxBytes: number, nextOffset: number) {
    this.#maxBytes = maxBytes
    this.#nextOffset = nextOffset
  }

  /** The offset that the next occurrence will get. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** The oldest offset held; `nextOffset` when empty. */
  get firstOffset(): number {
    return this.#nextOffset - this.#occurrences.length
  }

  push(occurrence: Occurrence): void {
    const { raw } = occurrence
    // One chunk carries several occurrences in a row: it is charged to the first of them.
    const cost =
      raw.buffer === this.#lastBuffer
        ? raw.byteLength
        : Math.max(raw.byteLength, Math.min(raw.buffer.byteLength, maxChargeForChunkBytes))
    this.#lastBuffer = raw.buffer
    this.#occurrences.push(occurrence)
    this.#costs.push(cost)
    this.#bytes += cost
    this.#nextOffset = occurrence.offset + 1
  }

  /** At most `maxCount` and about `maxBytes` of raw text from an offset that is held; at least one. */
  read(fromOffset: number, maxCount: number, maxBytes: number): readonly Occurrence[] {
    const from = fromOffset - this.firstOffset
    const end = Math.min(this.#occurrences.length, from + maxCount)
    if (from < 0 || from >= end) return none
    let bytes = 0
    let to = from
    while (to < end) {
      bytes += this.#occurrences[to]?.raw.byteLength ?? 0
      if (bytes > maxBytes && to > from) break
      to += 1
    }
    return this.#occurrences.slice(from, to)
  }

  /** All that is held from `fromOffset` to before `toOffset`. */
  slice(fromOffset: number, toOffset: number): readonly Occurrence[] {
    const first = this.firstOffset
    return this.#occurrences.slice(Math.max(0, fromOffset - first), Math.max(0, toOffset - first))
  }

  /**
   * Lets go of what nobody wants any more (below `wantedFrom`) and of the oldest until the bound is kept, and of
   * nothing at or above `committedBefore`.
   */
  trim(committedBefore: number, wantedFrom: number): void {
    const first = this.firstOffset
    const free = committedBefore - first
    let count = 0
    while (count < free && (this.#bytes > this.#maxBytes || first + count < wantedFrom)) {
      this.#bytes -= this.#costs[count] ?? 0
      count += 1
    }
    if (count === 0) return
    this.#occurrences.splice(0, count)
    this.#costs.splice(0, count)
  }
}
