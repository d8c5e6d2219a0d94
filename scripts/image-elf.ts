/** What the image has to know of an ELF file: for which machine it is, what it loads, and where its symbols begin. */

export type Architecture = 'amd64' | 'arm64'

export interface Elf {
  readonly architecture: Architecture
  /** The loader that an executable names; undefined for a library. */
  readonly interpreter: string | undefined
  /** The libraries that it asks the loader for, by name (`libc.so.6`). */
  readonly needed: readonly string[]
  /** Where what is loaded ends: symbols and what debuggers read lie behind it. */
  readonly loadedEnd: number
}

// Field numbers of the ELF-64 format (System V ABI).
const machines: ReadonlyMap<number, Architecture> = new Map([
  [62, 'amd64'],
  [183, 'arm64'],
])
const segmentTypes = { load: 1, dynamic: 2, interpreter: 3 } as const
const dynamicTags = { end: 0n, needed: 1n, stringTable: 5n } as const

interface Segment {
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly bytes: number
}

/** @throws Error if `file` is no 64-bit little-endian ELF file for a machine that images are made for. */
export function readElf(file: Buffer): Elf {
  if (file.subarray(0, 4).toString('latin1') !== '\x7fELF') throw new Error('no ELF file')
  if (file[4] !== 2 || file[5] !== 1) throw new Error('an ELF file of another width or byte order')
  const architecture = machines.get(file.readUInt16LE(18))
  if (architecture === undefined) throw new Error(`an ELF file for machine ${file.readUInt16LE(18)}`)
  const segments = readSegments(file)
  const interpreter = segments.find(({ type }) => type === segmentTypes.interpreter)
  const loaded = segments.filter(({ type }) => type === segmentTypes.load)
  return {
    architecture,
    interpreter: interpreter && textAt(file, interpreter.offset),
    needed: readNeeded(file, segments),
    loadedEnd: Math.max(...loaded.map(({ offset, bytes }) => offset + bytes)),
  }
}

/**
 * The same program without symbols and debug information, a seventh less for Node: the kernel and the loader read
 * segments only, so the file ends behind the last of them, and its header says that there are no sections.
 */
export function withoutSymbols(file: Buffer): Buffer {
  const stripped = Buffer.from(file.subarray(0, readElf(file).loadedEnd))
  stripped.writeBigUInt64LE(0n, 40) // where the section headers are
  stripped.writeUInt32LE(0, 60) // how many (16 bits), and which of them has their names (16 bits)
  return stripped
}

function readSegments(file: Buffer): Segment[] {
  const start = Number(file.readBigUInt64LE(32))
  const bytes = file.readUInt16LE(54)
  const count = file.readUInt16LE(56)
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * bytes
    return {
      type: file.readUInt32LE(at),
      offset: Number(file.readBigUInt64LE(at + 8)),
      address: Number(file.readBigUInt64LE(at + 16)),
      bytes: Number(file.readBigUInt64LE(at + 32)),
    }
  })
}

function readNeeded(file: Buffer, segments: readonly Segment[]): string[] {
  const dynamic = segments.find(({ type }) => type === segmentTypes.dynamic)
  if (!dynamic) return []
  const nameOffsets: number[] = []
  let stringTable = 0
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.bytes; at += 16) {
    const tag = file.readBigInt64LE(at)
    const value = Number(file.readBigUInt64LE(at + 8))
    if (tag === dynamicTags.end) break
    if (tag === dynamicTags.needed) nameOffsets.push(value)
    if (tag === dynamicTags.stringTable) stringTable = offsetOf(value, segments)
  }
  return nameOffsets.map((offset) => textAt(file, stringTable + offset))
}

function offsetOf(address: number, segments: readonly Segment[]): number {
  const holder = segments.find(
    (one) => one.type === segmentTypes.load && address >= one.address && address < one.address + one.bytes,
  )
  if (!holder) throw new Error(`no segment holds the address ${address}`)
  return address - holder.address + holder.offset
}

function textAt(file: Buffer, offset: number): string {
  return file.toString('latin1', offset, file.indexOf(0, offset))
}
