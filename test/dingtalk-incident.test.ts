/** The recorded incident at its own speed, told to one DingTalk robot: the clock is the test's, all else is real. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { Pump } from '../src/delivery/pump.ts'
import { QuotaLedgers } from '../src/delivery/quota-ledgers.ts'
import { readRecording } from '../src/recording/recording.ts'
import { sleep } from '../src/domain/clock.ts'
import type { KubernetesEvent } from '../src/domain/event.ts'
import type { FilterOptions } from '../src/domain/filter-options.ts'
import type { Occurrence } from '../src/domain/occurrence.ts'
import type { Outcome } from '../src/domain/outcome.ts'
import { FakeClock } from '../src/domain/testing/fake-clock.ts'
import type { Journal } from '../src/journal/journal.ts'
import { openJournal } from '../src/journal/open.ts'
import type { Sink } from '../src/sink-kit/sink.ts'
import dingtalk from '../src/sinks/dingtalk/index.ts'
import { dingtalkRobot } from '../src/sinks/dingtalk/testing/robot.ts'
import type { Robot } from '../src/sinks/dingtalk/testing/robot.ts'
import { openSink, startSecureReceiver } from '../src/sinks/dingtalk/testing/run.ts'
import { compileFilter } from '../src/stages/filter.ts'
import { recordingTelemetry } from '../src/telemetry/testing.ts'

const file = join(import.meta.dirname, '../src/demo/recordings/incident.ndjson.gz')

/** How fine the test's time is, and how long the robot takes to answer, ms. */
const stepMs = 100
const answerMs = 200
/** Within this the group is told of anything, ms. */
const boundMs = 90_000

interface Change {
  readonly atMs: number
  readonly event: KubernetesEvent
}

async function readIncident(): Promise<readonly Change[]> {
  const changes: Change[] = []
  let beganMs: number | undefined
  for await (const change of readRecording(file)) {
    if (change.arrivedAtMs === undefined) continue
    beganMs ??= change.arrivedAtMs
    if (change.type === 'ADDED' || change.type === 'MODIFIED') {
      changes.push({ atMs: change.arrivedAtMs - beganMs, event: change.object })
    }
  }
  return changes
}

/** One sink under way: how late it told each occurrence, by offset, ms. */
interface Told {
  readonly latenessMs: Map<number, number>
  readonly singles: number[]
  readonly digests: number[]
}

/** A journal, one robot, and pumps that write to it. */
class Incident {
  readonly clock = new FakeClock()
  readonly robot: Robot
  readonly #journal: Journal
  readonly #host: string
  readonly #telemetry = recordingTelemetry({ clock: this.clock })
  #sends = 0

  constructor(parts: { clock: FakeClock; robot: Robot; journal: Journal; host: string }) {
    this.clock = parts.clock
    this.robot = parts.robot
    this.#journal = parts.journal
    this.#host = parts.host
  }

  /** Resolves to a pump that runs. */
  async start(name: string, query: string, quotas: QuotaLedgers, told: Told): Promise<Pump> {
    const filter: FilterOptions = { level: query.includes('level=Normal') ? 'Normal' : 'Warning' }
    const pump = new Pump({
      name,
      pace: dingtalk.pace,
      filter: compileFilter(filter),
      journal: this.#journal,
      telemetry: this.#telemetry.sink(name, 'DingTalkSink'),
      clock: this.clock,
      random: () => 0.5,
      quotas,
    })
    const sink = await openSink(
      `dingtalk:https://${this.#host}/robot/send?access_token=token${query}`,
      this.clock,
    )
    pump.attach(this.#observed(sink, told))
    return pump
  }

  append(changes: readonly Change[]): void {
    if (changes.length === 0) return
    this.#journal.source('default').append(
      changes.map(({ event }) => ({ event, raw: Buffer.from(JSON.stringify(event)) })),
      { cursor: '1', serverIdentity: 'test' },
    )
  }

  /** Lets `ms` pass. While the network is at work, time stands still. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.clock.advance(stepMs)
      while (this.#sends > 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Plays all changes at their time; `meanwhile` is called every second. */
  async play(changes: readonly Change[], meanwhile?: (second: number) => Promise<void>): Promise<void> {
    let next = 0
    for (let nowMs = 0; next < changes.length; nowMs += stepMs) {
      const until = changes.findIndex(({ atMs }) => atMs > nowMs)
      const end = until === -1 ? changes.length : until
      this.append(changes.slice(next, end))
      next = Math.max(next, end)
      if (nowMs % 1_000 === 0) await meanwhile?.(nowMs / 1_000)
      await this.pass(stepMs)
    }
  }

  #observed(sink: Sink, { latenessMs, singles, digests }: Told): Sink {
    const send = async <Answer>(sending: Promise<Answer>, signal: AbortSignal): Promise<Answer> => {
      this.#sends++
      const answer = await sending.finally(() => this.#sends--)
      await sleep(this.clock, answerMs, signal)
      return answer
    }
    const note = (batch: readonly Occurrence[], outcome: Outcome | undefined): void => {
      if (outcome?.kind !== 'delivered') return
      for (const { offset, arrivedAtMs } of batch) latenessMs.set(offset, this.clock.wallMs() - arrivedAtMs)
    }
    return {
      ...sink,
      send: async (batch, signal) => {
        const outcomes = await send(sink.send(batch, signal), signal)
        note(batch, outcomes[0])
        singles.push(batch.length)
        return outcomes
      },
      digest: async (batch, signal) => {
        assert.ok(sink.digest)
        const outcome = await send(sink.digest(batch, signal), signal)
        note(batch, outcome)
        digests.push(batch.length)
        return outcome
      },
    }
  }
}

