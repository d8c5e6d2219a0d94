/** Keys go where Kafka's own client puts them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { murmur2 as murmur2OfClient } from '@platformatic/kafka'
import { murmur2, partitionOf } from './partition.ts'

describe('the hash of a key', () => {
  it('is that of the Java client', () => {
    // The values that its own tests have.
    for (const [key, hash] of [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
      ['abc', 479470107],
    ] as const) {
      assert.equal(murmur2(Buffer.from(key)), hash, key)
    }
  })

  it('is that of the client for keys of any length and any bytes', () => {
    for (let length = 0; length < 40; length++) {
      const key = Buffer.from(Array.from({ length }, (_, at) => (at * 151 + length * 89) & 0xff))
      assert.equal(murmur2(key), murmur2OfClient(key), key.toString('hex'))
    }
  })
})

describe('the partition of a key', () => {
  it('is one of those that there are', () => {
    for (const count of [1, 2, 3, 12]) {
      const found = new Set(
        Array.from({ length: 200 }, (_, at) => partitionOf(Buffer.from(`uid-${at}`), count)),
      )
      assert.deepEqual(
        [...found].toSorted((a, b) => a - b),
        Array.from({ length: count }, (_, at) => at),
      )
    }
  })
})
