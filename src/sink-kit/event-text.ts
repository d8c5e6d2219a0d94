/** An event as the chat sinks tell it: the original's lines, and a card of our own. */
import type { Occurrence } from '../domain/occurrence.ts'
import type { Location } from '../gotime/location.ts'
import type { Time } from '../gotime/time.ts'
import { eventTimeOf } from './event-time.ts'

/** The original's text. Name is the event's own, as there. */
export function eventLines(occurrence: Occurrence, timeText: (time: Time) => string, zone: Location): string {
  const { event } = occurrence
  return [
    `Level:${event.type ?? ''} `,
    `Kind:${event.involvedObject.kind ?? ''} `,
    `Namespace:${event.metadata.namespace ?? ''} `,
    `Name:${event.metadata.name ?? ''} `,
    `Reason:${event.reason ?? ''} `,
    `Timestamp:${timeText(eventTimeOf(occurrence, zone))} `,
    `Message:${event.message ?? ''}`,
  ].join('\n')
}

/** Markdown that names the object and how often it happened, without links. */
export function eventCard(occurrence: Occurrence, labels: readonly string[], zone: Location): string {
  const { event } = occurrence
  const { kind = '', namespace = '', name = '' } = event.involvedObject
  const object = namespace === '' ? name : `${namespace}/${name}`
  const count = (event.count ?? 0) > 1 ? ` ×${event.count}` : ''
  const lines = [
    `#### ${event.type ?? ''} ${event.reason ?? ''}`,
    `${kind} **${object}**${count}`,
    event.message ?? '',
    eventTimeOf(occurrence, zone).toString(),
  ]
  return [...labels.filter((text) => text.trim() !== ''), ...lines].join('\n\n')
}

/** A line a field, as people's own templates have them. */
export function namedLines(occurrence: Occurrence, labels: readonly string[], zone: Location): string {
  const { event } = occurrence
  const { kind = '', namespace = '', name = '' } = event.involvedObject
  return [
    ...labels.filter((text) => text.trim() !== ''),
    `EventType: ${event.type ?? ''}`,
    ...(namespace === '' ? [] : [`EventNamespace: ${namespace}`]),
    `EventKind: ${kind}`,
    `EventObject: ${name}`,
    `EventReason: ${event.reason ?? ''}`,
    `EventTime: ${eventTimeOf(occurrence, zone).toString()}`,
    `EventMessage: ${event.message ?? ''}`,
  ].join('\n')
}

/** Shown where there is no room for the message, as in a notification: `Warning BackOff Pod web-0`. */
export function eventHeadline({ event }: Occurrence): string {
  const { kind, name } = event.involvedObject
  return [event.type, event.reason, kind, name].filter(Boolean).join(' ')
}
