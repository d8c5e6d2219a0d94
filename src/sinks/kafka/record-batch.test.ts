/** Batches as a reader of Kafka's format sees them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32c, Reader, readRecordsBatch } from '@platformatic/kafka'
import { encodedHeaders } from './headers.ts'
import { compressions } from './options.ts'
import { encodeBatch, stamp } from './record-batch.ts'
import type { Message } from './record-batch.ts'

const identity = { producerId: 42n, epoch: 3 }
const headers = encodedHeaders([['content-type', 'text/plain']])

/** Of any length, and with times before the first one's. */
const messages: readonly Message[] = Array.from({ length: 300 }, (_, at) => ({
  key: Buffer.from(`key-${at}`),
  value: Buffer.alloc((at * 97) % 20_000, `value ${at} `),
  headers,
  timestampMs: Date.UTC(2024, 4, 6) + (at % 2 === 0 ? at : -at) * 3_600_000,
}))

describe('a record batch', () => {
  for (const compression of compressions) {
    it(`is read as it was written: ${compression}`, async () => {
      const bytes = await encodeBatch(messages, compression)
      stamp(bytes, identity, 7)
      const batch = readRecordsBatch(Reader.from(bytes))
      assert.equal(batch.length, bytes.length - 12)
      assert.equal(batch.crc, crc32c(bytes.subarray(21)))
      assert.deepEqual([batch.producerId, batch.producerEpoch, batch.firstSequence], [42n, 3, 7])
      assert.equal(batch.lastOffsetDelta, 299)
      assert.equal(Number(batch.maxTimestamp), Math.max(...messages.map(({ timestampMs }) => timestampMs)))
      for (const [at, { key, value, timestampMs }] of messages.entries()) {
        const record = batch.records[at] ?? assert.fail(String(at))
        assert.equal(record.offsetDelta, at)
        assert.equal(Number(batch.firstTimestamp + record.timestampDelta), timestampMs)
        assert.deepEqual([record.key, record.value], [key, value])
        assert.deepEqual(
          record.headers.map((pair) => pair.map(String)),
          [['content-type', 'text/plain']],
        )
      }
    })
  }

  it('can be stamped again: the same messages under another identity', async () => {
    const bytes = await encodeBatch(messages.slice(0, 3), 'none')
    stamp(bytes, identity, 7)
    stamp(bytes, { producerId: -1n, epoch: -1 }, -1)
    const batch = readRecordsBatch(Reader.from(bytes))
    assert.deepEqual([batch.producerId, batch.producerEpoch, batch.firstSequence], [-1n, -1, -1])
    assert.equal(batch.crc, crc32c(bytes.subarray(21)))
    assert.equal(batch.records.length, 3)
  })
})
