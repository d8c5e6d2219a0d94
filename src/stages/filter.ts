/** The filter stage: which occurrences a sink wants. Compiled once, pure, and each refusal has its reason. */
import { passed, type Decision, type FilterReason } from '../domain/decision.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import type { FilterField, FilterOptions, Pattern } from '../domain/filter-options.ts'
import { compilePatterns, textOf } from './patterns.ts'

export type Filter = (event: KubernetesEvent) => Decision

/**
 * Compiles options into one function; no options, no work. Throws an `Error` where a pattern is no regular
 * expression, which the front ends refuse before. The order of the checks is the order of the reasons: level, then
 * field by field, of each first what is wanted, then what is left out.
 */
export function compileFilter(options: FilterOptions): Filter {
  const checks: Filter[] = []
  if (options.level !== 'all') checks.push(levelCheck(options.level))
  for (const field of fields) {
    const wanted = options[field.name]
    if (wanted) checks.push(wantedCheck(field, wanted, options))
    const left = options.exclude?.[field.name]
    if (left && left.length > 0) checks.push(excludeCheck(field, left))
  }
  const [only, ...others] = checks
  if (only === undefined) return () => passed
  if (others.length === 0) return only
  return (event) => {
    for (const check of checks) {
      const decision = check(event)
      if (!decision.pass) return decision
    }
    return passed
  }
}

interface Field {
  readonly name: FilterField
  readonly reason: FilterReason
  readonly valueOf: (event: KubernetesEvent) => string
  /** No pattern of what is wanted matches an event that has none, as in kube-eventer. */
  readonly mustBeThere: boolean
  /** Whether a detail may hold the value: a message is as long as it is. */
  readonly isShown: boolean
}

/** In the order of the checks: the cheap ones, which refuse most, come first. */
const fields: readonly Field[] = [
  {
    name: 'namespaces',
    reason: 'namespace',
    valueOf: (event) => event.involvedObject.namespace ?? '',
    mustBeThere: true,
    isShown: true,
  },
  {
    name: 'kinds',
    reason: 'kind',
    valueOf: (event) => event.involvedObject.kind ?? '',
    mustBeThere: true,
    isShown: true,
  },
  {
    name: 'reason',
    reason: 'reason',
    valueOf: (event) => event.reason ?? '',
    mustBeThere: true,
    isShown: true,
  },
  {
    name: 'message',
    reason: 'message',
    valueOf: (event) => event.message ?? '',
    mustBeThere: false,
    isShown: false,
  },
  {
    name: 'object',
    reason: 'object',
    valueOf: ({ involvedObject: { kind = '', namespace = '', name = '' } }) => `${kind}/${namespace}/${name}`,
    mustBeThere: false,
    isShown: true,
  },
]

function levelCheck(level: 'Normal' | 'Warning'): Filter {
  // An event whose type is neither never passes a level, as the original has it.
  const wanted = level === 'Normal' ? ['Normal', 'Warning'] : ['Warning']
  return (event) =>
    wanted.includes(event.type ?? '')
      ? passed
      : { pass: false, reason: 'level', detail: `type ${quote(event.type)} is not in ${wanted.join(', ')}` }
}

function wantedCheck(field: Field, patterns: readonly Pattern[], options: FilterOptions): Filter {
  const find = compilePatterns(patterns)
  const { reason, mustBeThere } = field
  const isNamespaces = field.name === 'namespaces'
  const valueOf = isNamespaces && options.namespaceOf === 'event' ? eventNamespace : field.valueOf
  const passesClusterScoped = isNamespaces && options.clusterScoped === true
  const among =
    patterns.length === 0 ? 'and none is wanted' : `matches none of ${patterns.map(textOf).join(', ')}`
  return (event) => {
    const value = valueOf(event)
    if (passesClusterScoped && !event.involvedObject.namespace) return passed
    if ((value !== '' || !mustBeThere) && find(value) !== undefined) return passed
    return { pass: false, reason, detail: `${shown(field, value)} ${among}` }
  }
}

function eventNamespace(event: KubernetesEvent): string {
  return event.metadata.namespace ?? ''
}

function excludeCheck(field: Field, patterns: readonly Pattern[]): Filter {
  const find = compilePatterns(patterns)
  const { reason, valueOf } = field
  return (event) => {
    const value = valueOf(event)
    const pattern = find(value)
    if (pattern === undefined) return passed
    return {
      pass: false,
      reason,
      detail: `${shown(field, value)} matches ${textOf(pattern)}, which is left out`,
    }
  }
}

/** `namespace "shop"` */
function shown({ reason, isShown }: Field, value: string): string {
  return isShown ? `${reason} ${quote(value)}` : `the ${reason}`
}

function quote(value: string | undefined): string {
  return value ? `"${value}"` : '(none)'
}
