// The functions that every Go template has.

import type { FunctionTable, TemplateFunction } from '../execute/callable.ts'
import { fixed, variadic } from '../execute/callable.ts'
import { sprint, sprintf, sprintln } from '../print/print.ts'
import { ANY, REFLECT_VALUE, STRING } from '../values/type.ts'
import { boolValue, heldValue, isTrue, stringValue } from '../values/value.ts'
import { COMPARISONS } from './compare.ts'
import { ESCAPERS } from './escapers.ts'
import { INDEXING } from './indexing.ts'

/** Handled where functions are called, since they look at one argument at a time or at none. */
function special(name: 'and' | 'or' | 'call'): TemplateFunction {
  return { ...variadic(name, [REFLECT_VALUE, REFLECT_VALUE], () => undefined), special: name }
}

const PRINTING: readonly TemplateFunction[] = [
  variadic('print', [ANY], (args, run) => stringValue(sprint(args, run.budget))),
  variadic('println', [ANY], (args, run) => stringValue(sprintln(args, run.budget))),
  variadic('printf', [STRING, ANY], ([format, ...args], run) =>
    stringValue(sprintf(format?.kind === 'string' ? format.value : '', args, run.budget)),
  ),
]

export const BUILTINS: FunctionTable = new Map(
  [
    special('and'),
    special('or'),
    special('call'),
    fixed('not', [REFLECT_VALUE], ([value]) => boolValue(!isTrue(heldValue(value)))),
    ...COMPARISONS,
    ...ESCAPERS,
    ...INDEXING,
    ...PRINTING,
  ].map((called) => [called.name, called]),
)
