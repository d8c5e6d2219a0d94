/** An event as a line of text. */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Location } from '../../gotime/location.ts'
import { eventTimeOf } from '../../sink-kit/event-time.ts'

export type ToLine = (occurrence: Occurrence) => Uint8Array

const newline = Buffer.from('\n')

/** The event's JSON as the API server sent it: one object a line, for `jq` and log collectors. */
export const jsonLine: ToLine = ({ raw }) => Buffer.concat([raw, newline])

/**
 * The readable part of what the original prints: `   2024-05-06 09:30:15 +0000 UTC (cnt:17): message`. As there, a
 * message of several lines takes several.
 */
export function originalLine(zone: Location): ToLine {
  return (occurrence) => {
    const { count, message } = occurrence.event
    const time = eventTimeOf(occurrence, zone).toString()
    return Buffer.from(`   ${time} (cnt:${count ?? 0}): ${message ?? ''}\n`)
  }
}
