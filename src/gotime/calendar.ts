// The proleptic Gregorian calendar: days since 1970-01-01 to dates and back, week days, ISO weeks.
// Plain integer arithmetic, since `Date` neither reaches all years that Go prints nor is fast enough.

/** A calendar date. `month` is 1-12, `day` 1-31; `year` may be 0 or negative (astronomical counting). */
export type CivilDate = { readonly year: number; readonly month: number; readonly day: number }

/** A year and the ISO 8601 week (1-53) within it. */
export type IsoWeek = { readonly year: number; readonly week: number }

export const SECONDS_PER_DAY = 86_400
export const SECONDS_PER_HOUR = 3_600
export const SECONDS_PER_MINUTE = 60

/** English month names, January first. */
export const MONTH_NAMES = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

/** English names of the days of the week, Sunday first. */
export const WEEKDAY_NAMES = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const

/** The month's English name; what Go's `Month.String` prints for a number that is no month. */
export function monthName(month: number): string {
  return MONTH_NAMES[month - 1] ?? `%!Month(${month})`
}

/** The day's English name (0 is Sunday); what Go's `Weekday.String` prints for a number that is no day. */
export function weekdayName(weekday: number): string {
  return WEEKDAY_NAMES[weekday] ?? `%!Weekday(${weekday})`
}

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/** Days of month 1-12 of that year; 0 for a number that is no month. */
export function daysInMonth(month: number, year: number): number {
  if (month === 2 && isLeapYear(year)) return 29
  return DAYS_IN_MONTH[month - 1] ?? 0
}

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365] as const

/** Days of a year that is no leap year before month 1-13 (13: the whole year). */
export function daysBeforeMonth(month: number): number {
  return DAYS_BEFORE_MONTH[month - 1] ?? 0
}

const DAYS_PER_400_YEARS = 146_097
// From 0000-03-01, where the counting below begins so that a leap day is the last of its year, to the epoch.
const DAYS_FROM_MARCH_0000 = 719_468

/** Days from 1970-01-01 to the date. `month` must be 1-12; `day` may lie outside its month. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const marchMonth = month > 2 ? month - 3 : month + 9
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * DAYS_PER_400_YEARS + dayOfEra - DAYS_FROM_MARCH_0000
}

/** The date that lies `days` days after 1970-01-01. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + DAYS_FROM_MARCH_0000
  const era = Math.floor(shifted / DAYS_PER_400_YEARS)
  const dayOfEra = shifted - era * DAYS_PER_400_YEARS
  const leapDays =
    Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** The day of the year, 1-366, that `days` (since 1970-01-01) is in `year`. */
export function yearDayOf(days: number, year: number): number {
  return days - daysFromCivil(year, 1, 1) + 1
}

/** The day of the week, 0 (Sunday) to 6, of the day `days` after 1970-01-01, a Thursday. */
export function weekdayOf(days: number): number {
  return floorMod(days + 4, 7)
}

/** The ISO 8601 week: weeks begin on Monday and belong to the year in which their Thursday lies. */
export function isoWeekOf(days: number): IsoWeek {
  const daysSinceMonday = (weekdayOf(days) + 6) % 7
  const thursday = days - daysSinceMonday + 3
  const { year } = civilFromDays(thursday)
  return { year, week: Math.floor((yearDayOf(thursday, year) - 1) / 7) + 1 }
}

/** The remainder of a division rounded down: never negative for a positive `divisor`. */
export function floorMod(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor
}
