/** An index: it finds what the journal itself would, also after kills, and counts as a tally does. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { reportFromJournal } from '../../app/report.ts'
import { searchJournal, type SearchQuery } from '../../app/search.ts'
import { systemClock } from '../../domain/clock.ts'
import type { KubernetesEvent } from '../../domain/event.ts'
import type { FilterOptions } from '../../domain/filter-options.ts'
import { openJournal } from '../../journal/open.ts'
import { fileName } from '../../journal/sqlite/schema.ts'
import { openStopped } from '../../journal/stopped.ts'
import { workerEntry } from '../../journal/testing/on-disk.ts'
import { randomFrom } from '../../journal/testing/random.ts'
import { RecordedTelemetry } from '../../journal/testing/recorded-telemetry.ts'
import { groupings, Tally } from '../../report/report.ts'
import { readTerms } from '../terms.ts'
import { reportFromIndex } from './counting.ts'
import { Indexing } from './indexing.ts'
import { hasIndex, indexFileName, nextOffsetOf, openIndexToRead, openIndexToWrite } from './schema.ts'

const everything = { passesReason: () => true, passesObject: () => true }
const always = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }

/** Events of pods and nodes in several scripts, updated now and then, and what controllers say about them. */
function madeEvents(count: number, random: () => number): KubernetesEvent[] {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] ?? assert.fail()
  const counts = new Map<string, number>()
  return Array.from({ length: count }, (_, at) => {
    const pod = `${pick(['web-7d4b9c6f58', 'api-58f6c9b7d', 'db'])}-${pick(['x2kfj', 'zz4bq', '0', '1'])}`
    const isNode = random() < 0.1
    const uid = `${Math.floor(random() * 200)
      .toString(16)
      .padStart(8, '0')}-0000-4000-8000-000000000000`
    const told = (counts.get(uid) ?? 0) + 1 + Math.floor(random() * 3)
    counts.set(uid, told)
    return {
      metadata: { name: `e.${at}`, namespace: 'shop', uid, resourceVersion: `${at + 1}` },
      involvedObject: isNode
        ? { kind: 'Node', name: pick(['worker-1', 'worker-2']) }
        : { kind: 'Pod', namespace: pick(['shop', '商店']), name: pod },
      type: pick(['Warning', 'Normal']),
      reason: pick(['BackOff', 'Failed', 'Pulled', 'NodeNotReady']),
      message: pick([
        `Back-off restarting failed container ${at}`,
        `Failed to pull image "registry.example.test/web:1.${at}": i/o timeout`,
        '拉取镜像失败：连接超时',
        'Liveness probe failed: HTTP probe failed with statuscode: 503',
        'NEAR("a" b) OR * ^ café',
      ]),
      source: { component: 'kubelet', ...(random() < 0.8 && { host: pick(['worker-1', 'worker-2']) }) },
      firstTimestamp: '2026-03-01T10:00:00Z',
      lastTimestamp: new Date(Date.UTC(2026, 2, 1, 10, 0, at)).toISOString(),
      count: told,
    }
  })
}

async function journalOf(test: TestContext, events: readonly KubernetesEvent[]): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'kube-eventer-index-'))
  test.after(() => rmSync(dir, { recursive: true, force: true }))
  await append(dir, events, 0)
  return dir
}

async function append(dir: string, events: readonly KubernetesEvent[], from: number): Promise<void> {
  const journal = await openJournal({
    dir,
    workerEntry,
    clock: systemClock,
    telemetry: new RecordedTelemetry(),
    reserveBytes: 0,
  })
  for (let at = 0; at < events.length; at += 37) {
    const part = events.slice(at, at + 37)
    journal.source('default').append(
      part.map((event) => ({ event, raw: Buffer.from(JSON.stringify(event)) })),
      { cursor: `${from + at}`, serverIdentity: 'test' },
    )
    await journal.flush()
  }
  await journal.close()
}

