// Kubernetes' two types of time in JSON: metav1.Time (to the second) and metav1.MicroTime (to the microsecond).

import { RFC3339, RFC3339_MICRO } from './layout.ts'
import type { Location } from './location.ts'
import type { TimeResult } from './parse.ts'
import { parseRfc3339, parseTime } from './parse.ts'
import { Time } from './time.ts'

const ZERO: TimeResult = { ok: true, time: Time.zero }

/**
 * A `metav1.Time` from its parsed JSON value, in the machine's zone. Null and a missing value are the zero
 * time (in UTC); anything else that Kubernetes' decoder refuses is refused with its error text.
 */
export function readMetaTime(value: unknown, local: Location): TimeResult {
  if (value === undefined || value === null) return ZERO
  if (typeof value !== 'string') return notAString(value)
  const time = parseRfc3339(value, local)
  if (time !== undefined) return { ok: true, time: time.in(local) }
  return toLocal(parseTime(RFC3339, value, local), local)
}

/** A `metav1.MicroTime`, likewise; its text must have six digits after the point. */
export function readMetaMicroTime(value: unknown, local: Location): TimeResult {
  if (value === undefined || value === null) return ZERO
  if (typeof value !== 'string') return notAString(value)
  if (value.length === 27 && value[19] === '.' && value[26] === 'Z') {
    const time = parseRfc3339(value, local)
    if (time !== undefined) return { ok: true, time: time.in(local) }
  }
  return toLocal(parseTime(RFC3339_MICRO, value, local), local)
}

/** The JSON text of a `metav1.Time`: UTC, whole seconds, `null` for the zero time. */
export function metaTimeJson(time: Time): string {
  return time.isZero() ? 'null' : `"${time.utc().format(RFC3339)}"`
}

/** The JSON text of a `metav1.MicroTime`: UTC, six decimals, `null` for the zero time. */
export function metaMicroTimeJson(time: Time): string {
  return time.isZero() ? 'null' : `"${time.utc().format(RFC3339_MICRO)}"`
}

/** As `metav1.Time.Rfc3339Copy`: written to the second and read again; the zero time if that fails. */
export function rfc3339Copy(time: Time, local: Location): Time {
  const result = parseTime(RFC3339, time.format(RFC3339), local)
  return result.ok ? result.time : Time.zero
}

function toLocal(result: TimeResult, local: Location): TimeResult {
  return result.ok ? { ok: true, time: result.time.in(local) } : result
}

function notAString(value: unknown): TimeResult {
  const type = Array.isArray(value) ? 'array' : value === true || value === false ? 'bool' : typeof value
  return { ok: false, error: `json: cannot unmarshal ${type} into Go value of type string` }
}
