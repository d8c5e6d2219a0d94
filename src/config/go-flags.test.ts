/** Go's flag syntax and values. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flags } from './flag-table.ts'
import { parseGoFlags } from './go-flags.ts'
import { parseGoInteger, parseGoUnsigned } from './go-values.ts'

function given(...argv: string[]): Record<string, unknown> {
  const parsed = parseGoFlags(argv, flags)
  assert.deepEqual(parsed.problems, [])
  return Object.fromEntries(parsed.given)
}

describe('a flag', () => {
  it('may be spelt in four ways', () => {
    for (const argv of [['-data-dir=/d'], ['--data-dir=/d'], ['-data-dir', '/d'], ['--data-dir', '/d']]) {
      assert.deepEqual(given(...argv), { 'data-dir': ['/d'] })
    }
  })

  it('keeps what follows its first = whole', () => {
    assert.deepEqual(given('--sink=webhook:http://h?a=b=c'), { sink: ['webhook:http://h?a=b=c'] })
  })

  it('takes the next argument whatever it looks like', () => {
    assert.deepEqual(given('--sink', '--source=x'), { sink: ['--source=x'] })
  })

  it('of the boolean kind takes no next argument', () => {
    const parsed = parseGoFlags(['--event-metrics', 'false', '--strict'], flags)
    assert.deepEqual(Object.fromEntries(parsed.given), { 'event-metrics': [true] })
    assert.deepEqual(parsed.leftovers, ['false', '--strict'])
  })

  it('of the boolean kind reads the words that Go reads, and no other', () => {
    for (const word of ['1', 't', 'T', 'TRUE', 'true', 'True']) {
      assert.deepEqual(given(`--strict=${word}`), { strict: [true] })
    }
    for (const word of ['0', 'f', 'F', 'FALSE', 'false', 'False']) {
      assert.deepEqual(given(`--strict=${word}`), { strict: [false] })
    }
    for (const word of ['', 'yes', 'on', 'tRUE']) {
      assert.equal(parseGoFlags([`--strict=${word}`], flags).problems.length, 1)
    }
  })

  it('may come again: each value is kept in order', () => {
    assert.deepEqual(given('--sink=a', '--frequency=1m', '--sink=b'), {
      sink: ['a', 'b'],
      frequency: [60_000],
    })
  })

  it('ends at -- and at the first argument that is none', () => {
    assert.deepEqual(parseGoFlags(['--strict', '--', '--sink=a'], flags).leftovers, ['--sink=a'])
    assert.deepEqual(parseGoFlags(['--strict', '-', '--sink=a'], flags).leftovers, ['-', '--sink=a'])
    assert.deepEqual(parseGoFlags(['--strict', 'x'], flags).leftovers, ['x'])
  })

  it('asks for help as -h, -help and --help', () => {
    for (const flag of ['-h', '--h', '-help', '--help']) assert.ok(parseGoFlags([flag], flags).asksHelp)
    assert.ok(!parseGoFlags(['--sink', '--help'], flags).asksHelp)
  })
})

describe('mistakes in flags', () => {
  it('are told all at once, each with its flag and a remedy', () => {
    const { problems } = parseGoFlags(
      ['--sinc=log', '---x', '--frequency=soon', '--nothing', 'like-it', '--healthz-port=-1', '--data-dir'],
      flags,
    )
    assert.deepEqual(
      problems.map(({ where }) => where),
      ['--sinc', 'command line', '--frequency', '--nothing', '--healthz-port', '--data-dir'],
    )
    assert.equal(problems[0]?.remedy, 'did you mean --sink?')
    assert.equal(parseGoFlags(['--hlep'], flags).problems[0]?.remedy, 'did you mean --help?')
    for (const problem of problems) assert.ok(problem.severity === 'error' && problem.remedy !== '')
  })
})

describe('a whole number', () => {
  it('is read as Go reads it with base 0', () => {
    const cases: readonly [string, number | undefined][] = [
      ['0', 0],
      ['8_084', 8084],
      ['0x1F_94', 8084],
      ['0b101', 5],
      ['0o17', 15],
      ['017', 15],
      ['08', undefined],
      ['1__0', undefined],
      ['_1', undefined],
      ['', undefined],
      ['1e3', undefined],
      ['9007199254740993', undefined],
    ]
    for (const [text, value] of cases) assert.equal(parseGoUnsigned(text), value, text)
    assert.equal(parseGoUnsigned('+1'), undefined)
    assert.equal(parseGoInteger('-0x10'), -16)
    assert.equal(parseGoInteger('+1'), 1)
    assert.ok(Object.is(parseGoInteger('-0'), 0))
  })
})
