/** A pump whose sink has a quota: what leaves one by one, what becomes a digest, and what a digest settles. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Occurrence } from '../domain/occurrence.ts'
import { delivered, type Outcome } from '../domain/outcome.ts'
import type { Quota } from '../sink-kit/quota.ts'
import { gatheringMs, windowMsOf } from '../sink-kit/quota.ts'
import type { Sink } from '../sink-kit/sink.ts'
import { QuotaLedgers } from './quota-ledgers.ts'
import { PumpHarness } from './testing/pump-harness.ts'

const robot: Quota = { messages: 20, perMs: 60_000 }
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)

/** A sink with the robot's quota, and what its digests were. */
class RobotHarness extends PumpHarness {
  /** Offsets of each digest. */
  readonly digests: number[][] = []
  answerDigest: (batch: readonly Occurrence[]) => Outcome | Promise<Outcome> = () => delivered

  robot(canDigest = true): Sink {
    const digest = async (batch: readonly Occurrence[]): Promise<Outcome> => {
      this.digests.push(batch.map(({ offset }) => offset))
      return this.answerDigest(batch)
    }
    return {
      ...this.sink(),
      quota: { key: 'robot', limits: [robot] },
      ...(canDigest && { digest }),
    }
  }

  /** Occurrences of `objects` objects in turn. */
  appendMany(count: number, objects = count): void {
    for (let at = 0; at < count; at++) this.append(`object-${at % objects}`)
  }

  get messages(): number {
    return this.sends.length + this.digests.length
  }
}

describe('a sink with a quota', () => {
  it('sends one by one what leaves within a minute, one occurrence a message', async () => {
    const harness = new RobotHarness()
    const pump = harness.start({ concurrency: 1, batchCount: 10 })
    pump.attach(harness.robot())
    harness.appendMany(12)
    await harness.clock.advance(1)
    assert.deepEqual(
      harness.sends,
      range(1, 12).map((offset) => [offset]),
    )
    assert.deepEqual(harness.digests, [])
    pump.stop()
  })

  it('tells all that wait in one digest where they are more, and settles each by it', async () => {
    const harness = new RobotHarness()
    harness.appendMany(1_500, 40)
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.robot())
    await harness.clock.advance(1)
    assert.deepEqual(harness.digests, [range(1, 1_500)])
    assert.deepEqual(harness.sends, [])
    assert.deepEqual(harness.settled, { mark: 1_501, ranges: [] })
    pump.stop()
  })

  it('takes what lies on disk into the digest too, and thousands in a few', async () => {
    const harness = new RobotHarness()
    harness.lateBelow = 5_001
    harness.appendMany(5_000, 300)
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.robot())
    while (harness.settled.mark < 5_001) await harness.clock.advance(100)
    assert.ok(harness.digests.length <= 3, `${harness.digests.length} digests`)
    assert.deepEqual(harness.digests.flat(), range(1, 5_000))
    assert.ok(harness.clock.monotonicMs() < gatheringMs, 'an incomplete digest is followed at once')
    pump.stop()
  })

  it('gathers after a digest, and is back to single ones once it is calm', async () => {
    const harness = new RobotHarness()
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.robot())
    harness.appendMany(100)
    await harness.clock.advance(10)
    harness.appendMany(3)
    await harness.clock.advance(gatheringMs - 100)
    assert.equal(harness.messages, 1)
    await harness.clock.advance(200)
    assert.deepEqual(harness.sends, [[101], [102], [103]])
    pump.stop()
  })

  it('waits for a free slot and for nothing else, and wakes for nothing meanwhile', async () => {
    const harness = new RobotHarness()
    const pump = harness.start({ concurrency: 4 })
    pump.attach(harness.robot(false))
    harness.appendMany(40)
    await harness.clock.advance(windowMsOf(robot) - 10)
    assert.equal(harness.messages, 19)
    await harness.clock.advance(20)
    assert.equal(harness.messages, 38)
    await harness.clock.advance(windowMsOf(robot))
    assert.deepEqual(
      harness.delivered.toSorted((a, b) => a - b),
      range(1, 40),
    )
    // The last deadline of a send has its timer still.
    await harness.clock.advance(20_000)
    assert.equal(harness.clock.pending, 0)
    pump.stop()
  })

  it('counts its probes as well', async () => {
    const harness = new RobotHarness()
    harness.answer = () => ({ kind: 'retry', reason: 'throttled', afterMs: 1_000 })
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.robot())
    harness.appendMany(3)
    await harness.clock.advance(windowMsOf(robot) - 10)
    assert.equal(harness.messages, 19)
    pump.stop()
  })
})

