/** From a file to a configuration, or to every mistake in it at once, each with its place and free of secrets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sinkRegistry } from '../../app/registry.ts'
import { parseCommandLine, type CommandLine } from '../from-command-line.ts'
import type { Config } from '../config.ts'
import { readConfigFile, type ReadConfigFile } from './read-file.ts'

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
}

function read(text: string, { env = {}, files = {} }: Surroundings = {}): Promise<ReadConfigFile> {
  return readConfigFile('c.yaml', {
    registry: sinkRegistry,
    env,
    frequencyMs: 1_000,
    read: (path) => {
      const content = path === 'c.yaml' ? text : files[path]
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return content
    },
  })
}

/** `c.yaml:2:5: … → …` */
async function problemsOf(text: string, surroundings: Surroundings = {}): Promise<readonly string[]> {
  const result = await read(text, surroundings)
  const problems = result.ok ? result.warnings : result.problems
  return problems.map(({ where, what, remedy }) => `${where}: ${what}${remedy && ` → ${remedy}`}`)
}

async function runWith(argv: readonly string[], text: string): Promise<CommandLine> {
  return parseCommandLine(['--config=c.yaml', ...argv], {}, sinkRegistry, await read(text))
}

async function configOf(argv: readonly string[], text: string): Promise<Config> {
  const parsed = await runWith(argv, text)
  assert.ok(parsed.kind === 'run', JSON.stringify(parsed))
  return parsed.config
}

const source = 'sources: [{type: kubernetes}]\n'

describe('a configuration file', () => {
  it('says the same as the command line that says the same', async () => {
    const fromFile = await configOf(
      [],
      `
sources:
  - name: prod
    type: kubernetes
    url: https://kubernetes.example.test:6443
    kubeconfig: /home/me/.kube/config
    fieldSelector: type=Warning
    namespace: shop
    lookBack: 1h
sinks:
  - name: alerts
    type: webhook
    options:
      url: https://hooks.example.test/alerts?key=k
      headers: {Authorization: Bearer t}
      timeout: 5s
      retryFor: 1h
      concurrency: 2
    filters:
      level: Normal
      namespaces: [shop, 'team-.*']
      kinds: [Pod]
      reason: BackOff
      exclude: {message: [canary, 'probe failed']}
journal: {dir: /data}
http: {listen: '127.0.0.1:9000'}
logLevel: debug
eventMetrics: false
strict: true
`,
    )
    const parsed = parseCommandLine(
      [
        '--source=kubernetes:https://kubernetes.example.test:6443?inClusterConfig=false&auth=/home/me/.kube/config&cluster=prod&fieldSelector=type%3DWarning&namespace=shop',
        '--sink=webhook:https://hooks.example.test/alerts?key=k&method=POST&header=Authorization=Bearer%20t&level=Normal&namespaces=shop,team-.*&kinds=Pod&reason=BackOff&ke.message!=canary&ke.message!=probe%20failed&ke.timeout=5s&ke.retryFor=1h&ke.concurrency=2&ke.name=alerts',
        '--look-back=1h',
        '--data-dir=/data',
        '--healthz-ip=127.0.0.1',
        '--healthz-port=9000',
        '--v=4',
        '--event-metrics=false',
        '--strict',
      ],
      {},
      sinkRegistry,
    )
    assert.ok(parsed.kind === 'run', JSON.stringify(parsed))
    const meaning = ({ sinks, ...rest }: Config) => ({
      ...rest,
      // What a derived name is made of, and where it stands, is no part of what it means.
      sinks: sinks.map((sink) => ({ ...sink, endpoint: '', host: '', origin: '' })),
    })
    assert.deepEqual(meaning(fromFile), meaning(parsed.config))
  })

  it('tells warnings only, unless told otherwise', async () => {
    const { sinks } = await configOf([], `${source}sinks: [{name: a, type: log}]\n`)
    assert.deepEqual(sinks[0]?.filter, { level: 'Warning' })
  })

  it('watches the cluster it runs in, unless it names a kubeconfig', async () => {
    const { sources } = await configOf(
      [],
      'sources: [{type: kubernetes}, {name: b, type: kubernetes, kubeconfig: /k}]\n',
    )
    assert.deepEqual(
      sources.map(({ cluster, inClusterConfig }) => [cluster, inClusterConfig]),
      [
        ['default', true],
        ['b', false],
      ],
    )
  })

  it('plays a recording, which has a file, a speed and nothing of a cluster', async () => {
    const { sources } = await configOf([], 'sources: [{type: recording, file: /data/a.gz, speed: max}]\n')
    assert.deepEqual(sources, [{ cluster: 'default', file: '/data/a.gz', speed: 'max' }])
    const told = await problemsOf(
      'sources:\n  - {type: recording}\n  - {name: b, type: recording, file: a, namespace: x}\n' +
        '  - {name: c, type: kubernetes, speed: 2}\n',
    )
    assert.match(told[0] ?? '', /:2:5: option `file` is missing/)
    assert.match(told[1] ?? '', /:3:\d+: `namespace` is no option of a source of type recording/)
    assert.match(told[2] ?? '', /:4:\d+: `speed` is no option of a source of type kubernetes/)
    assert.match((await problemsOf('sources: [{type: recording, file: a, speed: 0}]\n')).join(), /speed/)
  })

  it('takes anchors and merged keys', async () => {
    const { sinks } = await configOf(
      [],
      `${source}sinks:
  - {name: a, type: webhook, options: &o {url: 'https://a.example.test/x', timeout: 5s}}
  - {name: b, type: webhook, options: {<<: *o, timeout: 6s}}
`,
    )
    assert.deepEqual(
      sinks.map(({ pace }) => pace.timeoutMs),
      [5_000, 6_000],
    )
  })
})

