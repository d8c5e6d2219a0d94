// A place's zones over time: which abbreviation and offset from UTC is in use at an instant, as Go looks it up.

import { SECONDS_PER_HOUR } from './calendar.ts'
import { offsetText } from './offset-text.ts'
import type { PosixTz, ZoneType } from './posix-tz.ts'
import { parsePosixTz, posixZoneAt } from './posix-tz.ts'

/** A zone's history: `transitions[i]` (unix seconds, ascending) begins the use of `types[typeIndexes[i]]`. */
export type ZoneHistory = {
  readonly types: readonly ZoneType[]
  readonly transitions: readonly number[]
  readonly typeIndexes: ArrayLike<number>
  /** A POSIX TZ rule for the time after the last transition; may be empty. */
  readonly rule: string
}

/** The zone in use at an instant, and the instants between which it is. */
export type ZoneInterval = {
  /** The abbreviation, `CET`; empty in a zone that is only an offset. */
  readonly name: string
  /** Seconds east of UTC. */
  readonly offsetSeconds: number
  readonly isDst: boolean
  /** Unix seconds; -Infinity for the beginning of time. */
  readonly startSeconds: number
  /** Unix seconds, exclusive; Infinity for the end of time. */
  readonly endSeconds: number
  /** ` +0100 CET`, as it ends the text of a time. */
  readonly suffix: string
}

export class Location {
  /** The name it was asked for by: `Asia/Shanghai`, `Local`, `UTC`. */
  readonly name: string
  /** The machine's own zone: Go tells it from an equal one by another way (`time.Local` in GoString). */
  readonly isLocal: boolean
  readonly #history: ZoneHistory
  readonly #rule: PosixTz | undefined
  readonly #firstZone: ZoneType
  // Nearly all instants are of the present: the last answer is right for most questions.
  #last: ZoneInterval
  #lastFromSeconds: number

  constructor(name: string, history: ZoneHistory, isLocal = false) {
    this.name = name
    this.isLocal = isLocal
    this.#history = history
    this.#rule = history.rule === '' ? undefined : parsePosixTz(history.rule)
    this.#firstZone = zoneBeforeTransitions(history)
    this.#last = interval(this.#firstZone, -Infinity, history.transitions[0] ?? Infinity)
    this.#lastFromSeconds = -Infinity
  }

  toString(): string {
    return this.name
  }

  /** The zone in use at an instant given in unix seconds. */
  at(unixSeconds: number): ZoneInterval {
    if (unixSeconds >= this.#lastFromSeconds && unixSeconds < this.#last.endSeconds) return this.#last
    return this.#find(unixSeconds)
  }

  /**
   * The offset in seconds of the zone abbreviated `name`, best the one in use when a clock here shows what
   * `wallSeconds` (unix seconds, as if the clock were UTC) says; undefined if none has that name.
   */
  offsetOf(name: string, wallSeconds: number): number | undefined {
    const named = this.#history.types.filter((zone) => zone.name === name)
    for (const zone of named) {
      const inUse = this.at(wallSeconds - zone.offsetSeconds)
      if (inUse.name === name) return inUse.offsetSeconds
    }
    return named[0]?.offsetSeconds
  }

  #find(unixSeconds: number): ZoneInterval {
    const { transitions, typeIndexes, types } = this.#history
    const index = lastAtOrBefore(transitions, unixSeconds)
    const transition = transitions[index]
    if (transition === undefined) {
      return this.#remember(interval(this.#firstZone, -Infinity, transitions[0] ?? Infinity), -Infinity)
    }
    if (index === transitions.length - 1 && this.#rule !== undefined) {
      const { zone, startSeconds, endSeconds } = posixZoneAt(this.#rule, transition, unixSeconds)
      // The rule's bounds may reach back before the time for which it holds.
      return this.#remember(interval(zone, startSeconds, endSeconds), Math.max(startSeconds, transition))
    }
    const zone = types[typeIndexes[index] ?? 0] ?? this.#firstZone
    return this.#remember(interval(zone, transition, transitions[index + 1] ?? Infinity), transition)
  }

  #remember(found: ZoneInterval, fromSeconds: number): ZoneInterval {
    this.#last = found
    this.#lastFromSeconds = fromSeconds
    return found
  }
}

function interval(zone: ZoneType, startSeconds: number, endSeconds: number): ZoneInterval {
  const { name, offsetSeconds, isDst } = zone
  const offset = offsetText(offsetSeconds, 'minutes', '')
  return { name, offsetSeconds, isDst, startSeconds, endSeconds, suffix: ` ${offset} ${name || offset}` }
}

/** The index of the last transition at or before the instant; -1 if all are later. */
function lastAtOrBefore(transitions: readonly number[], unixSeconds: number): number {
  let low = 0
  let high = transitions.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((transitions[middle] ?? Infinity) <= unixSeconds) low = middle + 1
    else high = middle
  }
  return low - 1
}

/**
 * The zone in use before the first transition. It is not recorded; Go takes, as the reference code does, the
 * first zone if no transition leads to it, else the standard time nearest before a first change to daylight
 * saving, else the first standard time there is.
 */
function zoneBeforeTransitions({ types, transitions, typeIndexes }: ZoneHistory): ZoneType {
  const fallback: ZoneType = types[0] ?? UTC_ZONE
  const isFirstUsed = transitions.some((_, index) => typeIndexes[index] === 0)
  if (!isFirstUsed) return fallback
  const firstIndex = typeIndexes[0] ?? 0
  if (types[firstIndex]?.isDst) {
    const standard = types.slice(0, firstIndex).findLast((zone) => !zone.isDst)
    if (standard !== undefined) return standard
  }
  return types.find((zone) => !zone.isDst) ?? fallback
}

const UTC_ZONE: ZoneType = { name: 'UTC', offsetSeconds: 0, isDst: false }

/** Universal time. */
export const UTC = new Location('UTC', constantHistory(UTC_ZONE))

const namelessZones = new Map<number, Location>()

/**
 * A place that always has this zone. Nameless ones of whole hours, -12 to +14, are the same object each time,
 * as in Go, where times in them can be equal.
 */
export function fixedZone(name: string, offsetSeconds: number): Location {
  const history = constantHistory({ name, offsetSeconds, isDst: false })
  const hours = offsetSeconds / SECONDS_PER_HOUR
  if (name !== '' || !Number.isInteger(hours) || hours < -12 || hours > 14) return new Location(name, history)
  const known = namelessZones.get(hours)
  if (known !== undefined) return known
  const made = new Location(name, history)
  namelessZones.set(hours, made)
  return made
}

function constantHistory(zone: ZoneType): ZoneHistory {
  return { types: [zone], transitions: [], typeIndexes: [], rule: '' }
}
