/** Reports of the real program: what is told equals what is counted another way, and over kills each is told once. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { startReceiver, type Answer, type Receiver } from '../src/demo/receiver.ts'
import type { KubernetesEvent } from '../src/domain/event.ts'
import { FakeClock } from '../src/domain/testing/fake-clock.ts'
import { readRecording } from '../src/recording/recording.ts'
import { runUnderClock } from './harness/in-process.ts'
import { openSite, type Site } from './harness/site.ts'
import { until } from './servers/processes.ts'

const recording = join(import.meta.dirname, '..', 'src', 'demo', 'recordings', 'incident.ndjson.gz')
const hourMs = 3_600_000

interface ToldReport {
  readonly title: string
  readonly to: string
  readonly count: number
  readonly rows: readonly { readonly name: string; readonly count: number }[]
}

/** A receiver that tells reports from events. */
async function receiverOfReports(
  test: TestContext,
): Promise<{ receiver: Receiver; reports: () => ToldReport[] }> {
  const receiver = await startReceiver()
  test.after(() => receiver.close())
  const reports = (): ToldReport[] =>
    receiver.received.flatMap(({ body }) => {
      if (!body.includes('"title"')) return []
      const told: ToldReport = JSON.parse(body.toString())
      return [told]
    })
  return { receiver, reports }
}

