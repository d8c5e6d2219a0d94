/** A report: what happened in a period, counted and grouped. A query on the journal, which it leaves as it is. */
import type { KubernetesEvent } from '../domain/event.ts'
import { Owners } from './owners.ts'
import { Recurrences } from './recurrences.ts'
import { toldTimeOf } from './told-time.ts'

export const groupings = ['object', 'owner', 'reason', 'namespace', 'node'] as const
/** What the rows of a report stand for. */
export type Grouping = (typeof groupings)[number]

export interface ReportRow {
  /** `Pod shop/web-0`, `Deployment shop/web`, `BackOff`, `shop`, `node-1`; '' where events name none. */
  readonly name: string
  readonly count: number
  /** By reason, most first. */
  readonly reasons: readonly { readonly reason: string; readonly count: number }[]
  /** When it happened, oldest first, the newest `shownTimes` of them; `count`: so often, since the one before. */
  readonly times: readonly { readonly atMs: number; readonly count: number }[]
  /** Of `count`, what `times` leaves out. */
  readonly earlier: number
}

export interface Report {
  /** From this moment on, ms since 1970. */
  readonly fromMs: number
  /** Up to this moment, which is not in it. */
  readonly toMs: number
  readonly by: Grouping
  /** All that was counted. */
  readonly count: number
  /** Most first, as many as were asked for. */
  readonly rows: readonly ReportRow[]
  /** What `rows` leaves out. */
  readonly others: { readonly rows: number; readonly count: number }
}

/** Times that a row tells: a crash loop has hundreds, and nobody reads more of them. */
export const shownTimes = 20

export interface TallyOptions {
  readonly fromMs: number
  readonly toMs: number
  readonly by: Grouping
  /** Rows at most. */
  readonly top: number
  /** Everything journaled from this moment on is shown to the tally: before `fromMs`, so that it knows what was counted. */
  readonly sinceMs: number
  /** Which events count. */
  readonly where: (event: KubernetesEvent) => boolean
}

/** What a tally is shown of an occurrence. */
export interface Seen {
  readonly event: KubernetesEvent
  /** When it was journaled: each occurrence falls into one period, and into no other. */
  readonly arrivedAtMs: number
}

/** What happened of one object, owner, reason, namespace or node. */
export interface CountedGroup {
  /** As a row names it. */
  readonly key: string
  count: number
  readonly reasons: Map<string, number>
}

interface Group extends CountedGroup {
  readonly object: KubernetesEvent['involvedObject']
  /** The newest, in pairs: time, count. */
  readonly times: number[]
}

/** The groups with the most, as rows. `timesOf`: the newest times of a group, in pairs: ms since 1970, count. */
export function reportOf<Counted extends CountedGroup>(
  { fromMs, toMs, by, top }: Pick<TallyOptions, 'fromMs' | 'toMs' | 'by' | 'top'>,
  groups: readonly Counted[],
  timesOf: (group: Counted) => readonly number[],
): Report {
  const ranked = groups.toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
  const rows = ranked.slice(0, top).map((group) => rowOf(group, timesOf(group)))
  const sum = (counted: readonly { readonly count: number }[]): number =>
    counted.reduce((all, { count }) => all + count, 0)
  return {
    fromMs,
    toMs,
    by,
    count: sum(ranked),
    rows,
    others: { rows: ranked.length - rows.length, count: sum(ranked) - sum(rows) },
  }
}

/** Counts occurrences, shown in the journal's order. */
export class Tally {
  readonly #options: TallyOptions
  readonly #recurrences: Recurrences
  readonly #owners = new Owners()
  readonly #groups = new Map<string, Group>()

  constructor(options: TallyOptions) {
    this.#options = options
    this.#recurrences = new Recurrences(options.sinceMs)
  }

