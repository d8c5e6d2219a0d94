// Calls functions and methods, and follows fields: `.A.B`, `.LastTimestamp.Format "…"`, `index .Labels "app"`.

import type { GoType, MaybeValue, Method, Value } from '../values/model.ts'
import { nearestName } from '../errors.ts'
import type { Node } from '../syntax/ast.ts'
import { nodeText } from '../syntax/ast.ts'
import { CallError, findField, REFLECT_VALUE } from '../values/type.ts'
import { entryOf, fieldAt, heldValue, indirect, isTrue } from '../values/value.ts'
import type { Argument } from './arguments.ts'
import { assignable, evaluateArgument, heldArgument } from './arguments.ts'
import type { TemplateFunction } from './callable.ts'
import type { Execution } from './execution.ts'

/** There is no value from an earlier command of the pipeline. */
export const MISSING = null
export type Final = MaybeValue | typeof MISSING

export function isMissing(final: Final): final is typeof MISSING {
  return final === MISSING
}

interface Signature {
  readonly name: string
  readonly params: readonly GoType[]
  readonly isVariadic: boolean
}

/** `node` is what an error of the function itself is reported at. */
export function callFunction(
  run: Execution,
  dot: MaybeValue,
  called: TemplateFunction,
  node: Node,
  args: readonly Argument[],
  final: Final,
): MaybeValue {
  checkCount(run, called, args.length, final)
  if (called.special === 'and' || called.special === 'or') {
    return shortCircuit(run, dot, called.special, args, final)
  }
  const values = evaluateArguments(run, dot, called, args, final)
  if (called.special === 'call') {
    run.node = node
    return run.fail(`error calling call: ${callProblem(values[0], args[0])}`)
  }
  return guarded(run, node, called.name, values, () => called.call(values, run))
}

function checkCount(
  run: Execution,
  { name, params, isVariadic }: Signature,
  given: number,
  final: Final,
): void {
  const count = given + (isMissing(final) ? 0 : 1)
  if (isVariadic) {
    const least = params.length - 1
    if (count < least) run.fail(`wrong number of args for ${name}: want at least ${least} got ${given}`)
  } else if (count !== params.length) {
    run.fail(`wrong number of args for ${name}: want ${params.length} got ${count}`)
  }
}

function evaluateArguments(
  run: Execution,
  dot: MaybeValue,
  { params, isVariadic }: Signature,
  args: readonly Argument[],
  final: Final,
): MaybeValue[] {
  const last = params.at(-1) ?? REFLECT_VALUE
  const typeAt = (index: number): GoType =>
    isVariadic ? (params[Math.min(index, params.length - 1)] ?? last) : (params[index] ?? last)
  const values = args.map((argument, index) =>
    heldArgument(evaluateArgument(run, dot, typeAt(index), argument), typeAt(index)),
  )
  if (!isMissing(final)) {
    const type = typeAt(args.length)
    values.push(heldArgument(assignable(run, final, type), type))
  }
  return values
}

/** The first argument that decides, else the last one. */
function shortCircuit(
  run: Execution,
  dot: MaybeValue,
  name: 'and' | 'or',
  args: readonly Argument[],
  final: Final,
): MaybeValue {
  let value: MaybeValue
  for (const argument of args) {
    value = evaluateArgument(run, dot, REFLECT_VALUE, argument)
    if (isTrue(heldValue(value)) === (name === 'or')) return value
  }
  return isMissing(final) ? value : final
}

/** Templates hold no functions, so there is nothing that `call` could call. */
function callProblem(callee: MaybeValue, argument: Argument | undefined): string {
  const held = heldValue(callee)
  if (held === undefined) return 'call of nil'
  return `non-function ${argument === undefined ? '' : nodeText(argument.node)} of type ${held.type.name}`
}

/** Charges for the texts that go in and out, and turns the function's error into the template's. */
function guarded(
  run: Execution,
  node: Node,
  name: string,
  values: readonly MaybeValue[],
  call: () => MaybeValue,
): MaybeValue {
  for (const value of values) run.budget.spendText(value?.kind === 'string' ? value.value.length : 0)
  try {
    const result = call()
    if (result?.kind === 'string') {
      run.budget.checkLength(result.value.length)
      run.budget.spendText(result.value.length)
    }
    return result
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    run.node = node
    return run.fail(`error calling ${name}: ${error.message}`)
  }
}

