// Reads a time by a layout as Go's time.Parse does, with Go's error texts; a short way for RFC 3339.

import { daysBeforeMonth, daysFromCivil, daysInMonth, isLeapYear, SECONDS_PER_DAY } from './calendar.ts'
import type { Layout } from './layout.ts'
import { layoutOf, RFC3339, RFC3339_NANO } from './layout.ts'
import type { Location } from './location.ts'
import { fixedZone, UTC } from './location.ts'
import { quoteInput } from './quote.ts'
import type { ParsedFields } from './read-element.ts'
import { noFields, readElement } from './read-element.ts'
import { Time } from './time.ts'

/** A time, or the error text that Go gives for the input. */
export type TimeResult =
  { readonly ok: true; readonly time: Time } | { readonly ok: false; readonly error: string }

/**
 * As Go's `time.Parse`: without a zone in the text the time is in UTC; with an offset that is in use in
 * `local` at that instant it is in `local`, else in a zone made for it.
 */
export function parseTime(layout: string, text: string, local: Location): TimeResult {
  return parseWith(layout, text, UTC, local)
}

/** As Go's `time.ParseInLocation`: without a zone in the text the time is that of a clock in `location`. */
export function parseTimeInLocation(layout: string, text: string, location: Location): TimeResult {
  return parseWith(layout, text, location, location)
}

/**
 * Reads RFC 3339 in its strict shape, with or without a fraction. Undefined does not mean that Go refuses the
 * text: the slow way is laxer (one-digit hours, a comma before the fraction).
 */
export function parseRfc3339(text: string, local: Location): Time | undefined {
  if (text.length < 20) return undefined
  if (
    text.charCodeAt(4) !== 0x2d ||
    text.charCodeAt(7) !== 0x2d ||
    text.charCodeAt(10) !== 0x54 ||
    text.charCodeAt(13) !== 0x3a ||
    text.charCodeAt(16) !== 0x3a
  ) {
    return undefined
  }
  // A pair that is no number is NaN, which fails every comparison below.
  const year = twoDigitsAt(text, 0) * 100 + twoDigitsAt(text, 2)
  const month = twoDigitsAt(text, 5)
  const day = twoDigitsAt(text, 8)
  const hour = twoDigitsAt(text, 11)
  const minute = twoDigitsAt(text, 14)
  const second = twoDigitsAt(text, 17)
  if (!(year >= 0 && month >= 1 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59)) return undefined
  if (month > 12 || (day > 28 && day > daysInMonth(month, year))) return undefined

  let end = 19
  let nanoseconds = 0
  if (text.charCodeAt(19) === 0x2e) {
    end = 20
    let scale = 100_000_000
    for (let digit = digitAt(text, end); digit >= 0; digit = digitAt(text, end)) {
      // Digits finer than a nanosecond are passed over.
      nanoseconds += digit * Math.floor(scale)
      scale /= 10
      end += 1
    }
    if (end === 20) return undefined
  }

  const wallSeconds = daysFromCivil(year, month, day) * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second
  if (text.charCodeAt(end) === 0x5a && text.length === end + 1) return new Time(wallSeconds, nanoseconds, UTC)
  return rfc3339WithOffset(text, end, wallSeconds, nanoseconds, local)
}

function rfc3339WithOffset(
  text: string,
  start: number,
  wallSeconds: number,
  nanoseconds: number,
  local: Location,
): Time | undefined {
  const sign = text.charAt(start)
  const hours = twoDigitsAt(text, start + 1)
  const minutes = twoDigitsAt(text, start + 4)
  if (text.length !== start + 6 || (sign !== '+' && sign !== '-') || text.charAt(start + 3) !== ':') {
    return undefined
  }
  if (!(hours <= 23 && minutes <= 59)) return undefined
  const offsetSeconds = (hours * 60 + minutes) * 60
  return withOffset(wallSeconds, nanoseconds, sign === '-' ? 0 - offsetSeconds : offsetSeconds, '', local)
}

