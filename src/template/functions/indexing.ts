// index, slice and len: strings by bytes, slices by numbers, maps by keys.

import type { GoType, MaybeValue, Value } from '../values/model.ts'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed, variadic } from '../execute/callable.ts'
import { byteLength, bytesOf, sliceBytes } from '../go-string.ts'
import { CallError, REFLECT_VALUE, STRING, UINT8 } from '../values/type.ts'
import {
  entryOf,
  heldValue,
  indirect,
  intValue,
  itemAt,
  NIL_INTERFACE,
  sliceValue,
  stringValue,
  zeroValue,
} from '../values/value.ts'

/** An index from 0 to `limit`, both allowed. */
function indexArgument(index: MaybeValue, limit: number): number {
  if (index === undefined) throw new CallError('cannot index slice/array with nil')
  if (index.kind !== 'int' && index.kind !== 'uint') {
    throw new CallError(`cannot index slice/array with type ${index.type.name}`)
  }
  if (index.value < 0n || index.value > BigInt(limit))
    throw new CallError(`index out of range: ${index.value}`)
  return Number(index.value)
}

/** `index x 1 2` is Go's `x[1][2]`. */
function indexed([first, ...indexes]: readonly MaybeValue[]): MaybeValue {
  let item = heldValue(first)
  if (item === undefined) throw new CallError('index of untyped nil')
  for (const given of indexes) {
    const { value, isNil } = indirect(item)
    if (isNil || value === undefined) throw new CallError('index of nil pointer')
    item = elementOf(value, heldValue(given))
  }
  return item
}

function elementOf(value: Value, index: MaybeValue): Value {
  switch (value.kind) {
    case 'string': {
      const bytes = bytesOf(value.value)
      const at = indexArgument(index, bytes.length)
      const byte = bytes[at]
      if (byte === undefined) throw new CallError('reflect: string index out of range')
      return intValue(byte, UINT8)
    }
    case 'slice': {
      const length = value.items?.length ?? 0
      const at = indexArgument(index, length)
      if (at >= length) throw new CallError('reflect: slice index out of range')
      return itemAt(value, at)
    }
    case 'map':
      return entryOf(value, keyArgument(index)) ?? zeroValue(value.type.elem ?? STRING)
    default:
      throw new CallError(`can't index item of type ${value.type.name}`)
  }
}

function keyArgument(index: MaybeValue): string {
  if (index === undefined) throw new CallError('value is nil; should be of type string')
  if (index.type !== STRING || index.kind !== 'string') {
    throw new CallError(`value has type ${index.type.name}; should be string`)
  }
  return index.value
}

/** `slice x 1 2` is Go's `x[1:2]`. */
function sliced([first, ...indexes]: readonly MaybeValue[]): Value {
  const held = heldValue(first)
  if (held === undefined) throw new CallError('slice of untyped nil')
  const { value, isNil } = indirect(held)
  if (isNil || value === undefined) throw new CallError('slice of nil pointer')
  if (indexes.length > 3) throw new CallError(`too many slice indexes: ${indexes.length}`)
  if (value.kind === 'string') {
    if (indexes.length === 3) throw new CallError('cannot 3-index slice a string')
    const length = byteLength(value.value)
    const { start, end } = bounds(indexes, length, length)
    return stringValue(sliceBytes(value.value, start, end), value.type)
  }
  if (value.kind !== 'slice') throw new CallError(`can't slice item of type ${value.type.name}`)
  const { start, end, limit } = bounds(indexes, value.items?.length ?? 0, value.capacity)
  const items = value.items === null ? null : itemsBetween(value.type, value.items, start, end)
  return sliceValue(value.type, items, (limit ?? value.capacity) - start)
}

/** Beyond a slice's end, but within its capacity, there are zeros. */
function itemsBetween(
  type: GoType,
  items: readonly MaybeValue[],
  start: number,
  end: number,
): readonly MaybeValue[] {
  const between = items.slice(start, end)
  while (between.length < end - start) between.push(zeroValue(type.elem ?? STRING))
  return between
}

type Bounds = { readonly start: number; readonly end: number; readonly limit: number | undefined }

function bounds(indexes: readonly MaybeValue[], length: number, capacity: number): Bounds {
  const [start = 0, end = length, limit] = indexes.map((index) => indexArgument(heldIndex(index), capacity))
  if (start > end) throw new CallError(`invalid slice index: ${start} > ${end}`)
  if (limit !== undefined && end > limit) throw new CallError(`invalid slice index: ${end} > ${limit}`)
  return { start, end, limit }
}

function heldIndex(index: MaybeValue): MaybeValue {
  return index === NIL_INTERFACE ? undefined : index
}

function lengthOf([item]: readonly MaybeValue[]): Value {
  const { value, isNil } = indirect(item)
  if (isNil) throw new CallError('len of nil pointer')
  if (value === undefined) throw new CallError('reflect: call of reflect.Value.Type on zero Value')
  switch (value.kind) {
    case 'string':
      return intValue(byteLength(value.value))
    case 'slice':
      return intValue(value.items?.length ?? 0)
    case 'map':
      return intValue(value.entries?.size ?? 0)
    default:
      throw new CallError(`len of type ${value.type.name}`)
  }
}

const MANY = [REFLECT_VALUE, REFLECT_VALUE]

export const INDEXING: readonly TemplateFunction[] = [
  variadic('index', MANY, indexed),
  variadic('slice', MANY, sliced),
  fixed('len', [REFLECT_VALUE], lengthOf),
]
