import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../domain/testing/fake-clock.ts'
import { LateReads } from './late-reads.ts'
import { MemoryStore } from './memory/store.ts'
import { Tail } from './tail.ts'
import { cursorAt, occurrenceNumber } from './testing/events.ts'

describe('what a late read answers', () => {
  it('does not keep the chunk that it came in', async () => {
    const store = new MemoryStore({ maxBytes: 64 * 1024 * 1024, maxAgeMs: 3_600_000 })
    store.commit({
      occurrences: Array.from({ length: 256 }, (_, index) => ({
        ...occurrenceNumber(index + 1),
        offset: index + 1,
        cluster: 'default',
        arrivedAtMs: 1000,
      })),
      sources: new Map([['default', cursorAt(256)]]),
      sinks: new Map(),
      deadLetters: [],
      ageMs: 0,
    })
    const ignore = (): void => {}
    const reads = new LateReads({
      store,
      tail: new Tail(0, 257),
      clock: new FakeClock(),
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    })
    const chunkSize = (await store.read(1, 257)).lines.byteLength
    const [first] = await reads.read(1, 64, 64 * 1024)
    assert.deepEqual(Buffer.from(first?.raw ?? []), occurrenceNumber(1).raw)
    assert.ok(chunkSize > 128 * 1024)
    assert.ok((first?.raw.buffer.byteLength ?? Infinity) <= 64 * 1024)
    reads.close()
  })
})
