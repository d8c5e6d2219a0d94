/** From arguments to a validated configuration, or to every mistake in them at once. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import type { Pace, SinkArgument, SinkDeclaration } from '../sink-kit/sink.ts'
import type { Config, Problem } from './config.ts'
import type { CommandLine } from './from-command-line.ts'
import { parseCommandLine } from './from-command-line.ts'
import { problemLogLine, renderProblems } from './problems.ts'

const pace: Pace = {
  concurrency: 4,
  batchCount: 1,
  batchBytes: 1_000_000,
  lingerMs: 0,
  timeoutMs: 10_000,
  retryForMs: 'journal',
}

/** A sink that reads its options strictly and sends nowhere. */
function madeSink(name: string, ownPace: Pace, seen: SinkArgument[] = []): SinkDeclaration {
  const schema = z.object({
    host: z.string().check(z.minLength(1)),
    level: z.optional(z.enum(['Normal', 'Warning'])),
  })
  return {
    name,
    summary: `the sink ${name}`,
    exporter: name,
    schema,
    pace: ownPace,
    examples: [],
    readArgument: (argument) => {
      seen.push(argument)
      const level = argument.query.find(([option]) => option === 'level')?.[1]
      return {
        options: { host: argument.host, ...(level !== undefined && { level }) },
        filter: { level: 'all' },
        warnings: argument.query.some(([option]) => option === 'odd') ? ['odd is odd: leave it out'] : [],
        mistakes: argument.query.some(([option]) => option === 'odd') ? ['odd is odd: leave it out'] : [],
        errors: argument.query.some(([option]) => option === 'wrong') ? ['wrong is wrong: leave it out'] : [],
      }
    },
    display: () => name,
    open: () => Promise.reject(new Error('not opened here')),
  }
}

const seen: SinkArgument[] = []
const registry = new Map(
  [
    madeSink('webhook', pace, seen),
    madeSink('table', { ...pace, batchCount: 500, lingerMs: 2000 }),
    { ...madeSink('log', pace), schema: z.object({}) },
  ].map((declaration) => [declaration.name, declaration]),
)
const inCluster = '--source=kubernetes:https://kubernetes.default'

function parse(...argv: string[]): CommandLine {
  return parseCommandLine(argv, {}, registry)
}

function running(...argv: string[]): { config: Config; problems: readonly Problem[] } {
  const parsed = parse(...argv)
  assert.ok(parsed.kind === 'run', `${parsed.kind}: ${textOf(parsed)}`)
  return parsed
}

function refused(...argv: string[]): readonly Problem[] {
  const parsed = parse(...argv)
  assert.equal(parsed.kind, 'invalid')
  return parsed.kind === 'invalid' ? parsed.problems : []
}

function textOf(parsed: CommandLine): string {
  return 'problems' in parsed ? renderProblems(parsed.problems, { colour: false }) : ''
}

