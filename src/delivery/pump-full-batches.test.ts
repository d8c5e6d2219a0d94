/** When a batch is full enough to leave before its linger is over. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PumpHarness } from './testing/pump-harness.ts'

describe('a batch', () => {
  it('leaves full, however few objects it is about', async () => {
    const harness = new PumpHarness()
    for (let count = 0; count < 25; count++) harness.append(`object-${count % 3}`)
    const pump = harness.start({ concurrency: 1, batchCount: 10, lingerMs: 1_000 })
    pump.attach(harness.sink())
    await harness.clock.advance(1)
    assert.deepEqual(
      harness.sends.map(({ length }) => length),
      [10, 10],
    )
    await harness.clock.advance(1_000)
    assert.deepEqual(
      harness.sends.flat(),
      [...harness.occurrences.keys()].map((at) => at + 1),
    )
    pump.stop()
  })

  it('does not wait to fill when nothing more can be read before something is settled', async () => {
    const harness = new PumpHarness()
    // More bytes than may be outstanding.
    for (let count = 0; count < 25_000; count++) harness.append(`object-${count}`)
    const pump = harness.start({ concurrency: 1, batchCount: 10_000, lingerMs: 1_000 })
    pump.attach(harness.sink())
    await harness.clock.advance(1)
    assert.ok(harness.sends.length > 0)
    pump.stop()
  })
})
