// Finds zones by name, and the machine's own, where Go finds them: `TZ`, /etc/localtime, the system's zone
// files, and where those lack one the compiled copy that comes with the program.

import { closeSync, openSync, readSync } from 'node:fs'

import { Location, UTC } from './location.ts'
import { decodeTzif } from './tzif.ts'
import { compiledZoneFile } from './zones/compiled-zones.ts'

/** The directories in which systems keep zone files, in Go's order. */
export const SYSTEM_ZONE_DIRECTORIES: readonly string[] = [
  '/usr/share/zoneinfo',
  '/usr/share/lib/zoneinfo',
  '/usr/lib/locale/TZ',
  '/etc/zoneinfo',
]

export type TimeZoneOptions = {
  /** The environment variable `TZ`: undefined where it is not set, which is not the same as empty. */
  readonly tz: string | undefined
  /** Where zone files are looked for before the compiled copy; default SYSTEM_ZONE_DIRECTORIES. */
  readonly directories?: readonly string[]
  /** What holds without `TZ`; default /etc/localtime. */
  readonly localtimePath?: string
}

/** Go's own limit for a zone file; more is taken for something else. */
const MAX_FILE_BYTES = 10 * 1024 * 1024
/** Names may come from events by way of templates: what is remembered must not grow without end. */
const MAX_REMEMBERED = 1_000

export class TimeZones {
  /** The machine's own zone; UTC where it cannot be found, as with Go. */
  readonly local: Location
  readonly #directories: readonly string[]
  readonly #remembered = new Map<string, Location | undefined>()

  constructor({ tz, directories = SYSTEM_ZONE_DIRECTORIES, localtimePath }: TimeZoneOptions) {
    this.#directories = directories
    this.local = localZone(tz, directories, localtimePath ?? '/etc/localtime')
  }

  /**
   * As Go's `time.LoadLocation`: the zone of that name (`Europe/Berlin`, `UTC`, `Local`; the empty name is
   * UTC), or undefined if there is none. Reads a small file the first time that a name is asked for.
   */
  load(name: string): Location | undefined {
    if (name === '' || name === 'UTC') return UTC
    if (name === 'Local') return this.local
    // No zone is named so, and a name from a template must not lead to other files.
    if (name.includes('..') || name.startsWith('/') || name.startsWith('\\')) return undefined
    if (this.#remembered.has(name)) return this.#remembered.get(name)
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear()
    const location = findZone(name, this.#directories, false)
    this.#remembered.set(name, location)
    return location
  }
}

function localZone(tz: string | undefined, directories: readonly string[], localtimePath: string): Location {
  if (tz === undefined) return zoneFromFile('Local', localtimePath, true) ?? localUtc()
  const name = tz.startsWith(':') ? tz.slice(1) : tz
  if (name === '' || name === 'UTC') return localUtc()
  if (!name.startsWith('/')) return findZone(name, directories, true) ?? localUtc()
  return zoneFromFile(name === '/etc/localtime' ? 'Local' : name, name, true) ?? localUtc()
}

/** The local zone where it is UTC: not the same as UTC, which Go prints another way (`time.Local`). */
function localUtc(): Location {
  const zone = { name: 'UTC', offsetSeconds: 0, isDst: false }
  return new Location('UTC', { types: [zone], transitions: [], typeIndexes: [], rule: '' }, true)
}

function findZone(name: string, directories: readonly string[], isLocal: boolean): Location | undefined {
  for (const directory of directories) {
    const location = zoneFromFile(name, `${directory}/${name}`, isLocal)
    if (location !== undefined) return location
  }
  const compiled = compiledZoneFile(name)
  return compiled === undefined ? undefined : zoneFromBytes(name, compiled, isLocal)
}

function zoneFromFile(name: string, path: string, isLocal: boolean): Location | undefined {
  const bytes = readSmallFile(path)
  return bytes === undefined ? undefined : zoneFromBytes(name, bytes, isLocal)
}

function zoneFromBytes(name: string, bytes: Uint8Array, isLocal: boolean): Location | undefined {
  const history = decodeTzif(bytes)
  return history === undefined ? undefined : new Location(name, history, isLocal)
}

/** The file's bytes; undefined if it cannot be read, whatever the reason: the next place is tried, as Go does. */
function readSmallFile(path: string): Uint8Array | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, 'r')
    const chunks: Uint8Array[] = []
    let total = 0
    // Read to the end rather than to the size: `TZ` may name a device, whose size tells nothing.
    while (total <= MAX_FILE_BYTES) {
      const chunk = new Uint8Array(8_192)
      const length = readSync(descriptor, chunk)
      if (length === 0) return concatenated(chunks, total)
      chunks.push(chunk.subarray(0, length))
      total += length
    }
    return undefined
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function concatenated(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const bytes = new Uint8Array(total)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
