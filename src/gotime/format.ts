// Writes an instant by a layout, and in the fixed shapes that are asked for most: `String` and RFC 3339.

import {
  civilFromDays,
  floorMod,
  MONTH_NAMES,
  SECONDS_PER_DAY,
  WEEKDAY_NAMES,
  weekdayOf,
  yearDayOf,
} from './calendar.ts'
import type { FractionStyle, LayoutElement } from './layout.ts'
import { layoutOf, RFC3339, RFC3339_NANO } from './layout.ts'
import type { ZoneInterval } from './location.ts'
import { offsetText, TWO_DIGITS, twoDigits } from './offset-text.ts'
import { quoteInput } from './quote.ts'

/** An instant as a clock and a calendar in `zone` show it. */
type Shown = {
  /** Seconds since 1970-01-01 00:00 on the local clock. */
  readonly wallSeconds: number
  readonly nanoseconds: number
  readonly zone: ZoneInterval
}

/** As Go's `Time.String`: `2024-02-29 08:05:07.5 +0800 CST`. The hot path of every printed event. */
export function timeText(unixSeconds: number, nanoseconds: number, zone: ZoneInterval): string {
  const wallSeconds = unixSeconds + zone.offsetSeconds
  const days = Math.floor(wallSeconds / SECONDS_PER_DAY)
  const clock = clockText(wallSeconds - days * SECONDS_PER_DAY)
  if (nanoseconds === 0) return `${dateText(days)} ${clock}${zone.suffix}`
  return `${dateText(days)} ${clock}${trimmedFraction(nanoseconds)}${zone.suffix}`
}

/** As Go writes `time.RFC3339`, or `time.RFC3339Nano` where the fraction is wanted. */
export function rfc3339Text(
  unixSeconds: number,
  nanoseconds: number,
  zone: ZoneInterval,
  withFraction: boolean,
): string {
  const wallSeconds = unixSeconds + zone.offsetSeconds
  const days = Math.floor(wallSeconds / SECONDS_PER_DAY)
  const fraction = withFraction && nanoseconds !== 0 ? trimmedFraction(nanoseconds) : ''
  const offset = zone.offsetSeconds === 0 ? 'Z' : offsetText(zone.offsetSeconds, 'minutes', ':')
  return `${dateText(days)}T${clockText(wallSeconds - days * SECONDS_PER_DAY)}${fraction}${offset}`
}

/** As Go's `Time.Format`. */
export function formatTime(
  layoutText: string,
  unixSeconds: number,
  nanoseconds: number,
  zone: ZoneInterval,
): string {
  if (layoutText === RFC3339 || layoutText === RFC3339_NANO) {
    return rfc3339Text(unixSeconds, nanoseconds, zone, layoutText === RFC3339_NANO)
  }
  const layout = layoutOf(layoutText)
  const shown: Shown = { wallSeconds: unixSeconds + zone.offsetSeconds, nanoseconds, zone }
  let text = ''
  for (const element of layout.elements) text += element.prefix + elementText(element, shown)
  return text + layout.tail
}

/** As Go's `Time.GoString`, `location` being Go's expression for it. */
export function goSyntax(
  unixSeconds: number,
  nanoseconds: number,
  zone: ZoneInterval,
  location: string,
): string {
  const wallSeconds = unixSeconds + zone.offsetSeconds
  const { year, month, day } = civilFromDays(Math.floor(wallSeconds / SECONDS_PER_DAY))
  const { hour, minute, second } = clockOf(wallSeconds)
  const parts = [year, `time.${MONTH_NAMES[month - 1]}`, day, hour, minute, second, nanoseconds, location]
  return `time.Date(${parts.join(', ')})`
}

/** Go's expression for a location that is neither UTC nor the machine's. */
export function goLocationSyntax(name: string): string {
  return `time.Location(${quoteInput(name)})`
}

/** The time of day that a clock shows. */
export function clockOf(wallSeconds: number): { hour: number; minute: number; second: number } {
  const secondOfDay = floorMod(wallSeconds, SECONDS_PER_DAY)
  const minuteOfDay = Math.floor(secondOfDay / 60)
  return { hour: Math.floor(minuteOfDay / 60), minute: minuteOfDay % 60, second: secondOfDay % 60 }
}