/** The two digits there as a number, or NaN. */
function twoDigitsAt(text: string, position: number): number {
  const tens = text.charCodeAt(position) - 0x30
  const ones = text.charCodeAt(position + 1) - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

/** The digit there, or -1. */
function digitAt(text: string, position: number): number {
  const digit = text.charCodeAt(position) - 0x30
  return digit >= 0 && digit <= 9 ? digit : -1
}

function parseWith(layoutText: string, text: string, defaultLocation: Location, local: Location): TimeResult {
  if (layoutText === RFC3339 || layoutText === RFC3339_NANO) {
    const time = parseRfc3339(text, local)
    if (time !== undefined) return { ok: true, time }
  }
  const fields = noFields()
  const error = readFields(layoutOf(layoutText), layoutText, text, fields) ?? settleDate(text, fields)
  if (error !== undefined) return { ok: false, error }
  return { ok: true, time: toTime(fields, defaultLocation, local) }
}

/** Fills `fields` from the text; an error text if the text does not follow the layout. */
function readFields(
  layout: Layout,
  layoutText: string,
  text: string,
  fields: ParsedFields,
): string | undefined {
  const mismatch = (expected: string, found: string) =>
    `parsing time ${quoteInput(text)} as ${quoteInput(layoutText)}: ` +
    `cannot parse ${quoteInput(found)} as ${quoteInput(expected)}`

  let rest = text
  for (const [index, element] of layout.elements.entries()) {
    const literal = skipLiteral(rest, element.prefix)
    if (!literal.ok) return mismatch(element.prefix, literal.rest)
    const read = readElement(element, layout.elements[index + 1], literal.rest, fields)
    if (read.kind === 'outOfRange') return `parsing time ${quoteInput(text)}: ${read.what} out of range`
    if (read.kind === 'bad') return mismatch(element.text, literal.rest)
    rest = read.rest
  }
  const literal = skipLiteral(rest, layout.tail)
  if (!literal.ok) return mismatch(layout.tail, literal.rest)
  if (literal.rest === '') return undefined
  return `parsing time ${quoteInput(text)}: extra text: ${quoteInput(literal.rest)}`
}

/** What follows the literal text; a run of spaces in it stands for any number of them, also none. */
function skipLiteral(text: string, literal: string): { ok: boolean; rest: string } {
  let at = 0
  for (let i = 0; i < literal.length;) {
    if (literal[i] !== ' ') {
      if (text[at] !== literal[i]) return { ok: false, rest: text.slice(at) }
      at += 1
      i += 1
      continue
    }
    if (at < text.length && text[at] !== ' ') return { ok: false, rest: text.slice(at) }
    while (literal[i] === ' ') i += 1
    while (text[at] === ' ') at += 1
  }
  return { ok: true, rest: text.slice(at) }
}

/** Makes month and day certain, from the day of the year if that was given; an error text if there is no such day. */
function settleDate(text: string, fields: ParsedFields): string | undefined {
  const problem = (what: string) => `parsing time ${quoteInput(text)}: ${what}`
  if (fields.yearDay !== undefined) {
    const date = dateOfYearDay(fields.year, fields.yearDay)
    if (date === undefined) return problem('day-of-year out of range')
    if (fields.month !== undefined && fields.month !== date.month) {
      return problem('day-of-year does not match month')
    }
    if (fields.day !== undefined && fields.day !== date.day) return problem('day-of-year does not match day')
    fields.month = date.month
    fields.day = date.day
  }
  const { month = 1, day = 1 } = fields
  return day < 1 || day > daysInMonth(month, fields.year) ? problem('day out of range') : undefined
}

function dateOfYearDay(year: number, yearDay: number): { month: number; day: number } | undefined {
  const leapDay = isLeapYear(year) ? 1 : 0
  if (yearDay < 1 || yearDay > 365 + leapDay) return undefined
  let month = 1
  let before = 0
  for (let next = 2; next <= 12; next += 1) {
    const daysBefore = daysBeforeMonth(next) + (next > 2 ? leapDay : 0)
    if (daysBefore >= yearDay) break
    month = next
    before = daysBefore
  }
  return { month, day: yearDay - before }
}

function toTime(fields: ParsedFields, defaultLocation: Location, local: Location): Time {
  const { year, month = 1, day = 1, minute, second, nanosecond, offsetSeconds, zoneName } = fields
  let { hour } = fields
  if (fields.isPm && hour < 12) hour += 12
  else if (fields.isAm && hour === 12) hour = 0
  const at = (location: Location) => Time.date(year, month, day, hour, minute, second, nanosecond, location)

  if (fields.isUtc) return at(UTC)
  // Go marks a missing offset by -1, so that an offset of one second west counts as missing.
  if (offsetSeconds !== undefined && offsetSeconds !== -1) {
    return withOffset(at(UTC).unixSeconds, nanosecond, offsetSeconds, zoneName, local)
  }
  return zoneName === '' ? at(defaultLocation) : withZoneName(at(UTC), zoneName, local)
}

/** The instant at which a clock `offsetSeconds` east of UTC shows `wallSeconds`, in `local` if that fits. */
function withOffset(
  wallSeconds: number,
  nanoseconds: number,
  offsetSeconds: number,
  zoneName: string,
  local: Location,
): Time {
  const unixSeconds = wallSeconds - offsetSeconds
  const inUse = local.at(unixSeconds)
  const fits = inUse.offsetSeconds === offsetSeconds && (zoneName === '' || inUse.name === zoneName)
  return new Time(unixSeconds, nanoseconds, fits ? local : fixedZone(zoneName, offsetSeconds))
}

function withZoneName(wall: Time, zoneName: string, local: Location): Time {
  const offsetSeconds = local.offsetOf(zoneName, wall.unixSeconds)
  if (offsetSeconds !== undefined) return new Time(wall.unixSeconds - offsetSeconds, wall.nanoseconds, local)
  // Go gives an unknown zone no offset; `GMT+3` has its own, but it does not move the instant.
  const hours = zoneName.startsWith('GMT') ? Number(zoneName.slice(3)) : 0
  return wall.in(fixedZone(zoneName, hours * 3_600))
}
