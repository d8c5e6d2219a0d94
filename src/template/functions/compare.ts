// eq, ne, lt, le, gt and ge: Go's comparisons of basic kinds, and equality of the rest.

import type { MaybeValue, Value } from '../values/model.ts'
import { compareStrings } from '../go-string.ts'
import { sprint } from '../print/print.ts'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed, variadic } from '../execute/callable.ts'
import { CallError, REFLECT_VALUE } from '../values/type.ts'
import { boolValue, heldValue, isNil } from '../values/value.ts'

const BAD_TYPE = 'invalid type for comparison'

/** `eq` of the first with any of the others. */
function equalsAny([first, ...others]: readonly MaybeValue[]): boolean {
  if (others.length === 0) throw new CallError('missing argument for comparison')
  return others.some((other) => equals(heldValue(first), heldValue(other)))
}

export function equals(left: MaybeValue, right: MaybeValue): boolean {
  const leftKind = basicKind(left)
  const rightKind = basicKind(right)
  if (leftKind !== rightKind) {
    // Integers compare whatever their signs are.
    if (isInteger(left) && isInteger(right)) return left.value === right.value
    if (left === undefined || right === undefined) return false
    throw new CallError(`incompatible types for comparison: ${left.type.name} and ${right.type.name}`)
  }
  if (leftKind !== undefined && left !== undefined && right !== undefined) return basicEquals(left, right)
  return otherEquals(left, right)
}

function isInteger(value: MaybeValue): value is Value & { kind: 'int' | 'uint' } {
  return value?.kind === 'int' || value?.kind === 'uint'
}

function basicKind(value: MaybeValue): Value['kind'] | undefined {
  switch (value?.kind) {
    case 'bool':
    case 'int':
    case 'uint':
    case 'float':
    case 'complex':
    case 'string':
      return value.kind
    default:
      return undefined
  }
}

function basicEquals(left: Value, right: Value): boolean {
  if (left.kind === 'complex' && right.kind === 'complex') {
    return left.value.real === right.value.real && left.value.imaginary === right.value.imaginary
  }
  return 'value' in left && 'value' in right && left.value === right.value
}

/** Pointers, structs, and what can only be compared to nil. */
function otherEquals(left: MaybeValue, right: MaybeValue): boolean {
  if (left !== undefined && right !== undefined && left.kind !== right.kind) {
    throw new CallError(
      `non-comparable types ${sprint([left])}: ${left.type.name}, ${right.type.name}: ${sprint([right])}`,
    )
  }
  if (isNil(left) || isNil(right)) return isNil(left) === isNil(right)
  if (left === undefined || right === undefined) return false
  if (!right.type.isComparable) {
    throw new CallError(`non-comparable type ${sprint([right])}: ${right.type.name}`)
  }
  return identical(left, right)
}

/** Go's `==` of two interfaces that hold these. */
function identical(left: Value, right: Value): boolean {
  if (left.type !== right.type) return false
  if (left.kind === 'pointer' && right.kind === 'pointer') return left.target === right.target
  if (left.kind === 'struct' && right.kind === 'struct') {
    return (left.type.fields ?? []).every((_, index) =>
      identical(left.fields.at(index), right.fields.at(index)),
    )
  }
  return basicKind(left) !== undefined && basicEquals(left, right)
}

function isLess([first, second]: readonly MaybeValue[]): boolean {
  const left = heldValue(first)
  const right = heldValue(second)
  if (basicKind(left) === undefined || basicKind(right) === undefined) throw new CallError(BAD_TYPE)
  if (left === undefined || right === undefined) throw new CallError(BAD_TYPE)
  if (isInteger(left) && isInteger(right)) return left.value < right.value
  if (left.kind !== right.kind) {
    throw new CallError(`incompatible types for comparison: ${left.type.name} and ${right.type.name}`)
  }
  if (left.kind === 'float' && right.kind === 'float') return left.value < right.value
  if (left.kind === 'string' && right.kind === 'string') return compareStrings(left.value, right.value) < 0
  throw new CallError(BAD_TYPE)
}

function isLessOrEqual(args: readonly MaybeValue[]): boolean {
  return isLess(args) || equalsAny(args)
}

const PAIR = [REFLECT_VALUE, REFLECT_VALUE]

export const COMPARISONS: readonly TemplateFunction[] = [
  variadic('eq', PAIR, (args) => boolValue(equalsAny(args))),
  fixed('ne', PAIR, (args) => boolValue(!equalsAny(args))),
  fixed('lt', PAIR, (args) => boolValue(isLess(args))),
  fixed('le', PAIR, (args) => boolValue(isLessOrEqual(args))),
  fixed('gt', PAIR, (args) => boolValue(!isLessOrEqual(args))),
  fixed('ge', PAIR, (args) => boolValue(!isLess(args))),
]
