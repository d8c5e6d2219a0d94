/** What every engine of the journal promises, as tests. Run for each of them by `journal.test.ts`. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { identityOf } from '../domain/occurrence.ts'
import type { Journal, SettledOffsets, SinkReader } from './journal.ts'
import type { OpenJournalOptions } from './open.ts'
import { maxDeadLetters } from './store.ts'
import { cursorAt, eventNumber, occurrenceNumber, occurrences, readAll, textOfRaw } from './testing/events.ts'
import { FakeClock } from '../domain/testing/fake-clock.ts'
import { RecordedTelemetry } from './testing/recorded-telemetry.ts'

export type ContractOptions = Pick<
  OpenJournalOptions,
  'clock' | 'telemetry' | 'tailBytes' | 'maxAgeMs' | 'maxBytes' | 'maxWaitingCount'
>

/** How an engine is made; each call begins with nothing. */
export type OpenForContract = (options: ContractOptions) => Promise<Journal>

const hourMs = 3_600_000

export function journalContract(engine: string, open: OpenForContract): void {
  describe(`the ${engine} journal`, () => {
    let journal: Journal
    let clock: FakeClock
    let telemetry: RecordedTelemetry
    let settled: SettledOffsets = { mark: 1, ranges: [] }

    const begin = async (options: Partial<ContractOptions> = {}): Promise<void> => {
      settled = { mark: 1, ranges: [] }
      clock = new FakeClock()
      telemetry = new RecordedTelemetry()
      journal = await open({ clock, telemetry, ...options })
    }
    const readerOf = (sink = 'webhook'): SinkReader => journal.openReader(sink, () => settled)

    afterEach(async () => {
      const closed = journal.close()
      const isClosed = closed.then(() => true)
      // Without a write-ahead log, a read under way keeps the last commit waiting for a moment.
      while (!(await Promise.race([isClosed, clock.advance(5).then(() => false)]))) continue
      await closed
      assert.equal(clock.pending, 0, 'a timer was left')
    })

    it('gives dense offsets from 1 on, over all sources', async () => {
      await begin()
      const reader = readerOf()
      journal.source('east').append(occurrences(0, 3), cursorAt(3))
      journal.source('west').append(occurrences(3, 5), cursorAt(5))
      assert.equal(journal.source('east').nextOffset(), 6)
      journal.source('east').append(occurrences(5, 6), cursorAt(6))
      const read = await readAll(reader, 1)
      assert.deepEqual(
        read.map(({ offset, cluster }) => [offset, cluster]),
        [
          [1, 'east'],
          [2, 'east'],
          [3, 'east'],
          [4, 'west'],
          [5, 'west'],
          [6, 'east'],
        ],
      )
    })

    it('answers a reader that keeps up at once, with the very objects', async () => {
      await begin()
      const reader = readerOf()
      const appended = occurrences(0, 10)
      journal.source('default').append(appended, cursorAt(10))
      const read = reader.read(1, 4, 1024 * 1024)
      assert.ok(Array.isArray(read))
      assert.deepEqual(
        read.map((occurrence) => occurrence.event === appended[occurrence.offset - 1]?.event),
        [true, true, true, true],
      )
      assert.equal(read[0]?.arrivedAtMs, clock.wallMs())
      assert.deepEqual(reader.read(11, 4, 1024), [])
    })

    it('keeps to the number and the bytes asked for, and gives one however large', async () => {
      await begin()
      const reader = readerOf()
      journal.source('default').append(occurrences(0, 10), cursorAt(10))
      assert.equal((await reader.read(1, 3, 1024 * 1024)).length, 3)
      assert.equal((await reader.read(1, 10, 1)).length, 1)
      const oneSize = occurrenceNumber(0).raw.byteLength
      assert.equal((await reader.read(1, 10, oneSize * 2 + 200)).length, 2)
    })

    it('gives a late reader what was appended, byte for byte', async () => {
      await begin({ tailBytes: 20_000 })
      const reader = readerOf()
      for (let n = 0; n < 3000; n += 100) {
        journal.source('default').append(occurrences(n, n + 100), cursorAt(n + 100))
        await clock.advance(50)
      }
      // Less than a block's worth at a time is stored as it is.
      for (let n = 3000; n < 3020; n += 1) {
        journal.source('default').append([occurrenceNumber(n)], cursorAt(n + 1))
        await clock.advance(50)
      }
      journal.source('default').append(occurrences(3020, 3100), cursorAt(3100))
      await clock.advance(50)
      assert.ok(reader.read(1, 10, 1000) instanceof Promise)
      const read = await readAll(reader, 1, 70)
      assert.equal(read.length, 3100)
      for (const [index, occurrence] of read.entries()) {
        assert.equal(occurrence.offset, index + 1)
        assert.equal(textOfRaw(occurrence.raw), textOfRaw(occurrenceNumber(index).raw))
        assert.deepEqual(occurrence.event, eventNumber(index))
      }
      const middle = await reader.read(1234, 2, 1024 * 1024)
      assert.deepEqual(
        middle.map(({ offset }) => offset),
        [1234, 1235],
      )
    })

    it('serves several late readers at their own offsets', async () => {
      await begin({ tailBytes: 5000 })
      const readers = ['a', 'b', 'c'].map((sink) => readerOf(sink))
      for (let n = 0; n < 1000; n += 50) {
        journal.source(n % 100 === 0 ? 'east' : 'west').append(occurrences(n, n + 50), cursorAt(n + 50))
        await clock.advance(20)
      }
      const all = await Promise.all(readers.map((reader, index) => readAll(reader, 1 + index * 300, 40)))
      assert.deepEqual(
        all.map((read) => [read[0]?.offset, read.length]),
        [
          [1, 1000],
          [301, 700],
          [601, 400],
        ],
      )
    })

    it('makes one line of a text with line breaks between its tokens', async () => {
      await begin({ tailBytes: 1 })
      const reader = readerOf()
      const event = eventNumber(1)
      const raw = Buffer.from(JSON.stringify(event, null, 1))
      journal.source('default').append([{ event, raw }, ...occurrences(2, 40)], cursorAt(40))
      await clock.advance(50)
      const [first] = await reader.read(1, 1, 1024)
      assert.deepEqual(first?.event, event)
      assert.equal(textOfRaw(first.raw), raw.toString('utf8').replaceAll('\n', ' '))
    })

    it('lets a sink that it does not know start at now, and a known one where it was', async () => {
      await begin()
      journal.source('default').append(occurrences(0, 5), cursorAt(5))
      const reader = readerOf()
      assert.deepEqual(reader.settledAtOpen, { mark: 6, ranges: [] })
      journal.source('default').append(occurrences(5, 20), cursorAt(20))
      settled = {
        mark: 8,
        ranges: [
          [10, 12],
          [15, 15],
        ],
      }
      reader.touch()
      reader.close()
      await clock.advance(50)
      assert.deepEqual(readerOf().settledAtOpen, settled)
    })

    it('refuses a second reader of one sink', async () => {
      await begin()
      readerOf()
      assert.throws(() => readerOf(), /webhook/)
    })

    it('tells each listener of each append until it stops listening', async () => {
      await begin()
      const heard: string[] = []
      const stop = journal.onAppend(() => heard.push('a'))
      journal.onAppend(() => heard.push('b'))
      journal.source('default').append(occurrences(0, 3), cursorAt(3))
      journal.source('default').append([], cursorAt(4))
      stop()
      journal.source('default').append(occurrences(3, 4), cursorAt(5))
      assert.deepEqual(heard, ['a', 'b', 'b'])
    })

    it('commits at most every 10 ms, and everything that waits together', async () => {
      await begin()
      for (let n = 0; n < 9; n += 1) {
        journal.source('default').append(occurrences(n, n + 1), cursorAt(n))
        await clock.advance(1)
      }
      assert.equal(telemetry.commits, 0)
      await clock.advance(1)
      assert.deepEqual([telemetry.commits, telemetry.committedOccurrences], [1, 9])
      await clock.advance(1000)
      assert.equal(telemetry.commits, 1)
    })

    it('knows the state that was appended last', async () => {
      await begin()
      const source = journal.source('default')
      assert.equal(source.state(), undefined)
      source.append(occurrences(0, 3), cursorAt(3))
      assert.deepEqual(source.state(), cursorAt(3))
      await clock.advance(50)
      assert.deepEqual(source.state(), cursorAt(3))
      const relist = { cause: 'expired', fromOffset: 4, cursorAtStart: '1003' } as const
      source.append([], { ...cursorAt(3), relist })
      assert.deepEqual(source.state()?.relist, relist)
      assert.equal(journal.source('other').state(), undefined)
    })

    it('asks sources to wait when too much waits to be committed, and lets them go on after', async () => {
      await begin({ maxWaitingCount: 10 })
      const source = journal.source('default')
      const signal = new AbortController().signal
      source.append(occurrences(0, 10), cursorAt(10))
      assert.equal(source.ready(signal), undefined)
      source.append(occurrences(10, 11), cursorAt(11))
      const wait = source.ready(signal)
      assert.ok(wait instanceof Promise)
      await clock.advance(10)
      await wait
      assert.equal(source.ready(signal), undefined)
    })

    it('ends a source’s wait when it is stopped', async () => {
      await begin({ maxWaitingCount: 1 })
      const source = journal.source('default')
      const stop = new AbortController()
      source.append(occurrences(0, 5), cursorAt(5))
      const wait = source.ready(stop.signal)
      stop.abort()
      await wait
    })

    it('finds the identities journaled since an offset, of that source, and what is appended later', async () => {
      await begin({ tailBytes: 20_000 })
      for (let n = 0; n < 1000; n += 100) {
        journal.source('default').append(occurrences(n, n + 100), cursorAt(n + 100))
        await clock.advance(50)
      }
      journal.source('other').append(occurrences(5000, 5100), cursorAt(5100))
      await clock.advance(50)
      journal.source('default').append(occurrences(1000, 1010), cursorAt(1010))
      const found = await journal.source('default').identitiesSince(351)
      journal.source('default').append(occurrences(1010, 1020), cursorAt(1020))
      const has = (n: number): boolean => found.has(identityOf(eventNumber(n)))
      const missing = Array.from({ length: 1020 }, (_, n) => n).filter((n) => has(n) !== n >= 350)
      assert.deepEqual(missing, [])
      assert.equal(found.size, 670)
      assert.equal(has(5000), false)
    })

    it('has the newest events of a source, newest first, from memory and from blocks', async () => {
      await begin({ tailBytes: 20_000 })
      for (let n = 0; n < 400; n += 100) {
        journal.source('default').append(occurrences(n, n + 100), cursorAt(n + 100))
        await clock.advance(50)
        journal.source('other').append(occurrences(9000 + n, 9100 + n), cursorAt(n + 100))
        await clock.advance(50)
      }
      const names = async (count: number): Promise<unknown[]> =>
        (await journal.source('default').newest(count)).map((event) => event.metadata.name)
      assert.deepEqual(
        await names(150),
        Array.from({ length: 150 }, (_, index) => eventNumber(399 - index).metadata.name),
      )
      assert.equal((await names(1000)).length, 400)
      assert.deepEqual(await journal.source('unknown').newest(3), [])
    })

    it('keeps dead letters, newest first, and copies of their texts', async () => {
      await begin()
      const reader = readerOf()
      const raw = Buffer.from('{"a":1}')
      journal.source('default').append(occurrences(0, 3), cursorAt(3))
      const letter = { cluster: 'default', reason: 'bad-message', detail: '400', diedAtMs: 17, raw }
      reader.bury({ ...letter, offset: 1 })
      raw.fill(0)
      await clock.advance(50)
      reader.bury({ ...letter, offset: 2, raw: Buffer.from('{"a":2}') })
      assert.equal(journal.deadLetterCount('webhook'), 2)
      const letters = await journal.deadLetters('webhook', 10)
      assert.deepEqual(
        letters.map(({ raw: text, ...rest }) => ({ ...rest, text: textOfRaw(text) })),
        [
          { ...letterOf(2), text: '{"a":2}' },
          { ...letterOf(1), text: '{"a":1}' },
        ],
      )
      assert.equal((await journal.deadLetters('webhook', 1)).length, 1)
      assert.deepEqual(await journal.deadLetters('other', 10), [])
    })

    it('keeps a bounded number of dead letters a sink, and none for more than 7 days', async () => {
      await begin()
      journal.source('default').append(occurrences(0, 3), cursorAt(3))
      const reader = readerOf()
      for (let n = 0; n < maxDeadLetters + 5; n += 1) {
        reader.bury({ ...letterOf(1), diedAtMs: n, raw: Buffer.from('{}') })
      }
      readerOf('other').bury({ ...letterOf(2), raw: Buffer.from('{}') })
      await clock.advance(50)
      assert.equal(journal.deadLetterCount('webhook'), maxDeadLetters)
      assert.deepEqual([...telemetry.droppedLetters], [['webhook', 5]])
      assert.equal((await journal.deadLetters('webhook', 1))[0]?.diedAtMs, maxDeadLetters + 4)
      await clock.advance(7 * 24 * hourMs + 60_000)
      assert.equal(journal.deadLetterCount('webhook'), 0)
      assert.equal(journal.deadLetterCount('other'), 0)
      assert.deepEqual(
        [...telemetry.droppedLetters],
        [
          ['webhook', maxDeadLetters + 5],
          ['other', 1],
        ],
      )
    })

    it('forgets what is older than the bound, and shows it to a reader by a greater offset', async () => {
      await begin({ maxAgeMs: hourMs, tailBytes: 20_000 })
      const reader = readerOf()
      journal.source('default').append(occurrences(0, 200), cursorAt(200))
      await clock.advance(40 * 60_000)
      assert.equal(Math.round(journal.size().oldestAgeSeconds), 2400)
      journal.source('default').append(occurrences(200, 400), cursorAt(400))
      await clock.advance(21 * 60_000)
      assert.equal(telemetry.droppedCounts.age, 200)
      assert.equal(journal.size().firstOffset, 201)
      const read = await readAll(reader, 1)
      assert.deepEqual([read[0]?.offset, read.length], [201, 200])
    })

    it('expires nothing because the wall clock jumps', async () => {
      await begin({ maxAgeMs: hourMs, tailBytes: 20_000 })
      const reader = readerOf()
      journal.source('default').append(occurrences(0, 200), cursorAt(200))
      await clock.advance(60_000)
      clock.jumpWall(10 * 365 * 24 * hourMs)
      await clock.advance(60_000)
      clock.jumpWall(-20 * 365 * 24 * hourMs)
      await clock.advance(60_000)
      assert.equal(telemetry.droppedCounts.age, 0)
      assert.equal((await readAll(reader, 1)).length, 200)
    })

    it('stays within its bound in bytes, and counts what it drops', async () => {
      const maxBytes = 300_000
      await begin({ maxBytes, tailBytes: 20_000 })
      const reader = readerOf()
      const total = 20_000
      for (let n = 0; n < total; n += 100) {
        journal.source('default').append(occurrences(n, n + 100), cursorAt(n + 100))
        await clock.advance(20)
      }
      await clock.advance(2000)
      const { bytes, firstOffset, nextOffset } = journal.size()
      assert.ok(bytes <= maxBytes, `${bytes} bytes`)
      assert.ok(firstOffset > 1)
      assert.equal(nextOffset, total + 1)
      assert.equal(telemetry.droppedCounts.bytes + telemetry.droppedCounts.memory, firstOffset - 1)
      const read = await readAll(reader, 1)
      assert.deepEqual([read[0]?.offset, read.length], [firstOffset, total + 1 - firstOffset])
    })

    it('drops the place of a sink that nobody opened for a day, not of one that is open', async () => {
      await begin()
      settled = { mark: 1, ranges: [] }
      const gone = readerOf('gone')
      readerOf('open')
      await clock.advance(1000)
      gone.close()
      journal.source('default').append(occurrences(0, 3), cursorAt(3))
      await clock.advance(23 * hourMs)
      const back = readerOf('gone')
      assert.equal(back.settledAtOpen.mark, 1)
      back.close()
      await clock.advance(26 * hourMs)
      assert.equal(readerOf('gone').settledAtOpen.mark, 4)
      assert.ok(telemetry.lines.some(({ fields }) => fields['sink'] === 'gone'))
      assert.ok(!telemetry.lines.some(({ fields }) => fields['sink'] === 'open'))
    })

    it('has everything committed once a flush resolves', async () => {
      await begin()
      journal.source('default').append(occurrences(0, 500), cursorAt(500))
      await journal.flush()
      assert.equal(telemetry.committedOccurrences, 500)
    })

    it('ends the reads of a reader that is closed', async () => {
      await begin({ tailBytes: 5000 })
      const reader = readerOf()
      journal.source('default').append(occurrences(0, 500), cursorAt(500))
      await clock.advance(50)
      const read = reader.read(1, 10, 1000)
      reader.close()
      assert.deepEqual(await read, [])
      assert.deepEqual(await reader.read(1, 10, 1000), [])
    })
  })
}

function letterOf(offset: number): {
  sink: string
  cluster: string
  reason: string
  detail: string
  diedAtMs: number
  offset: number
} {
  return { sink: 'webhook', cluster: 'default', reason: 'bad-message', detail: '400', diedAtMs: 17, offset }
}
