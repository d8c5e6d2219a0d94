// What real Go answers about times, asked of this room: with the system's zones and with the compiled ones only.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

import { weekdayName } from './calendar.ts'
import { Duration, parseGoDuration } from './duration.ts'
import { RFC3339_NANO } from './layout.ts'
import type { Location } from './location.ts'
import { metaMicroTimeJson, metaTimeJson, readMetaMicroTime, readMetaTime } from './metav1.ts'
import type { TimeResult } from './parse.ts'
import { parseTime } from './parse.ts'
import { SYSTEM_ZONE_DIRECTORIES, TimeZones } from './time-zones.ts'
import type { Time } from './time.ts'

type Vector = {
  readonly id: string
  readonly type: 'time' | 'Time' | 'MicroTime'
  readonly op: string
  readonly layout?: string
  readonly arg?: string
  readonly input: string
  readonly tz: string
  readonly output?: string
  readonly error?: { readonly message: string }
}

const goldenUrl = new URL('../../test/golden/time.json', import.meta.url)
const vectors: readonly Vector[] = JSON.parse(readFileSync(goldenUrl, 'utf8'))

for (const [source, directories] of [
  ["the system's zones", SYSTEM_ZONE_DIRECTORIES],
  ['the compiled zones only', []],
] as const) {
  describe(`times compared with Go, with ${source}`, () => {
    for (const vector of vectors) {
      it(`${vector.id}: ${vector.type} ${vector.op} of ${vector.input} in ${vector.tz}`, () => {
        const { local } = new TimeZones({ tz: vector.tz, directories })
        const result = readInput(vector, local)
        if (vector.error !== undefined) {
          assert.deepEqual(result, { ok: false, error: vector.error.message })
          return
        }
        assert.ok(result.ok, result.ok ? '' : result.error)
        assert.equal(answer(vector, result.time), vector.output)
      })
    }
  })
}

function readInput({ type, input }: Vector, local: Location): TimeResult {
  const json = input === 'null' ? null : input
  if (type === 'Time') return readMetaTime(json, local)
  if (type === 'MicroTime') return readMetaMicroTime(json, local)
  const result = parseTime(RFC3339_NANO, input, local)
  return result.ok ? { ok: true, time: result.time.in(local) } : result
}

function answer({ type, op, layout = '', arg = '' }: Vector, time: Time): string {
  switch (op) {
    case 'String':
      return time.toString()
    case 'Format':
      return time.format(layout)
    case 'MarshalJSON':
      return jsonOf(type, time)
    case 'GoString':
      return time.goString()
    case 'Unix':
      return String(time.unix())
    case 'UnixMilli':
      return String(time.unixMilli())
    case 'UnixNano':
      return String(time.unixNano())
    case 'IsZero':
      return String(time.isZero())
    case 'UTC':
      return time.utc().toString()
    case 'Weekday':
      return weekdayName(time.weekday())
    case 'YearDay':
      return String(time.yearDay())
    case 'ISOWeek':
      return `${time.isoWeek().year} ${time.isoWeek().week}`
    case 'Add':
      return time.add(durationOf(arg)).toString()
    case 'AddDate': {
      const [years = 0, months = 0, days = 0] = arg.split(' ').map(Number)
      return time.addDate(years, months, days).toString()
    }
    case 'Truncate':
      return time.truncate(durationOf(arg)).toString()
    case 'Round':
      return time.round(durationOf(arg)).toString()
    default:
      throw new Error(`no such operation: ${op}`)
  }
}

function jsonOf(type: Vector['type'], time: Time): string {
  if (type === 'Time') return metaTimeJson(time)
  if (type === 'MicroTime') return metaMicroTimeJson(time)
  const result = time.marshalJson()
  return result.ok ? result.text : result.error
}

function durationOf(text: string): Duration {
  const result = parseGoDuration(text)
  assert.ok(result.ok)
  return result.duration
}
