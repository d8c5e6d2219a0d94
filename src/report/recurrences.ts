/**
 * How often what an event tells has happened, as Kubernetes counts it: an event that recurs is updated and says how
 * often in `count` or `series.count`, so that an update from 3 to 7 stands for four.
 */
import type { KubernetesEvent } from '../domain/event.ts'

/** Digits of a uid that tell events apart: as many as a number holds exactly. */
const uidDigits = 13

export class Recurrences {
  /** What each event said last, by its uid as a number: half a million of them are some 20 MiB. */
  readonly #counts = new Map<number | string, number>()
  readonly #sinceMs: number

  /**
   * `sinceMs`: everything journaled from this moment on is shown to `of`, in order; ms since 1970. What happened to an
   * older event before it is not counted again.
   */
  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs
  }

  /** How often it has happened since its last state: 0 for an update that tells of nothing new. */
  of(event: KubernetesEvent): number {
    const count = toldCount(event)
    const key = eventKeyOf(event)
    if (key === undefined) return 1
    const before = this.#counts.get(key)
    this.#counts.set(key, Math.max(count, before ?? 0))
    if (before !== undefined) return Math.max(0, count - before)
    // A first state that says more than one: all of them are new if the event is, else the last one is.
    return beganAtMs(event) >= this.#sinceMs ? count : 1
  }
}

/** When it happened first, ms since 1970; `NaN` where it does not tell. */
export function beganAtMs({ firstTimestamp, eventTime, metadata }: KubernetesEvent): number {
  return Date.parse(firstTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '')
}

/** `series.count` of events of the newer API; their `count` is 0 or absent. */
export function toldCount({ series, count }: KubernetesEvent): number {
  return Math.max(1, series?.count ?? count ?? 1)
}

/** What tells events apart; a number where the uid is one, since numbers are small. */
export function eventKeyOf({ metadata: { uid } }: KubernetesEvent): number | string | undefined {
  if (uid === undefined || uid === '') return undefined
  const digits = uid.replaceAll('-', '').slice(0, uidDigits)
  const number = /^[0-9a-f]{13}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN
  return Number.isNaN(number) ? uid : number
}
