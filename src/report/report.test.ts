/** A day's table of the recorded incident, held against one that is computed another way. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { KubernetesEvent } from '../domain/event.ts'
import { Tally, shownTimes, type Grouping, type Report, type TallyOptions } from './report.ts'

interface Line {
  readonly t: number
  readonly type: string
  readonly object: KubernetesEvent
}

const incident = gunzipSync(readFileSync(new URL('../demo/recordings/incident.ndjson.gz', import.meta.url)))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line): Line => JSON.parse(line))
  .filter(({ type }) => type === 'ADDED' || type === 'MODIFIED')

const [fromMs = 0] = incident.map(({ t }) => t)
const toMs = (incident.at(-1)?.t ?? 0) + 1
const isWarning = (event: KubernetesEvent): boolean => event.type === 'Warning'

function tallied(options: Partial<TallyOptions> & { readonly by: Grouping }): Report {
  const tally = new Tally({ fromMs, toMs, sinceMs: fromMs, top: 10_000, where: isWarning, ...options })
  for (const { t, object } of incident) tally.see({ event: object, arrivedAtMs: t })
  return tally.report()
}

/** What each event has grown by from its first to its last state: no running account, as the tally keeps. */
function expected(keyOf: (event: KubernetesEvent) => string): Map<string, number> {
  const byUid = Map.groupBy(incident, ({ object }) => object.metadata.uid ?? '')
  const counts = new Map<string, number>()
  for (const states of byUid.values()) {
    const [first] = states
    if (!first || !isWarning(first.object)) continue
    const told = states.map(({ object }) => object.series?.count ?? Math.max(1, object.count ?? 1))
    const began = Date.parse(first.object.firstTimestamp ?? first.object.eventTime ?? '')
    const grown = Math.max(...told) - (began >= fromMs ? 0 : (told[0] ?? 1) - 1)
    const key = keyOf(first.object)
    counts.set(key, (counts.get(key) ?? 0) + grown)
  }
  return counts
}

function countsOf({ rows }: Report): Map<string, number> {
  return new Map(rows.map(({ name, count }) => [name, count]))
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

const objectOf = ({ involvedObject: { kind = '', namespace = '', name = '' } }: KubernetesEvent): string =>
  `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`

describe('a report on the recorded incident', () => {
  it('counts each object as Kubernetes does', () => {
    const report = tallied({ by: 'object' })
    assert.ok(report.rows.length > 50)
    assert.deepEqual(sorted(countsOf(report)), sorted(expected(objectOf)))
  })

  it('counts reasons, namespaces and nodes', () => {
    assert.deepEqual(
      sorted(countsOf(tallied({ by: 'reason' }))),
      sorted(expected(({ reason = '' }) => reason)),
    )
    assert.deepEqual(
      sorted(countsOf(tallied({ by: 'namespace' }))),
      sorted(expected(({ involvedObject }) => involvedObject.namespace ?? '')),
    )
    const nodeOf = ({ source, involvedObject }: KubernetesEvent): string =>
      source?.host || (involvedObject.kind === 'Node' ? (involvedObject.name ?? '') : '')
    assert.deepEqual(sorted(countsOf(tallied({ by: 'node' }))), sorted(expected(nodeOf)))
  })

  it('has the same sum, however it is grouped', () => {
    const sum = [...expected(objectOf).values()].reduce((all, one) => all + one, 0)
    for (const by of ['object', 'owner', 'reason', 'namespace', 'node'] as const) {
      const report = tallied({ by, top: 3 })
      assert.equal(report.count, sum)
      assert.equal(report.rows.reduce((all, { count }) => all + count, 0) + report.others.count, sum)
      assert.equal(report.rows.length, 3)
      assert.ok(report.rows.every(({ count }, at) => count <= (report.rows[at - 1]?.count ?? Infinity)))
    }
  })

  it('knows the owners of pods', () => {
    const owners = tallied({ by: 'owner' })
    assert.ok(owners.rows.length < tallied({ by: 'object' }).rows.length)
    assert.ok(owners.rows.some(({ name }) => name.startsWith('Deployment ')))
  })

  it('tells when it happened, the newest times of many, and how often before', () => {
    for (const { count, times, earlier } of tallied({ by: 'owner' }).rows) {
      assert.ok(times.length > 0 && times.length <= shownTimes)
      assert.equal(times.reduce((all, time) => all + time.count, 0) + earlier, count)
      assert.ok(times.every(({ atMs }, at) => atMs >= (times[at - 1]?.atMs ?? 0)))
    }
  })

  it('is the sum of the reports on its parts: nothing is counted twice, and nothing in no part', () => {
    const cuts = [fromMs, fromMs + 30_000, fromMs + 31_000, fromMs + 90_000, toMs]
    const parts = cuts
      .slice(1)
      .map((to, at) => tallied({ by: 'object', fromMs: cuts[at] ?? 0, toMs: to, sinceMs: fromMs }))
    const whole = tallied({ by: 'object' })
    assert.equal(
      parts.reduce((all, { count }) => all + count, 0),
      whole.count,
    )
  })
})
