/** A pump that ends while the program goes on, since its sink was changed: nothing is sent twice, nothing is left out. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delivered } from '../domain/outcome.ts'
import { PumpHarness } from './testing/pump-harness.ts'

describe('a pump that finishes, since another takes its place', () => {
  it('begins nothing more, waits for what is in flight, and what the next one gets was never sent', async () => {
    const harness = new PumpHarness()
    const answers: (() => void)[] = []
    harness.answer = () => new Promise((resolve) => answers.push(() => resolve(delivered)))
    const pump = harness.start({ concurrency: 2 })
    pump.attach(harness.sink())
    for (let count = 0; count < 5; count++) harness.append(`object-${count}`)
    await harness.clock.advance(1)
    let finished = false
    const finishing = pump.finish().then(() => (finished = true))
    answers[0]?.()
    harness.append('object-6')
    await harness.clock.advance(1)
    assert.equal(finished, false)
    answers[1]?.()
    await finishing
    pump.stop()
    assert.deepEqual(harness.delivered, [1, 2])
    assert.deepEqual(harness.sends, [[1], [2]])

    harness.answer = () => delivered
    harness.startsFrom(harness.settled)
    const next = harness.start()
    next.attach(harness.sink())
    await harness.clock.advance(1)
    assert.deepEqual(harness.delivered, [1, 2, 3, 4, 5, 6])
    next.stop()
  })

  it('does not wait for a destination that was never reached, nor for a batch that lingers', async () => {
    const harness = new PumpHarness()
    const unopened = harness.start()
    harness.append('a')
    await harness.clock.advance(1)
    await unopened.finish()
    unopened.stop()

    const lingering = harness.start({ batchCount: 10, lingerMs: 60_000 })
    lingering.attach(harness.sink())
    await harness.clock.advance(1)
    await lingering.finish()
    lingering.stop()
    assert.deepEqual(harness.sends, [])
  })

  it('waits no longer than a send may take', async () => {
    const harness = new PumpHarness()
    harness.answer = () => new Promise(() => {})
    const pump = harness.start({ timeoutMs: 5_000 })
    pump.attach(harness.sink())
    harness.append('a')
    await harness.clock.advance(1)
    const finishing = pump.finish()
    await harness.clock.advance(5_001)
    await finishing
    pump.stop()
  })
})
