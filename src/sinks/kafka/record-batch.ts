/**
 * Messages as a record batch of Kafka's format 2, in one buffer that is made once and sent again as it is.
 * https://kafka.apache.org/documentation/#recordbatch
 */
import { promisify } from 'node:util'
import { gzip, zstdCompress } from 'node:zlib'
import { compressionsAlgorithms, crc32c } from '@platformatic/kafka'
import type { Compression } from './options.ts'

export interface Message {
  readonly key: Buffer
  readonly value: Buffer
  /** As `encodedHeaders` makes them. */
  readonly headers: Buffer
  /** ms since 1970. */
  readonly timestampMs: number
}

/** As whom a producer writes, so that a broker knows a batch that it has already. */
export interface Identity {
  /** -1: none, the broker knows nothing again. */
  readonly producerId: bigint
  readonly epoch: number
}

// Where the parts of a batch's header stand.
const place = {
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  epoch: 51,
  firstSequence: 53,
  count: 57,
  records: 61,
} as const

const gzipAsync = promisify(gzip)
const zstdAsync = promisify(zstdCompress)

/** A batch without identity and checksum: `stamp` gives it both. */
export async function encodeBatch(messages: readonly Message[], compression: Compression): Promise<Buffer> {
  const timestamps = messages.map(({ timestampMs }) => timestampMs)
  const first = timestamps[0] ?? 0
  const plain = encodeRecords(messages, first)
  const batch =
    compression === 'none' ? plain : withRecords(await compress(plain.subarray(place.records), compression))
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(batch.length - place.leaderEpoch, place.length)
  batch.writeInt32BE(-1, place.leaderEpoch)
  batch.writeInt8(2, place.magic)
  batch.writeInt16BE(compressionsAlgorithms[compression].bitmask, place.attributes)
  batch.writeInt32BE(messages.length - 1, place.lastOffsetDelta)
  batch.writeBigInt64BE(BigInt(first), place.firstTimestamp)
  batch.writeBigInt64BE(BigInt(Math.max(...timestamps)), place.maxTimestamp)
  batch.writeInt32BE(messages.length, place.count)
  return batch
}

/** Writes into a batch as whom it is sent, the number of its first message, and the checksum of all. */
export function stamp(batch: Buffer, { producerId, epoch }: Identity, firstSequence: number): void {
  batch.writeBigInt64BE(producerId, place.producerId)
  batch.writeInt16BE(epoch, place.epoch)
  batch.writeInt32BE(firstSequence, place.firstSequence)
  batch.writeUInt32BE(crc32c(batch.subarray(place.attributes)) >>> 0, place.checksum)
}

/** Records with room for the header before them. */
function encodeRecords(messages: readonly Message[], firstTimestamp: number): Buffer {
  let total: number = place.records
  const sizes = messages.map(({ key, value, headers, timestampMs }, offset) => {
    const size =
      1 +
      varintSize(timestampMs - firstTimestamp) +
      varintSize(offset) +
      varintSize(key.length) +
      key.length +
      varintSize(value.length) +
      value.length +
      headers.length
    total += varintSize(size) + size
    return size
  })
  const batch = Buffer.allocUnsafe(total)
  let at: number = place.records
  for (const [offset, { key, value, headers, timestampMs }] of messages.entries()) {
    at = writeVarint(batch, at, sizes[offset] ?? 0)
    batch[at++] = 0
    at = writeVarint(batch, at, timestampMs - firstTimestamp)
    at = writeVarint(batch, at, offset)
    at = writeVarint(batch, at, key.length)
    at += key.copy(batch, at)
    at = writeVarint(batch, at, value.length)
    at += value.copy(batch, at)
    at += headers.copy(batch, at)
  }
  return batch
}

function withRecords(records: Uint8Array): Buffer {
  const batch = Buffer.allocUnsafe(place.records + records.length)
  batch.set(records, place.records)
  return batch
}

async function compress(records: Buffer, compression: Exclude<Compression, 'none'>): Promise<Uint8Array> {
  switch (compression) {
    // These two have threads of their own.
    case 'gzip':
      return gzipAsync(records)
    case 'zstd':
      return zstdAsync(records)
    default:
      return compressionsAlgorithms[compression].compressSync(records)
  }
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = zigzag(value); rest >= 128; rest = Math.floor(rest / 128)) size++
  return size
}

function writeVarint(buffer: Buffer, at: number, value: number): number {
  let rest = zigzag(value)
  while (rest >= 128) {
    buffer[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  buffer[at++] = rest
  return at
}

/** Signed numbers of Kafka's: small ones, of either sign, are short. */
function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}