describe('a file beside flags', () => {
  it('comes first with its sources and sinks, and gives way in settings', async () => {
    const text = `${source}sinks: [{name: a, type: log}]\njournal: {dir: /of-file, maxAge: 24h}\nhttp: {listen: ':9'}\nlimits: {grace: 5s}\n`
    const config = await configOf(
      ['--sink=log:?ke.name=b', '--source=kubernetes:?cluster=two', '--data-dir=/of-flag', '--look-back=all'],
      text,
    )
    assert.deepEqual(
      config.sinks.map(({ givenName }) => givenName),
      ['a', 'b'],
    )
    assert.deepEqual(
      config.sources.map(({ cluster, lookBack }) => [cluster, lookBack?.kind]),
      [
        ['default', 'all'],
        ['two', 'all'],
      ],
    )
    assert.deepEqual(config.journal, { dataDir: '/of-flag', maxAgeMs: 86_400_000, maxBytes: 536_870_912 })
    assert.deepEqual(config.http, { ip: '', port: 9 })
    assert.equal(config.graceMs, 5_000)
  })

  it('shares no name of a sink or source with them', async () => {
    const parsed = await runWith(
      ['--sink=log:?ke.name=a', '--source=kubernetes:'],
      `${source}sinks: [{name: a, type: log}, {name: a, type: log}]\n`,
    )
    assert.ok(parsed.kind === 'invalid')
    assert.deepEqual(
      parsed.problems.filter(({ severity }) => severity === 'error').map(({ where, what }) => [where, what]),
      [
        ['--source', 'the name default is taken by c.yaml:1:11'],
        ['c.yaml:2:31', "the sink's name is taken by c.yaml:2:9"],
        ['--sink', 'the name ke.name gives it is taken by c.yaml:2:9'],
      ],
    )
  })

  it('stops the start where anything in it is wrong, though a bad --sink does not', async () => {
    const parsed = await runWith(['--sink=log'], `${source}sinks: [{name: a, type: webhook}]\n`)
    assert.equal(parsed.kind, 'invalid')
  })
})

