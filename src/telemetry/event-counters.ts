/** Counters an event: labels taken from what a cluster's users wrote, hence bounded in number and length. */
import { type WriteSample, escapeLabel } from './exposition.ts'

/** Series of one metric before an object's name becomes `_other`. */
export const maxNamedSeries = 10_000

/** What a label says once there are too many series. */
const otherLabel = '_other'

export interface EventLabels {
  readonly kind: string
  /** Absent where the metric has no such label. */
  readonly name?: string
  readonly namespace: string
  readonly reason: string
}

/**
 * Counts by labels. From `maxSeries` series on a new one gets `name="_other"`; from twice as many on (reasons and
 * namespaces can be invented without end too) all its labels are `_other`. A series that exists is never evicted.
 */
export class EventCounter {
  /** By ready label text: one string a series is both the key and what a scrape prints. */
  readonly #counts = new Map<string, number>()
  readonly #maxSeries: number
  readonly #onFull: () => void
  #full = false

  /** `onFull` is called once, when the first series had to be merged. */
  constructor(maxSeries: number, onFull: () => void) {
    this.#maxSeries = maxSeries
    this.#onFull = onFull
  }

  count(labels: EventLabels): void {
    const key = textOf(labels)
    const seen = this.#counts.get(key)
    if (seen !== undefined) {
      this.#counts.set(key, seen + 1)
    } else if (this.#counts.size < this.#maxSeries) {
      this.#counts.set(key, 1)
    } else {
      this.#countMerged(labels)
    }
  }

  write(write: WriteSample): void {
    for (const [labels, count] of this.#counts) write(labels, count)
  }

  #countMerged(labels: EventLabels): void {
    if (!this.#full) {
      this.#full = true
      this.#onFull()
    }
    const named = labels.name !== undefined
    let key = named ? textOf({ ...labels, name: otherLabel }) : allOther(false)
    if (!this.#counts.has(key) && this.#counts.size >= 2 * this.#maxSeries) key = allOther(named)
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }
}

function textOf({ kind, name, namespace, reason }: EventLabels): string {
  const tail = `namespace="${escapeLabel(namespace)}",reason="${escapeLabel(reason)}"}`
  if (name === undefined) return `{kind="${escapeLabel(kind)}",${tail}`
  return `{kind="${escapeLabel(kind)}",name="${escapeLabel(name)}",${tail}`
}

function allOther(named: boolean): string {
  const labels = { kind: otherLabel, namespace: otherLabel, reason: otherLabel }
  return textOf(named ? { ...labels, name: otherLabel } : labels)
}
