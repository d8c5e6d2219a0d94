/** The journal's small parts: tail, blocks, identities, age, the worker's life. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { AgeClock } from './age-clock.ts'
import {
  asOneLine,
  BlockDamaged,
  checkSum,
  codecRaw,
  codecZstd,
  cutIntoBlocks,
  joinLines,
  pack,
  splitLines,
  unpack,
} from './block.ts'
import { maxBlockBytes, maxBlockCount } from './block.ts'
import { IdentityTable } from './identities.ts'
import { Tail } from './tail.ts'
import { occurrenceNumber, textOfRaw } from './testing/events.ts'
import { FakeClock } from '../domain/testing/fake-clock.ts'
import { newSeed, randomFrom } from './testing/random.ts'
import { WorkerClient } from './worker-client.ts'
import type { Occurrence } from '../domain/occurrence.ts'

function occurrence(offset: number, rest: Partial<Occurrence> = {}): Occurrence {
  return { ...occurrenceNumber(offset), offset, cluster: 'default', arrivedAtMs: 1000, ...rest }
}

describe('the tail', () => {
  it('keeps its bound in bytes, but nothing goes that is not committed', () => {
    const tail = new Tail(10_000, 1)
    for (let offset = 1; offset <= 100; offset += 1)
      tail.push(occurrence(offset, { raw: new Uint8Array(1000) }))
    tail.trim(1, 0)
    assert.equal(tail.firstOffset, 1)
    tail.trim(51, 0)
    assert.equal(tail.firstOffset, 51)
    tail.trim(101, 0)
    assert.equal(tail.firstOffset, 91)
    assert.equal(tail.nextOffset, 101)
  })

  it('lets go of what is committed and nobody wants', () => {
    const tail = new Tail(1_000_000, 1)
    for (let offset = 1; offset <= 100; offset += 1) tail.push(occurrence(offset))
    tail.trim(51, 31)
    assert.equal(tail.firstOffset, 31)
    tail.trim(51, Infinity)
    assert.equal(tail.firstOffset, 51)
  })

  it('charges the network chunk that a text keeps alive, once', () => {
    const tail = new Tail(100_000, 1)
    for (let offset = 1; offset <= 20; offset += 1) {
      tail.push(occurrence(offset, { raw: new Uint8Array(64 * 1024).subarray(0, 10) }))
    }
    tail.trim(21, 0)
    assert.equal(tail.firstOffset, 20)
    const shared = new Uint8Array(64 * 1024)
    for (let offset = 21; offset <= 60; offset += 1) {
      tail.push(occurrence(offset, { raw: shared.subarray(offset * 10, offset * 10 + 10) }))
    }
    tail.trim(61, 0)
    assert.equal(tail.firstOffset, 21)
  })
})

describe('a micro-batch', () => {
  it('is cut where the source changes, and where a block would get too large', () => {
    const batch = [
      ...Array.from({ length: maxBlockCount + 10 }, (_, n) => occurrence(n + 1, { raw: new Uint8Array(10) })),
      occurrence(300, { cluster: 'other' }),
      occurrence(301, { raw: new Uint8Array(maxBlockBytes * 2) }),
      occurrence(302, { raw: new Uint8Array(10) }),
      occurrence(303, { raw: new Uint8Array(10), arrivedAtMs: 60_000 }),
    ]
    assert.deepEqual(
      cutIntoBlocks(batch).map(({ from, to }) => to - from),
      [maxBlockCount, 10, 1, 1, 1, 1],
    )
    assert.deepEqual(cutIntoBlocks([]), [])
  })
})

describe('a block', () => {
  const batch = Array.from({ length: 100 }, (_, n) => occurrence(n + 1))

  for (const count of [1, 7, 8, 100]) {
    it(`of ${count} gives back the bytes that were put in`, () => {
      const packed = pack(joinLines(batch, { from: 0, to: count }), count)
      assert.equal(packed.codec, count < 8 ? codecRaw : codecZstd)
      const place = { firstOffset: 1, count, sourceId: 1, ...packed }
      const lines = unpack({ ...place, check: checkSum(place) })
      assert.deepEqual(
        splitLines(lines).map(textOfRaw),
        batch.slice(0, count).map(({ raw }) => textOfRaw(raw)),
      )
    })
  }

  it('that is damaged is told, not unpacked', () => {
    const place = {
      firstOffset: 1,
      count: 100,
      sourceId: 1,
      ...pack(joinLines(batch, { from: 0, to: 100 }), 100),
    }
    const block = { ...place, check: checkSum(place) }
    const data = Uint8Array.from(block.data)
    data[50] = (data[50] ?? 0) ^ 1
    assert.throws(() => unpack({ ...block, data }), BlockDamaged)
    assert.throws(() => unpack({ ...block, count: 99 }), BlockDamaged)
    assert.throws(() => unpack({ ...block, firstOffset: 2 }), BlockDamaged)
    assert.throws(() => unpack({ ...block, codec: 7 }), BlockDamaged)
  })

  it('leaves a text alone that is one line already', () => {
    const { raw } = occurrenceNumber(1)
    assert.equal(asOneLine(raw), raw)
  })
})

describe('an identity table', () => {
  const seed = newSeed()
  it(`has what was added and nothing else, also after a move to another thread (seed ${seed})`, () => {
    const random = randomFrom(seed)
    const names = new Set(Array.from({ length: 20_000 }, () => `${random()}/${Math.floor(random() * 1e9)}`))
    const table = new IdentityTable(seed)
    for (const name of names) table.add(name)
    for (const name of names) table.add(name)
    const moved = new IdentityTable(structuredClone(table.data()))
    const joined = new IdentityTable(seed)
    joined.add('one/1')
    joined.addAll(table.data())
    assert.deepEqual([table.size, moved.size, joined.size], [names.size, names.size, names.size + 1])
    for (const name of names) assert.ok(moved.has(name) && joined.has(name))
    for (let n = 0; n < 20_000; n += 1) assert.ok(!moved.has(`other/${n}`))
  })
})

describe('the age clock', () => {
  it('goes on from where it was, by the time that passes while the program runs', async () => {
    const clock = new FakeClock()
    const age = new AgeClock(clock, 5000)
    clock.jumpWall(1e9)
    await clock.advance(70)
    assert.equal(age.nowMs(), 5070)
  })
})

describe('the worker', () => {
  const checkAsk = { step: { kind: 'structure' }, walMode: true } as const
  const clients: WorkerClient[] = []
  const clientOf = (entry: string, clock = new FakeClock()): WorkerClient => {
    const client = new WorkerClient(new URL(entry, import.meta.url), '/nowhere/journal.db', clock)
    clients.push(client)
    return client
  }
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close()
  })

  it('tells what went wrong with a job and takes the next', async () => {
    const client = clientOf('./testing/worker-entry.ts')
    await assert.rejects(client.run('read', { fromOffset: 1, before: 2 }), { errcode: 14 })
    await assert.rejects(client.run('check', checkAsk), { errcode: 14 })
  })

  it('fails its jobs when the thread cannot be started', async () => {
    await assert.rejects(clientOf('./no-such-file.ts').run('check', checkAsk), /journal worker failed/)
  })

  it('ends some seconds after the last job, and starts again for the next', async () => {
    const clock = new FakeClock()
    const client = clientOf('./testing/worker-entry.ts', clock)
    await assert.rejects(client.run('check', checkAsk))
    assert.equal(clock.pending, 1)
    await clock.advance(6000)
    assert.equal(clock.pending, 0)
    await assert.rejects(client.run('check', checkAsk), { errcode: 14 })
  })

  it('ends in the middle of a job when the journal is closed', async () => {
    const client = clientOf('./testing/endless-worker-entry.ts')
    const told = assert.rejects(client.run('check', checkAsk), { kind: 'closed' })
    await client.close()
    await told
  })

  it('tells whoever waits when the journal is closed', async () => {
    const client = clientOf('./testing/worker-entry.ts')
    const job = client.run('check', checkAsk)
    const told = assert.rejects(job, { kind: 'closed' })
    await client.close()
    await told
    await assert.rejects(client.run('check', checkAsk), { kind: 'closed' })
  })
})
