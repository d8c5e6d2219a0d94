/** What a filter lets pass, and why it refuses. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Decision } from '../domain/decision.ts'
import type { KubernetesEvent, ObjectReference } from '../domain/event.ts'
import type { FilterOptions, Pattern } from '../domain/filter-options.ts'
import { compileFilter } from './filter.ts'

function eventOf(type: string, involvedObject: ObjectReference, rest: Partial<KubernetesEvent> = {}) {
  return { metadata: {}, involvedObject, type, ...rest }
}

const pod = eventOf(
  'Warning',
  { kind: 'Pod', namespace: 'shop', name: 'web-0' },
  { reason: 'BackOff', message: 'Back-off restarting\nfailed container' },
)
const node = eventOf('Normal', { kind: 'Node', name: 'worker-1' }, { reason: 'NodeReady', message: 'ready' })
const odd = eventOf('Odd', { kind: 'Job', namespace: 'pay' })

const exact = (...values: readonly string[]): Pattern[] => values.map((value) => ({ kind: 'exact', value }))
const some = (...sources: readonly string[]): Pattern[] =>
  sources.map((source) => ({ kind: 'regexp', source, anchored: false }))
const whole = (...sources: readonly string[]): Pattern[] =>
  sources.map((source) => ({ kind: 'regexp', source, anchored: true }))

function decide(options: Partial<FilterOptions>, event: KubernetesEvent): Decision {
  return compileFilter({ level: 'all', ...options })(event)
}

/** Which of pod, node and odd pass. */
function passing(options: Partial<FilterOptions>): string {
  const events = { pod, node, odd }
  return Object.entries(events)
    .filter(([, event]) => decide(options, event).pass)
    .map(([name]) => name)
    .join(' ')
}

describe('a filter without options', () => {
  it('lets everything pass', () => assert.equal(passing({}), 'pod node odd'))
})

describe('a level', () => {
  it('Warning lets only Warning pass', () => assert.equal(passing({ level: 'Warning' }), 'pod'))
  it('Normal means Normal and Warning, and no other type', () =>
    assert.equal(passing({ level: 'Normal' }), 'pod node'))
})

describe('namespaces', () => {
  it('are compared exactly with the namespace of the involved object', () => {
    assert.equal(passing({ namespaces: exact('shop', 'pa') }), 'pod')
  })

  it('as expressions match whole names', () => {
    assert.equal(passing({ namespaces: whole('sho.*|p[a]y') }), 'pod odd')
    assert.equal(passing({ namespaces: whole('ho', '[s]ho') }), '')
  })

  it('never match an object without one, whatever is listed', () => {
    assert.equal(passing({ namespaces: [...exact(''), ...whole('.*', '[a-z]*')] }), 'pod odd')
  })

  it('let an object without one pass if cluster-scoped ones are wanted', () => {
    assert.equal(passing({ namespaces: exact('shop'), clusterScoped: true }), 'pod node')
  })

  it("may be the event's own, with cluster-scoped objects still passing if they are wanted", () => {
    const event = { ...node, metadata: { namespace: 'default' } }
    const filter = { namespaces: exact('default'), namespaceOf: 'event' } as const
    assert.equal(decide(filter, event).pass, true)
    assert.equal(decide(filter, pod).pass, false)
    assert.equal(decide({ ...filter, namespaces: exact('x') }, event).pass, false)
    assert.equal(decide({ ...filter, namespaces: exact('x'), clusterScoped: true }, event).pass, true)
    assert.equal(decide({ ...filter, exclude: { namespaces: exact('default') } }, event).pass, true)
  })

  it('as an empty list let nothing pass', () => assert.equal(passing({ namespaces: [] }), ''))
})

describe('kinds', () => {
  it('are compared exactly, or as expressions with the whole kind', () => {
    assert.equal(passing({ kinds: exact('Pod', 'Nod') }), 'pod')
    assert.equal(passing({ kinds: whole('(Pod|Node)') }), 'pod node')
  })
})

