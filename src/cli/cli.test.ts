/** The first argument, `--help` and `--version`. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import { sinkRegistry } from '../app/registry.ts'
import { flags } from '../config/flag-table.ts'
import { parseCommandLine } from '../config/from-command-line.ts'
import { buildInfo } from './build-info.ts'
import { helpExamples, helpText, programHelp } from './help.ts'
import { chooseSubcommand, subcommands } from './subcommands.ts'
import { versionText } from './version.ts'

describe('the first argument', () => {
  const choose = (...argv: string[]) => chooseSubcommand(argv, subcommands, 'run')

  it('is the subcommand, and run without one', () => {
    assert.deepEqual(choose('demo', '--x'), { kind: 'subcommand', name: 'demo', argv: ['--x'] })
    assert.deepEqual(choose('--sink=log'), { kind: 'subcommand', name: 'run', argv: ['--sink=log'] })
    assert.deepEqual(choose(), { kind: 'subcommand', name: 'run', argv: [] })
    assert.deepEqual(choose('run', 'demo'), { kind: 'subcommand', name: 'run', argv: ['demo'] })
  })

  it('that is none is refused with the nearest one', () => {
    const chosen = choose('dmo')
    assert.ok(chosen.kind === 'unknown')
    assert.equal(chosen.problem.what, 'there is no subcommand `dmo`')
    assert.equal(chosen.problem.remedy, 'did you mean demo?')
  })

  it('that may be a secret is not shown', () => {
    const chosen = choose('https://hooks.example.test/canary')
    assert.ok(chosen.kind === 'unknown')
    assert.ok(!JSON.stringify(chosen).includes('canary'))
  })
})

describe('--help', () => {
  const text = programHelp()

  it('tells every subcommand, sink and flag', () => {
    const names = [
      ...subcommands.map(({ name }) => name),
      ...sinkRegistry.keys(),
      ...flags.map(({ name }) => `--${name}`),
    ]
    for (const name of names) assert.match(text, new RegExp(`^ .*${name}\\b`, 'm'))
  })

  it('tells every flag that has an effect with a sentence', () => {
    for (const { help, ignored } of flags) assert.equal(help === '', ignored === true)
  })

  it('fits a screen of 120 columns but for its examples', () => {
    const [reference = ''] = text.split('Examples:')
    for (const line of reference.split('\n')) assert.ok(line.length <= 120, line)
  })

  it('has examples that work', () => {
    for (const { title, argv } of helpExamples) {
      const parsed = parseCommandLine(argv, { ALERTS_KEY: 'x' }, sinkRegistry)
      assert.ok(parsed.kind === 'run', title)
      assert.deepEqual(parsed.problems, [], title)
    }
  })

  it('is made of what it is given', () => {
    const flag = {
      name: 'x',
      kind: 'text',
      group: 'G',
      valueName: 'X',
      default: '1',
      help: 'does x',
    } as const
    const made = helpText({
      subcommands: [{ name: 'go', summary: 'goes' }],
      sinks: [{ name: 'hole', summary: 'takes all' }],
      flags: [flag],
      sourceOptions: [{ name: 'where', summary: 'tells where' }],
      recordingOptions: [{ name: 'fast', summary: 'tells how fast' }],
      sinkOptions: [{ name: 'ke.how', summary: 'tells how' }],
    })
    assert.match(made, /^ {2}go {24}goes$/m)
    assert.match(made, /^ {2}hole {22}takes all$/m)
    assert.match(made, /^ {2}where {21}tells where$/m)
    assert.match(made, /^ {2}fast {22}tells how fast$/m)
    assert.match(made, /^ {2}ke\.how {20}tells how$/m)
    assert.match(made, /^G:\n {2}--x=X {21}does x \(default 1\)$/m)
  })
})

describe('--version', () => {
  it('prints what the original prints, to the byte', () => {
    const golden = new URL('../../test/golden/wire/ke-cli-version.json', import.meta.url)
    const { stdout } = z.object({ stdout: z.string() }).parse(JSON.parse(readFileSync(golden, 'utf8')))
    assert.equal(versionText({ version: '', commit: '' }), stdout)
    assert.equal(
      versionText({ version: '1.2.3', commit: 'abc' }),
      'kube-eventer version: 1.2.3 commit: abc\n\n',
    )
  })

  it('knows the version of a checkout', () => {
    const manifest = new URL('../../package.json', import.meta.url)
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8')))
    assert.equal(buildInfo().version, version)
  })
})
