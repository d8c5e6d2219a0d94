/** The command line in the log: enough to see what was asked for, and no secret. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCommandLine } from './from-command-line.ts'
import { renderProblems } from './problems.ts'
import { redactCommandLine, redactUriArgument } from './redact.ts'

describe('a command line in the log', () => {
  const cases: readonly [argument: string, shown: string][] = [
    ['log', 'log'],
    [
      'webhook:https://hooks.example.test/services/canary?level=Warning&namespaces=a,b&kinds=Pod&method=POST&key=canary&header=A=canary&reason=canary',
      'webhook:https://hooks.example.test/…?level=Warning&namespaces=a,b&kinds=Pod&method=POST&key=…&header=…&reason=…',
    ],
    ['webhook:https://canary:canary@h.example.test:8443/', 'webhook:https://…@h.example.test:8443/'],
    ['webhook:https://h.example.test/canary&level=Warning', 'webhook:https://h.example.test/…'],
    ['webhook:https://h.example.test/#canary', 'webhook:https://h.example.test/#…'],
    ['webhook:https://h.example.test/?level=Warning;key=canary', 'webhook:https://h.example.test/?level=…'],
    ['webhook:https://h.example.test/?level=canary', 'webhook:https://h.example.test/?level=…'],
    ['webhook:https://h.example.test/?canary', 'webhook:https://h.example.test/?…'],
    [
      'webhook:https://h.example.test/?ke.name=ops&ke.timeout=3s',
      'webhook:https://h.example.test/?ke.name=ops&ke.timeout=3s',
    ],
    // An unencoded `/` in a password moves the `@` behind what Go takes for the host.
    ['webhook:https://canary:1/canary@h.example.test/', 'webhook:…'],
    ['webhook:https://canary:ca nary@h.example.test/', 'webhook:…'],
    ['webhook:canary', 'webhook:…'],
    ['mysql:?root:canary@tcp(db:3306)/events?charset=utf8&table=kube_event', 'mysql:?…&table=…'],
    ['mysql:canary:canary@tcp(db:3306)/events', 'mysql:…'],
    ['mongo:mongodb://canary:canary@db.example.test/events', 'mongo:mongodb://…@db.example.test/…'],
    ['https://hooks.example.test/canary', 'https://hooks.example.test/…'],
    ['Canary-1', '…'],
    [
      'kubernetes:https://10.0.0.1?inClusterConfig=false&auth=/etc/kube/config',
      'kubernetes:https://10.0.0.1?inClusterConfig=false&auth=/etc/kube/config',
    ],
    ['kubernetes:https://canary@10.0.0.1?auth=canary', 'kubernetes:https://…@10.0.0.1?auth=…'],
  ]
  for (const [argument, shown] of cases) {
    it(`shows ${shown}`, () => {
      assert.equal(redactUriArgument(argument), shown)
      assert.equal(redactCommandLine([`--sink=${argument}`]), `--sink=${shown}`)
      assert.equal(redactCommandLine(['-sink', argument]), `-sink ${shown}`)
    })
  }

  it('shows the flags that hold no secret, if their value is of the right kind', () => {
    assert.equal(
      redactCommandLine([
        '--frequency=30s',
        '--healthz-port',
        '8084',
        '--strict',
        '--data-dir=/data',
        '--look-back=all',
      ]),
      '--frequency=30s --healthz-port 8084 --strict --data-dir=/data --look-back=all',
    )
    assert.equal(
      redactCommandLine(['--frequency=canary', '--healthz-ip=canary']),
      '--frequency=… --healthz-ip=…',
    )
  })

  it('hides what it does not know', () => {
    assert.equal(
      redactCommandLine([
        '--password=canary',
        '--token',
        'canary',
        '---canary',
        '--strict',
        'canary',
        '--x=canary',
      ]),
      '--password=… --token … … --strict … …',
    )
  })
})

describe('a secret', () => {
  const canary = 'Canary7secret'
  // In every place where somebody may put one, rightly or by mistake.
  const arguments_: readonly string[] = [
    canary,
    `${canary}:https://h.example.test`,
    `https://h.example.test/${canary}`,
    `webhook:https://u:${canary}@h.example.test/`,
    `webhook:https://u:${canary}/x@h.example.test/`,
    `webhook:https://u:${canary}#x@h.example.test/`,
    `webhook:https://u:7/${canary}@h.example.test/`,
    `webhook:https://u:${canary} @h.example.test/`,
    `webhook:https://h.example.test/${canary}?level=Warning`,
    `webhook:https://h.example.test/%zz${canary}`,
    `webhook:https://h.example.test/?key=${canary}&header=Authorization=${canary}&${canary}=x`,
    `webhook:https://h.example.test/?key=$${canary}`,
    `webhook:https://h.example.test/\${${canary}`,
    `mysql:?root:${canary}@tcp(db:3306)/events`,
    `kubernetes:https://${canary}:x@h.example.test?auth=${canary}`,
    `kubernetes:https://h.example.test?insecure=${canary}${canary}&cluster=${canary}/&namespace=${canary}`,
    `kubernetes:https://u:${canary}#@h.example.test`,
  ]
  for (const argument of arguments_) {
    it(`never shows in a problem or a redacted line: ${argument}`, () => {
      for (const argv of [
        [`--sink=${argument}`],
        [`--source=${argument}`],
        [`--password=${argument}`],
        ['--strict', argument],
      ]) {
        assert.ok(!redactCommandLine(argv).includes(canary), redactCommandLine(argv))
        const parsed = parseCommandLine([...argv, '--strict'], {}, new Map())
        const text = 'problems' in parsed ? renderProblems(parsed.problems, { colour: false }) : ''
        assert.notEqual(text, '')
        assert.ok(!text.includes(canary), text)
      }
    })
  }
})
