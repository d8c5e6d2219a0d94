// The zone files of all places, compiled into the program for machines that have none.

import { Buffer } from 'node:buffer'
import { brotliDecompressSync } from 'node:zlib'

import type { ZoneFiles } from './pack.ts'
import { unpackZones } from './pack.ts'
import { PACKED_ZONES } from './packed-zones.ts'

/** The zone file (TZif) of that name; undefined if there is no such zone. */
export function compiledZoneFile(name: string): Uint8Array | undefined {
  return zoneFiles().get(name)
}

/** The names of all compiled zones. */
export function compiledZoneNames(): readonly string[] {
  return [...zoneFiles().keys()]
}

let unpacked: ZoneFiles | undefined

/** Unpacked (0.3 MiB, 2 ms) only when a zone is asked for that the system lacks. */
function zoneFiles(): ZoneFiles {
  unpacked ??= unpackZones(brotliDecompressSync(Buffer.from(PACKED_ZONES, 'base64')))
  return unpacked
}
