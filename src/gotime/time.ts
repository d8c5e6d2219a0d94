// Go's time.Time: an instant to the nanosecond, seen in a location.

import type { CivilDate, IsoWeek } from './calendar.ts'
import {
  civilFromDays,
  daysFromCivil,
  isoWeekOf,
  SECONDS_PER_DAY,
  SECONDS_PER_HOUR,
  SECONDS_PER_MINUTE,
  weekdayOf,
  yearDayOf,
} from './calendar.ts'
import { Duration } from './duration.ts'
import { clockOf, formatTime, goLocationSyntax, goSyntax, rfc3339Text, timeText } from './format.ts'
import type { Location, ZoneInterval } from './location.ts'
import { UTC } from './location.ts'

/** A text, or the error text that Go gives in its place. */
export type TextResult =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: string }

const NANOSECONDS_PER_SECOND = 1_000_000_000
/** 0001-01-01T00:00:00Z, Go's zero time, in unix seconds. */
export const ZERO_UNIX_SECONDS = -62_135_596_800

/**
 * An immutable instant. Methods are named as Go's, beginning in lower case, and answer as Go's do; integers
 * that may need more than 53 bits are bigint. Instants reach some 285 million years to either side.
 */
export class Time {
  /** What Go has where no time was given: 0001-01-01T00:00:00Z. */
  static readonly zero = new Time(ZERO_UNIX_SECONDS, 0, UTC)

  /** Seconds since 1970-01-01T00:00:00Z, rounded down. */
  readonly unixSeconds: number
  /** 0-999,999,999, to be added to the seconds. */
  readonly nanoseconds: number
  readonly location: Location

  constructor(unixSeconds: number, nanoseconds: number, location: Location) {
    this.unixSeconds = unixSeconds
    this.nanoseconds = nanoseconds
    this.location = location
  }

  /** From milliseconds since the epoch, as `Date.now()` gives them. */
  static fromEpochMs(epochMs: number, location: Location): Time {
    const seconds = Math.floor(epochMs / 1_000)
    return new Time(seconds, Math.floor((epochMs - seconds * 1_000) * 1e6), location)
  }

  /**
   * As Go's `time.Date`: what a clock and calendar at `location` show. Numbers out of their range carry over
   * (October 32 is November 1). In the hour that a change of zone repeats or leaves out, one of its two zones
   * is taken. Throws RangeError if the instant cannot be held.
   */
  static date(
    year: number,
    month: number,
    day: number,
    hour: number,
    minute: number,
    second: number,
    nanosecond: number,
    location: Location,
  ): Time {
    const carriedSeconds = Math.floor(nanosecond / NANOSECONDS_PER_SECOND)
    const carriedYears = Math.floor((month - 1) / 12)
    const days = daysFromCivil(year + carriedYears, month - carriedYears * 12, day)
    const wallSeconds =
      days * SECONDS_PER_DAY + hour * SECONDS_PER_HOUR + minute * SECONDS_PER_MINUTE + second + carriedSeconds
    if (!Number.isSafeInteger(wallSeconds)) throw new RangeError(`time out of range: year ${year}`)
    return new Time(
      wallSeconds - offsetAtWall(wallSeconds, location),
      nanosecond - carriedSeconds * NANOSECONDS_PER_SECOND,
      location,
    )
  }

  // As text

  /** `2006-01-02 15:04:05.999999999 -0700 MST` */
  toString(): string {
    return timeText(this.unixSeconds, this.nanoseconds, this.zone())
  }

  format(layout: string): string {
    return formatTime(layout, this.unixSeconds, this.nanoseconds, this.zone())
  }

