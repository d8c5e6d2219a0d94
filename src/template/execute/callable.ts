// What a template can call: a function by its name, with the types of its parameters.

import type { GoType, MaybeValue } from '../values/model.ts'
import type { Execution } from './execution.ts'

export interface TemplateFunction {
  readonly name: string
  /** The type of each parameter; of a variadic function the last is that of each further argument. */
  readonly params: readonly GoType[]
  readonly isVariadic: boolean
  /** Arguments have the parameters' types; nil and invalid ones are undefined. Throws CallError. */
  readonly call: (args: readonly MaybeValue[], run: Execution) => MaybeValue
  /** These are not called: their arguments are evaluated one by one, or their result is an error. */
  readonly special?: 'and' | 'or' | 'call'
}

export type FunctionTable = ReadonlyMap<string, TemplateFunction>

/** A function with as many arguments as it has parameters. */
export function fixed(
  name: string,
  params: readonly GoType[],
  call: TemplateFunction['call'],
): TemplateFunction {
  return { name, params, isVariadic: false, call }
}

/** A function whose last parameter takes any number of arguments. */
export function variadic(
  name: string,
  params: readonly GoType[],
  call: TemplateFunction['call'],
): TemplateFunction {
  return { name, params, isVariadic: true, call }
}
