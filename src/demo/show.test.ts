import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Occurrence } from '../domain/occurrence.ts'
import type { SinkReport, TelemetryReport } from '../telemetry/telemetry.ts'
import { LatestLatencies } from './latest-latencies.ts'
import { RecentRate } from './recent-rate.ts'
import type { Robot } from './robot.ts'
import { Show } from './show.ts'
import { ManualClock } from './testing.ts'

function occurrence(reason: string, type: string, message: string): Occurrence {
  return {
    offset: 1,
    cluster: 'default',
    arrivedAtMs: Date.UTC(2026, 0, 1),
    raw: new Uint8Array(),
    event: {
      metadata: { name: 'web-0.1' },
      involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-0' },
      type,
      reason,
      message,
      count: 17,
    },
  }
}

const sink: SinkReport = {
  name: 'robot',
  state: 'flowing',
  detail: '',
  lagEvents: 40,
  lagSeconds: 3,
  delivered: 0,
  filtered: { level: 7, namespace: 0, kind: 0, reason: 2, message: 0, object: 0 },
  retried: 0,
  dead: 0,
  lost: 0,
}

function report(sinks: readonly SinkReport[]): TelemetryReport {
  return { version: '', sources: [], journal: { state: 'ok', detail: '' }, sinks, unusable: [] }
}

function robot(given: Partial<Robot>): Robot {
  return {
    url: 'http://127.0.0.1:1',
    taken: 0,
    digests: 0,
    refused: 0,
    thisMinute: 0,
    latest: undefined,
    latestDigest: undefined,
    close: async () => {},
    ...given,
  }
}

describe('the show', () => {
  it('tells what arrives, what of it is filtered and why, without what a terminal would obey', () => {
    const show = new Show({ clock: new ManualClock(), speed: 10 })
    show.begin({
      report: () => report([]),
      filteredBy: ({ type }) => (type === 'Normal' ? 'level' : undefined),
      lengthMs: 147_000,
    })
    show.arrived([
      occurrence('Pulled', 'Normal', 'done'),
      occurrence('BackOff', 'Warning', 'line\nline\u001b[2J'),
    ])
    const { arrived, events } = show.state()
    assert.equal(arrived, 2)
    assert.deepEqual(
      events.map(({ reason, isWarning, filteredBy, object, message }) => ({
        reason,
        isWarning,
        filteredBy,
        object,
        message,
      })),
      [
        {
          reason: 'Pulled',
          isWarning: false,
          filteredBy: 'level',
          object: 'Pod shop/web-0 ×17',
          message: 'done',
        },
        {
          reason: 'BackOff',
          isWarning: true,
          filteredBy: '',
          object: 'Pod shop/web-0 ×17',
          message: 'line line [2J',
        },
      ],
    )
  })

  it('keeps as many events as a terminal may show, and counts all', () => {
    const show = new Show({ clock: new ManualClock(), speed: 'max' })
    for (let batch = 0; batch < 10; batch++) {
      show.arrived(Array.from({ length: 100 }, (_, at) => occurrence(`R${batch}-${at}`, 'Warning', '')))
    }
    const { arrived, events } = show.state()
    assert.equal(arrived, 1_000)
    assert.equal(events.length, 300)
    assert.equal(events.at(-1)?.reason, 'R9-99')
  })

  it('tells each sink’s rate, latency, quota and what it filters', () => {
    const clock = new ManualClock()
    const show = new Show({ clock, speed: 10 })
    let delivered = 0
    show.begin({
      report: () => report([{ ...sink, delivered }]),
      filteredBy: () => undefined,
      robot: { sink: 'robot', robot: robot({ thisMinute: 16 }) },
      lengthMs: undefined,
    })
    assert.equal(show.state().sinks[0]?.p50Ms, undefined)
    for (delivered = 1; delivered <= 100; delivered++) show.delivered('robot', delivered)
    delivered = 100
    clock.advance(1_000)
    const [row] = show.state().sinks
    assert.ok(row)
    assert.deepEqual([row.rate, row.p50Ms, row.p99Ms, row.waiting], [100, 50, 99, 40])
    assert.equal(row.quota, '16 of 20')
    assert.deepEqual(row.filtered, [
      ['level', 7],
      ['reason', 2],
    ])
  })

  it('says why the robot’s events wait: for each other, for its quota, for the next digest', () => {
    const clock = new ManualClock()
    const begun = (given: Partial<Robot>): Show => {
      const show = new Show({ clock, speed: 10 })
      show.begin({
        report: () => report([sink]),
        filteredBy: () => undefined,
        robot: { sink: 'robot', robot: robot(given) },
        lengthMs: undefined,
      })
      return show
    }
    assert.equal(begun({ thisMinute: 15 }).state().robot?.waiting, '40 wait: told one by one')
    assert.equal(
      begun({ thisMinute: 16 }).state().robot?.waiting,
      '40 wait: 16 of 20 messages used, the rest is for digests',
    )
    const latestDigest = { atMs: clock.wallMs(), text: '18 events', isDigest: true }
    const show = begun({ taken: 17, digests: 1, latestDigest, latest: latestDigest })
    clock.advance(4_000)
    const panel = show.state().robot
    assert.equal(panel?.waiting, '40 wait: the next digest gathers for 11 s more')
    assert.match(panel.title, /^robot: 17 messages, 1 digest; digest of \d\d:/)
    assert.equal(panel.message, '18 events')
  })

  it('says why a sink is held, and after the play who has more to send', () => {
    const show = new Show({ clock: new ManualClock(), speed: 10 })
    show.begin({
      report: () =>
        report([{ ...sink, state: 'held', holdReason: 'unreachable', detail: 'connection refused' }]),
      filteredBy: () => undefined,
      lengthMs: undefined,
    })
    show.phase('finishing')
    const { sinks, phase } = show.state()
    assert.equal(sinks[0]?.isWell, false)
    assert.equal(sinks[0].detail, 'unreachable: connection refused')
    assert.equal(phase, 'played; robot has more to send')
  })
})

describe('a recent rate', () => {
  it('is of the last two seconds, and falls to nothing after them', () => {
    const rate = new RecentRate()
    assert.equal(rate.read(0, 0), 0)
    assert.equal(rate.read(50, 500), 100)
    for (let atMs = 600; atMs <= 5_000; atMs += 100) rate.read(50, atMs)
    assert.equal(rate.read(50, 5_000), 0)
  })
})

describe('the latest latencies', () => {
  it('tell what is usual and what is rare, of the latest ones only', () => {
    const latencies = new LatestLatencies()
    assert.deepEqual(latencies.quantiles(0.5), [undefined])
    for (let count = 0; count < 2_000; count++) latencies.add(9_000)
    for (let count = 1; count <= 2_000; count++) latencies.add(count)
    assert.deepEqual(latencies.quantiles(0.5, 0.99, 1), [1_000, 1_980, 2_000])
  })
})