/** The field, method or map entry `name` of a value. Arguments are for a method only. */
export function fieldOf(
  run: Execution,
  dot: MaybeValue,
  name: string,
  node: Node,
  args: readonly Argument[],
  final: Final,
  receiver: MaybeValue,
): MaybeValue {
  // A missing entry's field is missing as well.
  if (receiver === undefined) return undefined
  const { value, isNil } = indirect(receiver)
  if (value === undefined || value.kind === 'interface') {
    return run.fail(`nil pointer evaluating ${receiver.type.name}.${name}`)
  }
  const methods =
    value.kind !== 'pointer' && value.isAddressable ? value.type.pointerMethods : value.type.methods
  const method = methods.get(name)
  if (method !== undefined) return callMethod(run, dot, value, method, node, args, final)
  const hasArguments = args.length > 0 || !isMissing(final)
  switch (value.kind) {
    case 'struct': {
      const path = findField(value.type, name)
      if (path === undefined) break
      return structField(run, value, path, name, receiver.type, hasArguments)
    }
    case 'map':
      if (hasArguments) run.fail(`${name} is not a method but has arguments`)
      return entryOf(value, name)
    case 'pointer': {
      const elem = value.type.elem
      if (elem?.kind === 'struct' && findField(elem, name) === undefined) break
      if (isNil) run.fail(`nil pointer evaluating ${receiver.type.name}.${name}`)
    }
  }
  return run.fail(
    `can't evaluate field ${name} in type ${receiver.type.name}`,
    fieldSuggestion(value.kind === 'pointer' ? (value.type.elem ?? value.type) : value.type, name),
  )
}

function structField(
  run: Execution,
  struct: Value,
  path: readonly number[],
  name: string,
  receiverType: GoType,
  hasArguments: boolean,
): MaybeValue {
  let at: Value = struct
  let isExported = true
  for (const index of path) {
    if (at.kind !== 'struct') return undefined
    isExported = at.type.fields?.[index]?.isExported ?? false
    at = fieldAt(at, index)
  }
  if (!isExported) run.fail(`${name} is an unexported field of struct type ${receiverType.name}`)
  if (hasArguments) run.fail(`${name} has arguments but cannot be invoked as function`)
  return at
}

/** The field that may have been meant: of that JSON key, or of a name that differs by little. */
function fieldSuggestion(type: GoType, name: string): string | undefined {
  const names: string[] = []
  const collect = (struct: GoType): void => {
    for (const field of struct.fields ?? []) {
      if (field.isExported) names.push(field.name)
      if (field.isEmbedded) collect(field.type)
    }
  }
  collect(type)
  const methods = [...type.pointerMethods.values()].filter(({ call }) => call !== undefined)
  const nearest = nearestName(name, [...names, ...methods.map((method) => method.name)])
  return nearest === undefined ? undefined : `.${nearest}`
}

function callMethod(
  run: Execution,
  dot: MaybeValue,
  receiver: Value,
  method: Method,
  node: Node,
  args: readonly Argument[],
  final: Final,
): MaybeValue {
  const { name, results, call } = method
  checkCount(run, { name, params: method.params, isVariadic: false }, args.length, final)
  if (results.length === 2 && results[1] !== 'error') {
    run.fail(`invalid function signature for ${name}: second return value should be error; is ${results[1]}`)
  }
  if (results.length !== 1 && results.length !== 2) {
    run.fail(`function ${name} has ${results.length} return values; should be 1 or 2`)
  }
  const values = evaluateArguments(run, dot, { name, params: method.params, isVariadic: false }, args, final)
  return guarded(run, node, name, values, () => {
    if (receiver.kind === 'pointer') {
      if (method.onNil !== undefined) return method.onNil(receiver, values)
      throw new CallError('runtime error: invalid memory address or nil pointer dereference')
    }
    if (call === undefined) throw new CallError(`${receiver.type.name}.${name} is not supported in templates`)
    return call(receiver, values, run.environment)
  })
}
