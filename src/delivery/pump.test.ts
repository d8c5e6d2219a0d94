import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delivered, type Outcome, type RetryReason } from '../domain/outcome.ts'
import { PumpHarness } from './testing/pump-harness.ts'

function retry(reason: RetryReason, afterMs?: number): Outcome {
  return { kind: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) }
}

/** How many timers were started since. */
function countSchedules({ clock }: PumpHarness): () => number {
  const schedule = clock.schedule.bind(clock)
  let count = 0
  clock.schedule = (fire, afterMs) => {
    count++
    return schedule(fire, afterMs)
  }
  return () => count
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)

describe('a pump whose sink answers', () => {
  it('delivers every occurrence once and settles it', async () => {
    const harness = new PumpHarness()
    const pump = harness.start()
    pump.attach(harness.sink())
    for (let count = 0; count < 1_000; count++) harness.append(`object-${count % 7}`)
    await harness.clock.advance(1)
    assert.deepEqual(
      harness.delivered.toSorted((a, b) => a - b),
      range(1, 1_000),
    )
    assert.deepEqual(harness.settled, { mark: 1_001, ranges: [] })
    assert.deepEqual(pump.lag(), { events: 0, seconds: 0 })
    pump.stop()
  })

  it('never has more sends in flight than its concurrency', async () => {
    const harness = new PumpHarness()
    const pump = harness.start({ concurrency: 3 })
    pump.attach(harness.sink())
    for (let count = 0; count < 50; count++) harness.append(`object-${count}`)
    await harness.clock.advance(1)
    assert.equal(harness.mostInFlight, 3)
    pump.stop()
  })

  it('settles what the filter refuses without sending it', async () => {
    const harness = new PumpHarness()
    const pump = harness.start({}, { level: 'Warning' })
    pump.attach(harness.sink())
    harness.append('a', 'Normal')
    harness.append('a', 'Warning')
    await harness.clock.advance(1)
    assert.deepEqual(harness.delivered, [2])
    assert.deepEqual(harness.filtered, ['level'])
    assert.equal(harness.settled.mark, 3)
    pump.stop()
  })

  it('reads what lies on disk late and in order', async () => {
    const harness = new PumpHarness()
    harness.lateBelow = 900
    for (let count = 0; count < 1_000; count++) harness.append(`object-${count}`)
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    while (harness.delivered.length < 1_000) await harness.clock.advance(1)
    assert.deepEqual(harness.delivered, range(1, 1_000))
    pump.stop()
  })

  it('repeats nothing that was settled before, also above the mark', async () => {
    const harness = new PumpHarness()
    harness.startsFrom({ mark: 3, ranges: [[5, 6]] })
    for (let count = 0; count < 8; count++) harness.append(`object-${count}`)
    const pump = harness.start()
    pump.attach(harness.sink())
    await harness.clock.advance(1)
    assert.deepEqual(
      harness.delivered.toSorted((a, b) => a - b),
      [3, 4, 7, 8],
    )
    pump.stop()
  })

  it('counts what retention took before it was sent', async () => {
    const harness = new PumpHarness()
    harness.startsFrom({ mark: 2, ranges: [[4, 4]] })
    for (let count = 0; count < 10; count++) harness.append(`object-${count}`)
    harness.firstOffset = 8
    const pump = harness.start()
    pump.attach(harness.sink())
    await harness.clock.advance(1)
    assert.equal(harness.lost, 5)
    assert.equal(harness.settled.mark, 11)
    pump.stop()
  })
})

describe('a journal that has let everything go', () => {
  for (const late of [false, true]) {
    it(`is behind, not ahead: the sink waits for nothing${late ? ', found out late too' : ''}`, async () => {
      const harness = new PumpHarness()
      for (let count = 0; count < 10; count++) harness.append(`object-${count}`)
      harness.firstOffset = 11
      harness.lateBelow = late ? 11 : 0
      const pump = harness.start()
      pump.attach(harness.sink())
      await harness.clock.advance(1)
      assert.equal(harness.lost, 10)
      assert.deepEqual(harness.settled, { mark: 11, ranges: [] })
      assert.deepEqual(pump.lag(), { events: 0, seconds: 0 })
      await pump.drain()
      harness.append('a')
      await harness.clock.advance(1)
      assert.deepEqual(harness.delivered, [11])
      assert.equal(harness.lost, 10)
      pump.stop()
    })
  }
})

