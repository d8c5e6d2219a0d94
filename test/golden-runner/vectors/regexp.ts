/** regexp.json: Go's regular expressions, asked of `src/stages`. */
import * as z from 'zod/mini'
import { compileRegexp } from '../../../src/stages/regexp.ts'
import { failed, passed } from '../verdict.ts'
import type { Verdict } from '../verdict.ts'

export const regexpVector = z.object({
  id: z.string(),
  pattern: z.string(),
  input: z.string(),
  /** `null`: the pattern is none. */
  match: z.nullable(z.boolean()),
})

/** Compares one vector: the same answer, or refused as well. */
export function runRegexpVector({ pattern, input, match }: z.output<typeof regexpVector>): Verdict {
  const compiled = compileRegexp(pattern, false)
  const got = compiled.ok ? String(compiled.test(input)) : 'refused'
  const expected = match === null ? 'refused' : String(match)
  if (got === expected) return passed()
  return failed([`${pattern} on ${JSON.stringify(input)}: expected ${expected}, got ${got}`])
}
