/** The filter stage: which occurrences a sink wants. Compiled once, pure, and each refusal has its reason. */
import { passed, type Decision } from '../domain/decision.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import type { FilterOptions } from '../domain/filter-options.ts'

export type Filter = (event: KubernetesEvent) => Decision

/** Compiles options into one function; no options, no work. The order of the checks is the order of the reasons. */
export function compileFilter(options: FilterOptions): Filter {
  const checks = [
    options.level === 'all' ? undefined : levelCheck(options.level),
    options.namespaces && namespaceCheck(options.namespaces),
    options.kinds && kindCheck(options.kinds),
  ].filter((check) => check !== undefined)
  if (checks.length === 0) return () => passed
  return (event) => {
    for (const check of checks) {
      const decision = check(event)
      if (!decision.pass) return decision
    }
    return passed
  }
}

function levelCheck(level: 'Normal' | 'Warning'): Filter {
  // An event whose type is neither never passes a level, as the original has it.
  const wanted = level === 'Normal' ? ['Normal', 'Warning'] : ['Warning']
  return (event) =>
    wanted.includes(event.type ?? '')
      ? passed
      : { pass: false, reason: 'level', detail: `type ${quote(event.type)} is not in ${wanted.join(', ')}` }
}

function namespaceCheck(namespaces: readonly string[]): Filter {
  const wanted = new Set(namespaces)
  return (event) => {
    const namespace = event.involvedObject.namespace
    // An object without a namespace (a node) never matches, not even an empty name.
    if (namespace && wanted.has(namespace)) return passed
    return { pass: false, reason: 'namespace', detail: `namespace ${quote(namespace)} is not listed` }
  }
}

function kindCheck(kinds: readonly string[]): Filter {
  const wanted = new Set(kinds)
  return (event) => {
    const kind = event.involvedObject.kind
    if (kind && wanted.has(kind)) return passed
    return { pass: false, reason: 'kind', detail: `kind ${quote(kind)} is not listed` }
  }
}

function quote(value: string | undefined): string {
  return value ? `"${value}"` : '(none)'
}
