/** A pump that is given reports: told beside the events, under the sink's quota and health, each once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delivered, type Outcome } from '../domain/outcome.ts'
import type { SinkReport } from '../sink-kit/report.ts'
import type { Sink } from '../sink-kit/sink.ts'
import { PumpHarness } from './testing/pump-harness.ts'

const report: SinkReport = { title: 'daily', text: () => 'daily', markdown: () => 'daily', json: () => ({}) }
const forEver = new AbortController().signal

class ReportHarness extends PumpHarness {
  /** When each try to tell a report began, monotonic ms. */
  readonly tries: number[] = []
  answerReport: () => Outcome | Promise<Outcome> = () => delivered

  reporting(quota?: Sink['quota']): Sink {
    return {
      ...this.sink(),
      ...(quota && { quota }),
      report: async (_, signal) => {
        this.tries.push(this.clock.monotonicMs())
        const stopped = new Promise<Outcome>((resolve) =>
          signal.addEventListener('abort', () => resolve({ kind: 'retry', reason: 'stopped' })),
        )
        return Promise.race([stopped, this.answerReport()])
      },
    }
  }
}

describe('a pump with a report', () => {
  it('tells it once, before the events that wait', async () => {
    const harness = new ReportHarness()
    const pump = harness.start({ concurrency: 1 })
    harness.append('a')
    const told = pump.tellReport(report, forEver)
    harness.answerReport = () => {
      assert.deepEqual(harness.sends, [])
      return delivered
    }
    pump.attach(harness.reporting())
    await harness.clock.advance(1)
    assert.deepEqual(await told, { kind: 'delivered' })
    assert.deepEqual(harness.sends, [[1]])
    await harness.clock.advance(3_600_000)
    assert.equal(harness.tries.length, 1)
    pump.stop()
  })

  it('waits for a free slot of the quota, and counts as a message', async () => {
    const harness = new ReportHarness()
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.reporting({ key: 'robot', limits: [{ messages: 20, perMs: 60_000 }] }))
    for (let count = 0; count < 60; count++) harness.append(`object-${count}`)
    await harness.clock.advance(1)
    const sent = harness.sends.length
    assert.ok(sent < 20)
    const told = pump.tellReport(report, forEver)
    await harness.clock.advance(30_000)
    assert.deepEqual(harness.tries, [])
    await harness.clock.advance(35_000)
    assert.deepEqual(await told, { kind: 'delivered' })
    assert.equal(harness.sends.length + harness.tries.length, 2 * sent)
    pump.stop()
  })

  it('tells it by the probe of a sink that is held, though no event waits', async () => {
    const harness = new ReportHarness()
    const pump = harness.start()
    harness.answerReport = () => ({ kind: 'retry', reason: 'unreachable', detail: 'nobody there' })
    pump.attach(harness.reporting())
    const told = pump.tellReport(report, forEver)
    await harness.clock.advance(10)
    assert.deepEqual(harness.states, ['opening', 'flowing', 'held: unreachable'])
    harness.answerReport = () => delivered
    await harness.clock.advance(60_000)
    assert.deepEqual(await told, { kind: 'delivered' })
    assert.equal(harness.states.at(-1), 'flowing')
    pump.stop()
  })

  it('tries again what an error kept from being told, and lets events through meanwhile', async () => {
    const harness = new ReportHarness()
    const pump = harness.start({ concurrency: 1 })
    harness.answerReport = () => ({ kind: 'retry', reason: 'server-error', detail: '500' })
    pump.attach(harness.reporting())
    const told = pump.tellReport(report, forEver)
    await harness.clock.advance(10)
    harness.append('a')
    await harness.clock.advance(10)
    assert.deepEqual(harness.delivered, [1])
    await harness.clock.advance(60_000)
    assert.ok(harness.tries.length > 2)
    harness.answerReport = () => delivered
    await harness.clock.advance(600_000)
    assert.deepEqual(await told, { kind: 'delivered' })
    pump.stop()
  })

  it('gives it up when it is no longer wanted, and says why it was not told', async () => {
    const harness = new ReportHarness()
    const pump = harness.start()
    harness.answerReport = () => ({ kind: 'retry', reason: 'unreachable', detail: 'nobody there' })
    pump.attach(harness.reporting())
    const wanted = new AbortController()
    const told = pump.tellReport(report, wanted.signal)
    await harness.clock.advance(5_000)
    wanted.abort()
    assert.deepEqual(await told, { kind: 'given-up', detail: 'nobody there' })
    const tries = harness.tries.length
    await harness.clock.advance(3_600_000)
    assert.equal(harness.tries.length, tries)
    pump.stop()
  })

  it('waits for the answer of one under way that is no longer wanted', async () => {
    for (const [answer, kind] of [
      [delivered, 'delivered'],
      [{ kind: 'retry', reason: 'server-error' }, 'given-up'],
    ] as const) {
      const harness = new ReportHarness()
      const pump = harness.start()
      const { promise, resolve } = Promise.withResolvers<Outcome>()
      harness.answerReport = () => promise
      pump.attach(harness.reporting())
      const wanted = new AbortController()
      const told = pump.tellReport(report, wanted.signal)
      await harness.clock.advance(1)
      wanted.abort()
      resolve(answer)
      assert.equal((await told).kind, kind)
      await harness.clock.advance(3_600_000)
      assert.equal(harness.tries.length, 1)
      pump.stop()
    }
  })

  it('does not try again what the destination will never take', async () => {
    const harness = new ReportHarness()
    const pump = harness.start()
    harness.answerReport = () => ({ kind: 'rejected', reason: 'bad-message', detail: 'too long' })
    pump.attach(harness.reporting())
    assert.deepEqual(await pump.tellReport(report, forEver), { kind: 'rejected', detail: 'too long' })
    assert.equal(harness.tries.length, 1)
    pump.stop()
  })

  it('lets go of one under way when it stops, and of those that come later', async () => {
    const harness = new ReportHarness()
    const pump = harness.start()
    harness.answerReport = () => new Promise(() => {})
    pump.attach(harness.reporting())
    const told = pump.tellReport(report, forEver)
    await harness.clock.advance(1)
    pump.stop()
    assert.deepEqual(await told, { kind: 'stopped' })
    assert.deepEqual(await pump.tellReport(report, forEver), { kind: 'stopped' })
  })
})
