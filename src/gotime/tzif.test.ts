// Zone files: both widths of instants are read, and damaged files are refused rather than half understood.

import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, it } from 'node:test'

import { decodeTzif } from './tzif.ts'

type Block = {
  readonly instants: readonly number[]
  readonly indexes: readonly number[]
  readonly types: readonly (readonly [offsetSeconds: number, isDst: number, nameIndex: number])[]
  readonly names: string
}

const berlin: Block = {
  instants: [-1_693_706_400, 354_675_600],
  indexes: [1, 0],
  types: [
    [3_600, 0, 0],
    [7_200, 1, 4],
  ],
  names: 'CET\0CEST\0',
}
const empty: Block = { instants: [], indexes: [], types: [], names: '' }

function encodeBlock(version: string, instantBytes: 4 | 8, block: Block): Buffer {
  const header = Buffer.alloc(44)
  header.write(`TZif${version}`, 'latin1')
  header.writeUInt32BE(block.instants.length, 32)
  header.writeUInt32BE(block.types.length, 36)
  header.writeUInt32BE(block.names.length, 40)
  const instants = block.instants.map((instant) => {
    const bytes = Buffer.alloc(instantBytes)
    if (instantBytes === 4) bytes.writeInt32BE(instant)
    else bytes.writeBigInt64BE(BigInt(instant))
    return bytes
  })
  const types = block.types.map(([offsetSeconds, isDst, nameIndex]) => {
    const bytes = Buffer.from([0, 0, 0, 0, isDst, nameIndex])
    bytes.writeInt32BE(offsetSeconds)
    return bytes
  })
  const names = Buffer.from(block.names, 'latin1')
  return Buffer.concat([header, ...instants, Buffer.from(block.indexes), ...types, names])
}

function encodeVersion2(block: Block, rule: string): Buffer {
  return Buffer.concat([
    encodeBlock('2', 4, empty),
    encodeBlock('2', 8, block),
    Buffer.from(`\n${rule}\n`, 'latin1'),
  ])
}

describe('a zone file', () => {
  const types = [
    { name: 'CET', offsetSeconds: 3_600, isDst: false },
    { name: 'CEST', offsetSeconds: 7_200, isDst: true },
  ]

  it('of version 1 is read', () => {
    const history = decodeTzif(encodeBlock('\0', 4, berlin))
    assert.deepEqual(history?.types, types)
    assert.deepEqual(history?.transitions, berlin.instants)
    assert.equal(history?.rule, '')
  })

  it('of version 2 is read from its second part, with its rule', () => {
    const far = { ...berlin, instants: [-(2 ** 59), 2 ** 40] }
    const history = decodeTzif(encodeVersion2(far, 'CET-1CEST,M3.5.0,M10.5.0/3'))
    assert.deepEqual(history?.types, types)
    assert.deepEqual(history?.transitions, far.instants)
    assert.equal(history?.rule, 'CET-1CEST,M3.5.0,M10.5.0/3')
  })

  it('without changes always has its first zone, subject to the rule', () => {
    const history = decodeTzif(encodeVersion2({ ...berlin, instants: [], indexes: [] }, 'CET-1'))
    assert.deepEqual(history?.transitions, [-Infinity])
    assert.deepEqual(history?.typeIndexes, [0])
  })

  const whole = encodeVersion2(berlin, 'CET-1')
  const rightLength = whole.length - '\nCET-1\n'.length
  for (const [what, bytes] of [
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('# not a zone file, but long enough to be taken for one')],
    ['an unknown version', Buffer.concat([Buffer.from('TZif9'), whole.subarray(5)])],
    ['no zone at all', encodeVersion2(empty, 'CET-1')],
    ['a change to a zone that is not there', encodeVersion2({ ...berlin, indexes: [1, 2] }, '')],
    ['a name outside of the names', encodeVersion2({ ...berlin, types: [[0, 0, 9]], indexes: [0, 0] }, '')],
  ] as const) {
    it(`with ${what} is refused`, () => {
      assert.equal(decodeTzif(bytes), undefined)
    })
  }

  it('that is cut off anywhere before its rule is refused', () => {
    for (let length = 0; length < rightLength; length += 1) {
      assert.equal(decodeTzif(whole.subarray(0, length)), undefined, `${length} bytes`)
    }
    assert.notEqual(decodeTzif(whole.subarray(0, rightLength)), undefined)
  })
})
