/** Which events a command shows: names and expressions as the options of a sink take them. */
import type { FilterOptions, Pattern } from '../domain/filter-options.ts'
import { readNames, readReasons } from '../sink-kit/filter-argument.ts'
import type { Selection } from '../search/index/querying.ts'
import { textOf } from '../domain/text-of.ts'
import { compileFilter, type Filter } from '../stages/filter.ts'

/** By flag; repeated ones add up. */
export interface EventSelection {
  /** `all`, `Normal` or `Warning`; absent: all. */
  readonly level?: string | undefined
  readonly namespace: readonly string[]
  readonly kind: readonly string[]
  /** The name of the object. */
  readonly name: readonly string[]
  readonly reason: readonly string[]
  /** `kind/namespace/name` */
  readonly object: readonly string[]
}

/** What of a selection cannot be used, and why. */
export class SelectionError extends Error {
  override readonly name = 'SelectionError'
}

/** Throws `SelectionError`. */
export function compileSelection(selection: EventSelection): Filter {
  const level = selection.level ?? 'all'
  if (level !== 'all' && level !== 'Normal' && level !== 'Warning')
    throw new SelectionError('the level is none of all, Normal, Warning')
  try {
    return compileFilter(filterOf(level, selection))
  } catch (error) {
    throw new SelectionError(textOf(error), { cause: error })
  }
}

/** The same as far as an index can tell it. The selection is one that `compileSelection` has taken. */
export function selectionOfIndex(selection: EventSelection): Selection | undefined {
  const level = selection.level === 'Normal' || selection.level === 'Warning' ? selection.level : 'all'
  return selectionOfFilter(filterOf(level, selection))
}

/** A filter cut into what it asks of type and reason and what of the object; `undefined` if it asks for messages. */
export function selectionOfFilter(filter: FilterOptions): Selection | undefined {
  const { level, reason, message, exclude, ...object } = filter
  if (message !== undefined || exclude?.message !== undefined) return undefined
  const { reason: excludedReason, ...excludedObject } = exclude ?? {}
  const ofReason = compileFilter({
    level,
    ...(reason && { reason }),
    ...(excludedReason && { exclude: { reason: excludedReason } }),
  })
  const ofObject = compileFilter({ ...object, level: 'all', exclude: excludedObject })
  return {
    passesReason: (type, text) => ofReason({ metadata: {}, involvedObject: {}, type, reason: text }).pass,
    passesObject: (involvedObject) => ofObject({ metadata: {}, involvedObject }).pass,
  }
}

function filterOf(level: FilterOptions['level'], selection: EventSelection): FilterOptions {
  const namespaces = readNames(selection.namespace)
  const kinds = readNames(selection.kind)
  const reason = readReasons(selection.reason)
  const objects = [
    ...selection.object.map((source): Pattern => ({ kind: 'regexp', source, anchored: false })),
    ...(readNames(selection.name) ?? []).map(ofObjectNamed),
  ]
  return {
    level,
    ...(namespaces && { namespaces }),
    ...(kinds && { kinds }),
    ...(reason && { reason }),
    ...(objects.length > 0 && { object: objects }),
  }
}

/** The last part of `kind/namespace/name`. */
function ofObjectNamed(name: Pattern): Pattern {
  const source = name.kind === 'exact' ? name.value.replaceAll(/[.*+?()[\]{}|^$\\]/g, '\\$&') : name.source
  return { kind: 'regexp', source: `[^/]*/[^/]*/(?:${source})`, anchored: true }
}
