/** A pump that is told to read again: nothing is disturbed, nothing is told twice for it, nothing is lost. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delivered, type Outcome } from '../domain/outcome.ts'
import { SettledTracker } from './settled-offsets.ts'
import { PumpHarness } from './testing/pump-harness.ts'

describe('a pump that shall tell again from an offset on', () => {
  it('tells all from there once more, in order, then what is new', async () => {
    const harness = new PumpHarness()
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    for (let count = 0; count < 6; count++) harness.append(`object-${count}`)
    await harness.clock.advance(1)
    pump.replayFrom(3)
    assert.deepEqual(harness.settled, { mark: 3, ranges: [] })
    harness.append('object-new')
    await harness.clock.advance(1)
    assert.deepEqual(harness.delivered, [1, 2, 3, 4, 5, 6, 3, 4, 5, 6, 7])
    assert.deepEqual(harness.settled, { mark: 8, ranges: [] })
    pump.stop()
  })

  it('does not take twice what is in flight', async () => {
    const harness = new PumpHarness()
    let answer: (outcome: Outcome) => void = () => {}
    harness.answer = ({ offset }) => (offset === 2 ? new Promise((resolve) => (answer = resolve)) : delivered)
    const pump = harness.start()
    pump.attach(harness.sink())
    for (const object of ['a', 'b', 'c']) harness.append(object)
    await harness.clock.advance(1)
    assert.deepEqual(harness.delivered, [1, 3])
    pump.replayFrom(1)
    await harness.clock.advance(1)
    answer(delivered)
    await harness.clock.advance(1)
    assert.deepEqual(
      harness.sends.flat().toSorted((a, b) => a - b),
      [1, 1, 2, 3, 3],
    )
    assert.deepEqual(harness.settled, { mark: 4, ranges: [] })
    pump.stop()
  })

  it('passes over a read that was under way, and loses nothing by it', async () => {
    const harness = new PumpHarness()
    for (let count = 0; count < 4; count++) harness.append(`object-${count}`)
    harness.startsFrom({ mark: 4, ranges: [] })
    harness.lateBelow = 100
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    // The read from 4 on is asked for and not answered yet.
    await Promise.resolve()
    pump.replayFrom(2)
    while (harness.delivered.length < 3) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(harness.delivered, [2, 3, 4])
    assert.equal(harness.lost, 0)
    pump.stop()
  })
})

describe('settled offsets', () => {
  it('that are unsettled from an offset on keep what lies before it', () => {
    const tracker = new SettledTracker({
      mark: 5,
      ranges: [
        [7, 9],
        [11, 20],
      ],
    })
    tracker.unsettleFrom(12)
    assert.deepEqual(tracker.snapshot(), {
      mark: 5,
      ranges: [
        [7, 9],
        [11, 11],
      ],
    })
    tracker.unsettleFrom(10)
    assert.deepEqual(tracker.snapshot(), { mark: 5, ranges: [[7, 9]] })
    tracker.unsettleFrom(3)
    assert.deepEqual(tracker.snapshot(), { mark: 3, ranges: [] })
  })
})
