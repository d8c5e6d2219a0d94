/** A pump that was commanded to send what the journal does not have: in turns with new events, read again if need be. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delivered, type Outcome } from '../domain/outcome.ts'
import { firstReplayId, type QueuedReplay, type ReplayReader } from '../journal/replays.ts'
import { idOf } from './own-copy.ts'
import { PumpHarness } from './testing/pump-harness.ts'

class Queue implements ReplayReader {
  readonly waitedAtOpen = true
  readonly rows: QueuedReplay[] = []
  /** Reads that fail from now on. */
  failures = 0

  add(count: number): void {
    for (let at = 0; at < count; at++) {
      const number = this.rows.length
      const event = { metadata: { uid: `replay-${number}` }, involvedObject: { uid: `object-${number}` } }
      this.rows.push({
        id: firstReplayId + 1 + number,
        cluster: 'default',
        raw: Buffer.from(JSON.stringify(event)),
      })
    }
  }

  async next(afterId: number, limit: number): Promise<readonly QueuedReplay[]> {
    if (this.failures-- > 0) throw new Error('busy')
    return this.rows.filter(({ id }) => id > afterId).slice(0, limit)
  }

  readonly ended: number[] = []
  done(id: number): void {
    this.ended.push(id)
  }
}

/** Offsets as they were sent: what was commanded as `r` and its number, the journal's as they are. */
function sent(harness: PumpHarness): string[] {
  return harness.sends
    .flat()
    .map((offset) =>
      offset < 0
        ? `r${idOf({ offset, cluster: '', arrivedAtMs: 0, event: noEvent, raw: new Uint8Array() }) - firstReplayId}`
        : String(offset),
    )
}
const noEvent = { metadata: {}, involvedObject: {} }

describe('a pump that shall send what the journal does not have', () => {
  it('sends it in order, once, and says of each that it is done', async () => {
    const harness = new PumpHarness()
    const queue = new Queue()
    queue.add(40)
    harness.replays = queue
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    while (queue.ended.length < 40) await harness.clock.advance(1)
    assert.deepEqual(
      sent(harness),
      Array.from({ length: 40 }, (_, at) => `r${at + 1}`),
    )
    queue.add(2)
    pump.replayQueued()
    while (queue.ended.length < 42) await harness.clock.advance(1)
    assert.deepEqual(sent(harness).slice(40), ['r41', 'r42'])
    assert.equal(new Set(queue.ended).size, 42)
    pump.stop()
  })

  it('gives new events a turn as long as its own', async () => {
    const harness = new PumpHarness()
    const queue = new Queue()
    queue.add(200)
    harness.replays = queue
    for (let count = 0; count < 200; count++) harness.append(`new-${count}`)
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    while (queue.ended.length < 200) await harness.clock.advance(1)
    const order = sent(harness)
    for (let end = 50; end <= 300; end += 50) {
      const replayed = order.slice(0, end).filter((text) => text.startsWith('r')).length
      assert.ok(replayed >= end / 2 - 48 && replayed <= end / 2 + 48, `${replayed} of the first ${end}`)
    }
    assert.equal(order.length, 400)
    pump.stop()
  })

  it('reads again after a read that failed', async () => {
    const harness = new PumpHarness()
    const queue = new Queue()
    queue.add(3)
    queue.failures = 2
    harness.replays = queue
    const pump = harness.start()
    pump.attach(harness.sink())
    await harness.clock.advance(5_000)
    assert.equal(queue.ended.length, 3)
    pump.stop()
  })

  it('buries what is rejected, with its text, and is done with it', async () => {
    const harness = new PumpHarness()
    const queue = new Queue()
    queue.add(2)
    harness.replays = queue
    harness.answer = ({ event }) =>
      event.metadata.uid === 'replay-0'
        ? { kind: 'rejected', reason: 'bad-message', detail: '400' }
        : delivered
    const pump = harness.start()
    pump.attach(harness.sink())
    await harness.clock.advance(10)
    assert.deepEqual(
      harness.deadLetters.map(({ reason, raw }) => [reason, Buffer.from(raw).includes('replay-0')]),
      [['bad-message', true]],
    )
    assert.equal(queue.ended.length, 2)
    pump.stop()
  })

  it('takes none of it up any more when it drains', async () => {
    const harness = new PumpHarness()
    const queue = new Queue()
    queue.add(500)
    harness.replays = queue
    let answer: (outcome: Outcome) => void = () => {}
    harness.answer = () =>
      harness.sends.length === 1 ? new Promise((resolve) => (answer = resolve)) : delivered
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    await harness.clock.advance(1)
    const drained = pump.drain()
    answer(delivered)
    await harness.clock.advance(1)
    await drained
    assert.ok(queue.ended.length > 0 && queue.ended.length < 50, `${queue.ended.length} were sent`)
    pump.stop()
  })
})
