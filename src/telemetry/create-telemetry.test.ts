/** Holds what the rooms tell: one line a change, readiness, and metrics that a Prometheus would take. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Clock } from '../domain/clock.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import { createTelemetry } from './create-telemetry.ts'
import type { LogRecord } from './human-format.ts'
import type { LogLevel } from './logger.ts'
import { seldomEveryMs } from './seldom.ts'
import type { Telemetry } from './telemetry.ts'

const startMs = Date.UTC(2024, 4, 6, 8)

class HandClock implements Clock {
  nowMs = startMs
  wallMs(): number {
    return this.nowMs
  }
  monotonicMs(): number {
    return this.nowMs - startMs
  }
  schedule(): never {
    return assert.fail('telemetry needs no timer')
  }
}

function setUp(options: { maxSeries?: number; level?: LogLevel } = {}): {
  telemetry: Telemetry
  clock: HandClock
  lines: LogRecord[]
  told: () => string[]
} {
  const clock = new HandClock()
  const lines: LogRecord[] = []
  const telemetry = createTelemetry({
    clock,
    level: 'info',
    format: { kind: 'json' },
    eventMetrics: true,
    version: '1.2.3',
    destination: { write: (line) => lines.push(JSON.parse(line) as LogRecord) },
    ...options,
  })
  return { telemetry, clock, lines, told: () => lines.map(({ level, msg }) => `${level} ${msg}`) }
}

function eventOf(name: string): KubernetesEvent {
  return {
    metadata: { namespace: 'shop' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name },
    reason: 'Unhealthy',
    type: 'Warning',
  }
}

/** The value of one sample; `undefined` if it is not there. */
async function valueOf(telemetry: Telemetry, sample: string): Promise<number | undefined> {
  const line = (await telemetry.metricsText()).split('\n').find((text) => text.startsWith(`${sample} `))
  return line === undefined ? undefined : Number(line.slice(sample.length + 1))
}

/** Tells everything that can be told, so that each metric has its samples. */
function tellAll(telemetry: Telemetry): void {
  const source = telemetry.source('default')
  source.state('watching')
  source.occurrence(eventOf('web-1'))
  source.occurrence({ ...eventOf('web-1'), type: 'Normal' })
  source.occurrence({ ...eventOf('web-1'), reason: 'Evicted' })
  source.watchEnded('timeout')
  source.lineIgnored('not-json', 'at byte 3')
  for (const name of ['hook', 'say "hi"\\']) {
    const sink = telemetry.sink(name, 'webHook')
    sink.delivered(3, 15.625)
    sink.filtered('level')
    sink.retried('timeout')
    sink.dead('bad-message', '400')
    sink.lost(2)
    sink.sendTook(7)
    sink.lagFrom(() => ({ events: 4, seconds: 1.5 }))
    sink.state('held', 'misconfigured', '404')
  }
  telemetry.sinkUnusable('--sink (the 2nd)', 'no such sink')
  telemetry.journal.committed(2, 3)
  telemetry.journal.dropped(5, 'age')
  telemetry.journal.deadLettersDropped(1, 'hook')
  telemetry.journal.damaged('part', 6)
  telemetry.journal.boundedTo(8192)
  telemetry.journal.sizeFrom(() => ({ bytes: 4096, oldestAgeSeconds: 60, nextOffset: 8 }))
}

