// A value that a template works with: JavaScript's data with its Go type, as Go's reflection sees it.

import type {
  BoolValue,
  ComplexValue,
  FloatValue,
  GoType,
  IntValue,
  MapValue,
  MaybeValue,
  NilInterface,
  PointerValue,
  SliceValue,
  StringValue,
  StructValue,
  Value,
} from './model.ts'
import type { Location } from '../../gotime/location.ts'
import type { Time } from '../../gotime/time.ts'
import type { ComplexNumber } from '../syntax/number-literal.ts'
import {
  ANY,
  ANY_MAP,
  ANYS,
  BOOL,
  BYTES,
  COMPLEX128,
  FLOAT64,
  INT,
  INT64,
  pointerTo,
  STRING,
  STRINGS,
} from './type.ts'

// Making values

export function stringValue(value: string, type: GoType = STRING): StringValue {
  return { kind: 'string', type, value, isAddressable: false }
}

export function intValue(value: number | bigint, type: GoType = INT): IntValue {
  const isUnsigned = type.kind === 'uint8' || type.kind === 'uint64'
  return { kind: isUnsigned ? 'uint' : 'int', type, value: BigInt(value), isAddressable: false }
}

export function int64Value(value: number | bigint): IntValue {
  return intValue(value, INT64)
}

const TRUE: BoolValue = { kind: 'bool', type: BOOL, value: true, isAddressable: false }
const FALSE: BoolValue = { kind: 'bool', type: BOOL, value: false, isAddressable: false }

export function boolValue(value: boolean): BoolValue {
  return value ? TRUE : FALSE
}

export function floatValue(value: number): FloatValue {
  return { kind: 'float', type: FLOAT64, value, isAddressable: false }
}

export function complexValue(value: ComplexNumber): ComplexValue {
  return { kind: 'complex', type: COMPLEX128, value, isAddressable: false }
}

export const NIL_INTERFACE: NilInterface = { kind: 'interface', type: ANY, isAddressable: false }

export function sliceValue(
  type: GoType,
  items: readonly (Value | undefined)[] | null,
  capacity?: number,
): SliceValue {
  return { kind: 'slice', type, items, capacity: capacity ?? items?.length ?? 0, isAddressable: false }
}

export function stringsValue(items: readonly string[]): SliceValue {
  return sliceValue(
    STRINGS,
    items.map((item) => stringValue(item)),
  )
}

/** `[]interface{}` */
export function listValue(items: readonly (Value | undefined)[]): SliceValue {
  return sliceValue(ANYS, items)
}

export function bytesValue(bytes: Uint8Array | null): SliceValue {
  const elem = BYTES.elem ?? INT
  return sliceValue(BYTES, bytes === null ? null : Array.from(bytes, (byte) => intValue(byte, elem)))
}

export function mapValue(type: GoType, entries: Map<string, Value | undefined> | null): MapValue {
  return { kind: 'map', type, entries, isAddressable: false }
}

/** `map[string]interface{}` */
export function dictValue(entries: Map<string, Value | undefined>): MapValue {
  return mapValue(ANY_MAP, entries)
}

export function pointerValue(type: GoType, target: Value | null): PointerValue {
  return { kind: 'pointer', type, target, isAddressable: false }
}

/** Go's `&value`. */
export function addressOf(value: Value): PointerValue {
  return pointerValue(pointerTo(value.type), withAddress(value, true))
}

/** A struct of ready fields. */
export function structValue(type: GoType, fields: readonly Value[], native?: Time | Location): StructValue {
  return {
    kind: 'struct',
    type,
    fields: { at: (index) => fields[index] ?? NIL_INTERFACE },
    native,
    isAddressable: false,
  }
}

/** What a variable of this type holds before anything is assigned; a struct's fields likewise. */
export function zeroValue(type: GoType): Value {
  switch (type.kind) {
    case 'bool':
      return FALSE
    case 'int':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint64':
      return intValue(0, type)
    case 'float64':
      return floatValue(0)
    case 'complex128':
      return complexValue({ real: 0, imaginary: 0 })
    case 'string':
      return stringValue('', type)
    case 'slice':
      return sliceValue(type, null)
    case 'map':
      return mapValue(type, null)
    case 'pointer':
      return pointerValue(type, null)
    case 'interface':
      return NIL_INTERFACE
    case 'struct':
      return structValue(
        type,
        (type.fields ?? []).map((field) => zeroValue(field.type)),
      )
  }
}

// Looking at values

/** As addressable as told. */
export function withAddress(value: Value, isAddressable: boolean): Value {
  return value.isAddressable === isAddressable ? value : { ...value, isAddressable }
}

/** What an `interface{}` keeps of a value: a copy, or nothing of an invalid or nil one. */
export function asInterface(value: MaybeValue): MaybeValue {
  return value === undefined || value.kind === 'interface' ? undefined : withAddress(value, false)
}

/** Go's indirectInterface: nil interfaces become invalid. */
export function heldValue(value: MaybeValue): MaybeValue {
  return value?.kind === 'interface' ? undefined : value
}

/** Follows pointers to what they point at; a nil pointer or interface stays, and is told. */
export function indirect(value: MaybeValue): { readonly value: MaybeValue; readonly isNil: boolean } {
  let at = value
  while (at?.kind === 'pointer') {
    if (at.target === null) return { value: at, isNil: true }
    at = withAddress(at.target, true)
  }
  return { value: at, isNil: at?.kind === 'interface' }
}

/** A struct's field, addressable if the struct is. */
export function fieldAt(struct: StructValue, index: number): Value {
  return withAddress(struct.fields.at(index), struct.isAddressable)
}

/** The elements of a slice or the bytes of nothing else; nil elements as nil interfaces. */
export function itemAt(slice: SliceValue, index: number): Value {
  const item = slice.items?.[index]
  return item === undefined ? NIL_INTERFACE : withAddress(item, slice.type !== ANYS)
}

/** A map's value of a key as Go's reflection gives it: undefined if there is none. */
export function entryOf(map: MapValue, key: string): MaybeValue {
  if (map.entries === null || !map.entries.has(key)) return undefined
  return map.entries.get(key) ?? NIL_INTERFACE
}

/** Nil of its type. */
export function isNil(value: MaybeValue): boolean {
  switch (value?.kind) {
    case undefined:
    case 'interface':
      return true
    case 'pointer':
      return value.target === null
    case 'slice':
      return value.items === null
    case 'map':
      return value.entries === null
    default:
      return false
  }
}

/** Go's truth: not the zero of its type; a struct is always true. */
export function isTrue(value: MaybeValue): boolean {
  switch (value?.kind) {
    case undefined:
    case 'interface':
      return false
    case 'bool':
      return value.value
    case 'int':
    case 'uint':
      return value.value !== 0n
    case 'float':
      return value.value !== 0
    case 'complex':
      return value.value.real !== 0 || value.value.imaginary !== 0
    case 'string':
      return value.value !== ''
    case 'slice':
      return value.items !== null && value.items.length > 0
    case 'map':
      return value.entries !== null && value.entries.size > 0
    case 'pointer':
      return value.target !== null
    case 'struct':
      return true
  }
}
