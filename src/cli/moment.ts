/** A moment as commands take it: so long ago, or a time with its zone. */
import { errorAt } from '../config/problems.ts'
import { readMoment } from '../gotime/moment.ts'
import { UsageFailure } from './command.ts'

/** As `readMoment`, ms since 1970. Throws `UsageFailure` that names the flag. */
export function momentOf(flag: string, text: string, nowMs: number): number {
  const ms = readMoment(text, nowMs)
  if (ms !== undefined) return ms
  throw new UsageFailure([
    errorAt(flag, 'this is neither a duration nor a time with its zone', 'write 2h, or 2026-03-02T10:00:00Z'),
  ])
}
