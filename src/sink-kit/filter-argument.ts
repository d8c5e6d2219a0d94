/** Filters as a command line has them: the original's `namespaces`, `kinds`, `reason`, and those of the kit (`ke.…`). */
import * as z from 'zod/mini'
import type { FilterField, FilterOptions, Pattern } from '../domain/filter-options.ts'
import { yesOrNo } from './kit-options.ts'
import type { OptionProblem } from './option-problem.ts'

/** What the kit's own options can say of a filter. */
export type KitFilter = Pick<FilterOptions, 'message' | 'object' | 'clusterScoped' | 'exclude'>

/** Those that take regular expressions: the name without its `ke.`; one that ends in `!` leaves out what matches. */
const patternOptions: readonly {
  readonly name: string
  readonly field: FilterField
  readonly excludes: boolean
  readonly summary: string
}[] = [
  excluding('namespaces', 'namespace'),
  excluding('kinds', 'kind'),
  excluding('reason', 'reason'),
  including('message', 'message'),
  excluding('message', 'message'),
  including('object', 'kind/namespace/name'),
  excluding('object', 'kind/namespace/name'),
]

const clusterScoped = {
  name: 'clusterScoped',
  summary: 'Let events of objects without a namespace pass `namespaces`.',
} as const

/** Name, with its `ke.`, and one sentence each. */
export const kitFilterOptions: readonly { readonly name: string; readonly summary: string }[] = [
  ...patternOptions,
  clusterScoped,
].map(({ name, summary }) => ({ name: `ke.${name}`, summary }))

/** The names that `readKitFilter` takes, without their `ke.`. */
export const kitFilterNames: readonly string[] = [...patternOptions, clusterScoped].map(({ name }) => name)

/**
 * Reads the kit's filters: names without their `ke.`, repeated ones add up. Whether an expression is right is not
 * looked at here: `reviewFilter` does that for every front end.
 */
export function readKitFilter(given: readonly (readonly [name: string, value: string])[]): {
  readonly filter: KitFilter
  readonly problems: readonly OptionProblem[]
} {
  const problems: OptionProblem[] = []
  const wanted: { [Field in FilterField]?: Pattern[] } = {}
  const exclude: { [Field in FilterField]?: Pattern[] } = {}
  let withClusterScoped: boolean | undefined
  for (const [name, value] of given) {
    const option = `ke.${name}`
    const declared = patternOptions.find((one) => one.name === name)
    if (declared && value === '') {
      const effect = declared.excludes ? 'would leave out every event' : 'would let every event pass'
      problems.push({
        option,
        what: `option \`${option}\` is empty, which ${effect}`,
        remedy: 'write an expression, or remove it',
      })
    } else if (declared) {
      const side = declared.excludes ? exclude : wanted
      const patterns = side[declared.field] ?? []
      patterns.push({ kind: 'regexp', source: value, anchored: false })
      side[declared.field] = patterns
    } else if (withClusterScoped !== undefined) {
      problems.push({ option, what: `option \`${option}\` is given twice`, remedy: 'keep one of them' })
    } else {
      const read = z.safeParse(yesOrNo, value)
      if (read.success) withClusterScoped = read.data
      else {
        const what = `option \`${option}\` is neither true nor false`
        problems.push({ option, what, remedy: 'correct its value, or remove it' })
      }
    }
  }
  return {
    filter: {
      ...wanted,
      ...(withClusterScoped !== undefined && { clusterScoped: withClusterScoped }),
      ...(Object.keys(exclude).length > 0 && { exclude }),
    },
    problems,
  }
}

/**
 * `namespaces` or `kinds`: names between commas; one with a regexp character is an expression that must match the
 * whole name. Repeated options add up. `undefined` where the option is not given: any.
 */
export function readNames(values: readonly string[]): readonly Pattern[] | undefined {
  if (values.length === 0) return undefined
  return values.flatMap((value) =>
    value
      .split(',')
      .filter((name) => name !== '')
      .map(namePattern),
  )
}

/** A name as it is, or an expression for whole names if it has one of `* + ? ( ) [ ] { } | ^ $ \`. */
export function namePattern(text: string): Pattern {
  return /[*+?()[\]{}|^$\\]/.test(text)
    ? { kind: 'regexp', source: text, anchored: true }
    : { kind: 'exact', value: text }
}

/**
 * `reason`: expressions between commas, those in brackets and braces too, as in kube-eventer. Repeated options add
 * up. `undefined` where the option is not given: any.
 */
export function readReasons(values: readonly string[]): readonly Pattern[] | undefined {
  if (values.length === 0) return undefined
  // One that is empty as a whole has no expression; an empty one between commas matches every reason.
  return values
    .filter((value) => value !== '')
    .flatMap((value) => value.split(','))
    .map((source) => ({ kind: 'regexp', source, anchored: false }))
}

function including(field: FilterField, what: string) {
  const summary = `Send only events whose ${what} this regular expression matches; may be repeated.`
  return { name: field, field, excludes: false, summary }
}

function excluding(field: FilterField, what: string) {
  const summary = `Leave out events whose ${what} this regular expression matches; may be repeated.`
  return { name: `${field}!`, field, excludes: true, summary }
}
