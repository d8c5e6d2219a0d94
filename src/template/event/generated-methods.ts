// What Kubernetes generates for its types: a text for people, protobuf, copies. One rule for all of them.

import type { GoType, MapValue, Method, StructField, StructValue, Value } from '../values/model.ts'
import { bytesOf, compareStrings } from '../go-string.ts'
import { sprint } from '../print/print.ts'
import { BYTES, INT, STRING, STRING_MAP } from '../values/type.ts'
import { addressOf, bytesValue, intValue, stringValue } from '../values/value.ts'
import { fallible, method, timeOf, uncallable } from './time-types.ts'

/** Methods of a pointer to such a struct. */
export function generatedMethods(): Method[] {
  return [
    { ...method('DeepCopy', [], 'pointer', deepCopy), onNil: (receiver) => receiver },
    uncallable('DeepCopyInto', []),
    uncallable('Descriptor', [], '[]uint8', '[]int'),
    fallible('Marshal', [], BYTES, (struct) => bytesValue(marshal(struct))),
    fallible('MarshalTo', [BYTES], INT, (struct) => intValue(marshal(struct).length)),
    fallible('MarshalToSizedBuffer', [BYTES], INT, (struct) => intValue(marshal(struct).length)),
    uncallable('ProtoMessage', []),
    uncallable('Reset', []),
    { ...method('Size', [], INT, (struct) => intValue(marshal(struct).length)), onNil: () => intValue(0) },
    {
      ...method('String', [], STRING, (struct) => stringValue(structText(struct))),
      onNil: () => stringValue('nil'),
    },
    method('Unmarshal', [BYTES], 'error'),
    method('XXX_Size', [], INT, (struct) => intValue(marshal(struct).length)),
  ]
}

/** Methods of the value itself. */
export function generatedValueMethods(): Method[] {
  return [method('SwaggerDoc', [], STRING_MAP)]
}

/** A pointer to a copy: values never change, so that an object of its own is copy enough. */
export function deepCopy(value: Value): Value {
  return addressOf({ ...value })
}

// Text

/** `&ObjectReference{Kind:Pod,Namespace:…,}`: the fields in the order of their protobuf numbers. */
function structText(struct: Value): string {
  if (struct.kind !== 'struct') return ''
  const parts = protoFields(struct).map(({ field, value }) => `${field.name}:${fieldText(field, value)},`)
  return `&${struct.type.name.replace(/^.*\./, '')}{${parts.join('')}}`
}

function fieldText(field: StructField, value: Value): string {
  switch (value.kind) {
    case 'struct':
      // The event's metadata belongs to another package: printed as a plain struct.
      if (field.isEmbedded) return sprint([value]).replace('ObjectMeta', 'v1.ObjectMeta').replace('&', '')
      return isGenerated(value.type) ? structText(value).replace('&', '') : sprint([value])
    case 'pointer': {
      const { target } = value
      if (target !== null && target.kind !== 'struct') return `*${sprint([target])}`
      if (value.type.elem !== undefined && isGenerated(value.type.elem)) {
        return target === null ? 'nil' : structText(target)
      }
      return target === null && value.type.elem?.kind !== 'struct' ? 'nil' : sprint([value])
    }
    case 'map':
      return `map[string]string{${sortedEntries(value)
        .map(([key, text]) => `${key}: ${text},`)
        .join('')}}`
    case 'slice': {
      const elem = value.type.elem
      if (elem?.kind !== 'struct') return sprint([value])
      const items = (value.items ?? []).map((item) => `${structText(item ?? value).replace('&', '')},`)
      return `[]${elem.name.replace(/^.*\./, '')}{${items.join('')}}`
    }
    default:
      return sprint([value])
  }
}

function sortedEntries(map: MapValue): [string, string][] {
  return [...(map.entries ?? [])]
    .map(([key, value]): [string, string] => [key, value?.kind === 'string' ? value.value : ''])
    .toSorted(([left], [right]) => compareStrings(left, right))
}

/** Times and raw fields write themselves by hand. */
function isGenerated(type: GoType): boolean {
  return type.fields?.some(({ proto, json }) => proto > 0 && json !== '') ?? false
}

type ProtoField = { readonly field: StructField; readonly value: Value }

function protoFields(struct: StructValue): ProtoField[] {
  return (struct.type.fields ?? [])
    .map((field, index) => ({ field, value: struct.fields.at(index) }))
    .filter(({ field }) => field.proto > 0)
    .toSorted((left, right) => left.field.proto - right.field.proto)
}

// Protobuf

/** The bytes as Kubernetes' generated code writes them: fields in order, empty ones too, maps sorted. */
function marshal(struct: Value): Uint8Array {
  if (struct.kind !== 'struct') return new Uint8Array()
  if (struct.native !== undefined) return marshalTime(struct)
  const bytes: number[] = []
  for (const { field, value } of protoFields(struct)) writeField(bytes, field.proto, value)
  return Uint8Array.from(bytes)
}

const VARINT = 0
const LENGTH_DELIMITED = 2

function writeField(bytes: number[], number: number, value: Value): void {
  switch (value.kind) {
    case 'string':
      writeBytes(bytes, number, bytesOf(value.value))
      return
    case 'bool':
      writeVarint(bytes, BigInt(number * 8 + VARINT))
      writeVarint(bytes, value.value ? 1n : 0n)
      return
    case 'int':
    case 'uint':
      writeVarint(bytes, BigInt(number * 8 + VARINT))
      writeVarint(bytes, BigInt.asUintN(64, value.value))
      return
    case 'struct':
      writeBytes(bytes, number, marshal(value))
      return
    case 'pointer':
      if (value.target !== null) writeField(bytes, number, value.target)
      return
    case 'map':
      for (const [key, text] of sortedEntries(value)) {
        const entry: number[] = []
        writeBytes(entry, 1, bytesOf(key))
        writeBytes(entry, 2, bytesOf(text))
        writeBytes(bytes, number, Uint8Array.from(entry))
      }
      return
    case 'slice':
      if (value.type === BYTES) {
        if (value.items !== null) writeBytes(bytes, number, rawBytes(value.items))
        return
      }
      for (const item of value.items ?? []) if (item !== undefined) writeField(bytes, number, item)
      return
    case 'float':
    case 'complex':
    case 'interface':
      return
  }
}

export function rawBytes(items: readonly (Value | undefined)[]): Uint8Array {
  return Uint8Array.from(items, (item) => (item?.kind === 'uint' ? Number(item.value) : 0))
}

function writeBytes(bytes: number[], number: number, content: Uint8Array): void {
  writeVarint(bytes, BigInt(number * 8 + LENGTH_DELIMITED))
  writeVarint(bytes, BigInt(content.length))
  for (const byte of content) bytes.push(byte)
}

function writeVarint(bytes: number[], value: bigint): void {
  let rest = value
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
}

/** Seconds and nanoseconds: metav1.Time keeps no fraction, MicroTime microseconds; a zero time is nothing. */
function marshalTime(struct: StructValue): Uint8Array {
  const time = timeOf(struct)
  if (time.isZero()) return new Uint8Array()
  const bytes: number[] = []
  const nanoseconds = struct.type.name === 'v1.MicroTime' ? Math.floor(time.nanoseconds / 1_000) * 1_000 : 0
  for (const [number, value] of [
    [1, BigInt(time.unixSeconds)],
    [2, BigInt(nanoseconds)],
  ] as const) {
    writeVarint(bytes, BigInt(number * 8 + VARINT))
    writeVarint(bytes, BigInt.asUintN(64, value))
  }
  return Uint8Array.from(bytes)
}
