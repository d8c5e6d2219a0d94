/** The table of deliberate differences: each rule says where it is allowed, and names no recording. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { rewrite } from './rule.ts'
import { uriRules, wireRules } from './rules.ts'
import { expectationOf } from './wire/expectation.ts'
import type { WireExpectation } from './wire/expectation.ts'
import { recordingSchema } from './wire/recording.ts'
import { atTheRecorder } from './wire/stand-in.ts'
import { timelineOf } from './wire/timeline.ts'

const wire = join(import.meta.dirname, '..', 'golden', 'wire')
const names = readdirSync(wire).filter((name) => /^ke-.*\.json$/.test(name))
const events: Record<
  string,
  { object: { metadata: object; involvedObject: object; message?: string; reason?: string } }
> = JSON.parse(readFileSync(join(wire, 'events.json'), 'utf8'))

function expectation(name: string, changes: object = {}): WireExpectation {
  const content: object = JSON.parse(readFileSync(join(wire, name), 'utf8'))
  const recording = atTheRecorder(recordingSchema.parse({ ...content, ...changes }))
  const timeline = timelineOf(recording)
  assert.ok(timeline.kind === 'known')
  const told = new Map(recording.events.map((id) => [id, events[id]?.object ?? assert.fail(id)]))
  return expectationOf(recording, told, timeline.steps)
}

function eventsOf({ requests }: WireExpectation): string[] {
  return requests.map(({ event = '?' }) => event)
}

describe('the table of rules', () => {
  it('has a name and a row for each rule, no name twice', () => {
    for (const rules of [wireRules, uriRules]) {
      const ids = rules.map(({ id }) => id)
      assert.equal(new Set(ids).size, ids.length)
    }
    for (const { id, source } of [...wireRules, ...uriRules]) {
      assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)+$/)
      assert.ok(source.row.length > 20, id)
    }
  })

  it('names no recording', () => {
    const text = readFileSync(join(import.meta.dirname, 'rules.ts'), 'utf8')
    for (const name of names) assert.ok(!text.includes(name.replace('.json', '')), name)
    assert.doesNotMatch(text, /\b(?:ke|re)-(?:webhook|log|cli|watch|sink|pages|sigterm)/)
  })

  it('has no rule that no recording needs, but for command lines that were not recorded', () => {
    const used = new Set(names.flatMap((name) => rewrite(expectation(name), wireRules).rules))
    const unused = wireRules.map(({ id }) => id).filter((id) => !used.has(id))
    assert.deepEqual(unused, ['several-sources-are-accepted'])
  })

  it('does not look at whose expectation it rewrites', () => {
    for (const name of names) {
      const own = rewrite(expectation(name), wireRules)
      assert.deepEqual(rewrite(expectation(name, { id: 'another' }), wireRules), own)
    }
  })
})

describe('a rule', () => {
  const rewritten = (name: string, changes: object = {}): WireExpectation =>
    rewrite(expectation(name, changes), wireRules).expectation

  it('adds what was lost in a cut, each event once, to what was told', () => {
    const created = ['e01', 'e03', 'e05', 'e06', 'e07', 'e09', 'e10']
    assert.equal(eventsOf(expectation('ke-watch-cut.json')).length, 4)
    assert.deepEqual(eventsOf(rewritten('ke-watch-cut.json')).toSorted(), created)
    assert.deepEqual(eventsOf(rewritten('ke-watch-half-open.json')).toSorted(), created)
  })

  it('adds what a SIGTERM lost, and lets the program stop in good order', () => {
    for (const name of ['ke-sigterm-pending.json', 'ke-sigterm-sending.json']) {
      assert.equal(rewritten(name).requests.length, 12)
      assert.equal(rewritten(name).end, 'stops')
    }
  })

  it('adds nothing that the sink does not want, and nothing from before the start', () => {
    const argv = ['--sink=webhook:http://<recorder>/hook?method=POST&kinds=Pod&level=Warning']
    const lost = rewritten('ke-sigterm-pending.json', { argv })
    assert.deepEqual(eventsOf(lost), ['e01', 'e03', 'e12'])
    const script = ['create e01…e10', 'start', 'create e11, e12', 'SIGTERM one second later']
    assert.deepEqual(eventsOf(rewritten('ke-sigterm-pending.json', { script })), ['e11', 'e12'])
  })

  it('adds what repeated filters, and expressions among names, let pass', () => {
    const lost = (query: string): string[] => {
      const argv = [`--sink=webhook:http://<recorder>/hook?method=POST&${query}`]
      return eventsOf(rewritten('ke-webhook-namespaces-regexp.json', { argv })).toSorted()
    }
    const reasonOf = (id: string): string => events[id]?.object.reason ?? ''
    const byReason = (expression: RegExp): string[] =>
      expectation('ke-webhook-namespaces-regexp.json')
        .steps.flatMap((step) => (step.kind === 'create' ? step.events : []))
        .filter((id) => expression.test(reasonOf(id)))
    assert.deepEqual(lost('reason=^Fail&reason=Sched,Un'), byReason(/^Fail|Sched|Un/))
    assert.deepEqual(lost('reason=^Fail'), [])
    assert.deepEqual(lost('kinds=P[o]d&reason=Sched.*'), ['e02'])
  })

  it('takes the options out of the query and keeps the rest as it is', () => {
    const [request] = rewritten('ke-webhook-path-encoded.json').requests
    assert.equal(request?.query, 'x=%E4%B8%AD&y=a+b')
  })

  it('puts the message back that lost its quotes, as JSON', () => {
    const request = rewritten('ke-webhook-default.json').requests.find(({ event }) => event === 'e03')
    const body: unknown = JSON.parse(request?.body ?? '')
    assert.equal(Object(body).EventMessage, events['e03']?.object.message)
  })

  it('keeps a header whose value has an equals sign', () => {
    for (const { headers } of rewritten('ke-webhook-header-value-with-equals.json').requests)
      assert.equal(headers.Authorization, 'Basic YTpiYw==')
  })

  it('lets nobody follow a redirect', () => {
    const { requests } = rewritten('ke-webhook-answer-302.json')
    assert.deepEqual(
      requests.map(({ path, fate, delivered }) => ({ path, fate, delivered })),
      Array.from({ length: 3 }, () => ({ path: '/hook', fate: 'unsettled', delivered: false })),
    )
  })

  it('expects of a hanging sink the first event of each object, and of the other sink all', () => {
    const { requests } = rewritten('ke-sink-hangs.json')
    const at = (listener: string): string[] =>
      requests.filter((request) => request.listener === listener).map(({ event, fate }) => `${event} ${fate}`)
    assert.deepEqual(at('recorder'), ['e01 unsettled', 'e03 unsettled', 'e05 unsettled', 'e06 behind'])
    assert.deepEqual(at('recorder2'), ['e01 once', 'e03 once', 'e05 once', 'e06 once'])
  })

  it('accepts several sources only if each has a name of its own', () => {
    const argv = [
      '--source=kubernetes:<apiserver>?cluster=a',
      '--source=kubernetes:<apiserver>',
      '--sink=log',
    ]
    assert.equal(rewritten('ke-cli-two-sources.json').end, 'failure')
    assert.equal(rewritten('ke-cli-two-sources.json', { argv }).end, 'runs')
  })
})
