/** The commit loop when the engine cannot write: nothing lost, nothing doubled, and it goes on by itself. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Occurrence } from '../domain/occurrence.ts'
import { LiveJournal } from './live-journal.ts'
import { settledBelow } from './commits.ts'
import type { SettledOffsets, SinkReader } from './journal.ts'
import { cursorAt, occurrenceNumber, occurrences } from './testing/events.ts'
import { failingStore } from './testing/failing-store.ts'
import { FakeClock } from '../domain/testing/fake-clock.ts'
import { RecordedTelemetry } from './testing/recorded-telemetry.ts'

let store = failingStore()
let clock = new FakeClock()
let telemetry = new RecordedTelemetry()
let journal: LiveJournal
const signal = new AbortController().signal

beforeEach(() => {
  store = failingStore()
  clock = new FakeClock()
  telemetry = new RecordedTelemetry()
  journal = new LiveJournal(store, {
    dir: '/data',
    clock,
    telemetry,
    tailBytes: 16 * 1024 * 1024,
    limits: { maxWaitingBytes: 8 * 1024 * 1024, maxWaitingCount: 20_000 },
  })
})
afterEach(async () => {
  store.failure = undefined
  store.replaceFailure = undefined
  store.expireFailure = undefined
  store.countFailure = undefined
  store.room = true
  await journal.close()
  assert.equal(clock.pending, 0)
})

const committedOffsets = (): number[] =>
  store.batches.flatMap((batch) => batch.occurrences.map(({ offset }) => offset))
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1)

describe('a commit that fails since the disk is full', () => {
  it('pauses sources, is said once, and is made up for when there is room', async () => {
    const source = journal.source('default')
    const reader = journal.openReader('webhook', () => ({ mark: 1, ranges: [] }))
    store.failure = 'full'
    source.append(occurrences(0, 5), cursorAt(5))
    await clock.advance(20)
    const paused = source.ready(signal)
    assert.ok(paused instanceof Promise)
    source.append(occurrences(5, 8), cursorAt(8))
    assert.equal((await reader.read(1, 100, 1_000_000)).length, 8)
    await clock.advance(60_000)
    assert.deepEqual(telemetry.states, ['full'])
    assert.ok(store.recoveries.length >= 12, 'it is tried at least every 5 s')
    assert.ok(store.recoveries.every((failure) => failure === 'full'))
    store.failure = undefined
    await clock.advance(5000)
    await paused
    assert.deepEqual(telemetry.states, ['full', 'ok'])
    assert.deepEqual(committedOffsets(), upTo(8))
    assert.deepEqual(store.batches.at(-1)?.sources.get('default'), cursorAt(8))
  })

  it('commits what memory holds, and lets sources go on only when the reserve is back', async () => {
    const source = journal.source('default')
    store.failure = 'full'
    source.append(occurrences(0, 5), cursorAt(5))
    await clock.advance(20)
    const paused = source.ready(signal)
    store.failure = undefined
    store.room = false
    await clock.advance(20_000)
    assert.deepEqual(committedOffsets(), upTo(5))
    assert.deepEqual(telemetry.states, ['full'])
    assert.ok(source.ready(signal) instanceof Promise)
    store.room = true
    await clock.advance(5000)
    await paused
    assert.deepEqual(telemetry.states, ['full', 'ok'])
  })

  it('rejects a flush, and is tried again all the same', async () => {
    const source = journal.source('default')
    store.failure = 'full'
    source.append(occurrences(0, 5), cursorAt(5))
    await assert.rejects(journal.flush(), { kind: 'cannot-write', dir: '/data' })
    store.failure = undefined
    await clock.advance(5000)
    assert.deepEqual(committedOffsets(), upTo(5))
  })
})

describe('a sink that rejects everything while the disk is full', () => {
  const letter = { cluster: 'default', reason: 'bad-message', detail: '400', diedAtMs: 1 }
  const begin = async (): Promise<{
    reader: SinkReader
    buried: () => number
    waits: Promise<readonly Occurrence[]>
  }> => {
    journal.source('default').append(occurrences(0, 3000), cursorAt(3000))
    const reader = journal.openReader('webhook', () => ({ mark: 1, ranges: [] }))
    await clock.advance(1000)
    store.failure = 'full'
    let next = 1
    for (;;) {
      const answer = reader.read(next, 64, 1_000_000)
      if (answer instanceof Promise) return { reader, buried: () => next - 1, waits: answer }
      assert.ok(answer.length > 0, 'it reads everything')
      for (const { offset, raw } of answer) reader.bury({ ...letter, offset, raw })
      next += answer.length
    }
  }

  it('reads no further until its dead letters are committed, and none is lost', async () => {
    const { reader, buried, waits } = await begin()
    let waited = false
    void waits.then(() => (waited = true))
    await clock.advance(60_000)
    assert.equal(waited, false)
    const other = journal.openReader('other', () => ({ mark: 1, ranges: [] }))
    assert.equal((await other.read(1, 10, 1_000_000)).length, 10, 'another sink goes on')
    store.failure = undefined
    await clock.advance(5000)
    await waits
    assert.deepEqual(
      store.batches.flatMap(({ deadLetters }) => deadLetters.map(({ offset }) => offset)),
      upTo(buried()),
    )
    assert.equal((await reader.read(buried() + 1, 1, 1_000_000))[0]?.offset, buried() + 1)
  })

  it('can be closed meanwhile', async () => {
    const { reader, waits } = await begin()
    reader.close()
    assert.deepEqual(await waits, [])
  })
})

describe('a commit that fails for another reason', () => {
  it('is said as degraded', async () => {
    store.failure = 'io'
    journal.source('default').append(occurrences(0, 5), cursorAt(5))
    await clock.advance(1000)
    store.failure = undefined
    await clock.advance(5000)
    assert.deepEqual(telemetry.states, ['degraded', 'ok'])
    assert.deepEqual(committedOffsets(), upTo(5))
  })

  it('is said as degraded too when only the dead letters could not be counted after it', async () => {
    const reader = journal.openReader('webhook', () => ({ mark: 1, ranges: [] }))
    journal.source('default').append(occurrences(0, 1), cursorAt(1))
    const { raw } = occurrenceNumber(0)
    reader.bury({ offset: 1, cluster: 'default', raw, reason: 'r', detail: 'd', diedAtMs: 1 })
    await clock.advance(20)
    store.countFailure = 'io'
    reader.letters?.delivered(1)
    await clock.advance(20)
    assert.deepEqual(telemetry.states, ['degraded'])
    store.countFailure = undefined
    await clock.advance(5000)
    assert.deepEqual(telemetry.states, ['degraded', 'ok'])
    assert.equal(journal.deadLetterCount('webhook'), 0)
  })

  it('is made up for in a moment, and not said, if the file was only busy', async () => {
    store.failure = 'busy'
    journal.source('default').append(occurrences(0, 5), cursorAt(5))
    await clock.advance(500)
    store.failure = undefined
    await clock.advance(10)
    assert.deepEqual([telemetry.states, committedOffsets()], [[], upTo(5)])
  })

  it('is said if the file stays busy', async () => {
    store.failure = 'busy'
    journal.source('default').append(occurrences(0, 5), cursorAt(5))
    await clock.advance(10_000)
    assert.deepEqual(telemetry.states, ['degraded'])
  })
})

describe('a file that is found damaged', () => {
  it('is replaced by one that begins with what memory holds of what was committed', async () => {
    const source = journal.source('default')
    let settled: SettledOffsets = { mark: 1, ranges: [] }
    const reader = journal.openReader('webhook', () => settled)
    source.append(occurrences(0, 5), cursorAt(5))
    settled = { mark: 4, ranges: [] }
    reader.touch()
    await clock.advance(20)
    store.failure = 'damaged'
    source.append(occurrences(5, 8), cursorAt(8))
    reader.letters?.delivered(1)
    await clock.advance(100)
    assert.deepEqual(telemetry.states, [])
    // A dead letter of the new file may have the same number.
    assert.ok(store.batches.every(({ letterWork }) => letterWork === undefined))
    const [begun] = store.replacements
    // What the sink has settled is not in memory any more, and nobody asks for it.
    assert.deepEqual(
      begun?.occurrences.map(({ offset }) => offset),
      [4, 5],
    )
    // The cursor is that of the last occurrence it holds: a kill before the next commit loses nothing.
    assert.equal(begun.nextOffset, 6)
    assert.deepEqual(begun.sources.get('default'), cursorAt(5))
    assert.deepEqual(begun.sinks.get('webhook'), { mark: 4, ranges: [] })
    assert.deepEqual(committedOffsets(), upTo(8))
    assert.deepEqual(
      telemetry.damages.map(({ what, occurrencesLost }) => [what, occurrencesLost]),
      [['file', 3]],
    )
  })

  it('is replaced with all that one sink has not settled, however far the others are', async () => {
    const source = journal.source('default')
    let settled: SettledOffsets = { mark: 1, ranges: [] }
    const quick = journal.openReader('quick', () => settled)
    const held = journal.openReader('held', () => ({ mark: 3, ranges: [[5, 6]] }))
    source.append(occurrences(0, 20), cursorAt(20))
    // Read and not settled: the pump has them in hand.
    assert.equal((await held.read(1, 100, 1_000_000)).length, 20)
    held.touch()
    settled = { mark: 21, ranges: [] }
    quick.touch()
    await clock.advance(1000)
    journal.beginAnew('a page is not what it was')
    const [begun] = store.replacements
    assert.deepEqual(
      begun?.occurrences.map(({ offset }) => offset),
      upTo(20).slice(2),
    )
    assert.deepEqual(begun.sinks.get('held'), { mark: 3, ranges: [[5, 6]] })
    assert.deepEqual(
      (await held.read(3, 100, 1_000_000)).map(({ offset }) => offset),
      upTo(20).slice(2),
    )
  })

  it('is replaced when retention finds the damage', async () => {
    journal.source('default').append(occurrences(0, 5), cursorAt(5))
    await clock.advance(20)
    store.expireFailure = 'damaged'
    await clock.advance(60_000)
    assert.equal(store.replacements.length, 1)
    assert.deepEqual(
      telemetry.damages.map(({ fields }) => fields['detail']),
      ['damaged'],
    )
  })

  for (const failure of ['full', 'io'] as const) {
    it(`is replaced when that works, if it fails at first (${failure})`, async () => {
      const source = journal.source('default')
      journal.openReader('webhook', () => ({ mark: 1, ranges: [] }))
      source.append(occurrences(0, 5), cursorAt(5))
      await clock.advance(20)
      store.failure = 'damaged'
      store.replaceFailure = failure
      // As the check in the background does, where nobody would catch an error.
      assert.doesNotThrow(() => journal.beginAnew('a page is not what it was'))
      const paused = source.ready(signal)
      assert.ok(paused instanceof Promise)
      source.append(occurrences(5, 8), cursorAt(8))
      await clock.advance(60_000)
      assert.deepEqual(telemetry.states, [failure === 'full' ? 'full' : 'degraded'])
      assert.ok(store.recoveries.length >= 12, 'it is tried at least every 5 s')
      assert.deepEqual([store.replacements.length, committedOffsets()], [0, upTo(5)])
      store.replaceFailure = undefined
      await clock.advance(5000)
      await paused
      assert.deepEqual(telemetry.states.at(-1), 'ok')
      assert.deepEqual(
        store.replacements.map((begun) => begun.occurrences.map(({ offset }) => offset)),
        [upTo(5)],
      )
      assert.deepEqual(committedOffsets(), upTo(8))
      assert.equal(telemetry.damages.length, 1)
    })
  }

  it('rejects a flush while it cannot be replaced, and leaves nothing behind when it is closed', async () => {
    journal.source('default').append(occurrences(0, 5), cursorAt(5))
    store.failure = 'damaged'
    store.replaceFailure = 'full'
    await assert.rejects(journal.flush(), { kind: 'cannot-write' })
    await journal.close()
    assert.equal(clock.pending, 0)
  })
})

describe('a commit that cannot carry all that waits', () => {
  it('moves neither cursor nor settled offsets nor dead letters beyond its occurrences', async () => {
    const source = journal.source('default')
    let settled: SettledOffsets = { mark: 1, ranges: [] }
    const reader = journal.openReader('webhook', () => settled)
    for (let n = 0; n < 5000; n += 100) source.append(occurrences(n, n + 100), cursorAt(n + 100))
    settled = { mark: 2000, ranges: [[3000, 5000]] }
    reader.touch()
    const letter = {
      cluster: 'default',
      raw: occurrenceNumber(4999).raw,
      reason: 'r',
      detail: 'd',
      diedAtMs: 1,
    }
    reader.bury({ ...letter, offset: 5000 })
    await clock.advance(1000)
    assert.ok(store.batches.length > 1)
    for (const batch of store.batches) {
      const last = batch.occurrences.at(-1)?.offset ?? 5000
      assert.deepEqual(batch.sources.get('default') ?? cursorAt(last), cursorAt(last))
      for (const { mark, ranges } of batch.sinks.values()) {
        assert.ok(mark <= last + 1)
        assert.ok((ranges.at(-1)?.[1] ?? 0) <= last)
      }
      for (const { offset } of batch.deadLetters) assert.ok(offset <= last)
    }
    assert.deepEqual(committedOffsets(), upTo(5000))
    assert.deepEqual(store.batches.at(-1)?.sinks.get('webhook'), settled)
    assert.equal(store.batches.flatMap(({ deadLetters }) => deadLetters).length, 1)
  })

  it('cuts a settled range in two where the committed part ends', async () => {
    assert.deepEqual(
      settledBelow(
        {
          mark: 5,
          ranges: [
            [8, 20],
            [30, 40],
          ],
        },
        11,
      ),
      { mark: 5, ranges: [[8, 10]] },
    )
    assert.deepEqual(settledBelow({ mark: 50, ranges: [] }, 11), { mark: 11, ranges: [] })
    const whole = { mark: 11, ranges: [] }
    assert.equal(settledBelow(whole, 11), whole)
  })
})

describe('a commit that takes long', () => {
  /** How long after an append the commit comes that carries it, ms. */
  async function waitOfNextCommit(at: number): Promise<number> {
    const began = clock.monotonicMs()
    const before = store.batches.length
    journal.source('default').append(occurrences(at, at + 1), cursorAt(at + 1))
    while (store.batches.length === before) await clock.advance(1)
    return clock.monotonicMs() - began
  }

  it('once, as by a hiccup of the machine, delays the next one by nothing: a kill repeats no more', async () => {
    await waitOfNextCommit(0)
    store.onCommit = () => clock.block(60)
    await waitOfNextCommit(1)
    store.onCommit = () => {}
    assert.ok((await waitOfNextCommit(2)) <= 11)
  })

  it('twice in a row, as on a slow disk, leaves the main thread four fifths of its time', async () => {
    store.onCommit = () => clock.block(60)
    await waitOfNextCommit(0)
    await waitOfNextCommit(1)
    assert.ok((await waitOfNextCommit(2)) >= 240)
    store.onCommit = () => {}
  })
})
