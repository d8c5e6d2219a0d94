/** An event as a document: kube-eventer's fields, under an id that a resend has too. */
import { hash } from 'node:crypto'
import type { ObjectId } from 'mongodb'
import type { Occurrence } from '../../domain/occurrence.ts'
import { identityOf } from '../../domain/occurrence.ts'
import { UTC } from '../../gotime/location.ts'
import { readMetaTime } from '../../gotime/metav1.ts'
import type { Time } from '../../gotime/time.ts'
import { eventTimeOf, remembered } from '../../sink-kit/event-time.ts'

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

export type ToDocument = (occurrence: Occurrence) => EventDocument

/** `ObjectId` comes from the client library, which is loaded when a sink is opened. */
export function documentsWith(makeId: new (bytes: Uint8Array) => ObjectId): ToDocument {
  /** ms since 1970; NaN of what is no time, or the zero time. */
  const msOf = remembered((text) => epochMs(text))
  return (occurrence) => {
    const { event } = occurrence
    const { involvedObject, metadata, count } = event
    const known = event.lastTimestamp ? msOf(event.lastTimestamp) : Number.NaN
    const lastMs = Number.isNaN(known) ? msIn(eventTimeOf(occurrence, UTC)) : known
    const firstMs = event.firstTimestamp ? msOf(event.firstTimestamp) : Number.NaN
    const document: EventDocument = { _id: new makeId(idBytes(occurrence, lastMs)) }
    if (count) document.count = count
    if (involvedObject.namespace) document.namespace = involvedObject.namespace
    if (involvedObject.kind) document.kind = involvedObject.kind
    if (involvedObject.name) document.name = involvedObject.name
    if (event.type) document.type = event.type
    if (event.reason) document.reason = event.reason
    if (event.message) document.message = event.message
    if (metadata.uid) document.event_id = metadata.uid
    if (!Number.isNaN(firstMs)) document.first_occurrence_time = new Date(firstMs)
    document.last_occurrence_time = new Date(lastMs)
    return document
  }
}

function epochMs(text: string): number {
  const read = readMetaTime(text, UTC)
  return read.ok && !read.time.isZero() ? msIn(read.time) : Number.NaN
}

/** To the millisecond, rounded down: more a date of BSON does not hold. */
function msIn({ unixSeconds, nanoseconds }: Time): number {
  return unixSeconds * 1_000 + Math.floor(nanoseconds / 1e6)
}

/**
 * An ObjectId's twelve bytes: the event's time in seconds, as every ObjectId begins, then eight bytes of a hash over
 * what makes this state of the event unlike any other. Sent again it is the same.
 */
function idBytes({ event, raw }: Occurrence, timeMs: number): Uint8Array {
  const { uid, resourceVersion } = event.metadata
  const digest = hash('sha256', uid && resourceVersion ? identityOf(event) : raw, 'buffer')
  const bytes = Buffer.allocUnsafe(12)
  bytes.writeUInt32BE(Math.floor(timeMs / 1_000) >>> 0, 0)
  digest.copy(bytes, 4, 0, 8)
  return bytes
}
