/** Filters of a whole command line: what reaches the configuration, and what is told. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sinkRegistry } from '../app/registry.ts'
import { parseCommandLine } from './from-command-line.ts'
import type { CommandLine } from './from-command-line.ts'
import { kitOptionSummaries } from './option-summaries.ts'
import { renderProblems } from './problems.ts'

const webhook = '--sink=webhook:https://hooks.example.test/canary?method=POST&level=Warning'

function parse(...argv: readonly string[]): CommandLine {
  return parseCommandLine(['--source=kubernetes:https://kubernetes.default', ...argv], {}, sinkRegistry)
}

function textOf(parsed: CommandLine): string {
  return 'problems' in parsed ? renderProblems(parsed.problems, { colour: false }) : ''
}

const some = (source: string) => ({ kind: 'regexp', source, anchored: false })

describe('filters on the command line', () => {
  it("are the sink's own and the kit's together, without a word where all is well", () => {
    const parsed = parse(`${webhook}&reason=BackOff,^Failed&ke.reason!=FailedMount&ke.object=^Pod/shop/`)
    assert.equal(textOf(parsed), '')
    assert.ok(parsed.kind === 'run')
    assert.deepEqual(parsed.config.sinks[0]?.filter, {
      level: 'Warning',
      reason: [some('BackOff'), some('^Failed')],
      object: [some('^Pod/shop/')],
      exclude: { reason: [some('FailedMount')] },
    })
    assert.deepEqual(parsed.config.sinks[0]?.options, {
      url: 'https://hooks.example.test/canary',
      method: 'POST',
      headers: {},
    })
  })

  it('work for every sink', () => {
    const parsed = parse('--sink=log:?ke.kinds!=Node&ke.message=out of memory')
    assert.equal(textOf(parsed), '')
    assert.ok(parsed.kind === 'run')
    assert.deepEqual(parsed.config.sinks[0]?.filter, {
      level: 'all',
      message: [some('out of memory')],
      exclude: { kinds: [some('Node')] },
    })
  })

  it('do not make a sink another one: its place in the journal stays', () => {
    const endpoints = ['', '&ke.reason!=Unhealthy'].map((query) => {
      const parsed = parse(`${webhook}${query}`)
      return parsed.kind === 'run' ? parsed.config.sinks[0]?.endpoint : undefined
    })
    assert.ok(endpoints[0])
    assert.equal(endpoints[0], endpoints[1])
  })

  it('are in the help', () => {
    const names = kitOptionSummaries().map(({ name }) => name)
    for (const name of ['ke.reason!', 'ke.message', 'ke.object!', 'ke.clusterScoped'])
      assert.ok(names.includes(name))
  })
})

describe('a published filter that does not do what it was meant to', () => {
  it('goes on as it was, with a warning that has the corrected option', () => {
    const parsed = parse(`${webhook}&reason=[^Unhealthy]`)
    assert.ok(parsed.kind === 'run')
    assert.deepEqual(parsed.config.sinks[0]?.filter.reason, [some('[^Unhealthy]')])
    assert.equal(
      textOf(parsed),
      'warning: --sink, webhook https://hooks.example.test/…: option `reason`: `[^…]` in `[^Unhealthy]` is any one ' +
        'character but those listed, and does not mean "not Unhealthy"\n' +
        '  to leave that out, write `ke.reason!=Unhealthy` instead\n',
    )
  })
})

describe('an expression that is none', () => {
  const wrong = '--sink=log:?ke.message=a)'

  it('is an error of its sink alone, with place and remedy', () => {
    const parsed = parse(wrong, '--sink=log')
    assert.ok(parsed.kind === 'run')
    assert.equal(parsed.config.sinks.length, 1)
    assert.equal(
      textOf(parsed),
      'error: --sink (the 1st), log: option `ke.message`: `a)` is no regular expression: unexpected ): `)` at ' +
        'character 2\n  open it, or write `\\)` for the character itself\n',
    )
    assert.equal(parse(wrong, '--sink=log', '--strict').kind, 'invalid')
  })

  it('beside one that is right stops only a strict start', () => {
    const beside = `${webhook}&reason=BackOff,[`
    const parsed = parse(beside)
    assert.ok(parsed.kind === 'run')
    assert.deepEqual(parsed.config.sinks[0]?.filter.reason, [some('BackOff')])
    assert.match(textOf(parsed), /^warning: .*`\[` is no regular expression.*it is left out/)
    const strict = parse(beside, '--strict')
    assert.equal(strict.kind, 'invalid')
    assert.match(textOf(strict), /^error: .*`\[` is no regular expression/)
  })
})