describe('a command line without mistakes', () => {
  it('has the defaults of the original and of the project', () => {
    const { config, problems } = running(inCluster, '--sink=log')
    assert.deepEqual(problems, [])
    const { sinks, ...rest } = config
    assert.deepEqual(rest, {
      sources: [
        {
          cluster: 'default',
          server: 'https://kubernetes.default',
          inClusterConfig: true,
          useServiceAccount: false,
          insecure: false,
          lookBack: { kind: 'none' },
        },
      ],
      reports: [],
      journal: { maxAgeMs: 259_200_000, maxBytes: 536_870_912 },
      http: { ip: '0.0.0.0', port: 8084 },
      search: { index: false },
      eventMetrics: true,
      strict: false,
      logLevel: 'info',
      graceMs: 20_000,
    })
    assert.equal(sinks.length, 1)
  })

  it('carries every flag', () => {
    const { config } = running(
      inCluster,
      '--sink',
      'log',
      '-data-dir',
      '/data',
      '--look-back=1h',
      '--strict',
      '--v=4',
      '--healthz-ip=127.0.0.1',
      '--healthz-port=0',
      '-event-metrics=f',
    )
    assert.equal(config.journal.dataDir, '/data')
    assert.deepEqual(config.sources[0]?.lookBack, { kind: 'duration', ms: 3_600_000 })
    assert.ok(config.strict)
    assert.equal(config.logLevel, 'debug')
    assert.deepEqual(config.http, { ip: '127.0.0.1', port: 0 })
    assert.equal(config.eventMetrics, false)
  })

  it('looks back to all, or not at all', () => {
    const lookBack = (value: string) =>
      running(inCluster, '--sink=log', `--look-back=${value}`).config.sources[0]?.lookBack
    assert.deepEqual(lookBack('all'), { kind: 'all' })
    assert.deepEqual(lookBack('0'), { kind: 'none' })
  })

  it('asks for help or the version whatever else it says', () => {
    assert.equal(parse('--sinc', '--help').kind, 'help')
    assert.equal(parse(inCluster, '--version').kind, 'version')
    assert.equal(parse('--version=false').kind, 'invalid')
  })

  it('with flags that do nothing says so once', () => {
    const { problems } = running(
      inCluster,
      '--sink=log',
      '-logtostderr',
      '--vmodule=a=1',
      '--max_procs=2',
      '-v=2',
    )
    assert.equal(problems.length, 1)
    assert.match(problems[0]?.what ?? '', /--max_procs, --logtostderr, --vmodule$/)
  })

  it('without a sink starts, as the original does, and says that nobody is told', () => {
    const { config, problems } = running(inCluster)
    assert.deepEqual(config.sinks, [])
    assert.deepEqual(
      problems.map(({ severity, where }) => [severity, where]),
      [['warning', '--sink']],
    )
  })

  it('ends where Go ends it, and says what is ignored', () => {
    const { config, problems } = running(
      inCluster,
      '--sink=log',
      '--event-metrics',
      'false',
      '--sink=webhook:http://h/',
    )
    assert.equal(config.sinks.length, 1)
    assert.match(
      problems[0]?.what ?? '',
      /"false" is no flag: it is ignored with all that follows it \(2 in all\)/,
    )
    assert.match(problems[0]?.remedy ?? '', /--event-metrics=false/)
  })
})

describe('sources', () => {
  const source = (argument: string) => running(`--source=${argument}`, '--sink=log').config.sources[0]

  it('take the options of the original, the first of repeated ones', () => {
    assert.deepEqual(
      source(
        'kubernetes:https://10.0.0.1:6443?inClusterConfig=false&auth=/a&localKubeConfig=/b&insecure=t&useServiceAccount=1&auth=/c',
      ),
      {
        cluster: 'default',
        server: 'https://10.0.0.1:6443',
        inClusterConfig: false,
        useServiceAccount: true,
        kubeconfig: '/b',
        insecure: true,
        lookBack: { kind: 'none' },
      },
    )
  })

  it('may watch less', () => {
    const watched = source('kubernetes:?cluster=blue&namespace=shop&fieldSelector=type%3DWarning')
    assert.equal(watched?.cluster, 'blue')
    assert.equal(watched?.namespace, 'shop')
    assert.equal(watched?.fieldSelector, 'type=Warning')
  })

  it('may be recordings, at their pace unless told', () => {
    const recordings = ['--source=recording:/data/a%20b.gz', '--source=recording:c?speed=max&cluster=c']
    assert.deepEqual(running(...recordings, '--sink=log', '--look-back=1h').config.sources, [
      { cluster: 'default', file: '/data/a b.gz', speed: 1 },
      { cluster: 'c', file: 'c', speed: 'max' },
    ])
  })

  for (const [wrong, told] of [
    ['recording:', /names no file/],
    ['recording:https://h.example.test/x', /no path of a file/],
    ['recording:a?speed=0', /option speed/],
    ['recording:a?speed=-1', /option speed/],
    ['recording:a?speed=fast', /option speed: "fast"/],
    ['recording:a?cluster=!', /option cluster/],
  ] as const) {
    it(`refuse ${wrong}`, () => {
      const [problem] = refused(`--source=${wrong}`, '--sink=log')
      assert.match(problem?.what ?? '', told)
    })
  }

  it('need names of their own', () => {
    assert.equal(
      running('--source=kubernetes:?cluster=a', '--source=kubernetes:', '--sink=log').config.sources.length,
      2,
    )
    const [problem] = refused('--source=kubernetes:', '--source=kubernetes:', '--sink=log')
    assert.equal(problem?.where, '--source (the 2nd)')
    assert.match(problem?.remedy ?? '', /cluster=NAME/)
  })

  it('ignore a kubeconfig inside a cluster, and say so', () => {
    const { config, problems } = running('--source=kubernetes:?auth=/a', '--sink=log')
    assert.equal(config.sources[0]?.kubeconfig, undefined)
    assert.match(problems[0]?.remedy ?? '', /inClusterConfig=false/)
  })

  it('warn of an option that there is not', () => {
    const { problems } = running('--source=kubernetes:?inclusterconfig=false', '--sink=log')
    assert.equal(problems[0]?.severity, 'warning')
    assert.equal(problems[0]?.remedy, 'did you mean inClusterConfig?')
  })

  it('are refused with every mistake at once', () => {
    const problems = refused(
      '--source=kubernetes:ftp://h?inClusterConfig=perhaps&insecure=&cluster=a/b&namespace=A',
      '--sink=log',
    )
    assert.equal(problems.length, 5)
    assert.ok(problems.every(({ severity, where }) => severity === 'error' && where === '--source'))
  })
})

