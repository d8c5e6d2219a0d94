/** Reports and the API as people write them, in YAML and on the command line, and what is said of mistakes. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { sinkRegistry } from '../app/registry.ts'
import type { CommandLine } from './from-command-line.ts'
import { loadConfig } from './load.ts'
import { writeConfig } from './file/write.ts'

const sinks = `sources: [{type: kubernetes}]
sinks:
  - {name: team, type: webhook, options: {url: 'https://hooks.example.test/a'}}
  - {name: kept, type: mysql, options: {dsn: 'user:password@tcp(db.example.test:3306)/events'}}
`

async function load(test: TestContext, text: string, ...flags: string[]): Promise<CommandLine> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-config-'))
  test.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'config.yaml')
  writeFileSync(path, text)
  return loadConfig([`--config=${path}`, ...flags], {}, sinkRegistry)
}

/** `7:18 what; remedy`, errors only. */
function errorsOf(loaded: CommandLine): string[] {
  assert.ok(loaded.kind === 'invalid' || loaded.kind === 'run')
  return loaded.problems
    .filter(({ severity }) => severity === 'error')
    .map(({ where, what, remedy }) => `${where.replace(/^.*\.yaml:/, '')} ${what}; ${remedy}`)
}

function configOf(loaded: CommandLine) {
  assert.ok(loaded.kind === 'run', JSON.stringify('problems' in loaded ? loaded.problems : loaded.kind))
  return loaded.config
}

describe('reports in a file', () => {
  it('have everything told, or its default', async (test) => {
    const { reports } = configOf(
      await load(
        test,
        `${sinks}reports:
  daily: {at: "20:00", to: [team]}
  nodes:
    at: 0 9 * * 1-5
    tz: Asia/Shanghai
    period: 1h
    where: level=all kinds=Node
    by: node
    top: 5
    title: Nodes
    to: [team, team]
`,
      ),
    )
    const [daily, nodes] = reports
    assert.partialDeepStrictEqual(daily, {
      name: 'daily',
      at: '20:00',
      periodMs: 86_400_000,
      where: 'level=Warning',
      by: 'owner',
      top: 20,
      title: 'Kubernetes Event Daily statistical',
      to: [0],
    })
    assert.partialDeepStrictEqual(nodes, {
      name: 'nodes',
      at: '0 9 * * 1-5',
      tz: 'Asia/Shanghai',
      periodMs: 3_600_000,
      where: 'level=all kinds=Node',
      by: 'node',
      top: 5,
      title: 'Nodes',
      to: [0],
    })
  })

  it('are told every mistake at once, with its place and what to write', async (test) => {
    const loaded = await load(
      test,
      `${sinks}reports:
  one: {at: "25:00", tz: Mars/Olympus, where: levle=Warning, to: [team]}
  two: {at: "20:00", to: [taem, kept]}
`,
    )
    const errors = errorsOf(loaded)
    for (const expected of [
      /^6:13 option `at` is neither a time of day nor a cron expression; write 20:00, or as cron does/,
      /^6:26 option `tz` is no time zone; write one as in Asia\/Shanghai/,
      /^6:47 there is no condition `levle`; .*level/,
    ])
      assert.ok(
        errors.some((error) => expected.test(error)),
        `${String(expected)} in ${errors.join('\n')}`,
      )
    const later = errorsOf(await load(test, `${sinks}reports:\n  two: {at: "20:00", to: [taem, kept]}\n`))
    for (const expected of [
      /^6:27 there is no sink "taem"; did you mean team/,
      /^6:33 the sink "kept", of type mysql, cannot tell a report; name one of a type that can: .*dingtalk, log/,
    ])
      assert.ok(
        later.some((error) => expected.test(error)),
        `${String(expected)} in ${later.join('\n')}`,
      )
  })

  it('are written as they are read', async (test) => {
    const text = `${sinks}reports:\n  daily: {at: "20:00", tz: UTC, by: node, top: 5, to: [team]}\n`
    const config = configOf(await load(test, text))
    for (const defaults of ['written', 'left-out'] as const) {
      const again = configOf(await load(test, await writeConfig(config, { secrets: 'written', defaults })))
      const bare = (report: (typeof config.reports)[number]) => ({ ...report, origin: '' })
      assert.deepEqual(again.reports.map(bare), config.reports.map(bare))
    }
  })
})

