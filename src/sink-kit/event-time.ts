/** The time that an event is told with, in the program's zone. */
import type { Occurrence } from '../domain/occurrence.ts'
import type { Location } from '../gotime/location.ts'
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