describe('mistakes', () => {
  it('are all told at once, each with a place and a remedy', () => {
    const problems = refused(
      '--frequency=5m',
      '--healthz-port=65536',
      '--look-back=yesterday',
      '--data-dir=',
      '--sinc=x',
      '--source=prometheus:http://x',
      '--sink=webhook:http://[::1',
      '--sink=slack:http://x',
    )
    assert.deepEqual(
      problems.map(({ where }) => where),
      [
        '--sinc',
        '--data-dir',
        '--healthz-port',
        '--look-back',
        '--frequency',
        '--source',
        '--sink (the 1st)',
        '--sink (the 2nd)',
      ],
    )
    for (const { what, remedy } of problems) assert.ok(what !== '' && remedy !== '')
  })

  it('in --frequency are what lies outside 0s to 3m', () => {
    for (const value of ['0', '0s', '1s', '5s', '3m', '180s'])
      running(inCluster, '--sink=log', `--frequency=${value}`)
    for (const value of ['3m0.001s', '5m', '-1s', '5', ''])
      refused(inCluster, '--sink=log', `--frequency=${value}`)
  })
})

describe('a bad sink', () => {
  it('is told with all its errors while the others run', () => {
    const { config, problems } = running(
      inCluster,
      '--sink=webhook:/path?level=nope&ke.timeout=soon&ke.tiemout=1s&wrong',
      '--sink=log',
    )
    assert.deepEqual(
      config.sinks.map(({ origin }) => origin),
      ['--sink (the 2nd)'],
    )
    assert.equal(problems.length, 5)
    for (const problem of problems) {
      assert.equal(problem.severity, 'error')
      assert.equal(problem.where, '--sink (the 1st)')
      assert.equal(problem.sink, 'webhook')
    }
    const told = problems.map(({ what }) => what).join('\n')
    for (const part of ['ke.timeout', 'ke.tiemout', '`host`', '`level`', 'wrong is wrong'])
      assert.ok(told.includes(part))
  })

  it('stops the start where none is left, or with --strict', () => {
    refused(inCluster, '--sink=webhook:/path')
    refused(inCluster, '--sink=nope', '--sink=slack:http://x')
    refused(inCluster, '--sink=webhook:/path', '--sink=log', '--strict')
  })

  it('does not stop the start by itself where the original would have started', () => {
    const { config, problems } = running(inCluster, '--sink=webhook:http://h.example.test/p?wrong')
    assert.deepEqual(config.sinks, [])
    assert.ok(problems.some(({ severity, sink }) => severity === 'error' && sink !== undefined))
    refused(inCluster, '--sink=webhook:http://h.example.test/p?wrong', '--strict')
  })

  it('may hold a mistake that only --strict refuses', () => {
    const argument = '--sink=webhook:http://h/?odd=1'
    assert.deepEqual(
      running(inCluster, argument).problems.map(({ severity, what }) => [severity, what]),
      [['warning', 'odd is odd: leave it out']],
    )
    assert.deepEqual(
      refused(inCluster, argument, '--strict').map(({ severity, what }) => [severity, what]),
      [['error', 'odd is odd: leave it out']],
    )
  })

  it('of an unknown kind is told with those that there are and the nearest', () => {
    const { problems } = running(inCluster, '--sink=webhok:http://h/', '--sink=log')
    assert.match(problems[0]?.remedy ?? '', /did you mean webhook\? sinks are webhook, table, log/)
  })

  it('may be a URL whose sink was forgotten', () => {
    const [problem] = refused(inCluster, '--sink=https://hooks.example.test/canary')
    assert.match(problem?.remedy ?? '', /webhook:https:\/\/…/)
  })

  it('is one that takes the name of another', () => {
    const { config, problems } = running(
      inCluster,
      '--sink=webhook:http://a/?ke.name=x',
      '--sink=webhook:http://b/?ke.name=x',
    )
    assert.equal(config.sinks.length, 1)
    assert.match(problems[0]?.what ?? '', /taken by --sink \(the 1st\)/)
  })
})

