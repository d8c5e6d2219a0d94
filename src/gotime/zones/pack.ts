// Many zone files as one run of bytes: a list of names with the place of each one's file, then the files.
// Zones that are the same under several names share one file.

import { Buffer } from 'node:buffer'

export type ZoneFiles = ReadonlyMap<string, Uint8Array>

const LENGTH_BYTES = 4

/** One line a name, `name offset length`, preceded by the list's length as four bytes; then the files. */
export function packZones(files: ZoneFiles): Uint8Array {
  const places = new Map<string, string>()
  const parts: Uint8Array[] = []
  const lines: string[] = []
  let offset = 0
  for (const [name, bytes] of files) {
    const key = Buffer.from(bytes).toString('latin1')
    let place = places.get(key)
    if (place === undefined) {
      place = `${offset} ${bytes.length}`
      places.set(key, place)
      parts.push(bytes)
      offset += bytes.length
    }
    lines.push(`${name} ${place}`)
  }
  const list = Buffer.from(lines.join('\n'), 'latin1')
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(list.length)
  return Buffer.concat([length, list, ...parts])
}

/** The files again; they share the memory of `packed`. */
export function unpackZones(packed: Uint8Array): ZoneFiles {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  const filesStart = LENGTH_BYTES + buffer.readUInt32BE(0)
  const files = new Map<string, Uint8Array>()
  for (const line of buffer.toString('latin1', LENGTH_BYTES, filesStart).split('\n')) {
    const [name = '', offset, length] = line.split(' ')
    const start = filesStart + Number(offset)
    files.set(name, buffer.subarray(start, start + Number(length)))
  }
  return files
}