function indexed(dir: string, use: (indexing: Indexing) => void): void {
  const { salt, close } = openStopped(dir)
  close()
  const index = openIndexToWrite(dir, salt)
  const journal = new DatabaseSync(join(dir, fileName), { readOnly: true })
  try {
    use(new Indexing(index, journal))
  } finally {
    index.close()
    journal.close()
  }
}

function indexAll(dir: string): void {
  indexed(dir, (indexing) => {
    while (indexing.step());
  })
}

const queries = [
  '',
  'restarting',
  'back-off',
  '"failed container"',
  'time',
  '超时',
  '镜像 失败',
  'probe 503',
  'web',
  'cafe',
  'near',
  'NEAR("a" b)',
  '* OR ^',
  'nothing-of-that',
]
const selections: readonly SearchQuery['selection'][] = [
  { namespace: [], kind: [], name: [], reason: [], object: [] },
  { level: 'Warning', namespace: ['shop'], kind: [], name: [], reason: [], object: [] },
  { namespace: [], kind: ['Node'], name: ['worker-1'], reason: [], object: [] },
  { namespace: ['商店'], kind: [], name: [], reason: ['Fail'], object: [] },
  { namespace: [], kind: [], name: ['web-.*'], reason: [], object: ['x2kfj'] },
]

/** Every query with every selection: the places that are found. */
function answers(dir: string): number[][] {
  return queries.flatMap((text) => {
    const read = readTerms(text)
    assert.ok(read.ok)
    return selections.flatMap((selection) =>
      [5, 10_000].map((limit) =>
        searchJournal(dir, { terms: read.terms, selection, ...always, limit }).map(({ offset }) => offset),
      ),
    )
  })
}

function withoutIndex(dir: string): number[][] {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, indexFileName + suffix), { force: true })
  return answers(dir)
}

describe('a search by an index', () => {
  it('finds what the journal itself would, in all scripts, whatever is asked', async (test) => {
    const dir = await journalOf(test, madeEvents(1_500, randomFrom(1)))
    const expected = answers(dir)
    assert.ok(expected.flat().length > 1_000)
    indexAll(dir)
    assert.ok(hasIndex(dir))
    assert.deepEqual(answers(dir), expected)
  })

  it('finds what came after it was written', async (test) => {
    const events = madeEvents(900, randomFrom(2))
    const dir = await journalOf(test, events.slice(0, 600))
    indexAll(dir)
    await append(dir, events.slice(600), 600)
    const found = answers(dir)
    assert.deepEqual(found, withoutIndex(dir))
  })

  it('is not asked if it belongs to another journal, or is damaged', async (test) => {
    const dir = await journalOf(test, madeEvents(300, randomFrom(3)))
    const other = await journalOf(test, madeEvents(300, randomFrom(4)))
    const expected = answers(dir)
    indexAll(other)
    writeFileSync(join(dir, indexFileName), await readOf(join(other, indexFileName)))
    assert.deepEqual(answers(dir), expected)
    writeFileSync(join(dir, indexFileName), 'no database')
    assert.deepEqual(answers(dir), expected)
    indexAll(dir)
    assert.deepEqual(answers(dir), expected)
  })

  it('forgets what the journal has forgotten', async (test) => {
    const dir = await journalOf(test, madeEvents(500, randomFrom(5)))
    indexAll(dir)
    indexed(dir, (indexing) => {
      while (indexing.prune(201));
    })
    const index = openIndexToRead(dir)
    const counted = (table: string): unknown =>
      index.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']
    assert.equal(counted('occurrence'), 300)
    assert.equal(
      index.prepare("SELECT count(*) AS n FROM words WHERE words MATCH 'failed'").get()?.['n'] !== 0,
      true,
    )
    assert.equal(
      index.prepare("SELECT count(*) AS n FROM words WHERE words MATCH 'failed' AND rowid < 201").get()?.[
        'n'
      ],
      0,
    )
    index.close()
  })
})

