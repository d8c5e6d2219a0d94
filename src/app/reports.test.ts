/** Reports at set times under a clock that the test moves: what is told when, over restarts and changes of the clock. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ReportConfig } from '../config/config.ts'
import { reportDefaults } from '../config/report-config.ts'
import type { ToldReport } from '../delivery/report-queue.ts'
import { FakeClock } from '../domain/testing/fake-clock.ts'
import { reportRunKey, type ReportRun } from '../journal/report-runs.ts'
import type { SinkReport } from '../sink-kit/report.ts'
import { recordingTelemetry } from '../telemetry/testing.ts'
import type { ReportQuery } from './report.ts'
import { Reports } from './reports.ts'
import type { ReportEnds } from './sink-runner.ts'

const hourMs = 3_600_000

/** What outlives a program: the journal's places, the clock, what sinks were told. */
class World {
  readonly clock: FakeClock
  readonly runs = new Map<string, ReportRun>()
  /** `hook 2026-03-02T20:00Z`, in order: whom, and the end of the period. */
  readonly told: string[] = []
  readonly counted: ReportQuery[] = []
  answer: (sink: string, ends: ReportEnds) => Promise<ToldReport> = async () => ({ kind: 'delivered' })
  countFails = false

  constructor(start: string) {
    this.clock = new FakeClock(Date.parse(start))
  }

  reports(sinks: readonly string[] = ['hook']): Reports {
    const telemetry = recordingTelemetry({ clock: this.clock })
    return new Reports({
      clock: this.clock,
      env: { TZ: 'UTC' },
      telemetry,
      journal: {
        reportRuns: () => [...this.runs.values()],
        workOnReportRuns: async (work) => {
          if (work.kind === 'note') this.runs.set(reportRunKey(work.run), work.run)
          else this.runs.delete(reportRunKey(work))
        },
      },
      counter: {
        count: async (query, _withinMs, signal) => {
          this.counted.push(query)
          if (this.countFails) throw new Error('the disk is away')
          signal.throwIfAborted()
          const { fromMs, toMs, by } = query
          return { fromMs, toMs, by, count: 0, rows: [], others: { rows: 0, count: 0 } }
        },
      },
      sinks: {
        names: () => sinks,
        runner: (sink) => ({
          tellReport: async (report, ends) => {
            const told = await this.answer(sink, ends)
            if (told.kind === 'delivered') this.told.push(`${sink} ${endOf(report)}`)
            return told
          },
        }),
      },
    })
  }

  /** Lets time pass while it sleeps nowhere longer than the program does. */
  async pass(hours: number): Promise<void> {
    await this.clock.advance(hours * hourMs)
  }
}

function endOf(report: SinkReport): string {
  const json = report.json()
  assert.ok('to' in json)
  return String(json.to).replace(':00.000Z', 'Z')
}

function daily(changes: Partial<ReportConfig> = {}): ReportConfig {
  return { ...reportDefaults, name: 'daily', at: '20:00', to: [0], origin: '--sink', ...changes }
}

/** Gives up when it is told to, as a pump does. */
function never(ends: ReportEnds): Promise<ToldReport> {
  return new Promise((resolve) => {
    ends.stop.addEventListener('abort', () => resolve({ kind: 'stopped' }))
    ends.wanted.addEventListener('abort', () => resolve({ kind: 'given-up', detail: '' }))
  })
}

