// The rule at the end of a zone file ("EST5EDT,M3.2.0,M11.1.0"): the zone's times after its last recorded
// transition. The format is POSIX TZ with the extensions of RFC 9636; the evaluation follows Go's.

import {
  civilFromDays,
  daysBeforeMonth,
  daysInMonth,
  floorMod,
  isLeapYear,
  SECONDS_PER_DAY,
  SECONDS_PER_HOUR,
  SECONDS_PER_MINUTE,
  yearDayOf,
} from './calendar.ts'

export type ZoneType = {
  /** The abbreviation: `CET`, `-03`. */
  readonly name: string
  /** Seconds east of UTC. */
  readonly offsetSeconds: number
  readonly isDst: boolean
}

/** The day and time of day at which a year's period begins or ends. */
type ChangeRule = {
  readonly kind: 'julian' | 'dayOfYear' | 'monthWeekDay'
  /** julian: 1-365, never counting 29 February; dayOfYear: 0-365; monthWeekDay: day of the week. */
  readonly day: number
  /** 1-5; 5 is the last of the month. */
  readonly week: number
  readonly month: number
  /** Seconds after the local midnight; may be negative or more than a day. */
  readonly timeSeconds: number
}

export type PosixTz = {
  readonly standard: ZoneType
  readonly daylight?: { readonly zone: ZoneType; readonly start: ChangeRule; readonly end: ChangeRule }
}

/** The zone in use at an instant, with the bounds that Go reports for it. */
export type PosixZone = {
  readonly zone: ZoneType
  /** Unix seconds. */
  readonly startSeconds: number
  /** Unix seconds, exclusive. Close to a change it is exact, else only the end of the year. */
  readonly endSeconds: number
}

/** Reads a rule; undefined if Go would not understand it. */
export function parsePosixTz(text: string): PosixTz | undefined {
  const reader = new Reader(text)
  const standardName = reader.name()
  const standardWest = standardName === undefined ? undefined : reader.offset()
  if (standardName === undefined || standardWest === undefined) return undefined
  // The text counts west of Greenwich, zones east of it; `0 -` keeps -0 away.
  const standard: ZoneType = { name: standardName, offsetSeconds: 0 - standardWest, isDst: false }
  if (reader.atEnd() || reader.peek() === ',') return { standard }

  const daylightName = reader.name()
  if (daylightName === undefined) return undefined
  let offsetSeconds = standard.offsetSeconds + SECONDS_PER_HOUR
  if (!reader.atEnd() && reader.peek() !== ',') {
    const west = reader.offset()
    if (west === undefined) return undefined
    offsetSeconds = 0 - west
  }
  const rules = reader.atEnd() ? new Reader(',M3.2.0,M11.1.0') : reader
  if (!rules.accept(',') && !rules.accept(';')) return undefined
  const start = rules.changeRule()
  if (start === undefined || !rules.accept(',')) return undefined
  const end = rules.changeRule()
  if (end === undefined || !rules.atEnd()) return undefined
  return { standard, daylight: { zone: { name: daylightName, offsetSeconds, isDst: true }, start, end } }
}

/**
 * The zone that the rule puts in use at `unixSeconds`. `lastTransitionSeconds` is where a rule without
 * daylight saving begins to hold.
 */
export function posixZoneAt(rule: PosixTz, lastTransitionSeconds: number, unixSeconds: number): PosixZone {
  const { standard, daylight } = rule
  if (daylight === undefined) {
    return { zone: standard, startSeconds: lastTransitionSeconds, endSeconds: Infinity }
  }
  const days = Math.floor(unixSeconds / SECONDS_PER_DAY)
  const { year } = civilFromDays(days)
  const secondOfYear = (yearDayOf(days, year) - 1) * SECONDS_PER_DAY + floorMod(unixSeconds, SECONDS_PER_DAY)
  const yearStart = unixSeconds - secondOfYear

  const daylightStart = secondOfYearOf(year, daylight.start, standard.offsetSeconds)
  const daylightEnd = secondOfYearOf(year, daylight.end, daylight.zone.offsetSeconds)
  // South of the equator daylight saving spans new year: the year's middle is then standard time.
  const isSouthern = daylightEnd < daylightStart
  const [first, last] = isSouthern ? [daylightEnd, daylightStart] : [daylightStart, daylightEnd]
  const [outer, middle] = isSouthern ? [daylight.zone, standard] : [standard, daylight.zone]

  if (secondOfYear < first) return { zone: outer, startSeconds: yearStart, endSeconds: yearStart + first }
  if (secondOfYear < last) {
    return { zone: middle, startSeconds: yearStart + first, endSeconds: yearStart + last }
  }
  return { zone: outer, startSeconds: yearStart + last, endSeconds: yearStart + 365 * SECONDS_PER_DAY }
}

