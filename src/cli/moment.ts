/** A moment as commands take it: so long ago, or a time with its zone. */
import { errorAt } from '../config/problems.ts'
import { parseGoDuration } from '../gotime/duration.ts'
import { UsageFailure } from './command.ts'

/** A Go duration before `nowMs`, or an RFC 3339 time; ms since 1970. Throws `UsageFailure` that names the flag. */
export function momentOf(flag: string, text: string, nowMs: number): number {
  const duration = parseGoDuration(text)
  if (duration.ok && duration.duration.ms >= 0) return nowMs - duration.duration.ms
  // A time without its zone means another moment on each machine.
  const isTime = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)
  const ms = isTime ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  throw new UsageFailure([
    errorAt(flag, 'this is neither a duration nor a time with its zone', 'write 2h, or 2026-03-02T10:00:00Z'),
  ])
}
