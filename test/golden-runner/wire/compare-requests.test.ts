/** What the comparison of requests sees. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { compareRequests } from './compare-requests.ts'
import type { Arrival, ExpectedRequest } from './requests.ts'

const host = '127.0.0.1:1234'
const node = { kind: 'Node', name: 'n1', uid: 'n1' }
const events = new Map<string, KubernetesEvent>([
  ['e1', { metadata: {}, involvedObject: node }],
  ['e2', { metadata: {}, involvedObject: node }],
  ['e3', { metadata: {}, involvedObject: { kind: 'Pod', name: 'p' } }],
])

function expected(event: string, changes: Partial<ExpectedRequest> = {}): ExpectedRequest {
  return {
    listener: 'recorder',
    scheme: 'http',
    method: 'POST',
    path: '/hook',
    query: '',
    headers: { Host: '<recorder>', 'User-Agent': 'Go-http-client/1.1' },
    body: `body of ${event}`,
    event,
    fate: 'once',
    delivered: true,
    ...changes,
  }
}

function arrival(event: string, changes: Partial<Arrival> = {}): Arrival {
  return {
    listener: 'recorder',
    scheme: 'http',
    method: 'POST',
    path: '/hook',
    query: '',
    headers: new Map([
      ['host', host],
      ['user-agent', 'another'],
    ]),
    body: `body of ${event}`,
    status: 200,
    isTaken: true,
    ...changes,
  }
}

function compared(requests: readonly ExpectedRequest[], arrivals: readonly Arrival[], option?: string) {
  const options = option === undefined ? [] : [['header', option] as const]
  return compareRequests({ requests, events, sinks: [{ name: 'webhook', options }] }, arrivals, () => host)
}

describe('requests that are as expected', () => {
  it('may come in any order, but for the events of one object', () => {
    const requests = [expected('e1'), expected('e2'), expected('e3')]
    assert.deepEqual(compared(requests, [arrival('e3'), arrival('e1'), arrival('e2')]).differences, [])
    const { differences } = compared(requests, [arrival('e3'), arrival('e2'), arrival('e1')])
    assert.equal(differences.length, 1)
    assert.match(differences[0] ?? '', /^e2 .* came before e1 .* same object/)
  })

  it('may hold a placeholder', () => {
    const request = expected('e1', { body: 'at <now-go-time>.' })
    const at = (body: string): Arrival => arrival('e1', { body })
    assert.deepEqual(compared([request], [at('at 2026-01-02 03:04:05.6 +0800 CST.')]).differences, [])
    assert.equal(compared([request], [at('at 2026-01-02 03:04:05 +0800 CST m=+1.5.')]).differences.length, 1)
    assert.equal(compared([expected('e1', { body: '<html>' })], [at('<body>')]).differences.length, 1)
  })
})

describe('a difference', () => {
  const changed: readonly (readonly [string, Partial<Arrival>, RegExp])[] = [
    ['method', { method: 'GET' }, /method: expected "POST", got "GET"/],
    ['path', { path: '/hook/' }, /path: expected "\/hook", got "\/hook\/"/],
    ['query', { query: 'a=1' }, /query: expected "", got "a=1"/],
    ['scheme', { scheme: 'https' }, /scheme: expected "http", got "https"/],
    ['header', { headers: new Map([['host', 'example.test']]) }, /header Host: expected "127.0.0.1:1234"/],
    ['body', { body: 'body of e1 ' }, /body, at character 10/],
  ]
  for (const [what, changes, told] of changed) {
    it(`is seen in the ${what}`, () => {
      const { differences, missing } = compared([expected('e1')], [arrival('e1', changes)])
      assert.equal(missing.length, 1)
      assert.equal(differences.length, 1)
      assert.match(differences[0] ?? '', told)
    })
  }

  it('is seen in a header that belongs to the client, once an option asks for it', () => {
    assert.deepEqual(compared([expected('e1')], [arrival('e1')]).differences, [])
    assert.equal(compared([expected('e1')], [arrival('e1')], 'User-Agent=x').differences.length, 1)
  })

  it('is a request that is missing, one too many, or one that comes twice', () => {
    assert.match(compared([expected('e1')], []).differences.join(), /^e1 .*: missing$/)
    assert.match(compared([], [arrival('e1')]).differences.join(), /^not expected: POST \/hook/)
    assert.match(
      compared([expected('e1')], [arrival('e1'), arrival('e1')]).differences.join(),
      /^not expected/,
    )
  })
})

describe('a request that is repeated until it is taken', () => {
  const request = expected('e1', { fate: 'until-taken' })
  const refused = arrival('e1', { status: 500, isTaken: false })

  it('may come often, and is taken once', () => {
    assert.deepEqual(compared([request], [refused, refused, arrival('e1')]).differences, [])
  })

  it('is not done before it is taken, and does not come again after', () => {
    const open = compared([request], [refused])
    assert.deepEqual([open.untaken.length, open.missing.length], [1, 0])
    assert.match(open.differences.join(), /answered with success 0 times/)
    assert.match(compared([request], [arrival('e1'), arrival('e1')]).differences.join(), /success 2 times/)
  })
})

describe('a request that is never settled', () => {
  it('comes once at least; those behind it need not come', () => {
    const requests = [expected('e1', { fate: 'unsettled' }), expected('e2', { fate: 'behind' })]
    const hung = arrival('e1', { status: undefined, isTaken: false })
    assert.deepEqual(compared(requests, [hung, hung]).differences, [])
    assert.equal(compared(requests, []).missing.length, 1)
  })
})
