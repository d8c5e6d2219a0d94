/**
 * When a report runs: at a time of day, or by a cron expression, in a time zone. On the day on which the clock skips its
 * time it runs right after the gap, on the day that has it twice at the first; a cron expression with several hours or
 * minutes skips what the clock skips, and runs at both.
 */
import { Cron } from 'croner'

export interface Schedule {
  /** The last run at `nowMs` or before; `undefined`: there never was one. ms since 1970. */
  lastAt(nowMs: number): number | undefined
  /** The first run after `nowMs`; `undefined`: none will come. */
  nextAfter(nowMs: number): number | undefined
}

export type ReadSchedule =
  | { readonly ok: true; readonly schedule: Schedule }
  | { readonly ok: false; readonly what: string; readonly remedy: string }

/** `20:00` */
export const timeOfDay = /^([01]?\d|2[0-3]):([0-5]\d)$/

/** Loads a library: to be imported where there is a report. `zone`: as in Asia/Shanghai; absent: the process's own. */
export function readSchedule(at: string, zone: string | undefined): ReadSchedule {
  const [, hour, minute] = timeOfDay.exec(at) ?? []
  const pattern = hour === undefined ? at : `${Number(minute)} ${Number(hour)} * * *`
  let cron: Cron
  try {
    cron = new Cron(pattern, { mode: '5-part', ...(zone !== undefined && { timezone: zone }) })
  } catch {
    return wrong('is neither a time of day nor a cron expression')
  }
  const schedule: Schedule = {
    // What runs at this very moment is no longer to come.
    lastAt: (nowMs) => cron.previousRuns(1, new Date(nowMs + 1))[0]?.getTime(),
    nextAfter: (nowMs) => cron.nextRun(new Date(nowMs))?.getTime(),
  }
  return schedule.nextAfter(Date.now()) === undefined
    ? wrong('names a day that never comes')
    : { ok: true, schedule }
}

function wrong(what: string): ReadSchedule {
  return { ok: false, what, remedy: "write 20:00, or as cron does: '0 9 * * 1-5'" }
}