describe('a report at a time of day', () => {
  it('is told at that time, of the day before it, and nothing before', async () => {
    const world = new World('2026-03-02T10:00:00Z')
    const reports = world.reports()
    await reports.apply([daily()])
    await world.pass(9.99)
    assert.deepEqual(world.told, [])
    await world.pass(0.02)
    assert.deepEqual(world.told, ['hook 2026-03-02T20:00Z'])
    assert.deepEqual(
      world.counted.map(({ fromMs, toMs }) => [toMs, toMs - fromMs]),
      [[Date.parse('2026-03-02T20:00:00Z'), 24 * hourMs]],
    )
    await world.pass(48)
    assert.deepEqual(world.told.slice(1), ['hook 2026-03-03T20:00Z', 'hook 2026-03-04T20:00Z'])
    await reports.close()
    assert.equal(world.clock.pending, 0)
  })

  it('is told once on the day without its time, and once on the day that has it twice', async () => {
    for (const [start, runs] of [
      ['2026-03-28T12:00:00Z', ['2026-03-29T01:00Z', '2026-03-30T00:30Z']],
      ['2026-10-24T12:00:00Z', ['2026-10-25T00:30Z', '2026-10-26T01:30Z']],
    ] as const) {
      const world = new World(start)
      const reports = world.reports()
      await reports.apply([daily({ at: '02:30', tz: 'Europe/Berlin' })])
      await world.pass(40)
      assert.deepEqual(
        world.told,
        runs.map((run) => `hook ${run}`),
      )
      await reports.close()
    }
  })

  it('is not told again after a restart', async () => {
    const world = new World('2026-03-02T19:00:00Z')
    const first = world.reports()
    await first.apply([daily()])
    await world.pass(2)
    await first.close()
    const second = world.reports()
    await second.apply([daily()])
    await world.pass(2)
    assert.deepEqual(world.told, ['hook 2026-03-02T20:00Z'])
    await second.close()
  })

  it('tells what was missed once, with the period that it should have had', async () => {
    const world = new World('2026-03-02T19:00:00Z')
    const first = world.reports()
    await first.apply([daily()])
    await first.close()
    // Down over three runs: the last of them is told.
    await world.pass(3 * 24 + 5)
    for (let start = 0; start < 3; start++) {
      const again = world.reports()
      await again.apply([daily()])
      await world.pass(0.1)
      await again.close()
    }
    assert.deepEqual(world.told, ['hook 2026-03-05T20:00Z'])
    assert.equal(world.counted[0]?.toMs, Date.parse('2026-03-05T20:00:00Z'))
  })

  it('misses nothing where it is new, or has another time than before', async () => {
    const world = new World('2026-03-02T21:00:00Z')
    const first = world.reports()
    await first.apply([daily()])
    await world.pass(0.1)
    await first.apply([daily({ at: '20:30' })])
    await world.pass(0.1)
    await first.apply([])
    await world.pass(72)
    await first.apply([daily({ at: '20:30' })])
    await world.pass(0.1)
    assert.deepEqual(world.told, [])
    await first.close()
  })

  it('is told after the next start where the program stopped before it was told', async () => {
    const world = new World('2026-03-02T19:59:00Z')
    const first = world.reports()
    world.answer = async (_, ends) => never(ends)
    await first.apply([daily()])
    await world.pass(1)
    await first.close()
    world.answer = async () => ({ kind: 'delivered' })
    const second = world.reports()
    await second.apply([daily()])
    await world.pass(0.1)
    assert.deepEqual(world.told, ['hook 2026-03-02T20:00Z'])
    await second.close()
  })

  it('tells a sink that is away no more than the newest, and the others meanwhile', async () => {
    const world = new World('2026-03-02T19:59:00Z')
    const reports = world.reports(['hook', 'away'])
    let isAway = true
    world.answer = async (sink, ends) => (sink === 'away' && isAway ? never(ends) : { kind: 'delivered' })
    await reports.apply([daily({ to: [0, 1] })])
    await world.pass(25)
    isAway = false
    await world.pass(24)
    assert.deepEqual(world.told, [
      'hook 2026-03-02T20:00Z',
      'hook 2026-03-03T20:00Z',
      'hook 2026-03-04T20:00Z',
      'away 2026-03-04T20:00Z',
    ])
    await reports.close()
  })

  it('is not told twice where the clock is set back, and goes on where it was far ahead', async () => {
    const world = new World('2026-03-02T19:59:30Z')
    const reports = world.reports()
    await reports.apply([daily()])
    await world.pass(0.1)
    world.clock.jumpWall(-300_000)
    await world.pass(1)
    assert.deepEqual(world.told, ['hook 2026-03-02T20:00Z'])
    world.clock.jumpWall(400 * 24 * hourMs)
    await world.pass(0.1)
    world.clock.jumpWall(-400 * 24 * hourMs)
    await world.pass(24)
    assert.ok(world.told.includes('hook 2026-03-03T20:00Z'), world.told.join('\n'))
    await reports.close()
  })

  it('is counted again where that failed, and told then', async () => {
    const world = new World('2026-03-02T19:59:00Z')
    const reports = world.reports()
    world.countFails = true
    await reports.apply([daily()])
    await world.pass(0.5)
    assert.ok(world.counted.length > 2)
    world.countFails = false
    await world.pass(0.1)
    assert.deepEqual(world.told, ['hook 2026-03-02T20:00Z'])
    await reports.close()
  })

  it('is told again after its sink has ended under it, as with a changed configuration', async () => {
    const world = new World('2026-03-02T19:59:00Z')
    const reports = world.reports()
    world.answer = async () => ({ kind: 'stopped' })
    await reports.apply([daily()])
    await world.pass(0.5)
    world.answer = async () => ({ kind: 'delivered' })
    await reports.apply([daily()])
    await world.pass(0.1)
    assert.deepEqual(world.told, ['hook 2026-03-02T20:00Z'])
    await reports.close()
  })

  it('does not try again what the destination refused for good', async () => {
    const world = new World('2026-03-02T19:59:00Z')
    const reports = world.reports()
    let asked = 0
    world.answer = async () => {
      asked++
      return { kind: 'rejected', detail: 'too long' }
    }
    await reports.apply([daily()])
    await world.pass(5)
    assert.equal(asked, 1)
    await reports.close()
  })
})

describe('a report that is asked for', () => {
  it('tells every report of the period up to now, and moves no schedule', async () => {
    const world = new World('2026-03-02T15:30:00Z')
    const reports = world.reports()
    await reports.apply([daily()])
    await reports.tellNow(1_000)
    await world.pass(0.1)
    assert.deepEqual(world.told, ['hook 2026-03-02T15:30Z'])
    await world.pass(5)
    assert.deepEqual(world.told, ['hook 2026-03-02T15:30Z', 'hook 2026-03-02T20:00Z'])
    await reports.close()
    assert.equal(world.clock.pending, 0)
  })
})