  /** Go source, as `%#v` prints it. */
  goString(): string {
    return goSyntax(this.unixSeconds, this.nanoseconds, this.zone(), this.#locationSyntax())
  }

  /** RFC 3339 with the fraction, in quotes; an error where that cannot hold the year or the zone. */
  marshalJson(): TextResult {
    const result = this.#strictRfc3339('Time.MarshalJSON: ')
    return result.ok ? { ok: true, text: `"${result.text}"` } : result
  }

  /** RFC 3339 with the fraction; an error where that cannot hold the year or the zone. */
  marshalText(): TextResult {
    return this.#strictRfc3339('Time.MarshalText: ')
  }

  // As a number

  unix(): number {
    return this.unixSeconds
  }

  unixMilli(): bigint {
    return BigInt.asIntN(64, BigInt(this.unixSeconds) * 1_000n + BigInt(Math.floor(this.nanoseconds / 1e6)))
  }

  unixMicro(): bigint {
    const microseconds = BigInt(Math.floor(this.nanoseconds / 1e3))
    return BigInt.asIntN(64, BigInt(this.unixSeconds) * 1_000_000n + microseconds)
  }

  /** Overflows, as Go's does, before 1678 and after 2262. */
  unixNano(): bigint {
    return BigInt.asIntN(64, BigInt(this.unixSeconds) * 1_000_000_000n + BigInt(this.nanoseconds))
  }

  /** Milliseconds since the epoch, rounded down, as `Date` counts; for the program's own clocks. */
  get epochMs(): number {
    return this.unixSeconds * 1_000 + Math.floor(this.nanoseconds / 1e6)
  }

  // Where it is seen

  utc(): Time {
    return this.in(UTC)
  }

  in(location: Location): Time {
    return location === this.location ? this : new Time(this.unixSeconds, this.nanoseconds, location)
  }

  /** The zone in use: its abbreviation, offset and daylight saving. */
  zone(): ZoneInterval {
    return this.location.at(this.unixSeconds)
  }

  isDst(): boolean {
    return this.zone().isDst
  }

  /** When the zone in use began and will end; the zero time where it never did or never will. */
  zoneBounds(): { start: Time; end: Time } {
    const { startSeconds, endSeconds } = this.zone()
    return {
      start: Number.isFinite(startSeconds) ? new Time(startSeconds, 0, this.location) : Time.zero,
      end: Number.isFinite(endSeconds) ? new Time(endSeconds, 0, this.location) : Time.zero,
    }
  }

  // What clock and calendar show

  date(): CivilDate {
    return civilFromDays(this.#wallDays())
  }

  clock(): { hour: number; minute: number; second: number } {
    return clockOf(this.#wallSeconds())
  }

  year(): number {
    return this.date().year
  }

  /** 1-12 */
  month(): number {
    return this.date().month
  }

  /** 1-31 */
  day(): number {
    return this.date().day
  }

  hour(): number {
    return this.clock().hour
  }

  minute(): number {
    return this.clock().minute
  }

  second(): number {
    return this.clock().second
  }

  nanosecond(): number {
    return this.nanoseconds
  }

  /** 0 (Sunday) to 6 */
  weekday(): number {
    return weekdayOf(this.#wallDays())
  }

  /** 1-366 */
  yearDay(): number {
    const days = this.#wallDays()
    return yearDayOf(days, civilFromDays(days).year)
  }

  isoWeek(): IsoWeek {
    return isoWeekOf(this.#wallDays())
  }

  // Compared

  isZero(): boolean {
    return this.unixSeconds === ZERO_UNIX_SECONDS && this.nanoseconds === 0
  }

  /** Negative if this is before `other`, 0 if it is the same instant, else positive. */
  compare(other: Time): number {
    return this.unixSeconds - other.unixSeconds || this.nanoseconds - other.nanoseconds
  }

  before(other: Time): boolean {
    return this.compare(other) < 0
  }

  after(other: Time): boolean {
    return this.compare(other) > 0
  }

  /** The same instant, whatever the locations. */
  equal(other: Time): boolean {
    return this.compare(other) === 0
  }

  // Computed with

  add(duration: Duration): Time {
    const seconds = duration.ns / 1_000_000_000n
    const nanoseconds = this.nanoseconds + Number(duration.ns - seconds * 1_000_000_000n)
    const carry = Math.floor(nanoseconds / NANOSECONDS_PER_SECOND)
    return new Time(
      this.unixSeconds + Number(seconds) + carry,
      nanoseconds - carry * NANOSECONDS_PER_SECOND,
      this.location,
    )
  }

  /** The time from `other` to this; the longest or shortest duration if it is more than 292 years. */
  sub(other: Time): Duration {
    const seconds = BigInt(this.unixSeconds) - BigInt(other.unixSeconds)
    return Duration.saturated(seconds * 1_000_000_000n + BigInt(this.nanoseconds - other.nanoseconds))
  }

  /** The same time of day on another date; carries over as `Time.date`, and throws as it does. */
  addDate(years: number, months: number, days: number): Time {
    const { year, month, day } = this.date()
    const { hour, minute, second } = this.clock()
    return Time.date(
      year + years,
      month + months,
      day + days,
      hour,
      minute,
      second,
      this.nanoseconds,
      this.location,
    )
  }

  /** Rounded down to a multiple of `unit` since the zero time; unchanged if `unit` is not positive. */
  truncate(unit: Duration): Time {
    return unit.ns <= 0n ? this : this.add(new Duration(-this.#remainder(unit)))
  }

  /** Rounded to the nearest multiple of `unit` since the zero time, halves up. */
  round(unit: Duration): Time {
    if (unit.ns <= 0n) return this
    const remainder = this.#remainder(unit)
    return this.add(new Duration(remainder + remainder < unit.ns ? -remainder : unit.ns - remainder))
  }

  /** Nanoseconds from the last multiple of `unit` since the zero time, not negative. */
  #remainder(unit: Duration): bigint {
    const sinceZeroNs =
      BigInt(this.unixSeconds - ZERO_UNIX_SECONDS) * 1_000_000_000n + BigInt(this.nanoseconds)
    const remainder = sinceZeroNs % unit.ns
    return remainder < 0n ? remainder + unit.ns : remainder
  }

  #wallSeconds(): number {
    return this.unixSeconds + this.zone().offsetSeconds
  }

  #wallDays(): number {
    return Math.floor(this.#wallSeconds() / SECONDS_PER_DAY)
  }

  #locationSyntax(): string {
    if (this.location === UTC) return 'time.UTC'
    return this.location.isLocal ? 'time.Local' : goLocationSyntax(this.location.name)
  }

  #strictRfc3339(errorPrefix: string): TextResult {
    const zone = this.zone()
    const text = rfc3339Text(this.unixSeconds, this.nanoseconds, zone, true)
    if (!/^[0-9]{4}-/.test(text)) {
      return { ok: false, error: `${errorPrefix}year outside of range [0,9999]` }
    }
    if (Math.abs(zone.offsetSeconds) >= SECONDS_PER_DAY) {
      return { ok: false, error: `${errorPrefix}timezone hour outside of range [0,23]` }
    }
    return { ok: true, text }
  }
}

/** Seconds east of UTC where a local clock shows `wallSeconds`, found as Go finds it. */
function offsetAtWall(wallSeconds: number, location: Location): number {
  const guess = location.at(wallSeconds)
  if (guess.offsetSeconds === 0) return 0
  const unixSeconds = wallSeconds - guess.offsetSeconds
  if (unixSeconds >= guess.startSeconds && unixSeconds < guess.endSeconds) return guess.offsetSeconds
  return location.at(unixSeconds).offsetSeconds
}
