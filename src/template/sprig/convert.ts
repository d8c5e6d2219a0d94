// What sprig's functions make of the values they are given: numbers of anything, texts of anything, lists.

import type { MapValue, MaybeValue, SliceValue, Value } from '../values/model.ts'
import { stringOf } from '../go-string.ts'
import type { Execution } from '../execute/execution.ts'
import { rawBytes } from '../event/generated-methods.ts'
import { sprint } from '../print/print.ts'
import { parseFloat64, parseSigned } from '../strconv/parse-number.ts'
import { CallError, BYTES } from '../values/type.ts'
import { asInterface, intValue, isNil, isTrue, itemAt, listValue } from '../values/value.ts'

export function textOf(value: MaybeValue): string {
  return value?.kind === 'string' ? value.value : ''
}

/** An argument whose type is int; whoever counts with it checks its size. */
export function numberOf(value: MaybeValue): number {
  return value?.kind === 'int' || value?.kind === 'uint' ? Number(value.value) : 0
}

/** Any value as a 64-bit integer; 0 where it is no number. */
export function toInt64(value: MaybeValue): bigint {
  switch (value?.kind) {
    case 'int':
    case 'uint':
      return BigInt.asIntN(64, value.value)
    case 'float':
      return wholePart(value.value)
    case 'string':
      return parseSigned(value.value) ?? 0n
    case 'bool':
      return value.value ? 1n : 0n
    case 'pointer':
      return value.target === null ? 0n : toInt64(value.target)
    default:
      return 0n
  }
}

/** Go's conversion of a float: cut off; what does not fit becomes the least integer. */
function wholePart(value: number): bigint {
  const cut = Math.trunc(value)
  return Number.isFinite(cut) && Math.abs(cut) < 2 ** 63 ? BigInt(cut) : -(1n << 63n)
}

/** Any value as a float; 0 where it is no number. */
export function toFloat64(value: MaybeValue): number {
  switch (value?.kind) {
    case 'int':
    case 'uint':
      return Number(value.value)
    case 'float':
      return value.value
    case 'string':
      return parseFloat64(value.value) ?? 0
    case 'bool':
      return value.value ? 1 : 0
    case 'pointer':
      return value.target === null ? 0 : toFloat64(value.target)
    default:
      return 0
  }
}

/** Any value as a text: its own where it has one. */
export function toText(value: MaybeValue, run: Execution): string {
  if (value?.kind === 'string' && value.type.methods.size === 0) return value.value
  if (value?.kind === 'slice' && value.type === BYTES) return stringOf(rawBytes(value.items ?? []))
  return sprint([value], run.budget)
}

/** Go's names of kinds, as `kindOf` tells them. */
export function kindName(value: MaybeValue): string {
  if (value === undefined) return 'invalid'
  return value.kind === 'pointer' ? 'ptr' : value.type.kind
}

/** The items of a list; anything else is an error of the function of that name. */
export function itemsOf(value: MaybeValue, run: Execution, problem: (kind: string) => string): MaybeValue[] {
  if (value === undefined)
    throw new CallError('runtime error: invalid memory address or nil pointer dereference')
  if (value.kind !== 'slice') throw new CallError(problem(kindName(value)))
  return sliceItems(value, run)
}

export function sliceItems(slice: SliceValue, run: Execution): MaybeValue[] {
  const items = slice.items ?? []
  run.budget.spend(items.length)
  return items.map((_, index) => asInterface(itemAt(slice, index)))
}

export function makeList(items: readonly MaybeValue[], run: Execution): Value {
  run.budget.spend(items.length)
  return listValue(items)
}

/** The entries of a dictionary argument; a nil one has none. */
export function entriesOf(value: MaybeValue): NonNullable<MapValue['entries']> {
  return value?.kind === 'map' && value.entries !== null ? value.entries : new Map()
}

/** As text/template's truth, but that a nil function is empty as well: what `default` replaces. */
export function isEmpty(value: MaybeValue): boolean {
  return isNil(value) || !isTrue(value)
}

export function integers(values: readonly number[]): Value[] {
  return values.map((value) => intValue(value))
}

/** Go's reflect.DeepEqual. */
export function deepEqual(left: MaybeValue, right: MaybeValue, run: Execution): boolean {
  run.budget.spend(1)
  if (left === undefined || right === undefined) return left === right
  if (left.type !== right.type) return false
  if (left.kind === 'slice' && right.kind === 'slice') {
    if (left.items === null || right.items === null) return left.items === right.items
    const others = right.items
    return (
      left.items.length === others.length &&
      left.items.every((item, index) => deepEqual(item, others[index], run))
    )
  }
  if (left.kind === 'map' && right.kind === 'map') {
    if (left.entries === null || right.entries === null) return left.entries === right.entries
    const others = right.entries
    if (left.entries.size !== others.size) return false
    return [...left.entries].every(([key, item]) => others.has(key) && deepEqual(item, others.get(key), run))
  }
  if (left.kind === 'pointer' && right.kind === 'pointer') {
    if (left.target === right.target) return true
    return left.target !== null && right.target !== null && deepEqual(left.target, right.target, run)
  }
  if (left.kind === 'struct' && right.kind === 'struct') {
    return (left.type.fields ?? []).every((_, index) =>
      deepEqual(left.fields.at(index), right.fields.at(index), run),
    )
  }
  if (left.kind === 'complex' && right.kind === 'complex') {
    return left.value.real === right.value.real && left.value.imaginary === right.value.imaginary
  }
  return 'value' in left && 'value' in right && left.value === right.value
}