async function readOf(path: string): Promise<Buffer> {
  const { readFile } = await import('node:fs/promises')
  return readFile(path)
}

describe('an index that is killed', () => {
  it('at any moment, and goes on, gives the same answers', async (test) => {
    const dir = await journalOf(test, madeEvents(3_000, randomFrom(6)))
    const expected = answers(dir)
    const entry = new URL('./testing/index-until-done.ts', import.meta.url).pathname
    let kills = 0
    for (let delayMs = 40; ; delayMs += 15) {
      const child = spawn(process.execPath, [entry, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
      const exited = once(child, 'exit')
      // Killed some time after it has begun, later and later until it is done.
      await Promise.race([once(child.stdout, 'data'), exited])
      const timer = setTimeout(() => child.kill('SIGKILL'), delayMs)
      const [code] = await exited
      clearTimeout(timer)
      if (code === 0) break
      kills++
      assert.deepEqual(answers(dir).slice(0, 12), expected.slice(0, 12))
    }
    test.diagnostic(`${kills} kills`)
    const index = openIndexToRead(dir)
    assert.equal(nextOffsetOf(index), 3_001)
    index.close()
    assert.deepEqual(answers(dir), expected)
  })
})

describe('a report by an index', () => {
  it('counts and ranks as a tally does, by everything', async (test) => {
    const events = madeEvents(3_000, randomFrom(7))
    const dir = await journalOf(test, events)
    indexAll(dir)
    const sinceMs = openArrival(dir)
    const index = openIndexToRead(dir)
    for (const by of groupings) {
      for (const level of ['all', 'Warning']) {
        const isWanted = (type: string): boolean => level === 'all' || type === level
        const tally = new Tally({
          fromMs: 0,
          toMs: Number.MAX_SAFE_INTEGER,
          by,
          top: 10,
          sinceMs,
          where: ({ type = '' }) => isWanted(type),
        })
        for (const event of events) tally.see({ event, arrivedAtMs: sinceMs })
        const report = reportFromIndex(index, {
          fromMs: 0,
          toMs: Number.MAX_SAFE_INTEGER,
          by,
          top: 10,
          sinceMs,
          selection: { ...everything, passesReason: isWanted },
        })
        assert.deepEqual(report, tally.report(), by)
      }
    }
    index.close()
  })
})

describe('a report on a journal with an index', () => {
  const query = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, by: 'owner', top: 5 } as const

  it('is the same as without it, with a filter too', async (test) => {
    const dir = await journalOf(test, madeEvents(1_000, randomFrom(8)))
    const filters: readonly FilterOptions[] = [
      { level: 'all' },
      {
        level: 'Warning',
        kinds: [{ kind: 'exact', value: 'Pod' }],
        exclude: { reason: [{ kind: 'regexp', source: '^Fail', anchored: false }] },
      },
      { level: 'all', message: [{ kind: 'regexp', source: 'probe', anchored: false }] },
    ]
    const expected = filters.map((filter) => reportFromJournal(dir, { ...query, filter }))
    indexAll(dir)
    assert.deepEqual(
      filters.map((filter) => reportFromJournal(dir, { ...query, filter })),
      expected,
    )
  })

  it('reads the journal where the index is behind', async (test) => {
    const events = madeEvents(400, randomFrom(9))
    const dir = await journalOf(test, events.slice(0, 200))
    indexAll(dir)
    await append(dir, events.slice(200), 200)
    const filter: FilterOptions = { level: 'all' }
    const behind = reportFromJournal(dir, { ...query, filter })
    indexAll(dir)
    assert.deepEqual(reportFromJournal(dir, { ...query, filter }), behind)
  })
})

/** When the first occurrence arrived. */
function openArrival(dir: string): number {
  const journal = openStopped(dir)
  const row = journal.db.prepare('SELECT min(arrived_at_ms) AS at FROM block').get()
  journal.close()
  return Number(row?.['at'])
}
