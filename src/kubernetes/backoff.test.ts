/** The wait between two tries. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { backoffMs, LONGEST_BACKOFF_MS } from './backoff.ts'

describe('backoff', () => {
  it('doubles from half a second to 30 s', () => {
    const longest = Array.from({ length: 8 }, (_, attempt) => backoffMs(attempt, 1))
    assert.deepEqual(longest, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  })

  it('never exceeds 30 s, however many tries failed', () => {
    assert.equal(backoffMs(100_000, 1), LONGEST_BACKOFF_MS)
  })

  it('is jittered over its upper half', () => {
    assert.equal(backoffMs(3, 0), 2000)
    assert.equal(backoffMs(3, 0.5), 3000)
  })
})
