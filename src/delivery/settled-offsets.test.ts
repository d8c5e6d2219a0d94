import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SettledTracker } from './settled-offsets.ts'

describe('settled offsets', () => {
  it('move the mark when they settle in order', () => {
    const tracker = new SettledTracker({ mark: 1, ranges: [] })
    tracker.settle(1)
    tracker.settle(2)
    assert.deepEqual(tracker.snapshot(), { mark: 3, ranges: [] })
  })

  it('above the mark are kept as ranges and joined', () => {
    const tracker = new SettledTracker({ mark: 1, ranges: [] })
    for (const offset of [3, 5, 4, 9]) tracker.settle(offset)
    assert.deepEqual(tracker.snapshot(), {
      mark: 1,
      ranges: [
        [3, 5],
        [9, 9],
      ],
    })
    tracker.settle(1)
    assert.equal(tracker.mark, 2)
    tracker.settle(2)
    assert.deepEqual(tracker.snapshot(), { mark: 6, ranges: [[9, 9]] })
  })

  it('come back from what was committed', () => {
    const tracker = new SettledTracker({
      mark: 4,
      ranges: [
        [4, 6],
        [8, 8],
      ],
    })
    assert.equal(tracker.mark, 7)
    assert.equal(tracker.has(8), true)
    assert.equal(tracker.has(7), false)
    assert.equal(tracker.settledAboveMark, 1)
  })

  it('equal a plain set, whatever the order (seeded)', () => {
    const seed = 20_261_122
    let state = seed
    const random = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32
    for (let round = 0; round < 200; round++) {
      const tracker = new SettledTracker({ mark: 1, ranges: [] })
      const reference = new Set<number>()
      for (let step = 0; step < 60; step++) {
        const from = 1 + Math.floor(random() * 80)
        const to = from + Math.floor(random() * random() * 10)
        tracker.settleRange(from, to)
        for (let offset = from; offset <= to; offset++) reference.add(offset)
      }
      let mark = 1
      while (reference.has(mark)) mark++
      assert.equal(tracker.mark, mark, `seed ${seed}, round ${round}`)
      for (let offset = 1; offset <= 100; offset++) assert.equal(tracker.has(offset), reference.has(offset))
      const ranges = tracker.snapshot().ranges
      for (let at = 1; at < ranges.length; at++) {
        assert.ok((ranges[at]?.[0] ?? 0) > (ranges[at - 1]?.[1] ?? 0) + 1, 'ranges touch')
      }
    }
  })
})