function elementText(element: LayoutElement, { wallSeconds, nanoseconds, zone }: Shown): string {
  const days = Math.floor(wallSeconds / SECONDS_PER_DAY)
  switch (element.kind) {
    case 'longYear':
      return padded(civilFromDays(days).year, 4)
    case 'year':
      return twoDigits(Math.abs(civilFromDays(days).year) % 100)
    case 'longMonth':
      return MONTH_NAMES[civilFromDays(days).month - 1] ?? ''
    case 'month':
      return (MONTH_NAMES[civilFromDays(days).month - 1] ?? '').slice(0, 3)
    case 'numMonth':
      return String(civilFromDays(days).month)
    case 'zeroMonth':
      return twoDigits(civilFromDays(days).month)
    case 'longWeekday':
      return WEEKDAY_NAMES[weekdayOf(days)] ?? ''
    case 'weekday':
      return (WEEKDAY_NAMES[weekdayOf(days)] ?? '').slice(0, 3)
    case 'day':
      return String(civilFromDays(days).day)
    case 'underDay':
      return String(civilFromDays(days).day).padStart(2)
    case 'zeroDay':
      return twoDigits(civilFromDays(days).day)
    case 'underYearDay':
      return String(yearDayOf(days, civilFromDays(days).year)).padStart(3)
    case 'zeroYearDay':
      return padded(yearDayOf(days, civilFromDays(days).year), 3)
    case 'hour':
      return twoDigits(clockOf(wallSeconds).hour)
    case 'hour12':
      return String(clockOf(wallSeconds).hour % 12 || 12)
    case 'zeroHour12':
      return twoDigits(clockOf(wallSeconds).hour % 12 || 12)
    case 'minute':
      return String(clockOf(wallSeconds).minute)
    case 'zeroMinute':
      return twoDigits(clockOf(wallSeconds).minute)
    case 'second':
      return String(clockOf(wallSeconds).second)
    case 'zeroSecond':
      return twoDigits(clockOf(wallSeconds).second)
    case 'upperPm':
      return clockOf(wallSeconds).hour >= 12 ? 'PM' : 'AM'
    case 'lowerPm':
      return clockOf(wallSeconds).hour >= 12 ? 'pm' : 'am'
    case 'zoneName':
      return zone.name || offsetText(zone.offsetSeconds, 'minutes', '')
    case 'offset': {
      if (element.offset === undefined || (zone.offsetSeconds === 0 && element.offset.zForUtc)) return 'Z'
      return offsetText(zone.offsetSeconds, element.offset.parts, element.offset.colons ? ':' : '')
    }
    case 'fraction':
      return element.fraction === undefined ? '' : fractionText(nanoseconds, element.fraction)
  }
}

function fractionText(nanoseconds: number, { digits, separator, trim }: FractionStyle): string {
  const shown = padded(nanoseconds, 9).slice(0, digits)
  if (!trim) return separator + shown
  const trimmed = shown.replace(/0+$/, '')
  return trimmed === '' ? '' : separator + trimmed
}

/** `.5`; for nanoseconds other than 0. */
function trimmedFraction(nanoseconds: number): string {
  const text = padded(nanoseconds, 9)
  let end = 9
  while (text.charCodeAt(end - 1) === 0x30) end -= 1
  return `.${text.slice(0, end)}`
}

// Nearly all times of a flood lie on the same day: the last one's text is kept.
let lastDays = Number.NaN
let lastDateText = ''

/** `2006-01-02` of the day that lies `days` after 1970-01-01. */
function dateText(days: number): string {
  if (days !== lastDays) {
    const { year, month, day } = civilFromDays(days)
    lastDateText = `${padded(year, 4)}-${twoDigits(month)}-${twoDigits(day)}`
    lastDays = days
  }
  return lastDateText
}

/** `15:04:05` of a second of the day. */
function clockText(secondOfDay: number): string {
  const minuteOfDay = Math.floor(secondOfDay / 60)
  const hour = Math.floor(minuteOfDay / 60)
  return `${TWO_DIGITS[hour]}:${TWO_DIGITS[minuteOfDay - hour * 60]}:${TWO_DIGITS[secondOfDay - minuteOfDay * 60]}`
}

/** At least `width` digits; the sign of a negative number stands before them. */
function padded(value: number, width: number): string {
  return value < 0 ? `-${String(-value).padStart(width, '0')}` : String(value).padStart(width, '0')
}
