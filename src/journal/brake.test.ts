import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../domain/testing/fake-clock.ts'
import { Brake } from './brake.ts'

const never = new AbortController().signal

/** Whether the promise has resolved by now. */
async function isOver(promise: Promise<void>): Promise<boolean> {
  return Promise.race([
    promise.then(() => true),
    new Promise<false>((resolve) => setImmediate(resolve, false)),
  ])
}

describe('a source that is far ahead of a sink that keeps up', () => {
  it('waits until the sink is near', async () => {
    const clock = new FakeClock()
    const brake = new Brake(clock)
    const sink = brake.follow(1)
    brake.read(sink, 1, 1)
    assert.equal(brake.ready(200, never), undefined)
    const wait = brake.ready(1_000, never)
    assert.ok(wait)
    brake.read(sink, 500, 1_000)
    assert.equal(await isOver(wait), false)
    brake.read(sink, 990, 1_000)
    assert.equal(await isOver(wait), true)
    assert.equal(clock.pending, 0)
  })

  it('waits a moment and no longer: then the sink is late, and is not waited for until it has read all', async () => {
    const clock = new FakeClock()
    const brake = new Brake(clock)
    const sink = brake.follow(1)
    brake.read(sink, 1, 1)
    const wait = brake.ready(1_000, never)
    assert.ok(wait)
    await clock.advance(100)
    assert.equal(await isOver(wait), true)
    assert.equal(brake.ready(5_000, never), undefined)
    brake.read(sink, 4_999, 5_000)
    assert.equal(brake.ready(9_000, never), undefined)
    brake.read(sink, 9_000, 9_000)
    const again = brake.ready(10_000, never)
    assert.ok(again)
    brake.leave(sink, 10_000)
    assert.equal(await isOver(again), true)
  })

  it('is let go when it stops', async () => {
    const clock = new FakeClock()
    const brake = new Brake(clock)
    brake.read(brake.follow(1), 1, 1)
    const stop = new AbortController()
    const wait = brake.ready(1_000, stop.signal)
    assert.ok(wait)
    stop.abort()
    assert.equal(await isOver(wait), true)
    assert.equal(clock.pending, 0)
  })
})

describe('a source without a sink that keeps up', () => {
  it('never waits', () => {
    const brake = new Brake(new FakeClock())
    brake.follow(1)
    assert.equal(brake.ready(1_000_000, never), undefined)
  })
})
