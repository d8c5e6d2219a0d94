// sprig's arithmetic: 64-bit integers that overflow as Go's do, decimals for floats, sequences.

import type { MaybeValue, Value } from '../values/model.ts'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed, variadic } from '../execute/callable.ts'
import type { Execution } from '../execute/execution.ts'
import { sprint } from '../print/print.ts'
import { ANY, CallError, FLOAT64, INT, sliceOf, STRING } from '../values/type.ts'
import { floatValue, int64Value, intValue, sliceValue, stringValue } from '../values/value.ts'
import { integers, numberOf, textOf, toFloat64, toInt64 } from './convert.ts'
import type { Decimal } from './decimal.ts'
import {
  addDecimals,
  decimalOf,
  divideDecimals,
  multiplyDecimals,
  numberOfDecimal,
  subtractDecimals,
} from './decimal.ts'
import { parseDecimal } from '../strconv/parse-number.ts'

function wrap(value: bigint): Value {
  return int64Value(BigInt.asIntN(64, value))
}

function divided(left: bigint, right: bigint, compute: (left: bigint, right: bigint) => bigint): Value {
  if (right === 0n) throw new CallError('runtime error: integer divide by zero')
  return wrap(compute(left, right))
}

function integersOf(name: string, compute: (left: bigint, right: bigint) => Value): TemplateFunction {
  return fixed(name, [ANY, ANY], ([left, right]) => compute(toInt64(left), toInt64(right)))
}

/** The first of them, then each other, by a decimal operation. */
function decimals(
  name: string,
  hasFirst: boolean,
  compute: (left: Decimal, right: Decimal) => Decimal,
): TemplateFunction {
  return variadic(name, hasFirst ? [ANY, ANY] : [ANY], (args) => {
    const numbers = hasFirst ? args : [undefined, ...args]
    const [first, ...others] = numbers.map((value) => finite(toFloat64(value)))
    const result = others.reduce((sum, other) => compute(sum, decimalOf(other)), decimalOf(first ?? 0))
    return floatValue(numberOfDecimal(result))
  })
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value
  throw new CallError(`Cannot create a Decimal from ${value}`)
}

function quotient(left: Decimal, right: Decimal): Decimal {
  const result = divideDecimals(left, right)
  if (result === undefined) throw new CallError('decimal division by 0')
  return result
}

function extreme(name: string, isBetter: (candidate: bigint, best: bigint) => boolean): TemplateFunction {
  return variadic(name, [ANY, ANY], (args) =>
    int64Value(args.map(toInt64).reduce((best, candidate) => (isBetter(candidate, best) ? candidate : best))),
  )
}

function extremeFloat(name: string, better: (left: number, right: number) => number): TemplateFunction {
  return variadic(name, [ANY, ANY], (args) =>
    floatValue(args.map(toFloat64).reduce((best, next) => better(best, next))),
  )
}

/** Rounded up from `roundOn` on, at so many decimal places. */
function rounded([value, places, ...options]: readonly MaybeValue[]): Value {
  const roundOn = options[0] === undefined ? 0.5 : toFloat64(options[0])
  const power = 10 ** numberOf(places)
  const digit = power * toFloat64(value)
  const fraction = digit - Math.trunc(digit)
  return floatValue((fraction >= roundOn ? Math.ceil(digit) : Math.floor(digit)) / power)
}

function sequence(start: number, stop: number, step: number, run: Execution): number[] {
  if (step === 0 || stop < start !== step < 0) return []
  const count = Math.max(0, Math.ceil((stop - start) / step))
  // Before memory is taken for it.
  run.budget.spend(count)
  return Array.from({ length: count }, (_, index) => start + index * step)
}

const INTS = sliceOf(INT)

function seq(params: readonly number[], run: Execution): string {
  const [first = 0, second = 0, third = 0] = params
  const numbers = (start: number, end: number, step: number, past: number): string =>
    sequence(start, end + past, step, run).join(' ')
  switch (params.length) {
    case 1:
      return first < 1 ? numbers(1, first, -1, -1) : numbers(1, first, 1, 1)
    case 2:
      return second < first ? numbers(first, second, -1, -1) : numbers(first, second, 1, 1)
    case 3:
      if (third < first) return second > 0 ? '' : numbers(first, third, second, -1)
      return numbers(first, third, second, 1)
    default:
      return ''
  }
}

function fromOctal(text: string): bigint {
  const match = /^([+-]?)([0-7]+)$/.exec(text)
  const magnitude = match === null ? 0n : BigInt(`0o${match[2]}`)
  const value = match?.[1] === '-' ? -magnitude : magnitude
  return BigInt.asIntN(64, value) === value ? value : 0n
}

export const NUMBER_FUNCTIONS: readonly TemplateFunction[] = [
  fixed('atoi', [STRING], ([text]) => intValue(parseDecimal(textOf(text)) ?? 0n)),
  fixed('int', [ANY], ([value]) => intValue(toInt64(value))),
  fixed('int64', [ANY], ([value]) => int64Value(toInt64(value))),
  fixed('float64', [ANY], ([value]) => floatValue(toFloat64(value))),
  fixed('toDecimal', [ANY], ([value], run) => int64Value(fromOctal(sprint([value], run.budget)))),
  fixed('add1', [ANY], ([value]) => wrap(toInt64(value) + 1n)),
  variadic('add', [ANY], (args) => wrap(args.reduce((sum, value) => sum + toInt64(value), 0n))),
  variadic('mul', [ANY, ANY], (args) =>
    wrap(args.reduce((product, value) => BigInt.asIntN(64, product * toInt64(value)), 1n)),
  ),
  integersOf('sub', (left, right) => wrap(left - right)),
  integersOf('div', (left, right) => divided(left, right, (a, b) => a / b)),
  integersOf('mod', (left, right) => divided(left, right, (a, b) => a % b)),
  fixed('add1f', [ANY], ([value]) =>
    floatValue(numberOfDecimal(addDecimals(decimalOf(finite(toFloat64(value))), decimalOf(1)))),
  ),
  decimals('addf', false, addDecimals),
  decimals('subf', true, subtractDecimals),
  decimals('mulf', true, multiplyDecimals),
  decimals('divf', true, quotient),
  extreme('max', (candidate, best) => candidate > best),
  extreme('biggest', (candidate, best) => candidate > best),
  extreme('min', (candidate, best) => candidate < best),
  extremeFloat('maxf', Math.max),
  extremeFloat('minf', Math.min),
  fixed('ceil', [ANY], ([value]) => floatValue(Math.ceil(toFloat64(value)))),
  fixed('floor', [ANY], ([value]) => floatValue(Math.floor(toFloat64(value)))),
  variadic('round', [ANY, INT, FLOAT64], rounded),
  fixed('until', [INT], ([count], run) => {
    const stop = numberOf(count)
    return sliceValue(INTS, integers(sequence(0, stop, stop < 0 ? -1 : 1, run)))
  }),
  fixed('untilStep', [INT, INT, INT], ([start, stop, step], run) =>
    sliceValue(INTS, integers(sequence(numberOf(start), numberOf(stop), numberOf(step), run))),
  ),
  variadic('seq', [INT], (args, run) => stringValue(seq(args.map(numberOf), run))),
]