/** Seconds from the year's beginning in UTC to the change, given the offset in use before it. */
function secondOfYearOf(year: number, rule: ChangeRule, offsetSeconds: number): number {
  return dayOfYearOf(year, rule) * SECONDS_PER_DAY + rule.timeSeconds - offsetSeconds
}

function dayOfYearOf(year: number, rule: ChangeRule): number {
  const isLeap = isLeapYear(year)
  switch (rule.kind) {
    case 'julian':
      return rule.day - 1 + (isLeap && rule.day >= 60 ? 1 : 0)
    case 'dayOfYear':
      return rule.day
    case 'monthWeekDay': {
      let day = floorMod(rule.day - firstWeekdayOf(year, rule.month), 7)
      for (let week = 1; week < rule.week && day + 7 < daysInMonth(rule.month, year); week += 1) day += 7
      return day + daysBeforeMonth(rule.month) + (isLeap && rule.month > 2 ? 1 : 0)
    }
  }
}

/** The day of the week of a month's first day, by Zeller's congruence. */
function firstWeekdayOf(year: number, month: number): number {
  const marchMonth = ((month + 9) % 12) + 1
  const marchYear = month <= 2 ? year - 1 : year
  const century = Math.floor(marchYear / 100)
  const yearOfCentury = marchYear - century * 100
  const sum =
    Math.floor((26 * marchMonth - 2) / 10) +
    1 +
    yearOfCentury +
    Math.floor(yearOfCentury / 4) +
    Math.floor(century / 4) -
    2 * century
  return floorMod(sum, 7)
}

/** Walks through the text; each method takes what it names, or returns undefined. */
class Reader {
  readonly #text: string
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  atEnd(): boolean {
    return this.#position >= this.#text.length
  }

  peek(): string {
    return this.#text.charAt(this.#position)
  }

  accept(character: string): boolean {
    if (this.peek() !== character) return false
    this.#position += 1
    return true
  }

  name(): string | undefined {
    const rest = this.#text.slice(this.#position)
    const quoted = /^<([^>]*)>/.exec(rest)
    if (quoted !== null) {
      this.#position += quoted[0].length
      return quoted[1]
    }
    const plain = /^[^<0-9,+-][^0-9,+-]{2,}/.exec(rest)
    if (plain === null) return undefined
    this.#position += plain[0].length
    return plain[0]
  }

  /** `[+-]h[:m[:s]]` in seconds. */
  offset(): number | undefined {
    const isNegative = this.accept('-')
    if (!isNegative) this.accept('+')
    const hours = this.number(0, 24 * 7)
    if (hours === undefined) return undefined
    let seconds = hours * SECONDS_PER_HOUR
    for (const unit of [SECONDS_PER_MINUTE, 1]) {
      if (!this.accept(':')) break
      const part = this.number(0, 59)
      if (part === undefined) return undefined
      seconds += part * unit
    }
    return isNegative ? -seconds : seconds
  }

  changeRule(): ChangeRule | undefined {
    const date = this.#changeDate()
    if (date === undefined) return undefined
    const timeSeconds = this.accept('/') ? this.offset() : 2 * SECONDS_PER_HOUR
    return timeSeconds === undefined ? undefined : { ...date, timeSeconds }
  }

  #changeDate(): Omit<ChangeRule, 'timeSeconds'> | undefined {
    if (this.accept('J')) {
      const day = this.number(1, 365)
      return day === undefined ? undefined : { kind: 'julian', day, week: 0, month: 0 }
    }
    if (!this.accept('M')) {
      const day = this.number(0, 365)
      return day === undefined ? undefined : { kind: 'dayOfYear', day, week: 0, month: 0 }
    }
    const month = this.number(1, 12)
    if (month === undefined || !this.accept('.')) return undefined
    const week = this.number(1, 5)
    if (week === undefined || !this.accept('.')) return undefined
    const day = this.number(0, 6)
    return day === undefined ? undefined : { kind: 'monthWeekDay', day, week, month }
  }

  number(min: number, max: number): number | undefined {
    const digits = /^[0-9]+/.exec(this.#text.slice(this.#position))
    if (digits === null) return undefined
    const value = Number(digits[0])
    if (value < min || value > max) return undefined
    this.#position += digits[0].length
    return value
  }
}