describe('occurrences of one object', () => {
  it('are sent in order and never two in flight, while others overtake', async () => {
    const harness = new PumpHarness()
    const inFlight = new Set<string>()
    const waiting: (() => void)[] = []
    harness.answer = (occurrence) => {
      const uid = occurrence.event.involvedObject.uid ?? ''
      assert.ok(!inFlight.has(uid), `two of ${uid} in flight`)
      inFlight.add(uid)
      return new Promise((resolve) =>
        waiting.push(() => {
          inFlight.delete(uid)
          resolve(delivered)
        }),
      )
    }
    const pump = harness.start()
    pump.attach(harness.sink())
    for (const uid of ['a', 'a', 'a', 'b', 'b', 'c']) harness.append(uid)
    await harness.clock.advance(1)
    assert.deepEqual(harness.sends, [[1], [4], [6]])
    while (harness.delivered.length < 6) {
      waiting.shift()?.()
      await harness.clock.advance(1)
    }
    const order = (offsets: number[]): number[] =>
      harness.delivered.filter((offset) => offsets.includes(offset))
    assert.deepEqual(order([1, 2, 3]), [1, 2, 3])
    assert.deepEqual(order([4, 5]), [4, 5])
    pump.stop()
  })

  it('overtake one another where each is a record of its own', async () => {
    const harness = new PumpHarness()
    const waiting: (() => void)[] = []
    harness.answer = () => new Promise((resolve) => waiting.push(() => resolve(delivered)))
    const pump = harness.start({ concurrency: 2, batchCount: 2, order: 'any' })
    pump.attach(harness.sink())
    for (const uid of ['a', 'a', 'a', 'a']) harness.append(uid)
    await harness.clock.advance(1)
    assert.deepEqual(harness.sends, [
      [1, 2],
      [3, 4],
    ])
    for (const answer of waiting) answer()
    await harness.clock.advance(1)
    assert.deepEqual(harness.settled, { mark: 5, ranges: [] })
    pump.stop()
  })

  it('wait behind one that is set aside, and others do not', async () => {
    const harness = new PumpHarness()
    harness.answer = ({ offset }) =>
      offset === 1 && harness.clock.monotonicMs() < 5_000 ? retry('refused') : delivered
    const pump = harness.start()
    pump.attach(harness.sink())
    for (const uid of ['a', 'a', 'b', 'c']) harness.append(uid)
    await harness.clock.advance(1_000)
    assert.deepEqual(harness.delivered, [3, 4])
    assert.deepEqual(harness.settled, { mark: 1, ranges: [[3, 4]] })
    await harness.clock.advance(60_000)
    assert.deepEqual(harness.delivered, [3, 4, 1, 2])
    assert.deepEqual(harness.settled, { mark: 5, ranges: [] })
    pump.stop()
  })

  it('with concurrency 1 all occurrences go strictly in the journal’s order', async () => {
    const harness = new PumpHarness()
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    for (const uid of ['a', 'a', 'b', 'a', 'c', 'b']) harness.append(uid)
    await harness.clock.advance(1)
    assert.deepEqual(harness.delivered, range(1, 6))
    pump.stop()
  })
})

describe('a sink that is away', () => {
  it('is held and probed with growing waits; nothing is lost after an hour, nothing is sent twice', async () => {
    const harness = new PumpHarness()
    harness.answer = () => (harness.clock.monotonicMs() < 3_600_000 ? retry('unreachable') : delivered)
    const pump = harness.start()
    pump.attach(harness.sink())
    for (let count = 0; count < 5_000; count++) harness.append(`object-${count % 100}`)
    await harness.clock.advance(3_600_000)
    assert.ok(harness.sends.length < 80, `${harness.sends.length} tries within an hour`)
    assert.ok(harness.states.includes('held: unreachable'))
    for (let minute = 0; minute < 3; minute++) await harness.clock.advance(60_000)
    assert.deepEqual(
      harness.delivered.toSorted((a, b) => a - b),
      range(1, 5_000),
    )
    assert.equal(harness.states.at(-1), 'flowing')
    assert.equal(harness.settled.mark, 5_001)
    pump.stop()
  })

  it('is given the peace it asks for', async () => {
    const harness = new PumpHarness()
    harness.answer = () => (harness.sends.length === 1 ? retry('throttled', 90_000) : delivered)
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    harness.append('a')
    await harness.clock.advance(89_000)
    assert.equal(harness.sends.length, 1)
    await harness.clock.advance(2_000)
    assert.deepEqual(harness.delivered, [1])
    pump.stop()
  })

  it('stops reading: what is outstanding stays bounded', async () => {
    const harness = new PumpHarness()
    harness.answer = () => retry('unreachable')
    const pump = harness.start()
    pump.attach(harness.sink())
    for (let count = 0; count < 20_000; count++) harness.append(`object-${count}`)
    await harness.clock.advance(600_000)
    assert.equal(pump.lag().events, 20_000)
    assert.ok(pump.lag().seconds >= 600)
    assert.deepEqual(harness.settled, { mark: 1, ranges: [] })
    pump.stop()
  })
})

