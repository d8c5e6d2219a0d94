// Reads one layout element from the beginning of a text, as Go's time.Parse does, laxities included.

import { MONTH_NAMES, WEEKDAY_NAMES } from './calendar.ts'
import type { FractionStyle, LayoutElement, OffsetStyle } from './layout.ts'

/** What has been read so far; what the layout does not mention is undefined or 0. */
export type ParsedFields = {
  year: number
  month: number | undefined
  day: number | undefined
  yearDay: number | undefined
  hour: number
  minute: number
  second: number
  nanosecond: number
  isAm: boolean
  isPm: boolean
  isUtc: boolean
  offsetSeconds: number | undefined
  zoneName: string
}

/** The rest of the text after the element, or why it cannot be read. */
export type ElementRead =
  | { readonly kind: 'read'; readonly rest: string }
  | { readonly kind: 'bad' }
  | { readonly kind: 'outOfRange'; readonly what: string }

export function noFields(): ParsedFields {
  return {
    year: 0,
    month: undefined,
    day: undefined,
    yearDay: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    isAm: false,
    isPm: false,
    isUtc: false,
    offsetSeconds: undefined,
    zoneName: '',
  }
}

const BAD: ElementRead = { kind: 'bad' }
const read = (rest: string): ElementRead => ({ kind: 'read', rest })
const outOfRange = (what: string): ElementRead => ({ kind: 'outOfRange', what })

/** Reads `element` from the beginning of `text` into `fields`; `next` is the layout's next element. */
export function readElement(
  element: LayoutElement,
  next: LayoutElement | undefined,
  text: string,
  fields: ParsedFields,
): ElementRead {
  switch (element.kind) {
    case 'longYear': {
      const year = /^[0-9]{4}/.exec(text)
      if (year === null) return BAD
      fields.year = Number(year[0])
      return read(text.slice(4))
    }
    case 'year': {
      const year = signedNumber(text.slice(0, 2))
      if (text.length < 2 || year === undefined) return BAD
      fields.year = year + (year >= 69 ? 1900 : 2000)
      return read(text.slice(2))
    }
    case 'month':
    case 'longMonth': {
      const found = nameAt(text, MONTH_NAMES, element.kind === 'month' ? 3 : undefined)
      if (found === undefined) return BAD
      fields.month = found.index + 1
      return read(found.rest)
    }
    case 'weekday':
    case 'longWeekday': {
      // The day of the week has to be one, but not the right one.
      const found = nameAt(text, WEEKDAY_NAMES, element.kind === 'weekday' ? 3 : undefined)
      return found === undefined ? BAD : read(found.rest)
    }
    case 'numMonth':
    case 'zeroMonth': {
      const found = oneOrTwoDigits(text, element.kind === 'zeroMonth')
      if (found === undefined) return BAD
      if (found.value < 1 || found.value > 12) return outOfRange('month')
      fields.month = found.value
      return read(found.rest)
    }
    case 'day':
    case 'underDay':
    case 'zeroDay': {
      const digits = element.kind === 'underDay' && text.startsWith(' ') ? text.slice(1) : text
      const found = oneOrTwoDigits(digits, element.kind === 'zeroDay')
      if (found === undefined) return BAD
      fields.day = found.value
      return read(found.rest)
    }
    case 'underYearDay':
    case 'zeroYearDay': {
      const pattern = element.kind === 'zeroYearDay' ? /^()([0-9]{3})/ : /^( {0,2})([0-9]{1,3})/
      const found = pattern.exec(text)
      if (found === null) return BAD
      fields.yearDay = Number(found[2])
      return read(text.slice(found[0].length))
    }
    case 'hour':
    case 'hour12':
    case 'zeroHour12': {
      const found = oneOrTwoDigits(text, element.kind === 'zeroHour12')
      if (found === undefined) return BAD
      if (found.value > (element.kind === 'hour' ? 23 : 12)) return outOfRange('hour')
      fields.hour = found.value
      return read(found.rest)
    }
    case 'minute':
    case 'zeroMinute': {
      const found = oneOrTwoDigits(text, element.kind === 'zeroMinute')
      if (found === undefined) return BAD
      if (found.value > 59) return outOfRange('minute')
      fields.minute = found.value
      return read(found.rest)
    }
    case 'second':
    case 'zeroSecond': {
      const found = oneOrTwoDigits(text, element.kind === 'zeroSecond')
      if (found === undefined) return BAD
      if (found.value > 59) return outOfRange('second')
      fields.second = found.value
      // A fraction may follow even if the layout does not tell of one.
      const isFractionNext = next?.kind === 'fraction' || !/^[.,][0-9]/.test(found.rest)
      return isFractionNext ? read(found.rest) : readAnyFraction(found.rest, fields)
    }
    case 'upperPm':
    case 'lowerPm':
      return readHalfOfDay(text, element.kind === 'upperPm', fields)
    case 'offset':
      return element.offset === undefined ? BAD : readOffset(text, element.offset, fields)
    case 'zoneName':
      return readZoneName(text, fields)
    case 'fraction':
      return element.fraction === undefined ? BAD : readFraction(text, element.fraction, fields)
  }
}

type Found = { readonly value: number; readonly rest: string }

