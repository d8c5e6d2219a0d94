// A moment as people write it: so long ago, or a time with its zone.

import { parseGoDuration } from './duration.ts'

/** A Go duration before `nowMs`, or an RFC 3339 time; ms since 1970. Undefined: it is neither. */
export function readMoment(text: string, nowMs: number): number | undefined {
  const duration = parseGoDuration(text)
  if (duration.ok && duration.duration.ms >= 0) return nowMs - duration.duration.ms
  // A time without its zone means another moment on each machine.
  const isTime = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)
  const ms = isTime ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