describe('a reason', () => {
  it('is matched anywhere in it, by any of several', () => {
    assert.equal(passing({ reason: some('ackO', 'X') }), 'pod')
    assert.equal(passing({ reason: some('^Back', 'Ready$') }), 'pod node')
  })

  it('that is not there is matched by nothing, as in the original', () => {
    assert.equal(passing({ reason: some('') }), 'pod node')
    assert.equal(passing({ reason: some('.*') }), 'pod node')
  })
})

describe('message and object', () => {
  it('are matched anywhere in them', () => {
    assert.equal(passing({ message: some('restarting.failed', 'rea.y') }), 'node')
    assert.equal(passing({ message: some('(?s)restarting.failed') }), 'pod')
    assert.equal(passing({ object: some('^Pod/shop/web-[0-9]+$') }), 'pod')
    assert.equal(passing({ object: some('^Node//worker-1$') }), 'node')
  })
})

describe('what is left out', () => {
  for (const [exclude, rest] of [
    [{ namespaces: some('^sho') }, 'node odd'],
    [{ namespaces: some('^$') }, 'pod odd'],
    [{ kinds: some('o') }, ''],
    [{ reason: some('Back', 'Un') }, 'node odd'],
    [{ message: some('^re') }, 'pod odd'],
    [{ object: some('/web-0') }, 'node odd'],
    [{ kinds: exact('Node'), reason: some('Back') }, 'odd'],
    [{ reason: [] }, 'pod node odd'],
  ] as const) {
    it(`by ${JSON.stringify(exclude)} leaves ${rest || 'nothing'}`, () =>
      assert.equal(passing({ exclude }), rest))
  }

  it('is left out even if it is wanted too', () => {
    assert.equal(passing({ kinds: exact('Pod', 'Node'), exclude: { kinds: exact('Pod') } }), 'node')
  })
})

describe('a refusal', () => {
  for (const [options, event, reason, detail] of [
    [{ level: 'Warning' }, node, 'level', 'type "Normal" is not in Warning'],
    [{ namespaces: exact('pay') }, pod, 'namespace', 'namespace "shop" matches none of "pay"'],
    [{ namespaces: exact('pay') }, node, 'namespace', 'namespace (none) matches none of "pay"'],
    [{ kinds: [] }, pod, 'kind', 'kind "Pod" and none is wanted'],
    [{ reason: some('Un', 'X$') }, pod, 'reason', 'reason "BackOff" matches none of `Un`, `X$`'],
    [{ message: some('out of') }, pod, 'message', 'the message matches none of `out of`'],
    [{ object: some('^Job') }, node, 'object', 'object "Node//worker-1" matches none of `^Job`'],
    [
      { exclude: { reason: some('X', 'Back') } },
      pod,
      'reason',
      'reason "BackOff" matches `Back`, which is left out',
    ],
    [
      { exclude: { message: some('failed') } },
      pod,
      'message',
      'the message matches `failed`, which is left out',
    ],
  ] as const) {
    it(`says why: ${detail}`, () => assert.deepEqual(decide(options, event), { pass: false, reason, detail }))
  }

  it('names the first that does not agree, in a fixed order', () => {
    const all: FilterOptions = {
      level: 'Warning',
      namespaces: exact('x'),
      kinds: exact('x'),
      reason: some('x'),
      object: some('x'),
      message: some('x'),
    }
    const order = ['level', 'namespace', 'kind', 'reason', 'message', 'object']
    const { level: _, ...rest } = all
    let left: Partial<FilterOptions> = rest
    assert.equal(reasonOf(compileFilter(all)(node)), order[0])
    for (const [at, field] of (['namespaces', 'kinds', 'reason', 'message', 'object'] as const).entries()) {
      assert.equal(reasonOf(decide(left, node)), order[at + 1])
      left = { ...left, [field]: undefined }
    }
  })

  function reasonOf(decision: Decision): string {
    return decision.pass ? 'passed' : decision.reason
  }
})

describe('an expression that is none', () => {
  it('is a fault of the program here: front ends refuse it before', () => {
    assert.throws(() => compileFilter({ level: 'all', reason: some('a(b') }), {
      message: '`a(b` is no regular expression: missing closing ): `(` after 1 characters; correct it',
    })
  })
})