describe('a usable sink', () => {
  it('reads an argument without the options of the kit, in the spelling of Go', () => {
    seen.length = 0
    running(inCluster, '--sink=webhook:HTTP://h/a b?x=1&ke.name=n&y=%41&z=a;b')
    assert.deepEqual(seen, [
      {
        url: 'http://h/a%20b?x=1&y=%41&z=a;b',
        scheme: 'http',
        host: 'h',
        query: [
          ['x', '1'],
          ['y', 'A'],
        ],
        env: {},
      },
    ])
  })

  it('keeps its identity when it is tuned, and only then', () => {
    const endpoint = (argument: string) => running(inCluster, `--sink=${argument}`).config.sinks[0]?.endpoint
    const plain = endpoint('webhook:http://h/p?key=1')
    assert.equal(plain, 'webhook:http://h/p?key=1')
    assert.equal(endpoint('webhook:http://h/p?key=1&ke.timeout=3s&ke.concurrency=2'), plain)
    assert.notEqual(endpoint('webhook:http://h/p?key=2'), plain)
  })

  it('has its own pace, changed by ke. options and held to --frequency where it sends batches', () => {
    const paceOf = (...argv: string[]) => running(inCluster, ...argv).config.sinks[0]?.pace
    assert.deepEqual(paceOf('--sink=webhook:http://h/', '--frequency=30s'), pace)
    assert.equal(paceOf('--sink=table:http://h/')?.lingerMs, 1000)
    assert.equal(paceOf('--sink=table:http://h/', '--frequency=30s')?.lingerMs, 2000)
    assert.equal(paceOf('--sink=table:http://h/', '--frequency=0')?.lingerMs, 0)
    assert.equal(paceOf('--sink=table:http://h/?ke.linger=5s', '--frequency=0')?.lingerMs, 5000)
    assert.equal(paceOf('--sink=webhook:http://h/?ke.timeout=3s')?.timeoutMs, 3000)
  })

  it('keeps a $ that names no variable, and says so without naming it', () => {
    const { config, problems } = running(inCluster, '--sink=webhook:http://h/?token=ab$canary')
    assert.equal(config.sinks[0]?.endpoint, 'webhook:http://h/?token=ab$canary')
    assert.match(problems[0]?.what ?? '', /names no variable/)
    assert.ok(!JSON.stringify(problems).includes('canary'))
  })

  it('is given a secret that stands in a file', (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'ke-config-'))
    t.after(() => rmSync(directory, { recursive: true }))
    writeFileSync(join(directory, 'token'), 'from-a-file\n')
    seen.length = 0
    const { config } = running(inCluster, `--sink=webhook:http://h/?ke.file.token=${directory}/token`)
    assert.deepEqual(seen[0]?.query, [['token', 'from-a-file']])
    assert.ok(!config.sinks[0]?.endpoint.includes('from-a-file'))
  })
})

describe('problems', () => {
  const problems: readonly Problem[] = [
    { severity: 'warning', where: '--sink', what: 'is odd', remedy: '' },
    {
      severity: 'error',
      where: '--sink (the 2nd)',
      what: 'is wrong',
      remedy: 'mend it',
      sink: 'webhook http://h/…',
    },
  ]

  it('are told to people errors first, with place and remedy', () => {
    assert.equal(
      renderProblems(problems, { colour: false }),
      'error: --sink (the 2nd), webhook http://h/…: is wrong\n  mend it\nwarning: --sink: is odd\n',
    )
    assert.ok(renderProblems(problems, { colour: true }).startsWith('\u001b[31merror\u001b[0m: '))
  })

  it('are told to the log with the same words', () => {
    const lines = problems.map((problem) => problemLogLine(problem))
    assert.equal(lines[1]?.message, '--sink (the 2nd), webhook http://h/…: is wrong')
    assert.deepEqual(lines[1]?.fields, {
      where: '--sink (the 2nd)',
      remedy: 'mend it',
      sink: 'webhook http://h/…',
    })
  })
})
