/** The time that an event is told with, in the program's zone. */
import type { Occurrence } from '../domain/occurrence.ts'
import type { Location } from '../gotime/location.ts'
import { UTC } from '../gotime/location.ts'
import { readMetaMicroTime, readMetaTime } from '../gotime/metav1.ts'
import { Time } from '../gotime/time.ts'
import { TimeZones } from '../gotime/time-zones.ts'

/** The zone that times are printed in: `TZ`, else /etc/localtime. Reads a small file; ask once. */
export function zoneOf(env: Readonly<Record<string, string | undefined>>): Location {
  return new TimeZones({ tz: env['TZ'] }).local
}

/**
 * `lastTimestamp`, else `eventTime`, else when the program first saw the event. What is no time counts as none.
 * `String()` prints it as Go does: `2024-05-06 09:30:15 +0000 UTC`.
 */
export function eventTimeOf({ event, arrivedAtMs }: Occurrence, zone: Location): Time {
  const last = event.lastTimestamp ? readMetaTime(event.lastTimestamp, zone) : undefined
  if (last?.ok && !last.time.isZero()) return last.time
  const precise = event.eventTime ? readMetaMicroTime(event.eventTime, zone) : undefined
  if (precise?.ok && !precise.time.isZero()) return precise.time
  return Time.fromEpochMs(arrivedAtMs, zone)
}

const utcLayout = '2006-01-02T15:04:05.999999999Z07:00'
const zeroTime = '0001-01-01T00:00:00Z'
/** How the API server writes a `metav1.Time`: the same as what is to be told. */
const plainTime = /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ$/

/** The time that an event is told with, in UTC, as Go writes a `time.Time` in JSON: `2024-05-06T08:00:01.123456Z`. */
export function utcTimeOf(occurrence: Occurrence): string {
  const { lastTimestamp } = occurrence.event
  if (lastTimestamp && lastTimestamp !== zeroTime && plainTime.test(lastTimestamp)) return lastTimestamp
  return eventTimeOf(occurrence, UTC).utc().format(utcLayout)
}

/**
 * `make`, remembered: in a flood of events most have a time that others have had. At most `most` texts are kept.
 */
export function remembered<T>(make: (text: string) => T, most = 1_000): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const made = make(text)
    if (known.size >= most) known.clear()
    known.set(text, made)
    return made
  }
}
