/** time.json: Go's times, asked of `src/gotime`. */
import * as z from 'zod/mini'
import { weekdayName } from '../../../src/gotime/calendar.ts'
import { Duration, parseGoDuration } from '../../../src/gotime/duration.ts'
import { RFC3339_NANO } from '../../../src/gotime/layout.ts'
import type { Location } from '../../../src/gotime/location.ts'
import {
  metaMicroTimeJson,
  metaTimeJson,
  readMetaMicroTime,
  readMetaTime,
} from '../../../src/gotime/metav1.ts'
import { parseTime } from '../../../src/gotime/parse.ts'
import type { TimeResult } from '../../../src/gotime/parse.ts'
import { TimeZones } from '../../../src/gotime/time-zones.ts'
import type { Time } from '../../../src/gotime/time.ts'
import { failed, passed, unsupported } from '../verdict.ts'
import type { Verdict } from '../verdict.ts'

export const timeVector = z.object({
  id: z.string(),
  type: z.enum(['time', 'Time', 'MicroTime']),
  op: z.string(),
  layout: z.optional(z.string()),
  arg: z.optional(z.string()),
  input: z.string(),
  tz: z.string(),
  output: z.optional(z.string()),
  error: z.optional(z.object({ message: z.string() })),
})

type TimeVector = z.output<typeof timeVector>

/** Compares one vector: equal character by character, or refused as well. */
export function runTimeVector(vector: TimeVector): Verdict {
  const read = readInput(vector, new TimeZones({ tz: vector.tz }).local)
  if (vector.error !== undefined) {
    return read.ok
      ? failed([`expected: refused (${vector.error.message})\n     got: ${read.time.toString()}`])
      : passed()
  }
  if (!read.ok) return failed([`expected: ${vector.output ?? ''}\n     got: refused (${read.error})`])
  const answer = answerOf(vector, read.time)
  if (answer === undefined) return unsupported(`the operation ${vector.op} is not known`)
  return answer === vector.output
    ? passed()
    : failed([`expected: ${vector.output ?? ''}\n     got: ${answer}`])
}

function readInput({ type, input }: TimeVector, local: Location): TimeResult {
  const json = input === 'null' ? null : input
  if (type === 'Time') return readMetaTime(json, local)
  if (type === 'MicroTime') return readMetaMicroTime(json, local)
  const result = parseTime(RFC3339_NANO, input, local)
  return result.ok ? { ok: true, time: result.time.in(local) } : result
}

function answerOf({ type, op, layout = '', arg = '' }: TimeVector, time: Time): string | undefined {
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
    case 'ISOWeek': {
      const { year, week } = time.isoWeek()
      return `${year} ${week}`
    }
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
      return undefined
  }
}

function jsonOf(type: TimeVector['type'], time: Time): string {
  if (type === 'Time') return metaTimeJson(time)
  if (type === 'MicroTime') return metaMicroTimeJson(time)
  const result = time.marshalJson()
  return result.ok ? result.text : result.error
}

function durationOf(text: string): Duration {
  const result = parseGoDuration(text)
  if (!result.ok) throw new Error(`the vector's duration ${text} is none`)
  return result.duration
}