describe('a digest that fails', () => {
  it('settles nothing, and what waits stays in order', async () => {
    const harness = new RobotHarness()
    harness.answerDigest = () => ({ kind: 'retry', reason: 'unreachable' })
    harness.answer = () => ({ kind: 'retry', reason: 'unreachable' })
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.robot())
    harness.appendMany(50, 5)
    await harness.clock.advance(5_000)
    assert.deepEqual(harness.settled, { mark: 1, ranges: [] })
    assert.equal(harness.states.at(-1), 'held: unreachable')
    harness.answerDigest = () => delivered
    harness.answer = () => delivered
    await harness.clock.advance(120_000)
    const [probe] = harness.delivered
    assert.equal(harness.digests.length, 2)
    assert.deepEqual(
      harness.digests[1],
      range(1, 50).filter((offset) => offset !== probe),
    )
    assert.deepEqual(harness.settled, { mark: 51, ranges: [] })
    pump.stop()
  })

  it('since one of its events is not taken, is divided until that one is a dead letter', async () => {
    const harness = new RobotHarness()
    const isBad = ({ offset }: Occurrence): boolean => offset === 37
    const bad: Outcome = { kind: 'rejected', reason: 'bad-message', detail: 'bad word' }
    harness.answerDigest = (batch) => (batch.some(isBad) ? bad : delivered)
    harness.answer = (occurrence) => (isBad(occurrence) ? bad : delivered)
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.robot())
    harness.appendMany(64)
    await harness.clock.advance(300_000)
    assert.deepEqual(
      harness.deadLetters.map(({ offset }) => offset),
      [37],
    )
    assert.deepEqual(harness.settled, { mark: 65, ranges: [] })
    pump.stop()
  })

  it('since the sink refuses, is followed by single ones, which find it misconfigured', async () => {
    const harness = new RobotHarness()
    harness.answerDigest = () => ({ kind: 'retry', reason: 'refused' })
    harness.answer = () => ({ kind: 'retry', reason: 'refused' })
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.robot())
    harness.appendMany(64)
    await harness.clock.advance(100)
    assert.equal(harness.digests.length, 1)
    assert.equal(harness.sends.length, 2)
    assert.equal(harness.states.at(-1), 'held: misconfigured')
    harness.answerDigest = () => delivered
    harness.answer = () => delivered
    await harness.clock.advance(120_000)
    assert.deepEqual(harness.settled, { mark: 65, ranges: [] })
    assert.equal(harness.deadLetters.length, 0)
    pump.stop()
  })

  it('or never answers, is timed out and tried again', async () => {
    const harness = new RobotHarness()
    harness.answerDigest = () => new Promise(() => {})
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.robot())
    harness.appendMany(64)
    await harness.clock.advance(11_000)
    harness.answerDigest = () => delivered
    await harness.clock.advance(30_000)
    assert.deepEqual(harness.settled, { mark: 65, ranges: [] })
    pump.stop()
  })
})

describe('a stop of a sink with a quota', () => {
  it('tells what cannot leave one by one in a digest, without gathering', async () => {
    const harness = new RobotHarness()
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.robot())
    harness.appendMany(100)
    await harness.clock.advance(10)
    harness.appendMany(30)
    await pump.drain()
    assert.deepEqual(harness.digests.at(-1), range(101, 130))
    assert.deepEqual(harness.settled, { mark: 131, ranges: [] })
    pump.stop()
  })
})

describe('a quota after a restart', () => {
  it('counts as used, so that crash after crash never exceeds it', async () => {
    const harness = new RobotHarness()
    harness.appendMany(3)
    for (let crash = 0; crash < 10; crash++) {
      const pump = harness.start(
        { concurrency: 1 },
        { level: 'all' },
        new QuotaLedgers(harness.clock.monotonicMs()),
      )
      pump.attach(harness.robot())
      await harness.clock.advance(10_000)
      pump.stop()
    }
    assert.equal(harness.messages, 0)
    const pump = harness.start(
      { concurrency: 1 },
      { level: 'all' },
      new QuotaLedgers(harness.clock.monotonicMs()),
    )
    pump.attach(harness.robot())
    await harness.clock.advance(windowMsOf(robot) + 10)
    assert.deepEqual(harness.delivered, [1, 2, 3])
    pump.stop()
  })

  it('goes on where another pump takes the place of one that has ended', async () => {
    const harness = new RobotHarness()
    const quotas = new QuotaLedgers(undefined)
    const first = harness.start({ concurrency: 1 }, { level: 'all' }, quotas)
    first.attach(harness.robot(false))
    harness.appendMany(30)
    await harness.clock.advance(10)
    assert.equal(harness.messages, 19)
    first.stop()
    harness.startsFrom(harness.settled)
    const second = harness.start({ concurrency: 1 }, { level: 'all' }, quotas)
    second.attach(harness.robot(false))
    await harness.clock.advance(1_000)
    assert.equal(harness.messages, 19)
    await harness.clock.advance(windowMsOf(robot))
    assert.deepEqual(
      harness.delivered.toSorted((a, b) => a - b),
      range(1, 30),
    )
    second.stop()
  })
})
