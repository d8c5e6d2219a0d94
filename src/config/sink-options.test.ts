/** What is said of options that a sink's schema refuses. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import { validateOptions } from './sink-options.ts'

const schema = z.strictObject({
  host: z.string().check(z.minLength(1)),
  mode: z._default(z.enum(['fast', 'safe']), 'safe'),
  size: z.optional(z.number().check(z.minimum(1), z.maximum(9))),
  hook: z.optional(z.string().check(z.regex(/^x/, 'is no hook: write one with x'))),
  headers: z.optional(z.record(z.string().check(z.regex(/^[a-z]+$/, 'is no name')), z.string())),
})

function issuesOf(input: Readonly<Record<string, unknown>>): readonly string[] {
  const result = validateOptions(schema, input)
  return result.ok ? [] : result.issues.map(({ what, remedy }) => `${what} → ${remedy}`)
}

describe('options of a sink', () => {
  it('come out with their defaults', () => {
    assert.deepEqual(validateOptions(schema, { host: 'h' }), {
      ok: true,
      options: { host: 'h', mode: 'safe' },
    })
  })

  it('are refused with every mistake at once, in words of their schema', () => {
    assert.deepEqual(issuesOf({ host: '', mode: 'canary', size: 10, hook: 'canary', odd: 'canary' }), [
      'option `host` must be at least 1 characters long → correct its value',
      'option `mode` is none of fast, safe → correct its value',
      'option `size` must be at most 9 → correct its value',
      'option `hook` is no hook: write one with x → ',
      'there is no option `odd` → remove it',
    ])
  })

  it('that are missing are not told as wrong', () => {
    assert.deepEqual(issuesOf({}), ['option `host` is missing → add host=…'])
    assert.deepEqual(issuesOf({ host: 7 }), ['option `host` must be a text: put it in quotes → '])
  })

  it('never show a value, nor a name that may be one', () => {
    const text = issuesOf({ host: 7, headers: { 'Canary 7=': 'canary' }, 'canary 7=': 1 }).join('\n')
    assert.match(text, /option `headers` has a name that is no name/)
    assert.match(text, /there is no option of this name/)
    assert.doesNotMatch(text, /canary/i)
  })
})
