/** Go's reading of `--sink` and `--source` values, held against what real Go answers. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import { expandEnv } from './expand-env.ts'
import type { GoUrl } from './go-url.ts'
import { parseGoQuery, parseGoUrl } from './go-url.ts'
import { readUriArgument } from './uri-argument.ts'

const uriSchema = z.object({
  scheme: z.string(),
  user: z.nullable(z.string()),
  password: z.nullable(z.string()),
  host: z.string(),
  path: z.string(),
  rawPath: z.string(),
  rawQuery: z.string(),
  fragment: z.string(),
  opaque: z.string(),
  string: z.string(),
})
const vectorSchema = z.object({
  id: z.string(),
  arg: z.string(),
  env: z._default(z.record(z.string(), z.string()), {}),
  kind: z.optional(z.string()),
  uri: z.optional(uriSchema),
  query: z._default(z.record(z.string(), z.array(z.string())), {}),
  error: z.optional(z.object({ message: z.string() })),
})
type Vector = z.output<typeof vectorSchema>

const file = new URL('../../test/golden/uri.json', import.meta.url)
const vectors = z.array(vectorSchema).parse(JSON.parse(readFileSync(file, 'utf8')))

/** The one intended difference: a `$` that names no variable of the environment stays as it is. */
function differsOnPurpose(vector: Vector): boolean {
  return expandEnv(vector.arg.slice(vector.arg.indexOf(':') + 1), vector.env, 'keep').unset > 0
}

function asGolden(url: GoUrl): z.output<typeof uriSchema> {
  const { text, user, ...fields } = url
  return { ...fields, user: user?.name ?? null, password: user?.password ?? null, string: text }
}

function grouped(rawQuery: string): Record<string, string[]> {
  const lists = new Map<string, string[]>()
  for (const [name, value] of parseGoQuery(rawQuery)) lists.set(name, [...(lists.get(name) ?? []), value])
  return Object.fromEntries(lists)
}

describe('a --sink or --source value', () => {
  it('has vectors that agree with Go and vectors that differ on purpose', () => {
    assert.ok(vectors.filter(differsOnPurpose).length >= 8)
    assert.ok(vectors.length > 150)
  })

  for (const vector of vectors.filter((each) => !differsOnPurpose(each))) {
    it(`is read as Go reads it: ${vector.id}`, () => {
      const result = readUriArgument(vector.arg, vector.env)
      if (vector.error) return assert.equal(result.ok, false)
      assert.ok(result.ok)
      assert.equal(result.argument.name, vector.kind)
      assert.equal(result.argument.unsetVariables, 'none')
      assert.deepEqual(asGolden(result.argument.url), vector.uri)
      assert.deepEqual(grouped(result.argument.url.rawQuery), vector.query)
    })
  }

  for (const vector of vectors.filter(differsOnPurpose)) {
    it(`is read as Go reads it once the $ that names no variable is gone: ${vector.id}`, () => {
      const colon = vector.arg.indexOf(':')
      const result = parseGoUrl(expandEnv(vector.arg.slice(colon + 1), vector.env, 'remove').text)
      assert.ok(result.ok)
      assert.deepEqual(asGolden(result.url), vector.uri)
      assert.deepEqual(grouped(result.url.rawQuery), vector.query)
    })

    it(`keeps the $ that names no variable: ${vector.id}`, () => {
      const result = readUriArgument(vector.arg, vector.env)
      assert.ok(result.ok)
      assert.equal(result.argument.unsetVariables, 'kept')
      assert.ok(result.argument.url.text.includes('$'))
    })
  }

  it('goes on without a variable where keeping its $ would spoil the host, as in the original', () => {
    for (const argument of [
      'webhook:http://h.example.test${SUFFIX}/p',
      'webhook:http://h.example.test$SUFFIX/p',
    ]) {
      const result = readUriArgument(argument, {})
      assert.ok(result.ok)
      assert.equal(result.argument.unsetVariables, 'removed')
      assert.equal(result.argument.url.text, 'http://h.example.test/p')
    }
  })

  it('is refused with a fault that holds nothing of it', () => {
    const result = readUriArgument('webhook:http://user:canary#7@h.example.test/p', {})
    assert.deepEqual(result, { ok: false, name: 'webhook', fault: 'invalid-port' })
  })
})

describe('expansion of variables', () => {
  const env = { A: '1', AB: '$A', EMPTY: '', 'A b': '2' }
  const cases: readonly [text: string, kept: string, removed: string][] = [
    ['$A ${A} $AB', '1 1 $A', '1 1 $A'],
    ['x$EMPTY.', 'x.', 'x.'],
    ['pa$$word', 'pa$$word', 'paword'],
    ['p$ecret${NO}', 'p$ecret${NO}', 'p'],
    ['5$ $(A) a$', '5$ $(A) a$', '5$ $(A) a$'],
    ['${A b} ${} ${A', '2 ${} ${A', '2  A'],
    ['$1$é', '$1$é', '$é'],
  ]
  for (const [text, kept, removed] of cases) {
    it(`reads ${text}`, () => {
      assert.equal(expandEnv(text, env, 'keep').text, kept)
      assert.equal(expandEnv(text, env, 'remove').text, removed)
      assert.equal(expandEnv(text, env, 'keep').unset > 0, kept !== removed)
    })
  }

  it('never takes a variable from the prototype of the environment', () => {
    assert.equal(expandEnv('$toString', {}, 'keep').text, '$toString')
  })
})
