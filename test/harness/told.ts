/** What a receiver was told, by identity: what is missing, what came twice and when, what came out of order. */
import assert from 'node:assert/strict'
import { readMark, type Mark } from './feed.ts'

/** How many of a list of marks a failed assertion shows. */
const shown = 20

export class Told {
  readonly #times = new Map<Mark, number>()
  /** The run of the program in which each mark was told last. */
  readonly #lastRun = new Map<Mark, number>()
  readonly #highest = new Map<string, number>()
  readonly #arrivals: number[] = []
  readonly #outOfOrder: string[] = []
  readonly #doubledWithinRun: Mark[] = []
  /** By the run in which they were told before. */
  readonly #doubledAfter: number[] = []
  #run = 0
  #withoutMark = 0
  #doubled = 0

  /** All deliveries. */
  get deliveries(): number {
    return this.#arrivals.length
  }

  /** Distinct marks told. */
  get count(): number {
    return this.#times.size
  }

  /** Deliveries beyond the first of each mark. */
  get doubled(): number {
    return this.#doubled
  }

  /** Of the deliveries beyond the first: those that repeat what was told in a run, the first being 1. */
  doubledAfter(run: number): number {
    return this.#doubledAfter[run] ?? 0
  }

  has(mark: Mark): boolean {
    return this.#times.has(mark)
  }

  hasAll(marks: Iterable<Mark>): boolean {
    for (const mark of marks) if (!this.#times.has(mark)) return false
    return true
  }

  /** Takes a body in. */
  take(body: string): void {
    const read = readMark(body)
    if (!read) {
      this.#withoutMark++
      return
    }
    const { mark, object, state } = read
    this.#arrivals.push(performance.now())
    const times = this.#times.get(mark) ?? 0
    this.#times.set(mark, times + 1)
    if (times === 0) {
      const highest = this.#highest.get(object) ?? 0
      if (state < highest) this.#outOfOrder.push(`${mark} after ${object}.${highest}`)
      this.#highest.set(object, Math.max(highest, state))
    } else {
      this.#doubled++
      const before = this.#lastRun.get(mark) ?? 0
      this.#doubledAfter[before] = this.doubledAfter(before) + 1
      if (before === this.#run) this.#doubledWithinRun.push(mark)
    }
    this.#lastRun.set(mark, this.#run)
  }

  /** The program was started anew: what comes twice in one run has no excuse. */
  nextRun(): void {
    this.#run++
  }

  /** Deliveries that arrived within the last `ms`. */
  within(ms: number): number {
    const since = performance.now() - ms
    const before = this.#arrivals.findLastIndex((at) => at < since)
    return this.#arrivals.length - before - 1
  }

  missing(expected: Iterable<Mark>): Mark[] {
    return [...expected].filter((mark) => !this.#times.has(mark))
  }

  /** Nothing lost, nothing told that was not expected, nothing out of order, nothing twice in one run. */
  assertAll(expected: ReadonlySet<Mark>): void {
    assert.deepEqual(this.missing(expected).slice(0, shown), [], 'lost')
    const foreign = [...this.#times.keys()].filter((mark) => !expected.has(mark))
    assert.deepEqual(foreign.slice(0, shown), [], 'told, and never news')
    assert.equal(this.#withoutMark, 0, 'deliveries without a mark')
    assert.deepEqual(this.#outOfOrder.slice(0, shown), [], 'told before an older state of the same object')
    assert.deepEqual(this.#doubledWithinRun.slice(0, shown), [], 'told twice without a kill between')
  }

  /** As `assertAll`, and nothing twice at all: for what is no kill. */
  assertOnce(expected: ReadonlySet<Mark>): void {
    this.assertAll(expected)
    const twice = [...this.#times].filter(([, times]) => times > 1).map(([mark]) => mark)
    assert.deepEqual(twice.slice(0, shown), [], 'told twice')
  }
}
