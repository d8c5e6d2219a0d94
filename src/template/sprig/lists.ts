// sprig's lists: made of anything, read, never changed.

import type { MaybeValue, Value } from '../values/model.ts'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed, variadic } from '../execute/callable.ts'
import type { Execution } from '../execute/execution.ts'
import { ANY, ANYS, CallError, INT, sliceOf } from '../values/type.ts'
import { boolValue, listValue, sliceValue } from '../values/value.ts'
import { deepEqual, isEmpty, itemsOf, kindName, makeList, numberOf, toInt64 } from './convert.ts'

/** Each function by its name and by the one that begins with `must`: here both fail alike. */
function both(name: string, make: (name: string) => TemplateFunction): TemplateFunction[] {
  return [make(name), make(`must${name.charAt(0).toUpperCase()}${name.slice(1)}`)]
}

function cannotFind(name: string) {
  return (kind: string) => `Cannot find ${name} on type ${kind}`
}

/** A function of one list. */
function ofList(
  name: string,
  compute: (items: MaybeValue[], run: Execution) => MaybeValue,
): TemplateFunction[] {
  return both(name, (called) =>
    fixed(called, [ANY], ([list], run) => compute(itemsOf(list, run, cannotFind(name)), run)),
  )
}

const NIL_LIST = sliceValue(ANYS, null)

function includes(items: readonly MaybeValue[], wanted: MaybeValue, run: Execution): boolean {
  return items.some((item) => deepEqual(wanted, item, run))
}

function unique(items: readonly MaybeValue[], run: Execution): MaybeValue[] {
  const kept: MaybeValue[] = []
  for (const item of items) if (!includes(kept, item, run)) kept.push(item)
  return kept
}

function chunks(size: number, items: readonly MaybeValue[], run: Execution): Value {
  if (items.length > 0 && size <= 0) throw new CallError('runtime error: makeslice: len out of range')
  const parts: Value[] = []
  for (let at = 0; at < items.length; at += size) parts.push(makeList(items.slice(at, at + size), run))
  return sliceValue(sliceOf(ANYS), parts)
}

function sliced([list, ...indexes]: readonly MaybeValue[]): MaybeValue {
  if (list?.kind !== 'slice')
    throw new CallError(`list should be type of slice or array but ${kindName(list)}`)
  const items = list.items ?? []
  if (items.length === 0) return undefined
  const [start = 0, end = items.length] = indexes.map((index) => Number(toInt64(index)))
  if (start < 0 || end > list.capacity || start > end)
    throw new CallError('reflect.Value.Slice: slice index out of bounds')
  return sliceValue(list.type, items.slice(start, end), list.capacity - start)
}

function concatenated(lists: readonly MaybeValue[], run: Execution): Value {
  const items = lists.flatMap((list) => itemsOf(list, run, (kind) => `Cannot concat type ${kind} as list`))
  return items.length === 0 ? NIL_LIST : listValue(items)
}

export const LIST_FUNCTIONS: readonly TemplateFunction[] = [
  variadic('list', [ANY], (args, run) => makeList(args, run)),
  variadic('tuple', [ANY], (args, run) => makeList(args, run)),
  ...['append', 'push'].flatMap((name) =>
    both(name, (called) =>
      fixed(called, [ANY, ANY], ([list, item], run) =>
        makeList([...itemsOf(list, run, (kind) => `Cannot push on type ${kind}`), item], run),
      ),
    ),
  ),
  ...both('prepend', (called) =>
    fixed(called, [ANY, ANY], ([list, item], run) =>
      makeList([item, ...itemsOf(list, run, (kind) => `Cannot prepend on type ${kind}`)], run),
    ),
  ),
  ...ofList('first', ([first]) => first),
  ...ofList('last', (items) => items.at(-1)),
  ...ofList('rest', (items) => (items.length === 0 ? NIL_LIST : listValue(items.slice(1)))),
  ...ofList('initial', (items) => (items.length === 0 ? NIL_LIST : listValue(items.slice(0, -1)))),
  ...ofList('reverse', (items) => listValue(items.toReversed())),
  ...ofList('uniq', (items, run) => listValue(unique(items, run))),
  ...both('compact', (called) =>
    fixed(called, [ANY], ([list], run) =>
      listValue(
        itemsOf(list, run, (kind) => `Cannot compact on type ${kind}`).filter((item) => !isEmpty(item)),
      ),
    ),
  ),
  ...both('without', (called) =>
    variadic(called, [ANY, ANY], ([list, ...omitted], run) =>
      listValue(itemsOf(list, run, cannotFind('without')).filter((item) => !includes(omitted, item, run))),
    ),
  ),
  ...both('has', (called) =>
    fixed(called, [ANY, ANY], ([wanted, list], run) =>
      boolValue(list !== undefined && includes(itemsOf(list, run, cannotFind('has')), wanted, run)),
    ),
  ),
  ...both('slice', (called) => variadic(called, [ANY, ANY], sliced)),
  ...both('chunk', (called) =>
    fixed(called, [INT, ANY], ([size, list], run) =>
      chunks(
        numberOf(size),
        itemsOf(list, run, (kind) => `Cannot chunk type ${kind}`),
        run,
      ),
    ),
  ),
  variadic('concat', [ANY], concatenated),
]
