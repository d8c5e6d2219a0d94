/**
 * Riemann's messages as bytes: a `Msg` of events, and the `Msg` that answers it.
 * https://github.com/riemann/riemann-java-client/blob/main/riemann-java-client/src/main/proto/riemann/proto.proto
 */
import type protobuf from 'protobufjs'
import type { Occurrence } from '../../domain/occurrence.ts'
import { UTC } from '../../gotime/location.ts'
import { readMetaTime } from '../../gotime/metav1.ts'
import { eventTimeOf } from '../../sink-kit/event-time.ts'

/** Reader and writer of the protobuf library, which is loaded when a sink is opened. */
export type Codec = Pick<typeof protobuf, 'Reader' | 'Writer'>

export interface EventSettings {
  /** Seconds; 0: none is told. */
  readonly ttl: number
  readonly tags: readonly string[]
  /** Where events happen that name no host: the program's own. */
  readonly hostname: string
}

/** Fields and their wire types, as they stand before each value. */
const tagOf = (field: number, wireType: 0 | 2 | 5): number => (field << 3) | wireType

const msg = { ok: 2, error: 3, events: tagOf(6, 2) }
const event = {
  time: tagOf(1, 0),
  state: tagOf(2, 2),
  service: tagOf(3, 2),
  host: tagOf(4, 2),
  description: tagOf(5, 2),
  tags: tagOf(7, 2),
  ttl: tagOf(8, 5),
  attributes: tagOf(9, 2),
  timeMicros: tagOf(10, 0),
  metricSint64: tagOf(13, 0),
}
const attribute = { key: tagOf(1, 2), value: tagOf(2, 2) }

/** One `Msg` with an event for each occurrence; of none, a `Msg` that is answered and leaves nothing. */
export function encodeEvents(
  batch: readonly Occurrence[],
  settings: EventSettings,
  codec: Codec,
): Uint8Array {
  const writer = codec.Writer.create()
  for (const occurrence of batch) {
    writer.uint32(msg.events).fork()
    writeEvent(writer, occurrence, settings)
    writer.ldelim()
  }
  return writer.finish()
}

function writeEvent(
  writer: protobuf.Writer,
  occurrence: Occurrence,
  { ttl, tags, hostname }: EventSettings,
): void {
  const { involvedObject, reason = '', source = {}, message, type, count = 0 } = occurrence.event
  const { arrivedAtMs } = occurrence
  // What is told is when the program saw it, as in the original: an event that is told late is no older for that.
  writer.uint32(event.time).int64(Math.floor(arrivedAtMs / 1_000))
  writer.uint32(event.state).string(type === 'Normal' ? 'ok' : 'warning')
  writer.uint32(event.service).string(`${involvedObject.kind ?? ''}.${reason}`)
  writer.uint32(event.host).string(source.host || hostname)
  if (message) writer.uint32(event.description).string(message)
  for (const tag of tags) writer.uint32(event.tags).string(tag)
  if (ttl !== 0) writer.uint32(event.ttl).float(ttl)
  for (const [key, value] of attributesOf(occurrence)) {
    writer.uint32(event.attributes).fork()
    writer.uint32(attribute.key).string(key).uint32(attribute.value).string(value)
    writer.ldelim()
  }
  writer.uint32(event.timeMicros).int64(arrivedAtMs * 1_000)
  writer.uint32(event.metricSint64).sint64(count)
}

/** In the order of their names; what an event has not is an empty text. */
function attributesOf(occurrence: Occurrence): readonly (readonly [key: string, value: string])[] {
  const { involvedObject, source = {}, firstTimestamp } = occurrence.event
  const first = firstTimestamp ? readMetaTime(firstTimestamp, UTC) : undefined
  return [
    ['api-version', involvedObject.apiVersion ?? ''],
    ['component', source.component ?? ''],
    ['field-path', involvedObject.fieldPath ?? ''],
    ['first-timestamp', first?.ok && !first.time.isZero() ? String(first.time.unix()) : ''],
    ['last-timestamp', String(eventTimeOf(occurrence, UTC).unix())],
    ['name', involvedObject.name ?? ''],
    ['namespace', involvedObject.namespace ?? ''],
    ['resource-version', involvedObject.resourceVersion ?? ''],
    ['uid', involvedObject.uid ?? ''],
  ]
}

export type Answer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'failed'; readonly error: string }
  /** It is no `Msg`. */
  | { readonly kind: 'unclear' }

/** Reads the `Msg` that Riemann answers: `ok`, or what went wrong. */
export function decodeAnswer(bytes: Uint8Array, codec: Codec): Answer {
  let ok: boolean | undefined
  let error = ''
  try {
    const reader = codec.Reader.create(bytes)
    while (reader.pos < reader.len) {
      const tag = reader.uint32()
      if (tag >>> 3 === msg.ok) ok = reader.bool()
      else if (tag >>> 3 === msg.error) error = reader.string()
      else reader.skipType(tag & 7)
    }
  } catch {
    return { kind: 'unclear' }
  }
  if (error !== '' || ok === false) return { kind: 'failed', error }
  return ok === true ? { kind: 'taken' } : { kind: 'unclear' }
}