/** Warnings by object, all of which happened within the day: what each event says at its end. */
async function expected(sinceMs: number): Promise<[string, number][]> {
  const states = new Map<string, KubernetesEvent[]>()
  for await (const change of readRecording(recording)) {
    if (change.type !== 'ADDED' && change.type !== 'MODIFIED') continue
    const { object } = change
    const uid = object.metadata.uid ?? ''
    states.set(uid, [...(states.get(uid) ?? []), object])
  }
  const counts = new Map<string, number>()
  for (const all of states.values()) {
    const first = all[0] ?? assert.fail('there is one')
    if (first.type !== 'Warning') continue
    const told = all.map(({ series, count }) => series?.count ?? Math.max(1, count ?? 1))
    const isNew = Date.parse(first.firstTimestamp ?? first.eventTime ?? '') >= sinceMs
    const { kind = '', namespace = '', name = '' } = first.involvedObject
    const key = `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
    counts.set(key, (counts.get(key) ?? 0) + Math.max(...told) - (isNew ? 0 : (told[0] ?? 1) - 1))
  }
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function configFile(site: Site, receiver: Receiver, at: string): string {
  const path = join(site.folder, 'config.yaml')
  writeFileSync(
    path,
    `sources:
  - {name: incident, type: recording, file: ${recording}, speed: max}
sinks:
  - name: hook
    type: webhook
    options: {url: '${receiver.url}/hook'}
    filters: {reason: [NoSuchReason]}
reports:
  daily: {at: '${at}', tz: UTC, by: object, top: 1000, to: [hook]}
journal: {dir: ${site.dataDir}}
`,
  )
  return path
}

describe('a report of the recorded incident', () => {
  it('is told at its time and equals the count made another way', async (test) => {
    const site = await openSite(test)
    const { receiver, reports } = await receiverOfReports(test)
    let endMs = 0
    for await (const { arrivedAtMs = 0 } of readRecording(recording)) endMs = Math.max(endMs, arrivedAtMs)
    const clock = new FakeClock(endMs + 1_000)
    const dueMs = Math.ceil((endMs + 120_000) / 60_000) * 60_000
    const at = new Date(dueMs).toISOString().slice(11, 16)
    const program = await runUnderClock(site, clock, [`--config=${configFile(site, receiver, at)}`])
    // No time passes while the recording is read: on a busy machine that takes longer than the minutes that pass below.
    await until('the recording to be read', () => program.lines(/the recording has ended/).length > 0)
    await program.passTimeUntil('its time', () => clock.wallMs() > dueMs, 600_000)
    await until('the report', () => reports().length > 0)
    const [told] = reports()
    assert.equal(told?.title, 'Kubernetes Event Daily statistical')
    assert.equal(Date.parse(told.to), dueMs)
    const rows = told.rows.map(({ name, count }): [string, number] => [name, count])
    assert.deepEqual(
      rows.toSorted(([a], [b]) => (a < b ? -1 : 1)),
      await expected(dueMs - 25 * hourMs),
    )
    assert.equal(await program.metric('kube_eventer_sink_reports_total', /outcome="delivered"/), 1)
  })

  it('is one of several that a command line asks for, told beside the events', async (test) => {
    const site = await openSite(test)
    const { receiver, reports } = await receiverOfReports(test)
    const clock = new FakeClock(Date.UTC(2026, 2, 2, 19, 58))
    const sink = `--sink=webhook:${receiver.url}/hook?method=POST&level=Normal&ke.report=daily@20:00`
    const args = [`--source=recording:${recording}?speed=max`, sink, `--data-dir=${site.dataDir}`]
    const program = await runUnderClock(site, clock, args, { TZ: 'UTC' })
    await until('the recording to be read', () => program.lines(/the recording has ended/).length > 0)
    await program.passTimeUntil('its time', () => clock.wallMs() > Date.UTC(2026, 2, 2, 20), 600_000)
    await until('the report', () => reports().length > 0)
    assert.equal(reports()[0]?.to, '2026-03-02T20:00:00.000Z')
    assert.ok(receiver.count > 1_000, 'the events are told as well')
    await program.passTime(2 * 60_000)
    assert.equal(reports().length, 1)
  })
})

/** Moves what the journal knows of reports two days back, as if the program had been down since. */
function missTheLastRuns(site: Site): void {
  const db = new DatabaseSync(join(site.dataDir, 'journal.db'))
  db.prepare('UPDATE report_run SET due_ms = due_ms - ?').run(48 * hourMs)
  db.close()
}

/** The latest run that the journal knows of, ms since 1970. */
function lastRunMs(site: Site): number {
  const db = new DatabaseSync(join(site.dataDir, 'journal.db'), { readOnly: true })
  const row = db.prepare('SELECT max(due_ms) AS due FROM report_run').get()
  db.close()
  return Number(row?.['due'])
}

describe('a run that was missed', () => {
  async function missed(test: TestContext) {
    const site = await openSite(test)
    const { receiver, reports } = await receiverOfReports(test)
    // Not within these minutes, whatever time it is.
    const at = new Date(Date.now() - hourMs).toISOString().slice(11, 16)
    const args = [`--config=${configFile(site, receiver, at)}`]
    const first = await site.startReady(args)
    await first.said(/recording has ended after/)
    assert.equal(await first.process.stop('SIGTERM'), 0)
    missTheLastRuns(site)
    return { site, receiver, reports, args }
  }

  it('is told once, though the program is killed right after it and starts again', async (test) => {
    const { site, reports, args } = await missed(test)
    const second = await site.startReady(args)
    await second.said(/a report was told/)
    // A kill before that is written down would repeat it: so much the guarantee lets.
    await until('that to be written down', () => lastRunMs(site) > Date.now() - 40 * hourMs)
    await second.kill()
    for (let start = 0; start < 3; start++) {
      const again = await site.startReady(args)
      await again.kill()
    }
    const last = await site.startReady(args)
    assert.equal(await last.process.stop('SIGTERM'), 0)
    assert.equal(reports().length, 1)
    assert.equal(last.lines(/a report is told late/).length, 0)
  })

  it('is told after a kill that came before its destination had taken it', async (test) => {
    const { site, receiver, reports, args } = await missed(test)
    const hang: Answer = { kind: 'hang' }
    receiver.answer(hang)
    const second = await site.start(args)
    await until('the report to reach its destination', () => reports().length === 1, [second.process])
    await second.kill()
    receiver.answer({})
    const third = await site.startReady(args)
    await third.said(/a report was told/)
    assert.equal(await third.process.stop('SIGTERM'), 0)
    assert.equal(reports().length, 2)
    assert.equal(new Set(reports().map(({ to }) => to)).size, 1)
  })

  it('is not told a second time by a stop in good order while it is under way', async (test) => {
    const { site, receiver, reports, args } = await missed(test)
    receiver.answer({ delayMs: 500 })
    const second = await site.start(args)
    await until('the report to reach its destination', () => reports().length === 1, [second.process])
    assert.equal(await second.process.stop('SIGTERM'), 0)
    const third = await site.startReady(args)
    assert.equal(await third.process.stop('SIGTERM'), 0)
    assert.equal(reports().length, 1)
  })
})