describe('a sink that breaks off at one occurrence', () => {
  it('is not held for ever by it, also if it came alone', async () => {
    const harness = new PumpHarness()
    harness.answer = ({ offset }) => (offset === 1 ? retry('unreachable') : delivered)
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    harness.append('a')
    await harness.clock.advance(60_000)
    assert.equal(harness.states.at(-1), 'held: unreachable')
    for (const uid of ['b', 'c', 'd']) harness.append(uid)
    for (let minute = 0; minute < 5; minute++) await harness.clock.advance(60_000)
    assert.deepEqual(harness.delivered, [2, 3, 4])
    pump.stop()
  })
})

describe('a pump that waits', () => {
  it('for a probe to end, wakes for nothing meanwhile', async () => {
    const harness = new PumpHarness()
    harness.answer = () => retry('unreachable')
    const pump = harness.start()
    pump.attach(harness.sink())
    harness.append('a')
    await harness.clock.advance(1)
    harness.answer = () => new Promise(() => {})
    await harness.clock.advance(1_000)
    assert.equal(harness.sends.length, 2)
    const scheduled = countSchedules(harness)
    await harness.clock.advance(5_000)
    assert.equal(scheduled(), 0)
    pump.stop()
  })

  it('for its next event, does not remember the linger of a batch that left full', async () => {
    const harness = new PumpHarness()
    const pump = harness.start({ concurrency: 1, batchCount: 4, lingerMs: 1_000 })
    pump.attach(harness.sink())
    harness.append('a')
    await harness.clock.advance(500)
    for (const uid of ['b', 'c', 'd']) harness.append(uid)
    await harness.clock.advance(1)
    assert.deepEqual(harness.sends, [[1, 2, 3, 4]])
    await harness.clock.advance(20_000)
    const scheduled = countSchedules(harness)
    await harness.clock.advance(5_000)
    assert.equal(scheduled(), 0)
    harness.append('e')
    await harness.clock.advance(999)
    assert.equal(harness.sends.length, 1)
    await harness.clock.advance(1)
    assert.deepEqual(harness.sends.at(-1), [5])
    pump.stop()
  })

  it('in a hold, does not remember the linger of before', async () => {
    const harness = new PumpHarness()
    const answers: ((outcome: Outcome) => void)[] = []
    harness.answer = () => new Promise((resolve) => answers.push(resolve))
    const pump = harness.start({ concurrency: 2, batchCount: 2, lingerMs: 1_000 })
    pump.attach(harness.sink())
    harness.append('a')
    harness.append('b')
    await harness.clock.advance(1)
    harness.append('c')
    await harness.clock.advance(1)
    for (const answer of answers) answer(retry('throttled', 600_000))
    await harness.clock.advance(20_000)
    const scheduled = countSchedules(harness)
    await harness.clock.advance(5_000)
    assert.equal(scheduled(), 0)
    pump.stop()
  })
})

describe('a sink that refuses', () => {
  it('two different occurrences in a row is misconfigured: held, and probed every 30 s', async () => {
    const harness = new PumpHarness()
    harness.answer = () => retry('refused')
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    for (const uid of ['a', 'b', 'c']) harness.append(uid)
    await harness.clock.advance(1_000)
    assert.deepEqual(harness.sends, [[1], [2]])
    assert.equal(harness.states.at(-1), 'held: misconfigured')
    await harness.clock.advance(300_000)
    assert.equal(harness.sends.length, 2 + 10)
    harness.answer = () => delivered
    await harness.clock.advance(60_000)
    assert.deepEqual(
      harness.delivered.toSorted((a, b) => a - b),
      [1, 2, 3],
    )
    assert.equal(harness.states.at(-1), 'flowing')
    pump.stop()
  })

  it('one occurrence only is not held: the others go on', async () => {
    const harness = new PumpHarness()
    harness.answer = ({ offset }) => (offset === 2 ? retry('refused') : delivered)
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    for (const uid of ['a', 'b', 'c', 'd']) harness.append(uid)
    await harness.clock.advance(1_000)
    assert.deepEqual(harness.delivered, [1, 3, 4])
    assert.equal(harness.states.at(-1), 'flowing')
    pump.stop()
  })
})

