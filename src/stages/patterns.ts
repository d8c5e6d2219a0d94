/** Patterns, compiled: whether any of a list matches a text, and which. */
import type { Pattern } from '../domain/filter-options.ts'
import { compileRegexp } from './regexp.ts'

/**
 * Answers a pattern that matches, or `undefined`; allocates nothing. Throws an `Error` where one is no regular
 * expression.
 */
export function compilePatterns(patterns: readonly Pattern[]): (text: string) => Pattern | undefined {
  const exact = new Map<string, Pattern>()
  const tests: { readonly pattern: Pattern; readonly test: (text: string) => boolean }[] = []
  for (const pattern of patterns) {
    if (pattern.kind === 'exact') exact.set(pattern.value, pattern)
    else tests.push({ pattern, test: testOf(pattern.source, pattern.anchored) })
  }
  if (tests.length === 0) return (text) => exact.get(text)
  return (text) => {
    const found = exact.get(text)
    if (found !== undefined) return found
    for (const { pattern, test } of tests) if (test(text)) return pattern
    return undefined
  }
}

/** A pattern as people wrote it: `"shop"`, or a regular expression in backquotes. */
export function textOf(pattern: Pattern): string {
  return pattern.kind === 'exact' ? `"${pattern.value}"` : `\`${pattern.source}\``
}

function testOf(source: string, anchored: boolean): (text: string) => boolean {
  const compiled = compileRegexp(source, anchored)
  if (compiled.ok) return compiled.test
  const { what, piece, at } = compiled.fault
  throw new Error(
    `\`${source}\` is no regular expression: ${what}: \`${piece}\` after ${at} characters; correct it`,
  )
}