describe('a secret in a file', () => {
  const webhook = (url: string): string =>
    `${source}sinks: [{name: a, type: webhook, options: {url: ${url}}}]\n`

  it('may come from the environment or from another file, and says where it came from', async () => {
    const text = `${source}sinks:
  - name: a
    type: webhook
    options:
      url: {env: HOOK}
      headers: {Authorization: {file: /run/token}, X-Plain: p}
`
    const result = await read(text, {
      env: { HOOK: 'https://a.example.test/k' },
      files: { '/run/token': 'Bearer t\n' },
    })
    assert.ok(result.ok, JSON.stringify(result))
    const [sink] = result.file.sinks
    assert.deepEqual(sink?.references, [
      { path: ['url'], kind: 'env', name: 'HOOK' },
      { path: ['headers', 'Authorization'], kind: 'file', name: '/run/token' },
    ])
    assert.match(JSON.stringify(sink?.options), /a\.example\.test\/k.*Bearer t"/)
  })

  it('that is not there is an error with its place; one that is no reference too', async () => {
    assert.deepEqual(await problemsOf(webhook('{env: NOPE}')), [
      'c.yaml:2:49: option `url` names a variable that is not set: there is no variable NOPE in the environment → ' +
        'set it in the environment of the process (env: of the container)',
    ])
    assert.deepEqual(await problemsOf(webhook('{file: /run/nope}')), [
      'c.yaml:2:49: option `url`: /run/nope cannot be read (ENOENT) → ' +
        'mount the file there, readable for the user that the program runs as',
    ])
    assert.deepEqual(await problemsOf(webhook('{evn: NOPE}')), [
      'c.yaml:2:49: option `url` is no secret → write a text, {env: NAME} or {file: /path}',
    ])
  })

  it('is in no problem, wherever it was put', async () => {
    const canaries = [
      webhook("'canary canary'"),
      webhook('{env: canary-canary}'),
      webhook('{file: canary}'),
      `${source}sinks: [{name: a, type: webhook, options: {url: 'https://u:canary@', timeout: canary}}]`,
      `${source}sinks: [{name: a, type: webhook, options: {'canary canary': 1, headers: {'can ary': 1}}}]`,
      `${source}sinks: [{name: a, type: CANARY-canary}]`,
      `${source}http: {listen: 'canary canary'}\nlogLevel: canary\nlimits: {grace: canary}`,
      `${source}key: "canary\n  canary: [`,
      `canary: *canary`,
      `sources: [{type: kubernetes, url: 'https://canary@h', namespace: CANARY, name: 'can ary'}]`,
    ]
    for (const text of canaries) {
      const problems = await problemsOf(text)
      assert.ok(problems.length > 0, text)
      assert.doesNotMatch(problems.join('\n').replace('`canary`', ''), /canary|can ary/i)
    }
  })
})

describe('what is wrong in a file', () => {
  const cases: readonly (readonly [what: string, text: string, problems: readonly string[]])[] = [
    ['a misspelt section', 'sinkz: []', ['c.yaml:1:1: the file has no option `sinkz` → did you mean sinks?']],
    [
      'an option of the command line',
      `${source}sinks: [{name: a, type: log, options: {ke.timeout: 5s}}]`,
      [
        'c.yaml:2:40: `options` has no option `ke.timeout` → in a file it has no ke. before it: write timeout',
      ],
    ],
    [
      'a filter among the options',
      `${source}sinks: [{name: a, type: log, options: {level: all}}]`,
      ["c.yaml:2:40: `options` has no option `level` → write it under the sink's filters"],
    ],
    [
      'an unknown level',
      `${source}sinks: [{name: a, type: log, filters: {level: warning}}]`,
      ['c.yaml:2:47: option `filters.level` is none of all, Normal, Warning → correct its value'],
    ],
    [
      'an expression that is none',
      `${source}sinks: [{name: a, type: log, filters: {exclude: {message: 'a(b'}}}]`,
      [
        'c.yaml:2:59: option `filters.exclude.message`: `a(b` is no regular expression: missing closing ): ' +
          '`(` at character 2 → close it, or write `\\(` for the character itself',
      ],
    ],
    [
      'a number for a duration',
      `${source}sinks: [{name: a, type: log, options: {timeout: 5}}]`,
      ['c.yaml:2:49: option `options.timeout` is no duration: write 30s, 5m or 1h30m'],
    ],
    [
      'a kubeconfig that would not be used',
      'sources: [{type: kubernetes, inClusterConfig: true, kubeconfig: /k}]',
      [
        "c.yaml:1:53: `kubeconfig` has no effect: with `inClusterConfig: true` the pod's own account is used → " +
          'remove one of them',
      ],
    ],
    ['a key twice', 'sinks: []\nsinks: []', ['c.yaml:2:1: this key is there twice → keep one of them']],
    ['a tab', 'sinks:\n\t- a', ['c.yaml:2:1: the line is indented with a tab → indent with spaces']],
    ['no map', '[a]', ['c.yaml:1:1: the file must be a map: write name: value lines']],
  ]
  for (const [what, text, problems] of cases) {
    it(`is told with its place: ${what}`, async () => {
      const all = await problemsOf(text)
      assert.deepEqual(all, problems)
    })
  }

  it('is told all at once, in the order of the file', async () => {
    const text = `sources: [{type: kubernetes, nmae: x}]
sinks:
  - {name: a, type: webhok}
  - {name: b, type: webhook, options: {url: 7}}
  - {type: log}
  - name: c
    type: log
    filters:
      levl: all
      reason: ['(']
      kinds: {no: list}
journal: {maxAge: 1x}
`
    assert.deepEqual(
      (await problemsOf(text)).map((problem) => problem.replace(/^c\.yaml:(\d+).*$/s, '$1')),
      ['1', '3', '4', '5', '9', '10', '11', '12'],
    )
  })

  it('is a file that is too large, or expands without end', async () => {
    assert.match((await problemsOf(`# ${'x'.repeat(1_048_576)}`)).join(), /larger than 1 MiB/)
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map((name, at) => {
        const before = 'abcdefgh'[at]
        return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`
      }),
    ].join('\n')
    assert.match((await problemsOf(bomb)).join(), /aliases stand for too much/)
  })

  it('is not an empty file or section: only a source is missing then', async () => {
    for (const text of ['', '# nothing\n', 'sinks:\nsources:\n']) {
      const parsed = await runWith(['--sink=log'], text)
      assert.ok(parsed.kind === 'invalid')
      assert.deepEqual(
        parsed.problems.map(({ what }) => what),
        ['no source is given, so there is nothing to watch'],
      )
    }
  })
})
