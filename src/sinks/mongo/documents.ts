/** An event as a document: kube-eventer's fields, under an id that a resend has too. */
import { hash } from 'node:crypto'
import type { ObjectId } from 'mongodb'
import type { Occurrence } from '../../domain/occurrence.ts'
import { identityOf } from '../../domain/occurrence.ts'
import { UTC } from '../../gotime/location.ts'
import { readMetaTime } from '../../gotime/metav1.ts'
import type { Time } from '../../gotime/time.ts'
import { eventTimeOf } from '../../sink-kit/event-time.ts'

/** Empty texts, 0 and times that are not there are left out, as the original does. */
export interface EventDocument {
  readonly _id: ObjectId
  count?: number
  namespace?: string
  kind?: string
  name?: string
  type?: string
  reason?: string
  message?: string
  event_id?: string
  first_occurrence_time?: Date
  last_occurrence_time?: Date
}

/** `ObjectId` comes from the client library, which is loaded when a sink is opened. */
export function documentOf(
  occurrence: Occurrence,
  makeId: new (bytes: Uint8Array) => ObjectId,
): EventDocument {
  const { event } = occurrence
  const { involvedObject, metadata, count } = event
  const last = eventTimeOf(occurrence, UTC)
  const first = event.firstTimestamp ? readMetaTime(event.firstTimestamp, UTC) : undefined
  const document: EventDocument = { _id: new makeId(idBytes(occurrence, last)) }
  if (count) document.count = count
  if (involvedObject.namespace) document.namespace = involvedObject.namespace
  if (involvedObject.kind) document.kind = involvedObject.kind
  if (involvedObject.name) document.name = involvedObject.name
  if (event.type) document.type = event.type
  if (event.reason) document.reason = event.reason
  if (event.message) document.message = event.message
  if (metadata.uid) document.event_id = metadata.uid
  if (first?.ok && !first.time.isZero()) document.first_occurrence_time = dateOf(first.time)
  document.last_occurrence_time = dateOf(last)
  return document
}

/**
 * An ObjectId's twelve bytes: the event's time in seconds, as every ObjectId begins, then eight bytes of a hash over
 * what makes this state of the event unlike any other. Sent again it is the same.
 */
function idBytes({ event, raw }: Occurrence, time: Time): Uint8Array {
  const { uid, resourceVersion } = event.metadata
  const digest = hash('sha256', uid && resourceVersion ? identityOf(event) : raw, 'buffer')
  const bytes = Buffer.allocUnsafe(12)
  bytes.writeUInt32BE(time.unixSeconds >>> 0, 0)
  digest.copy(bytes, 4, 0, 8)
  return bytes
}

/** To the millisecond, rounded down: more a date of BSON does not hold. */
function dateOf({ unixSeconds, nanoseconds }: Time): Date {
  return new Date(unixSeconds * 1_000 + Math.floor(nanoseconds / 1e6))
}
