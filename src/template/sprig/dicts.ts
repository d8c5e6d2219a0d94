// sprig's dictionaries: maps from texts to anything, which `set`, `unset` and `merge` change in place.

import type { MaybeValue, Value } from '../values/model.ts'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed, variadic } from '../execute/callable.ts'
import type { Execution } from '../execute/execution.ts'
import { LimitExceeded } from '../limits.ts'
import { ANY, ANY_MAP, CallError, STRING } from '../values/type.ts'
import { sortedKeys } from '../values/sorted-keys.ts'
import { boolValue, dictValue, listValue, stringsValue, stringValue } from '../values/value.ts'
import { entriesOf, isEmpty, textOf, toText } from './convert.ts'

/** A dictionary can hold itself. */
const MAX_DEPTH = 200

type Entries = Map<string, MaybeValue>

function made(args: readonly MaybeValue[], run: Execution): Value {
  run.budget.spend(args.length)
  const entries: Entries = new Map()
  for (let index = 0; index < args.length; index += 2) {
    const value = index + 1 < args.length ? args[index + 1] : stringValue('')
    entries.set(toText(args[index], run), value)
  }
  return dictValue(entries)
}

function writable(dict: MaybeValue): Entries {
  if (dict?.kind === 'map' && dict.entries !== null) return dict.entries
  throw new CallError('assignment to entry in nil map')
}

/** Entries of the source that the target lacks, or has empty; with `overwrites` the others too. */
function mergeInto(target: Entries, source: Entries, overwrites: boolean, run: Execution, depth = 0): void {
  if (depth > MAX_DEPTH) throw new LimitExceeded(`a dictionary is nested more than ${MAX_DEPTH} deep`)
  for (const [key, value] of source) {
    run.budget.spend(1)
    const known = target.get(key)
    if (known?.kind === 'map' && value?.kind === 'map' && known.type === ANY_MAP && value.type === ANY_MAP) {
      mergeInto(writable(known), entriesOf(value), overwrites, run, depth + 1)
    } else if (isEmpty(known) || (overwrites && mayReplace(value))) target.set(key, value)
  }
}

/** A dictionary does not take the place of something else, nor does an empty list. */
function mayReplace(value: MaybeValue): boolean {
  return value?.kind !== 'map' && (value?.kind !== 'slice' || !isEmpty(value))
}

function merged(
  [target, ...sources]: readonly MaybeValue[],
  overwrites: boolean,
  run: Execution,
): MaybeValue {
  for (const source of sources) mergeInto(writable(target), entriesOf(source), overwrites, run)
  return target
}

function deepCopied(value: MaybeValue, run: Execution, depth = 0): MaybeValue {
  if (depth > MAX_DEPTH) throw new LimitExceeded(`a value is nested more than ${MAX_DEPTH} deep`)
  run.budget.spend(1)
  if (value?.kind === 'map' && value.entries !== null) {
    const entries = [...value.entries].map(([key, item]): [string, MaybeValue] => [
      key,
      deepCopied(item, run, depth + 1),
    ])
    return { ...value, entries: new Map(entries) }
  }
  if (value?.kind === 'slice' && value.items !== null) {
    return { ...value, items: value.items.map((item) => deepCopied(item, run, depth + 1)) }
  }
  return value
}

/** `dig "a" "b" default dict`: what lies at a path of keys. */
function dug(args: readonly MaybeValue[]): MaybeValue {
  if (args.length < 3) throw new CallError('dig needs at least three arguments')
  const keys = args.slice(0, -2)
  let at = args.at(-1)
  for (const key of keys) {
    if (at?.kind !== 'map' || at.type !== ANY_MAP)
      throw new CallError('interface conversion: interface {} is no map[string]interface {}')
    if (key?.kind !== 'string') throw new CallError('interface conversion: interface {} is no string')
    const entries = entriesOf(at)
    if (!entries.has(key.value)) return args.at(-2)
    at = entries.get(key.value)
  }
  return at
}

function picked(args: readonly MaybeValue[], keeps: boolean, run: Execution): Value {
  const [dict, ...keys] = args
  const names = new Set(keys.map(textOf))
  const kept = [...entriesOf(dict)].filter(([key]) => names.has(key) === keeps)
  run.budget.spend(kept.length)
  return dictValue(new Map(kept))
}

function inOrder(dict: MaybeValue): string[] {
  return dict?.kind === 'map' ? sortedKeys(dict) : []
}

export const DICT_FUNCTIONS: readonly TemplateFunction[] = [
  variadic('dict', [ANY], made),
  fixed('get', [ANY_MAP, STRING], ([dict, key]) => {
    const entries = entriesOf(dict)
    return entries.has(textOf(key)) ? entries.get(textOf(key)) : stringValue('')
  }),
  fixed('set', [ANY_MAP, STRING, ANY], ([dict, key, value]) => {
    writable(dict).set(textOf(key), value)
    return dict
  }),
  fixed('unset', [ANY_MAP, STRING], ([dict, key]) => {
    entriesOf(dict).delete(textOf(key))
    return dict
  }),
  fixed('hasKey', [ANY_MAP, STRING], ([dict, key]) => boolValue(entriesOf(dict).has(textOf(key)))),
  variadic('pluck', [STRING, ANY_MAP], ([key, ...dicts]) =>
    listValue(
      dicts
        .map(entriesOf)
        .filter((entries) => entries.has(textOf(key)))
        .map((entries) => entries.get(textOf(key))),
    ),
  ),
  // Go's order is any; a fixed one is as good.
  variadic('keys', [ANY_MAP], (dicts) => stringsValue(dicts.flatMap(inOrder))),
  fixed('values', [ANY_MAP], ([dict]) => listValue(inOrder(dict).map((key) => entriesOf(dict).get(key)))),
  variadic('pick', [ANY_MAP, STRING], (args, run) => picked(args, true, run)),
  variadic('omit', [ANY_MAP, STRING], (args, run) => picked(args, false, run)),
  ...['merge', 'mustMerge'].map((name) =>
    variadic(name, [ANY_MAP, ANY_MAP], (args, run) => merged(args, false, run)),
  ),
  ...['mergeOverwrite', 'mustMergeOverwrite'].map((name) =>
    variadic(name, [ANY_MAP, ANY_MAP], (args, run) => merged(args, true, run)),
  ),
  ...['deepCopy', 'mustDeepCopy'].map((name) =>
    fixed(name, [ANY], ([value], run) => {
      if (value === undefined) throw new CallError('reflect: call of reflect.Value.Type on zero Value')
      return deepCopied(value, run)
    }),
  ),
  variadic('dig', [ANY], dug),
]
