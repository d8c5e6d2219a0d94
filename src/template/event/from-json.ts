// Turns an event's JSON into Go values, a field at a time and only when a template asks for it.

import type { GoType, PointerValue, StructField, StructValue, Value } from '../values/model.ts'
import type { KubernetesEvent } from '../../domain/event.ts'
import type { Location } from '../../gotime/location.ts'
import { readMetaMicroTime, readMetaTime } from '../../gotime/metav1.ts'
import { Time } from '../../gotime/time.ts'
import { bytesOf, fromOutside } from '../go-string.ts'
import { BYTES } from '../values/type.ts'
import {
  boolValue,
  bytesValue,
  intValue,
  mapValue,
  pointerValue,
  sliceValue,
  stringValue,
  withAddress,
  zeroValue,
} from '../values/value.ts'
import type { EventData } from './event-data.ts'
import { EVENT, EVENT_POINTER, FIELDS_V1, META_TIME, metaTimeValue, MICRO_TIME } from './types.ts'

type Json = Readonly<Record<string, unknown>>

function isObject(json: unknown): json is Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

/** What `.` is in a template: a pointer to the event. */
export function eventValue(data: EventData): PointerValue {
  const { event } = data
  const struct = structFrom(EVENT, isObject(event) ? event : {}, data, (field, json) => {
    if (field.name === 'LastTimestamp' && data.lastTimestamp !== undefined) {
      return metaTimeValue(META_TIME, data.lastTimestamp())
    }
    if (field.name === 'Message') return stringValue(messageText(json['message'], data.dropsQuotes))
    return undefined
  })
  return pointerValue(EVENT_POINTER, struct)
}

export function messageText(json: unknown, dropsQuotes: boolean): string {
  const text = textFrom(json)
  return dropsQuotes && text.includes('"') ? text.replaceAll('"', '') : text
}

export function textFrom(json: unknown): string {
  return typeof json === 'string' ? fromOutside(json) : ''
}

/** The first of these that is a time: lastTimestamp, eventTime, the present. As kube-eventer tells an event's time. */
export function eventTime(event: KubernetesEvent, local: Location, now: { readonly epochMs: number }): Time {
  const last = timeFrom(event.lastTimestamp, local)
  if (!last.isZero()) return last
  const micro = microTimeFrom(event.eventTime, local)
  if (!micro.isZero()) return micro
  return now instanceof Time ? now.in(local) : Time.fromEpochMs(now.epochMs, local)
}

export function timeFrom(json: unknown, local: Location): Time {
  const result = readMetaTime(json, local)
  return result.ok ? result.time : Time.zero
}

export function microTimeFrom(json: unknown, local: Location): Time {
  const result = readMetaMicroTime(json, local)
  return result.ok ? result.time : Time.zero
}

type Override = (field: StructField, json: Json) => Value | undefined

function structFrom(type: GoType, json: Json, data: EventData, override?: Override): StructValue {
  return { kind: 'struct', type, fields: new JsonFields(type, json, data, override), isAddressable: true }
}

/** Fields read from JSON when they are first asked for. */
class JsonFields {
  readonly #type: GoType
  readonly #json: Json
  readonly #data: EventData
  readonly #override: Override | undefined
  readonly #made: Value[] = []

  constructor(type: GoType, json: Json, data: EventData, override: Override | undefined) {
    this.#type = type
    this.#json = json
    this.#data = data
    this.#override = override
  }

  at(index: number): Value {
    const known = this.#made[index]
    if (known !== undefined) return known
    const field = this.#type.fields?.[index]
    if (field === undefined) throw new RangeError(`${this.#type.name} has no field ${index}`)
    // An inlined struct reads its holder's JSON.
    const json = field.json === '' ? this.#json : this.#json[field.json]
    const made = this.#override?.(field, this.#json) ?? fromJson(field.type, json, this.#data)
    this.#made[index] = made
    return made
  }
}

function fromJson(type: GoType, json: unknown, data: EventData): Value {
  switch (type.kind) {
    case 'string':
      return withAddress(stringValue(textFrom(json), type), true)
    case 'int32':
    case 'int64':
      return withAddress(intValue(typeof json === 'number' ? Math.trunc(json) || 0 : 0, type), true)
    case 'bool':
      return boolValue(json === true)
    case 'pointer':
      return pointerValue(
        type,
        json === null || json === undefined || type.elem === undefined
          ? null
          : fromJson(type.elem, json, data),
      )
    case 'map':
      return mapValue(
        type,
        isObject(json)
          ? new Map(
              Object.entries(json).map(([key, text]) => [fromOutside(key), stringValue(textFrom(text))]),
            )
          : null,
      )
    case 'slice': {
      const { elem } = type
      if (!Array.isArray(json) || elem === undefined) return sliceValue(type, null)
      return sliceValue(
        type,
        json.map((item: unknown) => fromJson(elem, item, data)),
      )
    }
    case 'struct':
      return structValueFrom(type, json, data)
    default:
      return zeroValue(type)
  }
}

function structValueFrom(type: GoType, json: unknown, data: EventData): StructValue {
  if (type === META_TIME) return metaTimeValue(type, timeFrom(json, data.local))
  if (type === MICRO_TIME) return metaTimeValue(type, microTimeFrom(json, data.local))
  if (type === FIELDS_V1) {
    const raw = bytesValue(bytesOf(fromOutside(JSON.stringify(json))))
    return {
      kind: 'struct',
      type,
      fields: { at: () => (raw.type === BYTES ? raw : zeroValue(BYTES)) },
      isAddressable: true,
    }
  }
  return structFrom(type, isObject(json) ? json : {}, data)
}
