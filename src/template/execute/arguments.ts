// Makes an argument fit its parameter, by Go's rules of assignment and text/template's for constants.

import type { GoType, MaybeValue, Value } from '../values/model.ts'
import type { NumberNode, OperandNode } from '../syntax/ast.ts'
import { nodeText } from '../syntax/ast.ts'
import { ANY, canBeNil, pointerTo, REFLECT_VALUE } from '../values/type.ts'
import {
  addressOf,
  boolValue,
  complexValue,
  floatValue,
  heldValue,
  intValue,
  stringValue,
  withAddress,
  zeroValue,
} from '../values/value.ts'
import type { Execution } from './execution.ts'

export type Evaluate = (run: Execution, dot: MaybeValue) => MaybeValue

/** An operand that is ready to be evaluated; constants have no `evaluate`. */
export interface Argument {
  readonly node: OperandNode
  readonly evaluate?: Evaluate
}

/** The argument's value for a parameter of this type. */
export function evaluateArgument(
  run: Execution,
  dot: MaybeValue,
  type: GoType,
  { node, evaluate }: Argument,
): MaybeValue {
  run.node = node
  if (evaluate !== undefined) return assignable(run, evaluate(run, dot), type)
  if (node.type === 'dot') return assignable(run, dot, type)
  if (node.type === 'nil') return canBeNil(type) ? nilOf(type) : run.fail(`cannot assign nil to ${type.name}`)
  if (type === ANY || type === REFLECT_VALUE) return constantValue(run, node)
  return typedConstant(run, type, node)
}

function nilOf(type: GoType): MaybeValue {
  return type === ANY || type === REFLECT_VALUE ? undefined : zeroValue(type)
}

/** The value as a parameter of this type takes it. */
export function assignable(run: Execution, value: MaybeValue, type: GoType): MaybeValue {
  if (type === REFLECT_VALUE || type === ANY) return value
  if (value === undefined)
    return canBeNil(type) ? nilOf(type) : run.fail(`invalid value; expected ${type.name}`)
  if (value.type === type) return value
  if (value.kind === 'pointer' && value.type.elem === type) {
    return value.target === null
      ? run.fail(`dereference of nil pointer of type ${type.name}`)
      : withAddress(value.target, true)
  }
  if (type.kind === 'pointer' && value.isAddressable && pointerTo(value.type) === type)
    return addressOf(value)
  return run.fail(`wrong type for value; expected ${type.name}; got ${value.type.name}`)
}

/** A constant where nothing says which type it has. */
export function constantValue(run: Execution, node: OperandNode): MaybeValue {
  run.node = node
  switch (node.type) {
    case 'bool':
      return boolValue(node.value)
    case 'string':
      return stringValue(node.text)
    case 'number':
      return idealConstant(run, node)
    default:
      return run.fail(`can't handle assignment of ${nodeText(node)} to empty interface argument`)
  }
}

/** The syntax tells the type: with a point or an exponent it is a float. */
function idealConstant(run: Execution, { number }: NumberNode): Value {
  const { text, complex, float, int } = number
  if (complex !== undefined) return complexValue(complex)
  const isHexadecimal = /^0[xX]./.test(text) && !/[pP]/.test(text)
  if (float !== undefined && !isHexadecimal && !text.startsWith("'") && /[.eEpP]/.test(text))
    return floatValue(float)
  if (int !== undefined) return intValue(int)
  return run.fail(`${text} overflows int`)
}

function typedConstant(run: Execution, type: GoType, node: OperandNode): Value {
  const number = node.type === 'number' ? node.number : undefined
  switch (type.kind) {
    case 'bool':
      return node.type === 'bool' ? boolValue(node.value) : run.fail(`expected bool; found ${nodeText(node)}`)
    case 'string':
      return node.type === 'string'
        ? stringValue(node.text, type)
        : run.fail(`expected string; found ${nodeText(node)}`)
    case 'int':
    case 'int32':
    case 'int64':
      return number?.int !== undefined
        ? intValue(number.int, type)
        : run.fail(`expected integer; found ${nodeText(node)}`)
    case 'uint8':
    case 'uint64':
      return number?.uint !== undefined
        ? intValue(number.uint, type)
        : run.fail(`expected unsigned integer; found ${nodeText(node)}`)
    case 'float64':
      return number?.float !== undefined
        ? floatValue(number.float)
        : run.fail(`expected float; found ${nodeText(node)}`)
    case 'complex128':
      return number?.complex !== undefined
        ? complexValue(number.complex)
        : run.fail(`expected complex; found ${nodeText(node)}`)
    default:
      return run.fail(`can't handle ${nodeText(node)} for arg of type ${type.name}`)
  }
}

/** An argument of an `interface{}` parameter: nil where it holds nothing. */
export function heldArgument(value: MaybeValue, type: GoType): MaybeValue {
  if (type !== ANY) return value
  const held = heldValue(value)
  return held === undefined ? undefined : withAddress(held, false)
}