describe('a sink that answers with server errors', () => {
  it('to one poison occurrence: five tries, then it waits while its neighbours pass', async () => {
    const harness = new PumpHarness()
    harness.answer = ({ offset }) => (offset === 1 ? retry('server-error') : delivered)
    const pump = harness.start({ concurrency: 1 })
    pump.attach(harness.sink())
    for (let count = 0; count < 20; count++) harness.append(`object-${count}`)
    await harness.clock.advance(20_000)
    assert.equal(harness.sends.filter(([offset]) => offset === 1).length, 5)
    assert.deepEqual(harness.delivered, range(2, 20))
    assert.deepEqual(harness.settled, { mark: 1, ranges: [[2, 20]] })
    assert.equal(harness.states.at(-1), 'flowing')
    pump.stop()
  })

  it('to everything is held, and no probe is always the same poison one', async () => {
    const harness = new PumpHarness()
    harness.answer = () => retry('server-error')
    const pump = harness.start()
    pump.attach(harness.sink())
    for (let count = 0; count < 100; count++) harness.append(`object-${count}`)
    await harness.clock.advance(60_000)
    assert.equal(harness.states.at(-1), 'held: server-error')
    harness.answer = ({ offset }) => (offset === 1 ? retry('server-error') : delivered)
    for (let minute = 0; minute < 3; minute++) await harness.clock.advance(60_000)
    assert.deepEqual(
      harness.delivered.toSorted((a, b) => a - b),
      range(2, 100),
    )
    pump.stop()
  })

  it('for longer than it may: a dead letter with its own copy', async () => {
    const harness = new PumpHarness()
    harness.answer = ({ offset }) => (offset === 1 ? retry('server-error') : delivered)
    const pump = harness.start({ retryForMs: 600_000 })
    pump.attach(harness.sink())
    harness.append('a')
    harness.append('b')
    for (let minute = 0; minute < 40; minute++) await harness.clock.advance(60_000)
    assert.deepEqual(harness.delivered, [2])
    assert.equal(harness.deadLetters.length, 1)
    assert.equal(harness.deadLetters[0]?.reason, 'retried-too-long')
    assert.match(Buffer.from(harness.deadLetters[0]?.raw ?? []).toString(), /event-1/)
    assert.equal(harness.settled.mark, 3)
    pump.stop()
  })
})

describe('an occurrence that is retried for as long as the journal keeps it', () => {
  it('is a dead letter once the journal has let it go, and what waits behind it is sent', async () => {
    const harness = new PumpHarness()
    harness.answer = ({ offset }) => (offset === 1 ? retry('server-error') : delivered)
    const pump = harness.start({ retryForMs: 'journal' })
    pump.attach(harness.sink())
    for (const uid of ['a', 'a', 'b']) harness.append(uid)
    for (let hour = 0; hour < 72; hour++) await harness.clock.advance(3_600_000)
    assert.deepEqual(harness.delivered, [3])
    assert.equal(harness.deadLetters.length, 0)
    harness.firstOffset = 3
    await harness.clock.advance(3_600_000)
    assert.deepEqual(
      harness.deadLetters.map(({ offset, reason }) => [offset, reason]),
      [[1, 'retried-too-long']],
    )
    assert.deepEqual(harness.delivered, [3, 2])
    assert.deepEqual(harness.settled, { mark: 4, ranges: [] })
    pump.stop()
  })
})

describe('a message that is refused for good', () => {
  it('becomes a dead letter at once; the sink flows on', async () => {
    const harness = new PumpHarness()
    harness.answer = ({ offset }) =>
      offset === 2 ? { kind: 'rejected', reason: 'bad-message', detail: '400' } : delivered
    const pump = harness.start()
    pump.attach(harness.sink())
    for (const uid of ['a', 'b', 'b']) harness.append(uid)
    await harness.clock.advance(1)
    assert.deepEqual(
      harness.delivered.toSorted((a, b) => a - b),
      [1, 3],
    )
    assert.deepEqual(
      harness.deadLetters.map(({ offset, reason }) => [offset, reason]),
      [[2, 'bad-message']],
    )
    assert.equal(harness.settled.mark, 4)
    pump.stop()
  })
})

