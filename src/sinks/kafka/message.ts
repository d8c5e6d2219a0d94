/** What an event is as a message: its key, its value and its headers in each of the formats. */
import type { Occurrence } from '../../domain/occurrence.ts'
import { UTC } from '../../gotime/location.ts'
import { eventAsJsonString } from '../../sink-kit/event-json.ts'
import { eventTimeOf } from '../../sink-kit/event-time.ts'
import { encodedHeaders } from './headers.ts'
import type { Format } from './options.ts'

export interface MessageForm {
  value(occurrence: Occurrence): Buffer
  /** The same for all messages. */
  readonly headers: Buffer
}

export function messageForm(format: Format): MessageForm {
  switch (format) {
    case 'original':
      return { value: originalValue, headers: noHeaders }
    case 'event':
      return { value: ({ raw }) => bufferOf(raw), headers: noHeaders }
    case 'cloudevents':
      return { value: cloudEvent, headers: cloudEventsHeaders }
  }
}

/** The object's uid, so that the states of one object stay in order; without one its kind, namespace and name. */
export function keyOf({ event }: Occurrence): Buffer {
  return Buffer.from(event.involvedObject.uid || objectPath(event.involvedObject))
}

function objectPath({ kind = '', namespace = '', name = '' }: Occurrence['event']['involvedObject']): string {
  return `${kind}/${namespace}/${name}`
}

/** `{EventValue, EventTimestamp, EventTags}`; tags in the order in which Go writes a map. */
function originalValue(occurrence: Occurrence): Buffer {
  const { event, raw } = occurrence
  const { kind, uid = '', name = '' } = event.involvedObject
  const tags = {
    eventID: event.metadata.uid ?? '',
    hostname: event.source?.host ?? '',
    ...(kind === 'Pod' && { pod_id: uid, pod_name: name }),
  }
  const after = `","EventTimestamp":"${timeText(occurrence)}","EventTags":${JSON.stringify(tags)}}`
  return eventAsJsonString(raw, '{"EventValue":"', after)
}

const noHeaders = encodedHeaders([])

// The header of a structured message in the Kafka protocol binding for CloudEvents 1.0.2, 3.3.
const cloudEventsHeaders = encodedHeaders([['content-type', 'application/cloudevents+json; charset=UTF-8']])

/**
 * CloudEvents 1.0.2 in its JSON format. `id` is unique a state within `source`, the cluster; `partitionkey` is the
 * extension of that name and equals the key.
 */
function cloudEvent(occurrence: Occurrence): Buffer {
  const { event, raw, cluster } = occurrence
  const { involvedObject: object, metadata } = event
  const envelope = JSON.stringify({
    specversion: '1.0',
    id: `${metadata.uid ?? ''}/${metadata.resourceVersion ?? ''}`,
    source: `/clusters/${encodeURIComponent(cluster)}`,
    type: 'io.kubernetes.event',
    subject: objectPath(object),
    time: timeText(occurrence),
    datacontenttype: 'application/json',
    partitionkey: object.uid || objectPath(object),
  })
  return Buffer.concat([Buffer.from(`${envelope.slice(0, -1)},"data":`), raw, closingBrace])
}

const closingBrace = Buffer.from('}')

/** As Go marshals a time in UTC: `2024-05-06T08:00:01.123456Z`. */
function timeText(occurrence: Occurrence): string {
  const text = eventTimeOf(occurrence, UTC).utc().marshalText()
  // Go has no text for a year above 9999; nobody has such an event.
  return text.ok ? text.text : new Date(occurrence.arrivedAtMs).toISOString()
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
