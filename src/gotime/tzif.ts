// Zone files (TZif, RFC 9636) of versions 1 to 3, accepted and refused as Go does.

import { Buffer } from 'node:buffer'

import type { ZoneHistory } from './location.ts'
import type { ZoneType } from './posix-tz.ts'

const HEADER_BYTES = 44

type Counts = {
  readonly utcIndicators: number
  readonly standardIndicators: number
  readonly leapSeconds: number
  readonly transitions: number
  readonly types: number
  readonly nameBytes: number
}

/** The history in a zone file; undefined if the file is malformed or of a version that Go does not know. */
export function decodeTzif(bytes: Uint8Array): ZoneHistory | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = versionOf(bytes)
  if (version === undefined) return undefined
  if (version === 1) return decodeBlock(bytes, view, 0, 4)
  // From version 2 on the same follows once more with 64-bit instants; the first, of 32 bits, is passed over.
  const secondHeader = HEADER_BYTES + blockBytes(countsAt(view, 0), 4)
  if (secondHeader + HEADER_BYTES > bytes.length) return undefined
  return decodeBlock(bytes, view, secondHeader, 8)
}

function versionOf(bytes: Uint8Array): 1 | 2 | 3 | undefined {
  if (bytes.length < HEADER_BYTES || latin1(bytes, 0, 4) !== 'TZif') return undefined
  switch (bytes[4]) {
    case 0:
      return 1
    case 0x32:
      return 2
    case 0x33:
      return 3
    default:
      return undefined
  }
}

function countsAt(view: DataView, header: number): Counts {
  return {
    utcIndicators: view.getUint32(header + 20),
    standardIndicators: view.getUint32(header + 24),
    leapSeconds: view.getUint32(header + 28),
    transitions: view.getUint32(header + 32),
    types: view.getUint32(header + 36),
    nameBytes: view.getUint32(header + 40),
  }
}

function blockBytes(counts: Counts, instantBytes: 4 | 8): number {
  return (
    counts.transitions * (instantBytes + 1) +
    counts.types * 6 +
    counts.nameBytes +
    counts.leapSeconds * (instantBytes + 4) +
    counts.standardIndicators +
    counts.utcIndicators
  )
}

function decodeBlock(
  bytes: Uint8Array,
  view: DataView,
  header: number,
  instantBytes: 4 | 8,
): ZoneHistory | undefined {
  const counts = countsAt(view, header)
  const instantsStart = header + HEADER_BYTES
  const end = instantsStart + blockBytes(counts, instantBytes)
  if (end > bytes.length || counts.types === 0) return undefined
  const indexesStart = instantsStart + counts.transitions * instantBytes
  const typesStart = indexesStart + counts.transitions
  const namesStart = typesStart + counts.types * 6
  const namesEnd = namesStart + counts.nameBytes

  const types: ZoneType[] = []
  for (let at = typesStart; at < namesStart; at += 6) {
    const nameStart = namesStart + view.getUint8(at + 5)
    if (nameStart >= namesEnd) return undefined
    const terminator = bytes.indexOf(0, nameStart)
    const nameEnd = terminator === -1 || terminator > namesEnd ? namesEnd : terminator
    types.push({
      name: latin1(bytes, nameStart, nameEnd),
      offsetSeconds: view.getInt32(at),
      isDst: view.getUint8(at + 4) !== 0,
    })
  }

  const typeIndexes = bytes.slice(indexesStart, typesStart)
  if (typeIndexes.some((index) => index >= types.length)) return undefined
  const transitions: number[] = []
  for (let at = instantsStart; at < indexesStart; at += instantBytes) {
    transitions.push(instantBytes === 4 ? view.getInt32(at) : Number(view.getBigInt64(at)))
  }
  const rule = ruleAfter(bytes, end)
  // Without transitions the first zone holds since ever; made one, so that the rule is asked.
  if (transitions.length === 0) return { types, transitions: [-Infinity], typeIndexes: [0], rule }
  return { types, transitions, typeIndexes, rule }
}

/** The rule between two newlines at the end of the file; empty if there is none. */
function ruleAfter(bytes: Uint8Array, start: number): string {
  const last = bytes.length - 1
  if (last - start < 2 || bytes[start] !== 0x0a || bytes[last] !== 0x0a) return ''
  return latin1(bytes, start + 1, last)
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}