describe('the metrics page', () => {
  it('is one that Prometheus takes: help and type before samples, no sample twice', async () => {
    const { telemetry } = setUp()
    tellAll(telemetry)
    const text = await telemetry.metricsText()
    assert.ok(text.endsWith('\n'))
    const types = new Map<string, string>()
    const helped = new Set<string>()
    const seen = new Set<string>()
    let current = ''
    for (const line of text.trimEnd().split('\n')) {
      const [, keyword, declared = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
      if (keyword === 'HELP') {
        assert.ok(!helped.has(declared), `${declared} is declared twice`)
        helped.add(declared)
        current = declared
      } else if (keyword === 'TYPE') {
        assert.equal(declared, current)
        assert.match(rest, /^(counter|gauge|histogram|summary)$/)
        types.set(declared, rest)
      } else {
        const sample = /^([a-z_]+)(?:\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/.exec(line)
        assert.ok(sample, `no sample: ${line}`)
        const [, name = '', labels = '', value = ''] = sample
        const composed = ['histogram', 'summary'].includes(types.get(current) ?? '')
        const base = composed ? name.replace(/_(sum|count|bucket)$/, '') : name
        assert.equal(base, current, `${name} stands under ${current}`)
        assert.ok(!seen.has(`${name}{${labels}}`), `${line} comes twice`)
        seen.add(`${name}{${labels}}`)
        assert.ok(value === '+Inf' || Number.isFinite(Number(value)), line)
      }
    }
    assert.deepEqual([...helped], [...types.keys()])
  })

  it('follows the names that Prometheus wants', async () => {
    const { telemetry } = setUp()
    tellAll(telemetry)
    const types = (await telemetry.metricsText()).matchAll(/^# TYPE (kube_eventer_\w+) (\w+)$/gm)
    let count = 0
    for (const [, name = '', type] of types) {
      count++
      assert.equal(name.endsWith('_total'), type === 'counter', name)
      assert.doesNotMatch(name, /_(ms|milliseconds|kb|mib)(_|$)/)
    }
    assert.ok(count > 20)
  })

  it('tells each thing that was told', async () => {
    const { telemetry } = setUp()
    tellAll(telemetry)
    const expected: Readonly<Record<string, number>> = {
      'kube_eventer_build_info{version="1.2.3"}': 1,
      'kube_eventer_source_up{cluster="default"}': 1,
      'kube_eventer_source_state{cluster="default",state="watching"}': 1,
      'kube_eventer_source_state{cluster="default",state="listing"}': 0,
      'kube_eventer_source_occurrences_total{cluster="default"}': 3,
      'kube_eventer_source_last_occurrence_timestamp_seconds{cluster="default"}': startMs / 1000,
      'kube_eventer_source_watch_restarts_total{cause="timeout",cluster="default"}': 1,
      'kube_eventer_source_watch_restarts_total{cause="expired",cluster="default"}': 0,
      'kube_eventer_source_lines_ignored_total{cluster="default",reason="not-json"}': 1,
      'kube_eventer_sink_up{sink="hook"}': 0,
      'kube_eventer_sink_state{sink="hook",state="held"}': 1,
      'kube_eventer_sink_held{reason="misconfigured",sink="hook"}': 1,
      kube_eventer_sinks_unusable: 1,
      'kube_eventer_sink_lag_events{sink="hook"}': 4,
      'kube_eventer_sink_lag_seconds{sink="hook"}': 1.5,
      'kube_eventer_sink_delivered_total{sink="hook"}': 3,
      'kube_eventer_sink_filtered_total{reason="level",sink="hook"}': 1,
      'kube_eventer_sink_retried_total{reason="timeout",sink="hook"}': 1,
      'kube_eventer_sink_dead_letters_total{reason="bad-message",sink="hook"}': 1,
      'kube_eventer_sink_lost_total{sink="hook"}': 2,
      'kube_eventer_sink_latency_seconds_bucket{sink="hook",le="0.01"}': 0,
      'kube_eventer_sink_latency_seconds_bucket{sink="hook",le="0.025"}': 3,
      'kube_eventer_sink_latency_seconds_sum{sink="hook"}': 0.046875,
      'kube_eventer_sink_send_duration_seconds_count{sink="hook"}': 1,
      kube_eventer_journal_up: 1,
      'kube_eventer_journal_state{state="ok"}': 1,
      kube_eventer_journal_bytes: 4096,
      kube_eventer_journal_max_bytes: 8192,
      kube_eventer_journal_oldest_age_seconds: 60,
      kube_eventer_journal_next_offset: 8,
      kube_eventer_journal_committed_total: 3,
      kube_eventer_journal_commit_duration_seconds_sum: 0.002,
      'kube_eventer_journal_dropped_total{reason="age"}': 5,
      'kube_eventer_journal_dead_letters_dropped_total{sink="hook"}': 1,
      'kube_eventer_journal_damage_total{what="part"}': 1,
      'kube_eventer_journal_damage_total{what="file"}': 0,
      kube_eventer_journal_damage_lost_total: 6,
      kube_eventer_log_lines_dropped_total: 0,
      eventer_scraper_events_total_number: 3,
      eventer_scraper_duration_milliseconds_sum: 2,
      // Two sinks of one kind share the label.
      'eventer_exporter_duration_milliseconds_sum{exporter="webHook"}': 14,
      'eventer_exporter_duration_milliseconds_count{exporter="webHook"}': 2,
    }
    const found: Record<string, number | undefined> = {}
    for (const sample of Object.keys(expected)) found[sample] = await valueOf(telemetry, sample)
    assert.deepEqual(found, expected)
  })

  it('tells of the process', async () => {
    const { telemetry } = setUp()
    for (const [sample, least] of [
      ['process_resident_memory_bytes', 1e6],
      ['process_cpu_seconds_total', 0.001],
      ['process_start_time_seconds', 1.6e9],
      ['nodejs_heap_size_used_bytes', 1e5],
      ['nodejs_eventloop_active_seconds_total', 0],
      [`nodejs_version_info{version="${process.version}"}`, 1],
      ...(process.platform === 'linux'
        ? ([
            ['process_open_fds', 3],
            ['process_max_fds', 10],
            ['process_virtual_memory_bytes', 1e6],
            ['process_virtual_memory_max_bytes', 1e6],
          ] as const)
        : []),
    ] as const) {
      const value = await valueOf(telemetry, sample)
      assert.ok(value !== undefined && value >= least, `${sample} ${value}`)
    }
  })

  it('says once a metric that names have run out', async () => {
    const { telemetry, lines } = setUp({ maxSeries: 2 })
    const source = telemetry.source('default')
    for (let index = 0; index < 9; index++) source.occurrence(eventOf(`web-${index}`))
    assert.deepEqual(
      lines.map(({ level, metric }) => ({ level, metric })),
      [{ level: 'warn', metric: 'eventer_events_warning_total' }],
    )
    const other = 'eventer_events_warning_total{kind="Pod",name="_other",namespace="shop",reason="Unhealthy"}'
    assert.equal(await valueOf(telemetry, other), 7)
  })

  it("counts a normal event under its own namespace, a warning under its object's, as the original does", async () => {
    const { telemetry } = setUp()
    const event = {
      metadata: { namespace: 'default' },
      involvedObject: { kind: 'Node', name: 'node-1' },
      reason: 'Starting',
    }
    telemetry.source('default').occurrence({ ...event, type: 'Normal' })
    telemetry.source('default').occurrence({ ...event, type: 'Warning' })
    telemetry.source('default').occurrence(event)
    const normal = 'eventer_events_normal_total{kind="Node",namespace="default",reason="Starting"}'
    const warning = 'eventer_events_warning_total{kind="Node",name="node-1",namespace="",reason="Starting"}'
    assert.equal(await valueOf(telemetry, normal), 2)
    assert.equal(await valueOf(telemetry, warning), 1)
  })

  it('survives a lag and a size that cannot be asked', async () => {
    const { telemetry, told } = setUp()
    const broken = (): never => {
      throw new Error('database is closed')
    }
    telemetry.sink('hook', 'webHook').lagFrom(broken)
    telemetry.journal.sizeFrom(broken)
    assert.equal(await valueOf(telemetry, 'kube_eventer_sink_lag_events{sink="hook"}'), undefined)
    assert.equal(await valueOf(telemetry, 'kube_eventer_journal_bytes'), undefined)
    assert.equal(await valueOf(telemetry, 'kube_eventer_sink_delivered_total{sink="hook"}'), 0)
    assert.deepEqual(told().toSorted(), [
      'warn the lag of the sink cannot be told',
      'warn the size of the journal cannot be told',
    ])
  })

  it('asks nobody any more after the end', async () => {
    const { telemetry } = setUp()
    telemetry.sink('hook', 'webHook').lagFrom(() => assert.fail('asked'))
    telemetry.journal.sizeFrom(() => assert.fail('asked'))
    telemetry.close()
    assert.equal(await valueOf(telemetry, 'kube_eventer_sink_lag_events{sink="hook"}'), undefined)
  })

  it('keeps counters when a source or sink is asked for again', async () => {
    const { telemetry } = setUp()
    telemetry.sink('hook', 'webHook').delivered(1, 1)
    telemetry.sink('hook', 'webHook').delivered(1, 1)
    telemetry.source('default').occurrence(eventOf('a'))
    telemetry.source('default').occurrence(eventOf('a'))
    assert.equal(await valueOf(telemetry, 'kube_eventer_sink_delivered_total{sink="hook"}'), 2)
    assert.equal(await valueOf(telemetry, 'kube_eventer_source_occurrences_total{cluster="default"}'), 2)
  })
})

describe('the times that alerts on the original look at', () => {
  const scraped = 'eventer_scraper_last_time_seconds'

  it('stay fresh while each source watches, with or without events', async () => {
    const { telemetry, clock } = setUp()
    assert.equal(await valueOf(telemetry, scraped), 0)
    telemetry.source('a').state('watching')
    telemetry.source('b').state('listing')
    clock.nowMs += 3_600_000
    assert.equal(await valueOf(telemetry, scraped), startMs / 1000 + 3600)
    assert.equal(await valueOf(telemetry, 'eventer_manager_last_time_seconds'), startMs / 1000 + 3600)
  })

  it('go stale when one of them is away', async () => {
    const { telemetry, clock } = setUp()
    telemetry.source('a').state('watching')
    telemetry.source('b').state('watching')
    clock.nowMs += 60_000
    telemetry.source('b').state('retrying', 'connection refused')
    clock.nowMs += 60_000
    telemetry.source('b').state('forbidden')
    clock.nowMs += 60_000
    assert.equal(await valueOf(telemetry, scraped), startMs / 1000 + 60)
  })
})

describe('a state', () => {
  it('is logged once a change, however often a source tells it', () => {
    const { telemetry, told, lines } = setUp()
    const source = telemetry.source('default')
    for (const state of ['starting', 'watching', 'watching', 'retrying', 'retrying', 'watching'] as const) {
      source.state(state, state === 'retrying' ? 'connection refused' : undefined)
    }
    assert.deepEqual(told(), [
      'info source watches events',
      'warn source is not reachable, trying again',
      'info source watches events',
    ])
    assert.deepEqual(
      { source: lines[1]?.['source'], state: lines[1]?.['state'], detail: lines[1]?.['detail'] },
      { source: 'default', state: 'retrying', detail: 'connection refused' },
    )
  })

  it('of a held sink is logged again when the reason changes, and louder where somebody has to act', () => {
    const { telemetry, lines } = setUp()
    const sink = telemetry.sink('hook', 'webHook')
    sink.state('flowing')
    sink.state('held', 'unreachable', 'connection refused')
    sink.state('held', 'unreachable', 'no route')
    sink.state('held', 'misconfigured', '404')
    sink.state('flowing')
    assert.deepEqual(
      lines.map(({ level, state, reason }) => [level, state, reason]),
      [
        ['info', 'flowing', undefined],
        ['warn', 'held', 'unreachable'],
        ['error', 'held', 'misconfigured'],
        ['info', 'flowing', undefined],
      ],
    )
  })

  it('of the journal is loud when it takes no more', () => {
    const { telemetry, told } = setUp()
    for (const state of ['ok', 'full', 'full', 'ok'] as const) telemetry.journal.state(state)
    assert.deepEqual(told(), [
      'error the journal takes no more events until there is room',
      'info the journal is well again',
    ])
  })
})

describe('damage in the journal', () => {
  it('is an error with what was lost, and is counted by what it is', async () => {
    const { telemetry, lines } = setUp()
    telemetry.journal.damaged('part', 50, { fromOffset: 301, toOffset: 350 })
    telemetry.journal.damaged('part', 7, { fromOffset: 401, toOffset: 407 })
    telemetry.journal.damaged('file', 200, { dir: '/data' })
    assert.deepEqual(
      lines.map(({ level, fromOffset, dir, occurrencesLost }) => [level, fromOffset, dir, occurrencesLost]),
      [
        ['error', 301, undefined, 50],
        ['error', undefined, '/data', 200],
      ],
    )
    assert.equal(await valueOf(telemetry, 'kube_eventer_journal_damage_total{what="part"}'), 2)
    assert.equal(await valueOf(telemetry, 'kube_eventer_journal_damage_total{what="file"}'), 1)
    assert.equal(await valueOf(telemetry, 'kube_eventer_journal_damage_lost_total'), 257)
  })
})

describe('lines that could come by the thousand', () => {
  it('come seldom, and tell how many were left out', async () => {
    const { telemetry, clock, lines } = setUp()
    const sink = telemetry.sink('hook', 'webHook')
    for (let index = 0; index < 1000; index++) sink.dead('template-failed', 'no such field')
    sink.dead('bad-message', '400')
    clock.nowMs += seldomEveryMs
    sink.dead('template-failed', 'no such field')
    assert.deepEqual(
      lines.map(({ level, reason, leftOut }) => [level, reason, leftOut]),
      [
        ['error', 'template-failed', undefined],
        ['error', 'bad-message', undefined],
        ['error', 'template-failed', 999],
      ],
    )
    const sample = 'kube_eventer_sink_dead_letters_total{reason="template-failed",sink="hook"}'
    assert.equal(await valueOf(telemetry, sample), 1001)
  })

  it('do not come at all for what happens every day', () => {
    const { telemetry, told } = setUp()
    for (let index = 0; index < 100; index++) {
      telemetry.source('default').watchEnded('timeout')
      telemetry.journal.dropped(10, 'age')
      telemetry.sink('hook', 'webHook').retried('throttled')
      telemetry.sink('hook', 'webHook').filtered('level')
    }
    assert.deepEqual(told(), ['info the journal let its oldest events go: older than they are kept for'])
  })
})

describe('readiness', () => {
  it('waits for the first source', () => {
    const { telemetry } = setUp()
    assert.deepEqual(telemetry.readiness()[0], {
      name: 'source',
      ready: false,
      detail: 'none has been started yet',
    })
  })

  it('has a check for each source, the journal, each sink and each that cannot run', () => {
    const { telemetry } = setUp()
    telemetry.source('default').state('watching')
    telemetry.source('other').state('retrying', 'connection refused')
    telemetry.sink('hook', 'webHook').state('flowing')
    telemetry.sink('chat', 'DingTalkSink').state('held', 'throttled', '429')
    telemetry.sinkUnusable('--sink (the 3rd)', 'https://oapi.example.test/robot/canary is no sink')
    assert.deepEqual(telemetry.readiness(), [
      { name: 'source default', ready: true, detail: 'watching' },
      { name: 'source other', ready: false, detail: 'retrying: connection refused' },
      { name: 'journal', ready: true, detail: 'ok' },
      { name: 'sink hook', ready: true, detail: 'flowing' },
      { name: 'sink chat', ready: false, detail: 'held: throttled: 429' },
      {
        name: 'sink --sink (the 3rd)',
        ready: false,
        detail: 'unusable: https://oapi.example.test/… is no sink',
      },
    ])
  })

  const states = [
    ['starting', false],
    ['listing', true],
    ['watching', true],
    ['retrying', false],
    ['forbidden', false],
    ['paused', false],
    ['stopped', false],
  ] as const
  for (const [state, ready] of states) {
    it(`${ready ? 'stands' : 'falls'} with a source that is ${state}`, () => {
      const { telemetry } = setUp()
      telemetry.source('default').state(state)
      assert.equal(telemetry.readiness()[0]?.ready, ready)
    })
  }

  it('needs a journal that takes events and commits them', () => {
    const { telemetry } = setUp()
    const ready = (): boolean | undefined =>
      telemetry.readiness().find((check) => check.name === 'journal')?.ready
    assert.equal(ready(), true)
    telemetry.journal.state('degraded', 'input/output error')
    assert.equal(ready(), false)
    telemetry.journal.state('full', 'no room')
    assert.equal(ready(), false)
    telemetry.journal.state('ok')
    assert.equal(ready(), true)
  })

  it('needs sinks that are open', () => {
    const { telemetry } = setUp()
    telemetry.sink('hook', 'webHook')
    assert.equal(telemetry.readiness().at(-1)?.ready, false)
  })
})

describe('a secret that another room let slip', () => {
  it('reaches neither log nor readiness nor metrics', async () => {
    const { telemetry, lines } = setUp({ level: 'debug' })
    const slip = 'https://me:canary@oapi.example.test/robot/canary?access_token=canary'
    telemetry.source('default').state('retrying', slip)
    telemetry.source('default').lineIgnored('not-json', slip)
    telemetry.sink('hook', 'webHook').state('held', 'refused', slip)
    telemetry.sink('hook', 'webHook').dead('bad-message', slip)
    telemetry.journal.state('full', slip)
    telemetry.sinkUnusable('--sink (the 2nd)', slip)
    telemetry.log.error(slip, { slip, list: [slip], error: new Error(slip) })
    assert.equal(lines.length, 7)
    assert.doesNotMatch(JSON.stringify(lines), /canary/)
    assert.doesNotMatch(JSON.stringify(telemetry.readiness()), /canary/)
    assert.doesNotMatch(await telemetry.metricsText(), /canary/)
  })
})

describe('what a changed configuration no longer has', () => {
  it('is gone from the metrics and from readiness; what stays is untouched', async () => {
    const { telemetry } = setUp()
    for (const cluster of ['default', 'other']) telemetry.source(cluster).state('watching')
    for (const name of ['hook', 'chat']) {
      const sink = telemetry.sink(name, 'webHook')
      sink.state('flowing')
      sink.delivered(3, 10)
      sink.lagFrom(() => ({ events: 2, seconds: 1 }))
    }
    telemetry.sinkUnusable('--sink (the 2nd)', 'no such sink')
    telemetry.forgetSource('other')
    telemetry.forgetSink('chat')
    telemetry.forgetUnusable('--sink (the 2nd)')
    assert.deepEqual(
      telemetry.readiness().map(({ name }) => name),
      ['source default', 'journal', 'sink hook'],
    )
    assert.doesNotMatch(await telemetry.metricsText(), /"other"|"chat"/)
    assert.equal(await valueOf(telemetry, 'kube_eventer_sink_delivered_total{sink="hook"}'), 3)
  })

  it('begins anew if it comes back', async () => {
    const { telemetry } = setUp()
    telemetry.sink('hook', 'webHook').delivered(3, 10)
    telemetry.forgetSink('hook')
    telemetry.sink('hook', 'webHook').delivered(1, 10)
    assert.equal(await valueOf(telemetry, 'kube_eventer_sink_delivered_total{sink="hook"}'), 1)
  })
})
