/** Regular expressions, held against what Go answers, and the way without an engine against the one with it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import { literalTest } from './literal-expression.ts'
import { compileRegexp, compileWithEngine } from './regexp.ts'

const vectors = z
  .array(
    z.object({
      id: z.string(),
      pattern: z.string(),
      input: z.string(),
      match: z.nullable(z.boolean()),
      error: z.optional(z.object({ message: z.string() })),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../../test/golden/regexp.json', import.meta.url), 'utf8')))

function matchOf(source: string, text: string, anchored = false): boolean | null {
  const compiled = compileRegexp(source, anchored)
  return compiled.ok ? compiled.test(text) : null
}

describe('a regular expression answers as in Go', () => {
  it('in many vectors', () => assert.ok(vectors.length > 200))

  for (const { id, pattern, input, match, error } of vectors) {
    it(`${id}: ${pattern} on ${JSON.stringify(input)}`, () => {
      assert.equal(matchOf(pattern, input), match)
      const compiled = compileRegexp(pattern, false)
      if (!compiled.ok) assert.ok(error?.message.startsWith(`error parsing regexp: ${compiled.fault.what}`))
    })
  }
})

describe('a name of a class', () => {
  it('may be written loosely, and any name of a category counts', () => {
    for (const [name, text, not] of [
      ['lu', 'A', 'a'],
      ['LETTER', 'a', '1'],
      ['decimal number', '1', 'a'],
      ['^Uppercase-Letter', 'a', 'A'],
      ['greek', 'α', 'a'],
      ['OLD_italic', '\u{10300}', 'a'],
      ['ASCII', 'a', 'é'],
      ['lc', 'a', '1'],
      ['assigned', 'a', '\u{e0fff}'],
    ] as const) {
      for (const source of [`^\\p{${name}}$`, `^[\\p{${name}}]$`]) {
        assert.equal(matchOf(source, text), true, source)
        assert.equal(matchOf(source, not), false, source)
      }
    }
  })

  it('that Go does not have is refused with its place', () => {
    for (const name of ['Emoji', 'Alphabetic', 'White_Space', 'Cyrl', 'Script=Greek', 'IsHan', '']) {
      const compiled = compileRegexp(`日[a\\p{${name}}]`, false)
      assert.deepEqual(compiled, {
        ok: false,
        fault: { what: 'invalid character class range', piece: `\\p{${name}}`, at: 3 },
      })
    }
  })

  it('is none in quotes', () => assert.equal(matchOf('\\Q\\p{x}\\E', '\\p{x}'), true))
})

describe('a name of a group', () => {
  it('may come twice, and is only taken out where it is one', () => {
    assert.equal(matchOf('(?P<a>x)(?<a>y)', 'xy'), true)
    assert.equal(matchOf('[(?P<a>]', '<'), true)
    assert.equal(matchOf('\\(?P<a>', 'P<a>'), true)
    assert.equal(matchOf('[]](?<a>b)', ']b'), true)
  })
})

describe('a mistake in an expression', () => {
  for (const [source, what, piece, at] of [
    ['[', 'missing closing ]', '[', 0],
    ['ab[c', 'missing closing ]', '[c', 2],
    ['a(b(?:c)', 'missing closing )', '(', 1],
    ['(a))', 'unexpected )', ')', 3],
    ['[)])', 'unexpected )', ')', 3],
    ['é\\', 'trailing backslash at end of expression', '\\', 1],
    ['^(?!Unhealthy)', 'invalid or unsupported Perl syntax', '(?!', 1],
    ['a\\\\1\\1', 'invalid escape sequence', '\\1', 4],
    ['ab**', 'invalid nested repetition operator', '**', 2],
    ['(*a)', 'missing argument to repetition operator', '*', 1],
    ['a{1001}', 'invalid repeat count', '{1001}', 1],
    ['x[z-a]', 'invalid character class range', 'z-a', 2],
  ] as const) {
    it(`is told with its place: ${source}`, () => {
      assert.deepEqual(compileRegexp(source, false), { ok: false, fault: { what, piece, at } })
      assert.equal(compileRegexp(source, true).ok, false)
    })
  }

  it('is not mended by what anchors it', () => assert.equal(compileRegexp('a)(b', true).ok, false))
})

describe('an anchored expression', () => {
  it('matches whole texts alone', () => {
    assert.equal(matchOf('a|ab', 'ab', true), true)
    assert.equal(matchOf('(?:a|ab)c?', 'abc', true), true)
    assert.equal(matchOf('[a]b|c', 'ab\n', true), false)
    assert.equal(matchOf('(?m)^[b]$', 'a\nb', true), false)
    assert.equal(matchOf('wire-.*', 'wire-a', true), true)
    assert.equal(matchOf('wire-.*', 'my-wire-a', true), false)
  })
})

describe('an expression of literals', () => {
  it('needs no engine', () => {
    for (const source of [
      'BackOff',
      '^BackOff$',
      '(BackOff|Failed.*)',
      'Failed(Mount|Scheduling|AttachVolume)',
      '^(?:Killing|Created)$',
      'kube-.*',
      '.*Failed',
      'a\\.b',
      '^a|b$',
      '',
      '|',
      '.*',
      '拉取',
    ]) {
      assert.ok(literalTest(source, false), source)
      assert.ok(literalTest(source, true), source)
    }
  })

  it('is not one that repeats, folds case, or is wrong', () => {
    for (const source of [
      'a+',
      'ab*',
      '(a)?',
      'a{2}',
      '.',
      'a.*b',
      '(?i)a',
      '\\d',
      '[a]',
      '(',
      'a)',
      'a^b',
      '.*?',
      '^*',
    ]) {
      assert.equal(literalTest(source, false), undefined, source)
    }
  })

  it('does not load it', () => {
    const script = `
      const { compileFilter } = await import(${JSON.stringify(new URL('./filter.ts', import.meta.url).href)})
      const { re2Engine } = await import(${JSON.stringify(new URL('./re2-engine.ts', import.meta.url).href)})
      const { createRequire } = await import('node:module')
      const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('re2js'))
      const event = { metadata: {}, involvedObject: {}, reason: 'BackOff' }
      const filter = compileFilter({ level: 'all', reason: [{ kind: 'regexp', source: '^(BackOff|Failed.*)', anchored: false }] })
      const before = filter(event).pass && !isLoaded()
      re2Engine()
      console.log(before, isLoaded())`
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    assert.equal(output, 'true true\n')
  })

  it('answers as the engine does', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
    const random = seeded(seed)
    const pick = <T>(from: readonly [T, ...T[]]): T => from[Math.floor(random() * from.length)] ?? from[0]
    const source = (depth: number): string =>
      Array.from({ length: Math.floor(random() * 5) }, () =>
        depth > 0 && random() < 0.2
          ? `${pick(['(', '(?:'])}${source(depth - 1)})`
          : pick(['a', 'b', 'ab', '|', '^', '$', '.*', '\\.', '😀', '-', 'a', 'b']),
      ).join('')
    let simple = 0
    for (let round = 0; round < 6000; round++) {
      const expression = source(2)
      const anchored = random() < 0.5
      const fast = literalTest(expression, anchored)
      if (fast === undefined) continue
      simple += 1
      const slow = compileWithEngine(expression, anchored)
      assert.ok(slow.ok, `seed ${seed}: ${expression}`)
      for (let times = 0; times < 12; times++) {
        const length = Math.floor(random() * 6)
        const text = Array.from({ length }, () => pick(['a', 'b', '\n', '.', '😀', '-', 'ab'])).join('')
        const where = `seed ${seed}: ${expression} on ${JSON.stringify(text)}, anchored: ${anchored}`
        assert.equal(fast(text), slow.test(text), where)
      }
    }
    assert.ok(simple > 2000, `seed ${seed}: only ${simple} expressions without an engine`)
  })
})

describe('any expression', () => {
  it('takes time linear in the text', () => {
    // Each of these takes an engine that backtracks longer than the world has: that it ends at all is the test.
    const text = `${'x'.repeat(100_000)}!`
    for (const source of ['(x+x+)+y', '((x*)*)*$y', '(x|xx)+$', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
      assert.equal(matchOf(source, text), false, source)
    }
  })
})

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
