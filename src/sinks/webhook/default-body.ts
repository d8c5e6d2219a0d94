/** The body that a webhook gets where no other is given: the original's, with values escaped for JSON. */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Location } from '../../gotime/location.ts'
import { eventTimeOf } from '../../sink-kit/event-time.ts'
import { escapeJsonText } from '../../sink-kit/json-text.ts'

export type RenderBody = (occurrence: Occurrence) => string

/**
 * Makes the function that renders the default body. Where no value holds `"`, `\` or a control character, its text is
 * the original's to the byte: a line break first, tabs, nothing at the end. With `escaping` off it always is, and the
 * message loses its quotes as in the original.
 */
export function defaultBody(zone: Location, escaping: boolean): RenderBody {
  const value = escaping ? escapeJsonText : (text: string): string => text
  const message = escaping ? escapeJsonText : (text: string): string => text.replaceAll('"', '')
  return (occurrence) => {
    const { event } = occurrence
    return (
      `\n{\n\t"EventType": "${value(event.type ?? '')}"` +
      `,\n\t"EventKind": "${value(event.involvedObject.kind ?? '')}"` +
      `,\n\t"EventReason": "${value(event.reason ?? '')}"` +
      `,\n\t"EventTime": "${eventTimeOf(occurrence, zone).toString()}"` +
      `,\n\t"EventMessage": "${message(event.message ?? '')}"\n}`
    )
  }
}
