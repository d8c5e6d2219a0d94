/** LZ4 blocks, read back by a decoder that knows nothing of the encoder, and by the library of the Kafka client. */
import assert from 'node:assert/strict'
import { randomFillSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { compressionsAlgorithms } from '@platformatic/kafka'
import { compressBlock } from './lz4.ts'
import { decompressBlock } from './testing/lz4-decoder.ts'

const events = readFileSync(new URL('../../../test/golden/wire/events.json', import.meta.url))

/** A frame with one block of at most 4 MiB, without checksums of its content. */
function framed(block: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(block.length)
  return Buffer.concat([Buffer.from('04224d18607073', 'hex'), size, block, Buffer.alloc(4)])
}

function assertReadBack(input: Buffer): Buffer {
  const block = compressBlock(input)
  assert.ok(decompressBlock(block, input.length).equals(input), `${input.length} bytes`)
  return block
}

describe('an LZ4 block', () => {
  it('gives back what went in, whatever its length', () => {
    const text = Buffer.from('abcabcabcabcabcdabcdabcdx'.repeat(40))
    for (let length = 0; length <= text.length; length++) assertReadBack(text.subarray(0, length))
    for (const length of [14, 15, 16, 269, 270, 271, 524, 525, 65_535, 65_536, 200_000]) {
      assertReadBack(Buffer.alloc(length, 'a'))
      assertReadBack(randomFillSync(Buffer.alloc(length)))
    }
  })

  it('gives back texts of any make, with what is alike near and far', (test) => {
    const seed = Number(process.env['LZ4_SEED'] ?? Date.now() % 1_000_000)
    test.diagnostic(`LZ4_SEED=${seed}`)
    let state = seed | 1
    const random = (below: number): number => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 0) % below
    }
    for (let round = 0; round < 300; round++) {
      const parts: Buffer[] = []
      for (let count = random(40); count > 0; count--) {
        const old = Buffer.concat(parts)
        const start = random(old.length + 1)
        parts.push(
          random(3) === 0
            ? Buffer.from(Array.from({ length: random(300) }, () => random(1 + random(256))))
            : old.subarray(start, start + random(5_000)),
        )
      }
      assertReadBack(Buffer.concat(parts))
    }
  })

  it('is what other implementations read', () => {
    for (const input of [events, Buffer.from('short'), Buffer.alloc(100_000, 'ab')]) {
      assert.ok(compressionsAlgorithms.lz4.decompressSync(framed(compressBlock(input))).equals(input))
    }
  })

  it('makes events a sixth of what they were', () => {
    assert.ok(
      assertReadBack(Buffer.concat(Array.from({ length: 20 }, () => events))).length * 6 < events.length * 20,
    )
  })
})
