/** `reports` of a configuration file: schedules, zones and conditions are looked at here, whom they are told later. */
import { TimeZones } from '../../gotime/time-zones.ts'
import { errorAt } from '../problems.ts'
import type { Problem } from '../config.ts'
import { reportDefaults, type NamedReport } from '../report-config.ts'
import { readWhere } from '../where.ts'
import type { FileDocument } from './document.ts'
import type { FileContent } from './schema.ts'

export async function readReports(
  reports: FileContent['reports'],
  document: FileDocument,
  problems: Problem[],
): Promise<readonly NamedReport[]> {
  const entries = Object.entries(reports)
  if (entries.length === 0) return []
  // Loaded here: without a report nothing needs it.
  const { readSchedule } = await import('../../report/schedule.ts')
  return entries.map(([name, { at, tz, period, where = reportDefaults.where, by, top, title, to }]) => {
    const placeOf = (...path: readonly PropertyKey[]): string => document.placeOf(['reports', name, ...path])
    const isZone = tz === undefined || isTimeZone(tz)
    if (!isZone) {
      const what = 'option `tz` is no time zone'
      problems.push(errorAt(placeOf('tz'), what, 'write one as in Asia/Shanghai'))
    }
    const schedule = readSchedule(at, isZone ? tz : undefined)
    if (!schedule.ok) problems.push(errorAt(placeOf('at'), `option \`at\` ${schedule.what}`, schedule.remedy))
    const conditions = readWhere(where)
    if (!conditions.ok) {
      for (const { what, remedy } of conditions.problems)
        problems.push(errorAt(placeOf('where'), what, remedy))
    }
    return {
      ...reportDefaults,
      name,
      at,
      ...(tz !== undefined && { tz }),
      ...(period !== undefined && { periodMs: period }),
      where,
      filter: conditions.ok ? conditions.filter : reportDefaults.filter,
      ...(by !== undefined && { by }),
      ...(top !== undefined && { top }),
      ...(title !== undefined && { title }),
      to: to.map((sink, index) => ({ name: sink, where: placeOf('to', index) })),
      origin: placeOf(),
    }
  })
}

/** Times are made by it, schedules and texts, each by tables of its own. */
function isTimeZone(name: string): boolean {
  try {
    // Refuses what it does not know.
    new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
  } catch {
    return false
  }
  return new TimeZones({ tz: '' }).load(name) !== undefined
}