describe('ke.report', () => {
  const source = '--source=kubernetes:'

  it('tells a report each day; sinks that ask for the same share it', async () => {
    const sink = (path: string, at: string): string =>
      `--sink=webhook:https://hooks.example.test/${path}?ke.report=daily@${at}`
    const loaded = await loadConfig(
      [source, sink('a', '20:00'), '--sink=log', sink('b', '20:00'), sink('c', '9:30')],
      {},
      sinkRegistry,
    )
    assert.deepEqual(
      configOf(loaded).reports.map(({ name, at, to, by, where }) => ({ name, at, to, by, where })),
      [
        { name: 'daily', at: '20:00', to: [0, 2], by: 'owner', where: 'level=Warning' },
        { name: 'daily', at: '9:30', to: [3], by: 'owner', where: 'level=Warning' },
      ],
    )
  })

  it('is refused where it is no name and time, and by a sink that cannot tell a report', async () => {
    for (const [sink, expected] of [
      ['--sink=log:?ke.report=daily', /ke\.report=daily` is no name and time of day: write daily@20:00/],
      ['--sink=log:?ke.report=daily@24:00', /write daily@20:00/],
      [
        '--sink=mysql:?u:p@tcp(db.example.test:3306)/events&ke.report=daily@20:00',
        /option `ke\.report`: the sink mysql cannot tell a report; give it to a sink that can: .*dingtalk, log/,
      ],
    ] as const) {
      const errors = errorsOf(await loadConfig([source, '--sink=log', sink], {}, sinkRegistry))
      assert.equal(errors.length, 1, errors.join('\n'))
      assert.match(errors[0] ?? '', expected)
    }
  })

  it('and a report of the file by the same name cannot both be told to one sink', async (test) => {
    const flag = '--sink=webhook:https://hooks.example.test/b?ke.name=more&ke.report=daily@20:00'
    const errors = errorsOf(await load(test, `${sinks}reports:\n  daily: {at: "9:00", to: [more]}\n`, flag))
    assert.equal(errors.length, 1)
    assert.match(errors[0] ?? '', /the sink has a report of this name by its ke\.report/)
  })
})

describe('the API', () => {
  const run = ['--source=kubernetes:', '--sink=log']

  it('listens nowhere unless it is told to', async () => {
    assert.equal(configOf(await loadConfig(run, {}, sinkRegistry)).api, undefined)
  })

  it('listens on the loopback device without a token, and beyond it with one only', async () => {
    for (const [flags, accepted] of [
      [['--api-listen=127.0.0.1:8085'], true],
      [['--api-listen=127.9.9.9:8085'], true],
      [['--api-listen=[::1]:8085'], true],
      [['--api-listen=localhost:8085'], true],
      [['--api-listen=0.0.0.0:8085'], false],
      [['--api-listen=:8085'], false],
      [['--api-listen=[::]:8085'], false],
      [['--api-listen=[::ffff:10.0.0.1]:8085'], false],
      [['--api-listen=10.0.0.1:8085'], false],
      [['--api-listen=pod.example.test:8085'], false],
      [['--api-listen=0.0.0.0:8085', '--api-token-file=/etc/kube-eventer/token'], true],
    ] as const) {
      const loaded = await loadConfig([...run, ...flags], {}, sinkRegistry)
      assert.equal(loaded.kind === 'run', accepted, flags.join(' '))
      if (!accepted) assert.match(errorsOf(loaded)[0] ?? '', /needs a token; add --api-token-file=FILE/)
    }
  })

  it('is said what is wrong with its address and its token', async () => {
    for (const [flags, expected] of [
      [['--api-listen=8085'], /no address to listen on; write --api-listen=127\.0\.0\.1:8085/],
      [['--api-token-file=/etc/kube-eventer/token'], /nothing listens/],
      [['--api-listen=127.0.0.1:8085', '--api-token-file='], /its value is empty/],
    ] as const) {
      const errors = errorsOf(await loadConfig([...run, ...flags], {}, sinkRegistry))
      assert.match(errors.join('\n'), expected)
    }
  })

  it('is read from a file, where flags count more', async (test) => {
    const text = `${sinks}http: {api: {listen: '127.0.0.1:8085', tokenFile: /etc/kube-eventer/token}}\n`
    assert.deepEqual(configOf(await load(test, text)).api, {
      ip: '127.0.0.1',
      port: 8085,
      tokenFile: '/etc/kube-eventer/token',
    })
    const { api } = configOf(await load(test, text, '--api-listen=[::1]:9000'))
    assert.deepEqual(api, { ip: '::1', port: 9000, tokenFile: '/etc/kube-eventer/token' })
    const open = errorsOf(await load(test, `${sinks}http: {api: {listen: '0.0.0.0:8085'}}\n`))
    assert.match(open[0] ?? '', /^5:\d+ the API would show events/)
  })
})
