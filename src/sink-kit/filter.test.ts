/** Filters on the command line, and what is said about them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FilterConditions, FilterOptions, Pattern } from '../domain/filter-options.ts'
import { triageRules } from '../telemetry/reasons.ts'
import { kitFilterNames, kitFilterOptions, namePattern } from './filter-argument.ts'
import type { FilterReview, FilterSpelling } from './filter-review.ts'
import { commandLineSpelling, reviewFilter } from './filter-review.ts'
import { knownReasons } from './known-reasons.ts'
import { splitArgument } from './split-argument.ts'
import { sinkArgument } from './testing/sink-world.ts'

const some = (...sources: readonly string[]): Pattern[] =>
  sources.map((source) => ({ kind: 'regexp', source, anchored: false }))
const split = (query: string, read?: (path: string) => string) =>
  splitArgument(sinkArgument(`log:?${query}`), read)

describe("the kit's filters", () => {
  it('are taken out, add up, and are not split at commas', () => {
    const { filter, own, problems } = split(
      'ke.reason!=A,B&ke.reason!=C&ke.namespaces!=n&ke.kinds!=k&ke.message=m&ke.message!=n&ke.object=o&ke.object!=p' +
        '&ke.clusterScoped=true&x=1',
    )
    assert.deepEqual(problems, [])
    assert.deepEqual(filter, {
      message: some('m'),
      object: some('o'),
      clusterScoped: true,
      exclude: {
        reason: some('A,B', 'C'),
        namespaces: some('n'),
        kinds: some('k'),
        message: some('n'),
        object: some('p'),
      },
    })
    assert.deepEqual(own.query, [['x', '1']])
  })

  it('may stand in files', () => {
    assert.deepEqual(split('ke.file.ke.message=/m', () => 'from file\n').filter, {
      message: some('from file'),
    })
  })

  it('are empty where none is given', () => assert.deepEqual(split('ke.name=n').filter, {}))

  it('are described', () => {
    assert.deepEqual(
      kitFilterOptions.map(({ name }) => name),
      kitFilterNames.map((name) => `ke.${name}`),
    )
    for (const { summary } of kitFilterOptions) assert.match(summary, /\.$/)
  })
})

describe('a name', () => {
  it('is exact, unless it has a regexp character', () => {
    for (const name of ['kube-system', 'a.b', 'Pod', '']) assert.equal(namePattern(name).kind, 'exact')
    for (const character of '*+?()[]{}|^$\\') {
      assert.deepEqual(namePattern(`a${character}`), {
        kind: 'regexp',
        source: `a${character}`,
        anchored: true,
      })
    }
  })
})

function review(
  filter: Partial<FilterOptions>,
  spelling: FilterSpelling = commandLineSpelling,
): FilterReview {
  return reviewFilter({ level: 'all', ...filter }, spelling)
}

function warningsOf(
  conditions: FilterConditions & { readonly exclude?: FilterConditions },
): readonly string[] {
  const { errors, mistakes, warnings } = review(conditions)
  assert.deepEqual([errors, mistakes], [[], []])
  return warnings.map(({ what, remedy }) => `${what}; ${remedy}`)
}

describe('an expression that is none', () => {
  for (const [source, place, remedy] of [
    [
      '[',
      'missing closing ]: `[` at character 1',
      /close it, or write `\\\[` for the character itself; a comma/,
    ],
    ['Back(', 'missing closing ): `(` at character 5', /close it/],
    ['Back)', 'unexpected ): `)` at character 5', /open it/],
    ['*Back', 'missing argument to repetition operator: `*` at character 1', /`\.\*` is anything/],
    ['a**', 'invalid nested repetition operator: `**` at character 2', /keep one/],
    ['a{2000}', 'invalid repeat count: `{2000}` at character 2', /1000 times/],
    ['^(?!Unhealthy)', 'invalid or unsupported Perl syntax: `(?!` at character 2', /`ke\.reason!=…`/],
    ['a\\', 'trailing backslash at end of expression: `\\` at character 2', /remove it/],
    ['\\y', 'invalid escape sequence: `\\y` at character 1', /RE2/],
  ] as const) {
    it(`is an error with option, place and remedy: ${source}`, () => {
      const { errors, filter } = review({ reason: some(source) })
      assert.equal(errors.length, 1)
      assert.equal(errors[0]?.what, `option \`reason\`: \`${source}\` is no regular expression: ${place}`)
      assert.match(errors[0]?.remedy ?? '', remedy)
      assert.deepEqual(filter.reason, [])
    })
  }

  it('is told for every option', () => {
    const wrong = some('(')
    const all = { namespaces: wrong, kinds: wrong, reason: wrong, message: wrong, object: wrong }
    assert.deepEqual(
      review({ ...all, exclude: all }).errors.map(({ what }) => /`(.*?)`/.exec(what)?.[1]),
      [
        'namespaces',
        'kinds',
        'reason',
        'ke.message',
        'ke.object',
        'ke.namespaces!',
        'ke.kinds!',
        'ke.reason!',
        'ke.message!',
        'ke.object!',
      ],
    )
  })

  it("beside one that is right is left out where the original does so, as a strict start's error", () => {
    const { errors, mistakes, filter } = review({ reason: some('[', 'BackOff') })
    assert.deepEqual(errors, [])
    assert.match(mistakes[0]?.what ?? '', /missing closing \]: `\[` at character 1; it is left out/)
    assert.deepEqual(filter.reason, some('BackOff'))
  })

  it('is an error beside others for options that the original has not, and for other front ends', () => {
    assert.equal(review({ message: some('[', 'x') }).errors.length, 1)
    assert.equal(review({ exclude: { reason: some('[', 'BackOff') } }).errors.length, 1)
    const yaml: FilterSpelling = {
      name: (field, excludes) => `filters.${excludes ? 'exclude.' : ''}${field}`,
      assign: (field, _excludes, value) => `exclude: {${field}: ${value}}`,
      isLenient: false,
    }
    const { errors } = review({ reason: some('(?!x)', 'BackOff') }, yaml)
    assert.match(errors[0]?.what ?? '', /^option `filters\.reason`/)
    assert.match(errors[0]?.remedy ?? '', /`exclude: \{reason: …\}`/)
  })

  it('shows no line break and no endless text', () => {
    const { errors } = review({ message: some(`\n[${'x'.repeat(500)}`) })
    assert.match(errors[0]?.what ?? '', /`\\n\[x{97}…` is no/)
    assert.ok((errors[0]?.what.length ?? 0) < 400)
  })
})

describe('a likely mistake', () => {
  it('is a class that looks like "not": it keeps its meaning', () => {
    for (const [source, word] of [
      ['[^Unhealthy]', 'Unhealthy'],
      ['^[^Unhealthy]*$', 'Unhealthy'],
      ['[^(Unhealthy|BackOff)]', 'Unhealthy|BackOff'],
      ['[^kube-system]', 'kube-system'],
    ] as const) {
      const [warning, ...more] = warningsOf({ reason: some(source) })
      assert.deepEqual(more, [])
      assert.match(warning ?? '', /does not mean "not /)
      assert.ok(warning?.includes(`write \`ke.reason!=${word}\` instead`), warning)
      assert.deepEqual(review({ reason: some(source) }).filter.reason, some(source))
    }
    assert.match(
      warningsOf({ exclude: { reason: some('[^Unhealthy]') } }).join(),
      /write `ke\.reason!=Unhealthy`/,
    )
    assert.match(warningsOf({ message: some('[^error]') }).join(), /`ke\.message!=error`/)
  })

  it('is no class of some letters', () => {
    for (const source of ['[^U]', '^[^a-z0-9]', '[^A-Za-z]', '[Unhealthy]']) {
      assert.deepEqual(warningsOf({ reason: some(source) }), [], source)
    }
  })

  it('is a reason that Kubernetes does not give, with the nearest that it gives', () => {
    for (const [source, meant] of [
      ['FailedSchedulling', 'FailedScheduling'],
      ['^backoff$', 'BackOff'],
      ['(Unhealhty|ImagePulBackof)', 'Unhealthy'],
      ['Evited', 'Evicted'],
    ] as const) {
      const warnings = warningsOf({ reason: some(source) })
      assert.match(warnings.join(), /matches none of the reasons that Kubernetes itself gives/)
      assert.ok(warnings.join().includes(`meant: \`${meant}\`?`), warnings.join())
    }
    assert.match(warningsOf({ reason: some('CertificateIssued') }).join(), /; keep it if another controller/)
    assert.match(warningsOf({ exclude: { reason: some('Evited') } }).join(), /`ke\.reason!`.*`Evicted`/)
    assert.match(
      warningsOf({ reason: some('Back{1', '3}') }).join(),
      /a comma ends an expression, in braces too/,
    )
  })

  it('is no reason that some component gives', () => {
    assert.deepEqual(warningsOf({ reason: some('BackOff', 'Fail.*', '(?i)oom', '^(Evicted|Killing)$') }), [])
  })

  it('is an empty expression, and a list that is empty', () => {
    assert.match(warningsOf({ reason: some('', 'BackOff') }).join(), /which every reason matches; remove it/)
    for (const field of ['namespaces', 'kinds', 'reason'] as const) {
      assert.deepEqual(warningsOf({ [field]: [] }), [
        `option \`${field}\` is empty, so no event passes; name some, or remove it`,
      ])
    }
  })

  it('is an expression among names, told once', () => {
    const namespaces = [namePattern('wire-.*'), namePattern('shop'), namePattern('[ab]')]
    const [warning, ...more] = warningsOf({ namespaces })
    assert.deepEqual(more, [])
    assert.match(warning ?? '', /`wire-\.\*`, `\[ab\]` are matched against whole names/)
  })

  it('is clusterScoped without namespaces', () => {
    assert.match(review({ clusterScoped: true }).warnings[0]?.what ?? '', /no effect without `namespaces`/)
    assert.deepEqual(review({ clusterScoped: true, namespaces: [namePattern('a')] }).warnings, [])
  })
})

describe('the known reasons', () => {
  it('are names, once each', () => {
    assert.equal(new Set(knownReasons).size, knownReasons.length)
    for (const reason of knownReasons) assert.match(reason, /^[A-Z][\w-]+$/)
  })

  it('hold all that the error metric knows', () => {
    assert.deepEqual(
      triageRules.map(({ reason }) => reason).filter((reason) => !knownReasons.includes(reason)),
      [],
    )
  })
})
