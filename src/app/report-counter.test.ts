/** Counting off the main thread, with the journal on disk and in memory, held against a count made another way. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { KubernetesEvent } from '../domain/event.ts'
import type { NewOccurrence } from '../domain/occurrence.ts'
import { FakeClock } from '../domain/testing/fake-clock.ts'
import { openJournal } from '../journal/open.ts'
import { recordingTelemetry } from '../telemetry/testing.ts'
import { CountFailed, ReportCounter } from './report-counter.ts'
import type { ReportQuery } from './report.ts'

const incident = gunzipSync(readFileSync(new URL('../demo/recordings/incident.ndjson.gz', import.meta.url)))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line): { t: number; type: string; object: KubernetesEvent } => JSON.parse(line))
  .filter(({ type }) => type === 'ADDED' || type === 'MODIFIED')
const [fromMs = 0] = incident.map(({ t }) => t)
const toMs = (incident.at(-1)?.t ?? 0) + 1
const forEver = new AbortController().signal

/** Warnings by object: what each event has grown by from its first state to its last. */
function expected(
  states: readonly { readonly t: number; readonly object: KubernetesEvent }[],
): [string, number][] {
  const counts = new Map<string, number>()
  for (const all of Map.groupBy(states, ({ object }) => object.metadata.uid ?? '').values()) {
    const { involvedObject, type, firstTimestamp, eventTime } = all[0]?.object ?? assert.fail('there is one')
    if (type !== 'Warning') continue
    const told = all.map(({ object }) => object.series?.count ?? Math.max(1, object.count ?? 1))
    const isNew = Date.parse(firstTimestamp ?? eventTime ?? '') >= fromMs - 3_600_000
    const grown = Math.max(...told) - (isNew ? 0 : (told[0] ?? 1) - 1)
    const { kind = '', namespace = '', name = '' } = involvedObject
    const key = `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
    counts.set(key, (counts.get(key) ?? 0) + grown)
  }
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

const query: ReportQuery = { fromMs, toMs, by: 'object', top: 10_000, filter: { level: 'Warning' } }

/** A journal that has taken in the incident at its own times. */
async function afterIncident(test: TestContext, where: 'disk' | 'memory') {
  const dir = where === 'disk' ? mkdtempSync(join(tmpdir(), 'kube-eventer-report-')) : undefined
  const clock = new FakeClock(fromMs)
  const workerEntry = new URL('../main.ts', import.meta.url)
  const telemetry = recordingTelemetry({ clock })
  const journal = await openJournal({
    dir,
    clock,
    workerEntry,
    telemetry: telemetry.journal,
    reserveBytes: 0,
  })
  const counter = new ReportCounter({ journal, dataDir: dir, workerEntry, clock })
  test.after(async () => {
    await counter.close()
    await journal.close()
    if (dir !== undefined) rmSync(dir, { recursive: true })
  })
  const append = async (states: typeof incident): Promise<void> => {
    for (const { t, object } of states) {
      if (t > clock.wallMs()) await clock.advance(t - clock.wallMs())
      const occurrence: NewOccurrence = { event: object, raw: Buffer.from(JSON.stringify(object)) }
      journal
        .source('default')
        .append([occurrence], { cursor: '1', serverIdentity: 'https://api.example.test' })
    }
  }
  return { clock, counter, journal, append }
}

for (const where of ['disk', 'memory'] as const) {
  describe(`a count of a journal ${where === 'disk' ? 'on disk' : 'in memory'}`, () => {
    it('is that of the recorded incident, as counted another way', async (test) => {
      const { counter, append } = await afterIncident(test, where)
      await append(incident)
      const report = await counter.count(query, 60_000, forEver)
      const told = report.rows.map(({ name, count }): [string, number] => [name, count])
      assert.deepEqual(
        told.toSorted(([a], [b]) => (a < b ? -1 : 1)),
        expected(incident),
      )
    })

    it('puts each occurrence into one of two periods that follow one another', async (test) => {
      const { counter, append, clock } = await afterIncident(test, where)
      const middle = Math.floor(incident.length / 2)
      const half = incident.slice(0, middle)
      await append(half)
      const splitMs = clock.wallMs() + 1
      await clock.advance(1)
      const first = await counter.count({ ...query, toMs: splitMs }, 60_000, forEver)
      await append(incident.slice(middle))
      const second = await counter.count({ ...query, fromMs: splitMs, toMs: toMs + 1_000 }, 60_000, forEver)
      const whole = await counter.count({ ...query, toMs: toMs + 1_000 }, 60_000, forEver)
      assert.equal(first.count + second.count, whole.count)
      assert.ok(first.count > 0 && second.count > 0)
    })

    it('ends when it takes too long, and when nobody wants it any more', async (test) => {
      const { counter, append, clock } = await afterIncident(test, where)
      await append(incident.slice(0, 10))
      await clock.advance(1_000)
      const timers = clock.pending
      const late = counter.count(query, 1_000, forEver)
      const failed = assert.rejects(late, CountFailed)
      const wanted = new AbortController()
      const unwanted = assert.rejects(counter.count(query, 60_000, wanted.signal), CountFailed)
      wanted.abort()
      assert.equal(counter.isBusy, true)
      // The thread takes longer to begin than this takes.
      while (clock.pending <= timers) await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(2_000)
      await failed
      await unwanted
      assert.equal(counter.isBusy, false)
    })
  })
}
