/** A block: some successive occurrences of one source as NDJSON, compressed together. What a stored row holds. */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Occurrence } from '../domain/occurrence.ts'

/** Bounds of one block: what a reader must unpack to get at one occurrence. Part of the format: never raise the count. */
export const maxBlockCount = 256
export const maxBlockBytes = 256 * 1024
/** From so many occurrences on a block is compressed: below, the dictionary costs more than it saves. */
const compressFromCount = 8
/** Occurrences of a block share one arrival time (its first's), so they may not lie further apart. */
const maxBlockSpanMs = 1000
/** No event is near it: etcd refuses values above 1.5 MiB by default. A damaged length must not take the memory. */
const maxUnpackedBytes = 256 * 1024 * 1024

const lineFeed = 10
const zstdOptions = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export type Codec = 0 | 1
export const codecRaw: Codec = 0
export const codecZstd: Codec = 1

/** The block's text or its bookkeeping is not what was written. */
export class BlockDamaged extends Error {}

/** A run of occurrences that becomes one block: `[from, to)` in the array it was cut from. */
export interface Cut {
  readonly from: number
  readonly to: number
}

/** Cuts a micro-batch where the source changes or a block would get too large. */
export function cutIntoBlocks(occurrences: readonly Occurrence[]): readonly Cut[] {
  const cuts: Cut[] = []
  let from = 0
  let bytes = 0
  for (let at = 0; at < occurrences.length; at += 1) {
    const first = occurrences[from]
    const next = occurrences[at]
    if (first === undefined || next === undefined) break
    const size = next.raw.byteLength + 1
    const full =
      at - from >= maxBlockCount ||
      bytes + size > maxBlockBytes ||
      next.cluster !== first.cluster ||
      Math.abs(next.arrivedAtMs - first.arrivedAtMs) > maxBlockSpanMs
    if (full && at > from) {
      cuts.push({ from, to: at })
      from = at
      bytes = 0
    }
    bytes += size
  }
  if (from < occurrences.length) cuts.push({ from, to: occurrences.length })
  return cuts
}

let scratch = Buffer.allocUnsafeSlow(0)

/**
 * The lines of a cut, each ended by a line feed, in a buffer that the next call writes over: the caller copies or
 * compresses at once.
 */
export function joinLines(occurrences: readonly Occurrence[], cut: Cut): Buffer {
  let size = 0
  for (let at = cut.from; at < cut.to; at += 1) size += (occurrences[at]?.raw.byteLength ?? 0) + 1
  let buffer = scratch
  if (buffer.byteLength < size) {
    buffer = Buffer.allocUnsafeSlow(Math.max(size, 16 * 1024))
    if (size <= maxBlockBytes) scratch = buffer
  }
  let end = 0
  for (let at = cut.from; at < cut.to; at += 1) {
    const raw = occurrences[at]?.raw
    if (raw === undefined) continue
    buffer.set(raw, end)
    end += raw.byteLength
    buffer[end] = lineFeed
    end += 1
  }
  return buffer.subarray(0, end)
}

export interface PackedBlock {
  readonly codec: Codec
  /** For the raw codec: the very bytes passed in. */
  readonly data: Uint8Array
}

/** A packed block as a file holds it. */
export interface StoredBlock {
  readonly firstOffset: number
  readonly count: number
  readonly sourceId: number
  readonly codec: number
  readonly data: Uint8Array
  /** What `checkSum` gave when it was written. */
  readonly check: number
}

export function pack(lines: Uint8Array, count: number): PackedBlock {
  const codec = count >= compressFromCount ? codecZstd : codecRaw
  const data = codec === codecZstd ? zstdCompressSync(lines, zstdOptions) : lines
  return { codec, data }
}

/** CRC-32 of a block and of its place: tells a damaged one before anything is made of it. */
export function checkSum({
  firstOffset,
  count,
  sourceId,
  data,
}: Omit<StoredBlock, 'codec' | 'check'>): number {
  return crc32(data, crc32(`${firstOffset} ${count} ${sourceId}`))
}

/** The lines of a stored block; throws `BlockDamaged`. */
export function unpack(block: StoredBlock): Uint8Array {
  const { codec, data, count } = block
  if (checkSum(block) !== block.check) throw new BlockDamaged('the checksum is another')
  let lines = data
  if (codec === codecZstd) {
    try {
      lines = zstdDecompressSync(data, { maxOutputLength: maxUnpackedBytes })
    } catch (error) {
      throw new BlockDamaged('it cannot be unpacked', { cause: error })
    }
  } else if (codec !== codecRaw) throw new BlockDamaged(`codec ${codec} is unknown`)
  if (countLines(lines) !== count) throw new BlockDamaged('the number of lines is another')
  return lines
}

/** Offsets of the line feeds: line i is `[ends[i-1]+1, ends[i])`. */
export function lineEnds(lines: Uint8Array): readonly number[] {
  const buffer = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength)
  const ends: number[] = []
  for (let at = buffer.indexOf(lineFeed); at !== -1; at = buffer.indexOf(lineFeed, at + 1)) ends.push(at)
  return ends
}

/** The lines themselves, without their line feeds; views, not copies. */
export function splitLines(lines: Uint8Array): Uint8Array[] {
  let start = 0
  return lineEnds(lines).map((end) => {
    const line = lines.subarray(start, end)
    start = end + 1
    return line
  })
}

function countLines(lines: Uint8Array): number {
  const buffer = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength)
  let count = 0
  for (let at = buffer.indexOf(lineFeed); at !== -1; at = buffer.indexOf(lineFeed, at + 1)) count += 1
  return count
}

/**
 * The raw text as one line. Sources keep the port's promise, so this only looks; a line break between tokens is
 * white space in JSON (inside strings it must be escaped), so a blank means the same.
 */
export function asOneLine(raw: Uint8Array): Uint8Array {
  const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  if (buffer.indexOf(lineFeed) === -1) return raw
  return Uint8Array.from(raw, (byte) => (byte === lineFeed ? 32 : byte))
}
