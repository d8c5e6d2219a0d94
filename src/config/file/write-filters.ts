/** A filter as a configuration file has it. */
import type { FilterConditions, FilterField, FilterOptions, Pattern } from '../../domain/filter-options.ts'
import { namePattern } from '../../sink-kit/filter-argument.ts'

export function writeFilters(filter: FilterOptions): Record<string, unknown> {
  const { level, namespaces, clusterScoped, namespaceOf, exclude } = filter
  return {
    level,
    ...writeConditions(filter),
    ...(clusterScoped !== undefined && { clusterScoped }),
    ...(namespaces && namespaceOf !== undefined && { namespaceOf }),
    ...(exclude && { exclude: writeConditions(exclude) }),
  }
}

const fields: readonly FilterField[] = ['namespaces', 'kinds', 'reason', 'message', 'object']

function writeConditions(conditions: FilterConditions): Record<string, readonly string[]> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const patterns = conditions[field]
      const write = field === 'namespaces' || field === 'kinds' ? nameText : expressionText
      return patterns ? [[field, patterns.map(write)]] : []
    }),
  )
}

/** For names a text is a name, or an expression for whole ones. */
function nameText(pattern: Pattern): string {
  if (pattern.kind === 'exact') {
    return namePattern(pattern.value).kind === 'exact' ? pattern.value : `\\Q${pattern.value}\\E`
  }
  return pattern.anchored ? pattern.source : `.*(?:${pattern.source}).*`
}

/** Elsewhere it is an expression that matches somewhere. */
function expressionText(pattern: Pattern): string {
  if (pattern.kind === 'exact') return `^\\Q${pattern.value}\\E$`
  return pattern.anchored ? `^(?:${pattern.source})$` : pattern.source
}