function oneOrTwoDigits(text: string, mustBeTwo: boolean): Found | undefined {
  const digits = (mustBeTwo ? /^[0-9]{2}/ : /^[0-9]{1,2}/).exec(text)
  if (digits === null) return undefined
  return { value: Number(digits[0]), rest: text.slice(digits[0].length) }
}

/** A decimal number with or without a sign; the empty text is 0, as it is to Go. */
function signedNumber(text: string): number | undefined {
  if (!/^[+-]?[0-9]*$/.test(text)) return undefined
  const digits = text.replace(/^[+-]/, '')
  return text.startsWith('-') ? 0 - Number(digits) : Number(digits)
}

function nameAt(
  text: string,
  names: readonly string[],
  length: number | undefined,
): { index: number; rest: string } | undefined {
  for (const [index, name] of names.entries()) {
    const expected = name.slice(0, length)
    if (text.slice(0, expected.length).toLowerCase() === expected.toLowerCase()) {
      return { index, rest: text.slice(expected.length) }
    }
  }
  return undefined
}

function readHalfOfDay(text: string, isUpper: boolean, fields: ParsedFields): ElementRead {
  const half = text.slice(0, 2)
  if (half === (isUpper ? 'PM' : 'pm')) fields.isPm = true
  else if (half === (isUpper ? 'AM' : 'am')) fields.isAm = true
  else return BAD
  return read(text.slice(2))
}

function readAnyFraction(text: string, fields: ParsedFields): ElementRead {
  const fraction = /^[.,][0-9]+/.exec(text)
  return fraction === null ? read(text) : readNanoseconds(text, fraction[0].length, fields)
}

function readFraction(text: string, { digits, trim }: FractionStyle, fields: ParsedFields): ElementRead {
  if (trim) return readAnyFraction(text, fields)
  return text.length < digits + 1 ? BAD : readNanoseconds(text, digits + 1, fields)
}

/** Reads `length` characters, the separator among them; what is finer than a nanosecond is cut off. */
function readNanoseconds(text: string, length: number, fields: ParsedFields): ElementRead {
  if (text[0] !== '.' && text[0] !== ',') return BAD
  const digits = text.slice(1, Math.min(length, 10))
  const value = signedNumber(digits)
  if (value === undefined) return BAD
  if (value < 0) return outOfRange('fractional second')
  fields.nanosecond = value * 10 ** (9 - digits.length)
  return read(text.slice(length))
}

// Up to 24 hours, 60 minutes and 60 seconds, since some write that.
const OFFSET_PARTS = [
  { what: 'time zone offset hour', max: 24, seconds: 3_600 },
  { what: 'time zone offset minute', max: 60, seconds: 60 },
  { what: 'time zone offset second', max: 60, seconds: 1 },
] as const

function readOffset(text: string, style: OffsetStyle, fields: ParsedFields): ElementRead {
  if (style.zForUtc && text.startsWith('Z')) {
    fields.isUtc = true
    return read(text.slice(1))
  }
  const partCount = { hours: 1, minutes: 2, seconds: 3 }[style.parts]
  const partLength = style.colons ? 3 : 2
  const length = 1 + 2 + (partCount - 1) * partLength
  if (text.length < length) return BAD
  let total = 0
  let isBad = false
  let excess: string | undefined
  for (const [index, part] of OFFSET_PARTS.slice(0, partCount).entries()) {
    const start = 1 + index * partLength
    if (style.colons && index > 0 && text[start - 1] !== ':') return BAD
    const digits = text.slice(start, start + 2)
    if (isBad || !/^[0-9]{2}$/.test(digits)) {
      isBad = true
      continue
    }
    if (Number(digits) > part.max) excess = part.what
    total += Number(digits) * part.seconds
  }
  if (excess !== undefined) return outOfRange(excess)
  if (isBad || (text[0] !== '+' && text[0] !== '-')) return BAD
  fields.offsetSeconds = text[0] === '-' ? 0 - total : total
  return read(text.slice(length))
}

function readZoneName(text: string, fields: ParsedFields): ElementRead {
  if (text.startsWith('UTC')) {
    fields.isUtc = true
    return read(text.slice(3))
  }
  const length = zoneNameLength(text)
  if (length === 0) return BAD
  fields.zoneName = text.slice(0, length)
  return read(text.slice(length))
}

/** How much of the text looks like a zone's abbreviation; 0 if nothing does. */
function zoneNameLength(text: string): number {
  if (text.length < 3) return 0
  // The only ones with small letters.
  if (text.startsWith('ChST') || text.startsWith('MeST')) return 4
  if (text.startsWith('GMT')) return 3 + signedHoursLength(text.slice(3))
  if (text.startsWith('+') || text.startsWith('-')) return signedHoursLength(text)
  const capitals = /^[A-Z]{0,6}/.exec(text)?.[0] ?? ''
  switch (capitals.length) {
    case 3:
      return 3
    case 4:
      return capitals.endsWith('T') || capitals === 'WITA' ? 4 : 0
    case 5:
      return capitals.endsWith('T') ? 5 : 0
    default:
      return 0
  }
}

/** The length of a sign and a number up to 23, the whole run of digits; 0 if that is not there. */
function signedHoursLength(text: string): number {
  const hours = /^[+-]([0-9]+)/.exec(text)
  return hours === null || Number(hours[1]) > 23 ? 0 : hours[0].length
}