describe('a sink that does not answer', () => {
  it('is timed out, tried again, and held at last', async () => {
    const harness = new PumpHarness()
    harness.answer = () => new Promise(() => {})
    const pump = harness.start()
    pump.attach(harness.sink())
    for (let count = 0; count < 10; count++) harness.append(`object-${count}`)
    await harness.clock.advance(9_999)
    assert.equal(harness.sends.length, 4)
    await harness.clock.advance(1)
    assert.equal(harness.sends.length, 8)
    await harness.clock.advance(100_000)
    assert.equal(harness.states.at(-1), 'held: timeout')
    harness.answer = () => delivered
    for (let minute = 0; minute < 3; minute++) await harness.clock.advance(60_000)
    assert.equal(harness.delivered.length, 10)
    pump.stop()
  })

  it('and ignores its abort signal is abandoned; its slot goes on with a new send', async () => {
    const harness = new PumpHarness()
    const pump = harness.start({ concurrency: 1 })
    let sends = 0
    pump.attach({
      ...harness.sink(),
      send: (batch) => (++sends === 1 ? new Promise(() => {}) : Promise.resolve(batch.map(() => delivered))),
    })
    harness.append('a')
    await harness.clock.advance(20_000)
    assert.equal(sends, 2)
    assert.equal(harness.settled.mark, 2)
    pump.stop()
  })

  it('or throws, or answers too little, loses nothing', async () => {
    const harness = new PumpHarness()
    const pump = harness.start({ concurrency: 1 })
    let sends = 0
    pump.attach({
      ...harness.sink(),
      send: (batch) => {
        sends++
        if (sends === 1) throw new Error('broken')
        return Promise.resolve(sends === 2 ? [] : batch.map(() => delivered))
      },
    })
    harness.append('a')
    await harness.clock.advance(20_000)
    assert.equal(sends, 3)
    assert.equal(harness.settled.mark, 2)
    pump.stop()
  })
})

describe('a batching sink', () => {
  it('gets several at once, in order, of one object too, and each outcome counts for itself', async () => {
    const harness = new PumpHarness()
    let first = true
    harness.answer = ({ offset }) => (first && offset === 2 ? retry('server-error') : delivered)
    const pump = harness.start({ concurrency: 1, batchCount: 10 })
    for (const uid of ['a', 'b', 'a', 'c', 'b']) harness.append(uid)
    pump.attach(harness.sink())
    await harness.clock.advance(1)
    first = false
    await harness.clock.advance(10_000)
    assert.deepEqual(harness.sends[0], [1, 2, 3, 4, 5])
    assert.deepEqual(harness.sends.slice(1), [[2]])
    assert.equal(harness.settled.mark, 6)
    pump.stop()
  })

  it('waits for its linger, and not longer', async () => {
    const harness = new PumpHarness()
    const pump = harness.start({ concurrency: 1, batchCount: 10, lingerMs: 1_000 })
    pump.attach(harness.sink())
    harness.append('a')
    await harness.clock.advance(500)
    harness.append('b')
    await harness.clock.advance(499)
    assert.deepEqual(harness.sends, [])
    await harness.clock.advance(2)
    assert.deepEqual(harness.sends, [[1, 2]])
    pump.stop()
  })

  it('keeps within its bytes', async () => {
    const harness = new PumpHarness()
    for (let count = 0; count < 6; count++) harness.append(`object-${count}`)
    const size = harness.occurrences[0]?.raw.length ?? 0
    const pump = harness.start({ concurrency: 1, batchCount: 10, batchBytes: 2 * size })
    pump.attach(harness.sink())
    await harness.clock.advance(1)
    assert.deepEqual(harness.sends, [
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    pump.stop()
  })
})

describe('a pump that stops', () => {
  it('drains: everything journaled is sent first', async () => {
    const harness = new PumpHarness()
    const pump = harness.start({ concurrency: 2 })
    pump.attach(harness.sink())
    for (let count = 0; count < 500; count++) harness.append(`object-${count % 5}`)
    await pump.drain()
    assert.equal(harness.delivered.length, 500)
    pump.stop()
  })

  it('does not wait for a sink that is held', async () => {
    const harness = new PumpHarness()
    harness.answer = () => retry('throttled', 600_000)
    const pump = harness.start()
    pump.attach(harness.sink())
    harness.append('a')
    await harness.clock.advance(1)
    await pump.drain()
    pump.stop()
    assert.equal(harness.settled.mark, 1)
  })

  it('aborts what is in flight and settles none of it', async () => {
    const harness = new PumpHarness()
    harness.answer = () => new Promise(() => {})
    const pump = harness.start()
    pump.attach(harness.sink())
    harness.append('a')
    await harness.clock.advance(1)
    pump.stop()
    await harness.clock.advance(1)
    assert.deepEqual(harness.settled, { mark: 1, ranges: [] })
    assert.equal(harness.inFlight, 0)
    assert.equal(harness.clock.pending, 0)
  })
})
