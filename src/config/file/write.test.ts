/** What is written as a file means what it was written from; what is printed holds no secret. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { sinkRegistry } from '../../app/registry.ts'
import type { FilterConditions, FilterField } from '../../domain/filter-options.ts'
import type { Config, SinkConfig } from '../config.ts'
import { parseCommandLine, type CommandLine } from '../from-command-line.ts'
import { fileFromFlags } from './from-flags.ts'
import { readConfigFile } from './read-file.ts'
import { writeConfig } from './write.ts'

type Run = Extract<CommandLine, { kind: 'run' }>

const source = '--source=kubernetes:https://kubernetes.default'
const webhook = '--sink=webhook:https://hooks.example.test/canary/p%2Fq?key=canary&b=%E4%BD%A0&a&method=POST'

/** Every kind of thing that a command line can say. */
const commandLines: readonly (readonly string[])[] = [
  [source, '--sink=log'],
  [source, webhook],
  [source, webhook, webhook, '--sink=log:?ke.format=original', '--sink=log:?ke.name=webhook'],
  [
    source,
    `${webhook}&level=Normal&namespaces=shop,team-.*&kinds=Pod,^Node$&reason=BackOff,Failed.*&header=Authorization=Bearer%20canary&header=X='"{}`,
  ],
  [
    source,
    `${webhook}&level=Warning&namespaces=&ke.message=a(b|c)&ke.message!=x&ke.object=^Pod/&ke.object!=y&ke.reason!=z&ke.clusterScoped=true`,
  ],
  [source, `${webhook}&level=Warning&ke.namespaces!=kube-&ke.kinds!=^Job$`],
  [
    source,
    `${webhook}&ke.timeout=1500ms&ke.retryFor=90m&ke.linger=2s&ke.batchCount=5&ke.batchBytes=1000&ke.concurrency=3`,
  ],
  [
    source,
    `${webhook}&ke.ca=/ca&ke.cert=/cert&ke.key=/key&ke.serverName=s&ke.insecure=true&ke.platform=lark&ke.escape=none`,
  ],
  [source, `${webhook}&ke.forwardOptions=true&label=x`],
  [
    '--source=kubernetes:?inClusterConfig=false&auth=/k&cluster=a&insecure=true&fieldSelector=type%3DWarning&namespace=shop',
    '--source=kubernetes:http://127.0.0.1:8080?inClusterConfig=false&useServiceAccount=true&cluster=b',
    '--source=kubernetes:https://h?inClusterConfig=false&localKubeConfig=&cluster=c',
    '--sink=log',
    '--look-back=90s',
  ],
  ['--source=recording:/data/a.ndjson.gz?speed=2.5', '--source=recording:b?cluster=b', '--sink=log'],
  ['--source=recording:a?speed=max', '--sink=log', '--look-back=all'],
  [
    source,
    '--sink=log',
    '--data-dir=/data',
    '--look-back=all',
    '--frequency=30s',
    '--strict',
    '--v=5',
    '--event-metrics=false',
    '--healthz-ip=::1',
    '--healthz-port=0',
  ],
  [source, '--sink=log', '--healthz-ip='],
  [
    source,
    '--sink=dingtalk:https://oapi.dingtalk.com/robot/send?access_token=canary&namespaces=shop&sign=canary',
  ],
]

const environment = { KE_NAME: 'value', KE_PASSWORD: 'canary$1', CLUSTER: 'c' }

function parsed(argv: readonly string[]): Run {
  const result = parseCommandLine(argv, environment, sinkRegistry)
  assert.ok(result.kind === 'run', JSON.stringify(result))
  return result
}

async function readBack(yaml: string): Promise<Config> {
  const file = await readConfigFile('c.yaml', {
    registry: sinkRegistry,
    env: {},
    frequencyMs: 1_000,
    read: () => yaml,
  })
  assert.ok(file.ok, `${JSON.stringify(file)}\n${yaml}`)
  const result = parseCommandLine(['--config=c.yaml'], {}, sinkRegistry, file)
  assert.ok(result.kind === 'run', JSON.stringify(result))
  return result.config
}

/** Without what a name of its own makes of no account; patterns as a file can say them. */
function meaningOf(config: Config): unknown {
  return {
    ...config,
    sinks: config.sinks.map(({ declaration, options, filter, pace }: SinkConfig) => {
      const { exclude, namespaceOf, ...wanted } = filter
      return {
        type: declaration.name,
        options,
        pace,
        filter: {
          ...wanted,
          ...wholeNames(wanted),
          // Nothing looks at it where any namespace will do.
          ...(wanted.namespaces && { namespaceOf }),
          ...(exclude && { exclude: wholeNames(exclude) }),
        },
      }
    }),
  }
}

/** An expression that matches somewhere in a name is written as one that matches the whole of it. */
function wholeNames(conditions: FilterConditions): FilterConditions {
  const names = ['namespaces', 'kinds'] as const satisfies readonly FilterField[]
  const changed = names.flatMap((field) => {
    const patterns = conditions[field]?.map((pattern) =>
      pattern.kind === 'regexp' && !pattern.anchored
        ? ({ kind: 'regexp', source: `.*(?:${pattern.source}).*`, anchored: true } as const)
        : pattern,
    )
    return patterns ? [[field, patterns]] : []
  })
  return { ...conditions, ...Object.fromEntries(changed) }
}