  see({ event, arrivedAtMs }: Seen): void {
    const { fromMs, toMs, by, where } = this.#options
    if (arrivedAtMs >= toMs) return
    if (by === 'owner') this.#owners.learn(event)
    const count = this.#recurrences.of(event)
    if (count === 0 || arrivedAtMs < fromMs || !where(event)) return
    const group = this.#groupOf(event)
    group.count += count
    const reason = event.reason ?? ''
    group.reasons.set(reason, (group.reasons.get(reason) ?? 0) + count)
    const atMs = toldTimeOf(event, arrivedAtMs)
    const last = group.times.length - 2
    if (last >= 0 && sameSecond(group.times[last] ?? 0, atMs))
      group.times[last + 1] = (group.times[last + 1] ?? 0) + count
    else group.times.push(atMs, count)
    if (group.times.length > 4 * shownTimes) group.times.splice(0, 2 * shownTimes)
  }

  report(): Report {
    const groups = this.#options.by === 'owner' ? this.#byOwner() : [...this.#groups.values()]
    return reportOf(this.#options, groups, ({ times }) => times)
  }

  #groupOf(event: KubernetesEvent): Group {
    const key = keyOf(event, this.#options.by)
    let group = this.#groups.get(key)
    if (!group) {
      group = { key, object: event.involvedObject, count: 0, reasons: new Map(), times: [] }
      this.#groups.set(key, group)
    }
    return group
  }

  /** Owners are known once everything was seen: who made a pod may be told after the pod's own events. */
  #byOwner(): Group[] {
    const owners = new Map<string, Group>()
    for (const group of this.#groups.values()) {
      const owner = this.#owners.of(group.object)
      const key = objectName(owner)
      let merged = owners.get(key)
      if (!merged) {
        merged = { key, object: owner, count: 0, reasons: new Map(), times: [] }
        owners.set(key, merged)
      }
      merged.count += group.count
      for (const [reason, count] of group.reasons)
        merged.reasons.set(reason, (merged.reasons.get(reason) ?? 0) + count)
      merged.times.push(...group.times)
    }
    return [...owners.values()]
  }
}

function keyOf(event: KubernetesEvent, by: Grouping): string {
  const { involvedObject, reason = '' } = event
  switch (by) {
    case 'object':
    case 'owner':
      return objectName(involvedObject)
    case 'reason':
      return reason
    case 'namespace':
      return involvedObject.namespace ?? ''
    case 'node':
      return nodeOf(event)
  }
}

/** The node that an event came from or is about; '' if none. */
export function nodeOf({ source, involvedObject }: KubernetesEvent): string {
  if (source?.host) return source.host
  return involvedObject.kind === 'Node' ? (involvedObject.name ?? '') : ''
}

/** `Pod shop/web-0`, `Node worker-1`: how rows name objects. */
export function objectName({
  kind = '',
  namespace = '',
  name = '',
}: KubernetesEvent['involvedObject']): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`.trim()
}

function rowOf({ key, count, reasons }: CountedGroup, times: readonly number[]): ReportRow {
  const shown = mergedBySecond(times).slice(-shownTimes)
  return {
    name: key,
    count,
    reasons: [...reasons]
      .map(([reason, times_]) => ({ reason, count: times_ }))
      .toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)),
    times: shown,
    earlier: count - shown.reduce((sum, time) => sum + time.count, 0),
  }
}

/** Times in order; what happened in one second stands in one line. */
function mergedBySecond(times: readonly number[]): { atMs: number; count: number }[] {
  const all: { atMs: number; count: number }[] = []
  for (let at = 0; at < times.length; at += 2) all.push({ atMs: times[at] ?? 0, count: times[at + 1] ?? 0 })
  const merged: { atMs: number; count: number }[] = []
  for (const time of all.toSorted((a, b) => a.atMs - b.atMs)) {
    const last = merged.at(-1)
    if (last && sameSecond(last.atMs, time.atMs)) last.count += time.count
    else merged.push({ ...time })
  }
  return merged
}

function sameSecond(a: number, b: number): boolean {
  return Math.floor(a / 1000) === Math.floor(b / 1000)
}