const nobody = (): Told => ({ latenessMs: new Map(), singles: [], digests: [] })

async function withIncident(use: (incident: Incident) => Promise<void>): Promise<void> {
  const clock = new FakeClock()
  const robot = dingtalkRobot({ accessToken: 'token', clock })
  const receiver = await startSecureReceiver()
  receiver.reply((request) => robot.receive(request))
  const journal = await openJournal({
    dir: undefined,
    workerEntry: new URL(import.meta.url),
    clock,
    telemetry: recordingTelemetry({ clock }).journal,
  })
  try {
    await use(new Incident({ clock, robot, journal, host: receiver.host }))
  } finally {
    await journal.close()
    await receiver.close()
  }
}

/** What the group read of digests adds up. */
function countedInDigests({ messages }: Robot): number {
  return messages
    .map(({ text }) => Number(/^(?:\*\*)?(\d+) events? of/.exec(text)?.[1] ?? 0))
    .reduce((sum, count) => sum + count, 0)
}

function assertInTime({ latenessMs }: Told, count: number): void {
  assert.equal(latenessMs.size, count, 'each occurrence is told')
  const latest = Math.max(...latenessMs.values())
  assert.ok(latest <= boundMs, `the latest after ${latest} ms`)
}

describe('the recorded incident, told to one robot', () => {
  let changes: readonly Change[] = []
  before(async () => {
    changes = await readIncident()
  })
  const warnings = (): number => changes.filter(({ event }) => event.type === 'Warning').length

  for (const [query, what] of [
    ['', 'warnings'],
    ['&level=Normal', 'everything'],
  ] as const) {
    it(`${what}: nothing lost, nothing refused, nothing told later than 90 s`, async () => {
      await withIncident(async (incident) => {
        const told = nobody()
        const pump = await incident.start('robot', query, new QuotaLedgers(undefined), told)
        await incident.play(changes)
        await incident.pass(boundMs)
        const count = query === '' ? warnings() : changes.length
        assert.ok(count > 1_300)
        assertInTime(told, count)
        assert.deepEqual([...new Set(incident.robot.codes)], [0])
        assert.equal(told.singles.length + countedInDigests(incident.robot), count)
        assert.deepEqual(pump.lag(), { events: 0, seconds: 0 })
        pump.stop()
      })
    })
  }

  it('the group reads of each of its problems', async () => {
    await withIncident(async (incident) => {
      const pump = await incident.start('robot', '', new QuotaLedgers(undefined), nobody())
      await incident.play(changes)
      await incident.pass(boundMs)
      const text = incident.robot.messages.map((message) => message.text).join('\n')
      for (const problem of [
        /BackOff ×\d+.*\n- Pod shop\/checkout-/,
        /FailedScheduling ×\d+.*\n(?:- .*\n)*- Pod \w+\/greedy/,
        /FailedCreate ×\d+.*\n(?:- .*\n)*- ReplicaSet pay\/ledger/,
        /NodeNotReady/,
        /OOMKilling/,
      ]) {
        assert.match(text, problem)
      }
      pump.stop()
    })
  })

  it('by two sinks with the same token: they share its quota', async () => {
    await withIncident(async (incident) => {
      const quotas = new QuotaLedgers(undefined)
      const [first, second] = [nobody(), nobody()]
      const pumps = [
        await incident.start('first', '', quotas, first),
        await incident.start('second', '&level=Normal&msg_type=markdown', quotas, second),
      ]
      await incident.play(changes)
      await incident.pass(boundMs)
      assertInTime(first, warnings())
      assertInTime(second, changes.length)
      assert.deepEqual([...new Set(incident.robot.codes)], [0])
      for (const pump of pumps) pump.stop()
    })
  })

  it('by a program that crashes again and again: the quota is never exceeded', async () => {
    await withIncident(async (incident) => {
      const told = nobody()
      const startAgain = (): Promise<Pump> =>
        incident.start('robot', '', new QuotaLedgers(incident.clock.monotonicMs()), told)
      let pump = await incident.start('robot', '', new QuotaLedgers(undefined), told)
      await incident.play(changes, async (second) => {
        if (![10, 11, 13, 20, 95, 96].includes(second)) return
        pump.stop()
        pump = await startAgain()
      })
      await incident.pass(boundMs)
      assert.equal(told.latenessMs.size, warnings())
      assert.deepEqual([...new Set(incident.robot.codes)], [0])
      pump.stop()
    })
  })

  it('that somebody else has used up: all is told once the robot takes messages again', async () => {
    await withIncident(async (incident) => {
      for (let count = 0; count < 21; count++) {
        incident.robot.receive({
          method: 'POST',
          target: '/robot/send?access_token=token',
          headers: { 'content-type': 'application/json' },
          body: '{"msgtype":"text","text":{"content":"another program"}}',
        })
      }
      const told = nobody()
      const pump = await incident.start('robot', '', new QuotaLedgers(undefined), told)
      await incident.play(changes)
      // What was not kept in memory is read back in its own time, not in the test's.
      for (let minute = 0; minute < 60 && told.latenessMs.size < warnings(); minute++) {
        await incident.pass(60_000)
      }
      assert.equal(told.latenessMs.size, warnings())
      assert.deepEqual(pump.lag(), { events: 0, seconds: 0 })
      pump.stop()
    })
  })
})