/** Command lines that recordings of kube-eventer were made with. */
function recordedCommandLines(): readonly (readonly string[])[] {
  const folder = join(import.meta.dirname, '..', '..', '..', 'test', 'golden', 'wire')
  return readdirSync(folder).flatMap((name) => {
    const recording: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    const argv: unknown =
      typeof recording === 'object' && recording !== null ? Reflect.get(recording, 'argv') : undefined
    if (!Array.isArray(argv)) return []
    const texts = argv.map((argument) =>
      String(argument)
        .replace('<port>', '8084')
        .replace('<apiserver>', 'https://127.0.0.1:6443')
        .replaceAll(/<[\w-]+>/g, '127.0.0.1:1'),
    )
    return parseCommandLine(texts, environment, sinkRegistry).kind === 'run' ? [texts] : []
  })
}

const recorded = recordedCommandLines()

describe('the file made from a command line', () => {
  it('is tried with recorded command lines too', () => {
    assert.ok(recorded.length > 20, String(recorded.length))
  })

  for (const argv of [...commandLines, ...recorded]) {
    it(`means the same: ${argv.join(' ')}`, async () => {
      const run = parsed(argv)
      const { yaml } = await fileFromFlags(run)
      const config = await readBack(yaml)
      assert.deepEqual(meaningOf(config), meaningOf(run.config), yaml)
    })
  }

  it('means the same for the examples of every sink', async () => {
    for (const declaration of sinkRegistry.values()) {
      for (const { argument } of declaration.examples) {
        const run = parsed([source, `--sink=${argument.replaceAll('<endpoint>', '127.0.0.1:1')}`])
        const config = await readBack((await fileFromFlags(run)).yaml)
        assert.deepEqual(meaningOf(config), meaningOf(run.config), argument)
      }
    }
  })

  it('leaves out what is so by itself, and explains what surprises', async () => {
    const { yaml } = await fileFromFlags(parsed([source, '--sink=log']))
    assert.deepEqual(parse(yaml), {
      sources: [{ name: 'default', type: 'kubernetes', url: 'https://kubernetes.default' }],
      sinks: [{ name: 'log', type: 'log', filters: { level: 'all' } }],
    })
    assert.match(yaml, /# The sink's place in the events belongs to its name/)
  })

  it('says which sinks are left out, and why', async () => {
    const { yaml, errors } = await fileFromFlags(
      parsed([source, '--sink=log', '--sink=rabbit:http://canary']),
    )
    assert.match(yaml, /# Left out: --sink \(the 2nd\), rabbit: there is no sink rabbit/)
    assert.equal(errors.length, 1)
    assert.doesNotMatch(yaml, /canary/)
  })
})

describe('the printed configuration', () => {
  for (const argv of commandLines) {
    it(`holds no secret, and is YAML: ${argv.join(' ')}`, async () => {
      const { config } = parsed(argv)
      const yaml = await writeConfig(config, { secrets: 'hidden', defaults: 'written' })
      assert.doesNotMatch(yaml, /canary/)
      const read: unknown = parse(yaml)
      assert.ok(typeof read === 'object' && read !== null && 'sinks' in read && Array.isArray(read.sinks))
      assert.equal(read.sinks.length, config.sinks.length)
    })
  }

  it('holds none of the examples of any sink', async () => {
    for (const declaration of sinkRegistry.values()) {
      for (const { argument } of declaration.examples) {
        const { config } = parsed([source, `--sink=${argument.replaceAll('<endpoint>', '127.0.0.1:1')}`])
        const yaml = await writeConfig(config, { secrets: 'hidden', defaults: 'written' })
        assert.doesNotMatch(yaml, /example-(key|token|secret)/, yaml)
      }
    }
  })

  it('names where a secret came from, and can be read back then', async () => {
    const text = `sources: [{type: kubernetes}]
sinks: [{name: a, type: webhook, options: {url: {env: HOOK}, headers: {X: {file: /x}}}}]`
    const context = {
      registry: sinkRegistry,
      env: { HOOK: 'https://hooks.example.test/canary' },
      frequencyMs: 1_000,
      read: (path: string) => (path === 'c.yaml' ? text : 'canary'),
    }
    const file = await readConfigFile('c.yaml', context)
    const run = parseCommandLine(['-c', 'c.yaml'], {}, sinkRegistry, file)
    assert.ok(run.kind === 'run')
    const yaml = await writeConfig(run.config, { secrets: 'hidden', defaults: 'written' })
    assert.doesNotMatch(yaml, /canary/)
    const again = await readConfigFile('c.yaml', {
      ...context,
      read: (path) => (path === 'c.yaml' ? yaml : 'canary'),
    })
    assert.ok(again.ok)
    assert.deepEqual(again.file.sinks[0]?.options, run.config.sinks[0]?.options)
  })
})
