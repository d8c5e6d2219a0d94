// Writes src/gotime/zones/packed-zones.ts from the system's zone files: `node scripts/compile-zones.ts [/usr/share/zoneinfo]`.
// Run it when a new tzdata is out, on a machine that has it; the tests compare the copy with Go's answers.

import { Buffer } from 'node:buffer'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

import { decodeTzif } from '../src/gotime/tzif.ts'
import { packZones } from '../src/gotime/zones/pack.ts'

/** The same zones once more, with and without leap seconds, and the machine's own choice. */
const LEFT_OUT = new Set(['posix', 'right', 'posixrules', 'localtime'])
const HEADER_BYTES = 44

const root = process.argv[2] ?? '/usr/share/zoneinfo'
const output = join(import.meta.dirname, '../src/gotime/zones/packed-zones.ts')

const files = new Map<string, Uint8Array>()
for (const path of zoneFilePaths(root)) {
  const bytes = readFileSync(path)
  if (decodeTzif(bytes) !== undefined) files.set(relative(root, path), without32BitBlock(bytes))
}
if (!files.has('Asia/Shanghai'))
  throw new Error(`no zone files in ${root}: install tzdata or name its directory`)

const packed = packZones(files)
const compressed = brotliCompressSync(packed, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: 19,
    [constants.BROTLI_PARAM_SIZE_HINT]: packed.length,
  },
})
writeFileSync(output, moduleText(compressed.toString('base64'), tzdataVersion()))
process.stdout.write(`${files.size} zones, ${compressed.length} bytes: ${relative(process.cwd(), output)}\n`)

function zoneFilePaths(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => directory !== root || !LEFT_OUT.has(name))
    .toSorted()
    .flatMap((name) => {
      const path = join(directory, name)
      return statSync(path).isDirectory() ? zoneFilePaths(path) : [path]
    })
}

/** From version 2 on all is said twice; of the first block, with 32-bit instants, only an empty header stays. */
function without32BitBlock(bytes: Uint8Array): Uint8Array {
  const buffer = Buffer.from(bytes)
  if (buffer[4] === 0) return buffer
  const count = (index: number) => buffer.readUInt32BE(20 + index * 4)
  const blockBytes = count(3) * 5 + count(4) * 6 + count(5) + count(2) * 8 + count(1) + count(0)
  const header = Buffer.concat([buffer.subarray(0, 20), Buffer.alloc(HEADER_BYTES - 20)])
  return Buffer.concat([header, buffer.subarray(HEADER_BYTES + blockBytes)])
}

function tzdataVersion(): string {
  const firstLine = readFileSync(join(root, 'tzdata.zi'), 'latin1').split('\n', 1)[0] ?? ''
  return firstLine.replace('# version ', '')
}

function moduleText(base64: string, version: string): string {
  return [
    `// All zones of tzdata ${version}, packed and compressed; written by scripts/compile-zones.ts, not by hand.`,
    '',
    '/** The release of the IANA time zone database that this is. */',
    `export const TZDATA_VERSION = '${version}'`,
    '',
    '/** What `packZones` makes, compressed with Brotli, in base64. */',
    '// prettier-ignore',
    `export const PACKED_ZONES = '${base64}'`,
    '',
  ].join('\n')
}
