import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { startApiServer, type ApiServer, type StandInOptions } from './api-server.ts'
import { ManualClock, exampleEvent, exchange, linesOf, type Exchanged } from './testing.ts'
import type { KubernetesEvent } from '../domain/event.ts'

let server: ApiServer
let clock: ManualClock

async function start(options: StandInOptions = {}): Promise<void> {
  clock = new ManualClock()
  server = await startApiServer({ clock, ...options })
}

afterEach(async () => {
  await server.close()
  assert.equal(server.connections(), 0)
})

const get = (path: string, headers: Record<string, string> = {}): Promise<Exchanged> =>
  exchange(server.url + path, { headers })

async function json(path: string): Promise<Answered> {
  const answer = await get(path)
  return JSON.parse((await answer.whole).toString())
}

/** As much of an answer as these tests read. */
interface Answered {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items: readonly KubernetesEvent[]
  readonly message?: string
  readonly reason?: string
  readonly code?: number
}

interface Line {
  readonly type: string
  readonly object: KubernetesEvent & { readonly code?: number; readonly reason?: string }
}

const told = (bytes: Buffer): Line[] => linesOf(bytes).map((line) => JSON.parse(line))
const summary = (bytes: Buffer): string[] =>
  told(bytes).map(({ type, object }) => `${type} ${object.metadata.name} ${object.metadata.resourceVersion}`)

describe('the store of the stand-in', () => {
  beforeEach(() => start({ startRevision: 10 }))

  it('keeps uid and creation time through updates, under growing versions', () => {
    const first = server.put(exampleEvent(1))
    const second = server.put(exampleEvent(1, { count: 2 }))
    assert.equal(first.metadata.resourceVersion, '11')
    assert.equal(second.metadata.resourceVersion, '12')
    assert.ok(first.metadata.uid)
    assert.equal(second.metadata.uid, first.metadata.uid)
    assert.equal(second.metadata.creationTimestamp, '2026-01-01T00:00:00Z')
    assert.equal(server.revision, 12)
    assert.equal(server.eventCount, 1)
  })

  it('refuses an event without a name', () => {
    assert.throws(() => server.put(exampleEvent(1, { metadata: {} })), /without metadata\.name/)
  })

  it('tells another uid under the same name as a deletion and a creation', async () => {
    server.put(exampleEvent(1, { metadata: { name: 'a', namespace: 'web', uid: 'one' } }))
    const watch = await get('/api/v1/events?watch=1&resourceVersion=11')
    server.put(exampleEvent(1, { metadata: { name: 'a', namespace: 'web', uid: 'two' } }))
    assert.deepEqual(summary(await watch.untilLines(2)), ['DELETED a 12', 'ADDED a 13'])
  })

  it('pages through many events at one version while they change', async () => {
    server.putMany(Array.from({ length: 25 }, (_, number) => exampleEvent(number)))
    const at = server.revision
    const first = await json('/api/v1/events?limit=10')
    // Between the pages one of the first, one of the last changes, one goes, one comes.
    server.put(exampleEvent(3, { count: 9 }))
    server.put(exampleEvent(20, { count: 9 }))
    server.delete('web', 'web-00021.17f0')
    server.put(exampleEvent(99))
    const items = [...first.items]
    for (let token = first.metadata.continue; token;) {
      const page = await json(`/api/v1/events?limit=10&continue=${token}`)
      assert.equal(page.metadata.resourceVersion, String(at))
      items.push(...page.items)
      token = page.metadata.continue
    }
    const names = items.map(({ metadata }) => metadata.name)
    assert.deepEqual(
      names,
      Array.from({ length: 25 }, (_, number) => exampleEvent(number).metadata.name),
    )
    assert.ok(items.every(({ count }) => count === 1))
    const now = await json('/api/v1/namespaces/web/events')
    assert.equal(now.items.length, 25)
    assert.equal(now.items.find(({ count }) => count === 9)?.involvedObject.name, 'web-00003')
  })

  it('lets the rest of a list be read after its token expired, at a newer version', async () => {
    server.putMany([1, 2, 3].map((number) => exampleEvent(number)))
    const { metadata } = await json('/api/v1/events?limit=1')
    server.put(exampleEvent(3, { count: 2 }))
    server.compact()
    const gone = await json(`/api/v1/events?limit=1&continue=${metadata.continue}`)
    assert.equal(gone.code, 410)
    const rest = await json(`/api/v1/events?continue=${gone.metadata.continue}`)
    assert.equal(rest.metadata.resourceVersion, String(server.revision))
    assert.deepEqual(
      rest.items.map(({ count }) => count),
      [1, 2],
    )
  })

  it('orders namespaces as etcd does and keeps them apart', async () => {
    for (const namespace of ['a', 'a-b', 'b']) {
      server.put(exampleEvent(1, { metadata: { name: 'x', namespace } }))
    }
    const all = await json('/api/v1/events')
    assert.deepEqual(
      all.items.map(({ metadata }) => metadata.namespace),
      ['a-b', 'a', 'b'],
    )
    assert.equal((await json('/api/v1/namespaces/a/events')).items.length, 1)
  })

  it('answers 504 to a list at a version that is still to come', async () => {
    const answer = await json('/api/v1/events?resourceVersion=99&resourceVersionMatch=NotOlderThan')
    assert.equal(answer.code, 504)
    assert.equal(answer.message, 'Timeout: Too large resource version: 99, current: 10')
  })

  it('deletes events that outlive their time, and lets those live that were written again', async () => {
    await server.close()
    await start({ eventTtlMs: 1000, startRevision: 10 })
    server.put(exampleEvent(1))
    server.put(exampleEvent(2))
    const watch = await get('/api/v1/events?watch=1&resourceVersion=12')
    clock.advance(600)
    server.put(exampleEvent(2, { count: 2 }))
    clock.advance(600)
    const lines = summary(await watch.untilLines(2))
    assert.deepEqual(lines, ['MODIFIED web-00002.17f0 13', 'DELETED web-00001.17f0 14'])
    clock.advance(400)
    assert.equal(server.eventCount, 0)
  })

  it('forgets by itself what is older than one period', async () => {
    server.put(exampleEvent(1))
    server.put(exampleEvent(2))
    clock.advance(300_000)
    const young = await get('/api/v1/events?watch=1&resourceVersion=11&timeoutSeconds=1')
    assert.deepEqual(summary(await young.untilLines(1)), ['ADDED web-00002.17f0 12'])
    server.put(exampleEvent(3))
    clock.advance(300_000)
    const old = await get('/api/v1/events?watch=1&resourceVersion=10')
    assert.equal(told(await old.whole)[0]?.object.code, 410)
  })
})

describe('a watch on the stand-in', () => {
  beforeEach(() => start({ startRevision: 10 }))

  it('tells every change once, in order, to each of many watchers', async () => {
    const paths = ['/api/v1/events?watch=1&resourceVersion=10', '/api/v1/namespaces/web/events?watch=1']
    const watches = await Promise.all([...paths, ...paths].map((path) => get(path)))
    const numbers = Array.from({ length: 300 }, (_, number) => number)
    server.putMany(numbers.map((number) => exampleEvent(number)))
    server.delete('web', exampleEvent(0).metadata.name ?? '')
    for (const watch of watches) {
      const lines = told(await watch.untilLines(301))
      assert.deepEqual(
        lines.map(({ object }) => Number(object.metadata.resourceVersion)),
        Array.from({ length: 301 }, (_, index) => 11 + index),
      )
      assert.equal(lines.at(-1)?.type, 'DELETED')
    }
    assert.equal(server.watches('events'), 4)
  })

  it('writes no faster than the peer reads, and loses nothing', async () => {
    const watch = await get('/api/v1/events?watch=1&resourceVersion=10')
    await watch.untilLines(0)
    watch.pause()
    const message = 'x'.repeat(1000)
    // 30 MB: far more than sockets hold.
    server.putMany(Array.from({ length: 20_000 }, (_, number) => exampleEvent(number, { message })))
    await (
      await get('/livez')
    ).whole
    watch.resume()
    const lines = told(await watch.untilLines(20_000))
    assert.equal(lines.at(-1)?.object.metadata.resourceVersion, String(server.revision))
  })

  it('meets 410 in the stream when compaction overtakes a slow reader', async () => {
    const watch = await get('/api/v1/events?watch=1&resourceVersion=10')
    watch.pause()
    const message = 'x'.repeat(1000)
    server.putMany(Array.from({ length: 20_000 }, (_, number) => exampleEvent(number, { message })))
    await (
      await get('/livez')
    ).whole
    server.compact()
    watch.resume()
    const lines = told(await watch.whole)
    assert.ok(lines.length < 20_000)
    assert.equal(lines.at(-1)?.type, 'ERROR')
    assert.equal(lines.at(-1)?.object.code, 410)
    assert.equal(server.watches(), 0)
  })

  it('tells with a selector what begins and what ceases to match', async () => {
    server.put(exampleEvent(1))
    const watch = await get('/api/v1/events?watch=1&resourceVersion=11&fieldSelector=type%3DNormal')
    server.put(exampleEvent(2))
    server.put(exampleEvent(1, { type: 'Normal' }))
    server.put(exampleEvent(1, { type: 'Normal', count: 2 }))
    server.put(exampleEvent(1, { type: 'Warning' }))
    const lines = summary(await watch.untilLines(3))
    const name = 'web-00001.17f0'
    assert.deepEqual(lines, [`ADDED ${name} 13`, `MODIFIED ${name} 14`, `DELETED ${name} 15`])
  })

  it('waits in silence for a version that is still to come, and then tells what is newer', async () => {
    const watch = await get('/api/v1/events?watch=1&resourceVersion=12')
    server.put(exampleEvent(1))
    server.put(exampleEvent(2))
    server.put(exampleEvent(3))
    assert.deepEqual(summary(await watch.untilLines(1)), ['ADDED web-00003.17f0 13'])
  })

  it('serves a watch on ConfigMaps apart from events', async () => {
    server.putConfigMap({ metadata: { name: 'tpl', namespace: 'web' }, data: { content: 'a' } })
    const watch = await get('/api/v1/namespaces/web/configmaps?watch=1&fieldSelector=metadata.name%3Dtpl')
    server.put(exampleEvent(1))
    server.putConfigMap({ metadata: { name: 'other', namespace: 'web' } })
    server.putConfigMap({ metadata: { name: 'tpl', namespace: 'web' }, data: { content: 'b' } })
    server.deleteConfigMap('web', 'tpl')
    assert.deepEqual(summary(await watch.untilLines(3)), [
      'ADDED tpl 11',
      'MODIFIED tpl 14',
      'DELETED tpl 15',
    ])
  })

  it('is refused its streaming list by an older server', async () => {
    server.faults.streamingLists(false)
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    const answer = await json(`/api/v1/events?${query}`)
    assert.equal(answer.code, 422)
    assert.match(answer.message ?? '', /sendInitialEvents is forbidden/)
  })

  it('starts nowhere after the client has gone', async () => {
    const watch = await get('/api/v1/events?watch=1')
    assert.equal(server.watches(), 1)
    watch.abort()
    await watch.closed
    // The server learns of it through its own socket.
    while (server.watches() > 0) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(clock.pending, 1, 'only compaction waits; the timer of the watch is gone')
  })
})

describe('a restored cluster', () => {
  beforeEach(() => start({ startRevision: 10 }))

  it('is what it was at the older version, without history, and goes on from there', async () => {
    server.put(exampleEvent(1))
    server.put(exampleEvent(2))
    server.put(exampleEvent(1, { count: 7 }))
    const watch = await get('/api/v1/events?watch=1&resourceVersion=13')
    server.restore({ revision: 12 })
    await assert.rejects(watch.whole)
    const list = await json('/api/v1/events')
    assert.equal(list.metadata.resourceVersion, '12')
    assert.deepEqual(
      list.items.map(({ count, metadata }) => [count, metadata.resourceVersion]),
      [
        [1, '11'],
        [1, '12'],
      ],
    )
    assert.equal(server.put(exampleEvent(3)).metadata.resourceVersion, '13')
    const old = await get('/api/v1/events?watch=1&resourceVersion=10')
    assert.equal(told(await old.whole)[0]?.object.code, 410)
  })

  it('takes the events it is given', async () => {
    server.put(exampleEvent(1))
    const { metadata } = exampleEvent(5)
    server.restore({
      revision: 5,
      events: [exampleEvent(5, { metadata: { ...metadata, uid: 'u5', resourceVersion: '3' } })],
    })
    const list = await json('/api/v1/events')
    assert.deepEqual(
      list.items.map((item) => [item.metadata.uid, item.metadata.resourceVersion]),
      [['u5', '3']],
    )
  })
})

describe('stopping and starting the stand-in', () => {
  beforeEach(() => start())

  it('refuses connections and comes back on the same port with the same store', async () => {
    server.put(exampleEvent(1))
    const { port } = server
    await server.stop()
    await assert.rejects(get('/livez'), { code: 'ECONNREFUSED' })
    await server.start()
    assert.equal(server.port, port)
    assert.equal((await json('/api/v1/events')).items.length, 1)
  })
})

describe('writing through the stand-in', () => {
  beforeEach(() => start({ startRevision: 10 }))
  const send = (method: string, path: string, body: unknown, type = 'application/json'): Promise<Exchanged> =>
    exchange(server.url + path, { method, body, headers: { 'content-type': type } })
  const events = '/api/v1/namespaces/web/events'

  it('creates once, updates, patches and deletes, and tells each', async () => {
    const watch = await get('/api/v1/events?watch=1')
    const name = exampleEvent(1).metadata.name ?? ''
    const one = `${events}/${name}`
    assert.equal((await send('POST', events, exampleEvent(1))).status, 201)
    assert.equal((await send('POST', events, exampleEvent(1))).status, 409)
    assert.equal((await send('PUT', one, exampleEvent(1, { count: 2 }))).status, 200)
    const stale = { ...exampleEvent(1).metadata, resourceVersion: '11' }
    assert.equal((await send('PUT', one, exampleEvent(1, { metadata: stale }))).status, 409)
    assert.equal((await send('PATCH', one, { count: 3 }, 'application/merge-patch+json')).status, 200)
    assert.equal((await send('PATCH', one, [], 'application/json-patch+json')).status, 415)
    assert.equal((await send('DELETE', one, undefined)).status, 200)
    assert.equal((await send('DELETE', one, undefined)).status, 404)
    const lines = told(await watch.untilLines(4))
    assert.deepEqual(
      lines.map(({ type, object }) => [type, object.count]),
      [
        ['ADDED', 1],
        ['MODIFIED', 2],
        ['MODIFIED', 3],
        ['DELETED', 3],
      ],
    )
    assert.equal(new Set(lines.map(({ object }) => object.metadata.uid)).size, 1)
  })

  it('gives generated names', async () => {
    const answer = await send('POST', events, exampleEvent(1, { metadata: { generateName: 'pod.' } }))
    const { metadata } = JSON.parse((await answer.whole).toString())
    assert.match(metadata.name, /^pod\.[a-z0-9]{5}$/)
  })

  it('refuses what is no JSON, no object, or of another namespace', async () => {
    for (const body of [
      'a text',
      { kind: 'Event' },
      exampleEvent(1, { metadata: { name: 'a', namespace: 'b' } }),
    ]) {
      assert.equal((await send('POST', events, body)).status, 400)
    }
    assert.equal((await send('POST', '/api/v1/events', exampleEvent(1))).status, 405)
    assert.equal((await get('/api/v1/pods')).status, 404)
  })
})

describe('access to the stand-in', () => {
  it('refuses by verb, resource, namespace and the name a selector demands', async () => {
    await start({
      tokens: ['t'],
      forbid: (verb, resource, namespace, name) =>
        verb === 'watch' && (resource === 'events' ? namespace === '' : name !== 'mine'),
    })
    const headers = { authorization: 'Bearer t' }
    const statusOf = async (path: string): Promise<number> => {
      const answer = await get(path, headers)
      answer.abort()
      return answer.status
    }
    assert.equal(await statusOf('/api/v1/events'), 200)
    assert.equal(await statusOf('/api/v1/events?watch=1'), 403)
    assert.equal(await statusOf('/api/v1/namespaces/a/events?watch=1'), 200)
    const byName = '/api/v1/namespaces/a/configmaps?watch=1&fieldSelector=metadata.name%3D'
    assert.equal(await statusOf(`${byName}mine`), 200)
    assert.equal(await statusOf(`${byName}yours`), 403)
    const refused = await get('/api/v1/events?watch=1', headers)
    assert.match(
      (await refused.whole).toString(),
      /cannot watch resource \\"events\\" in API group \\"\\" at the cluster scope/,
    )
    assert.equal((await get('/version')).status, 200)
  })

  it('tells a review what it would do', async () => {
    await start({ forbid: (verb) => verb === 'watch' })
    const allowed = async (verb: string): Promise<boolean> => {
      const url = `${server.url}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`
      const body = { spec: { resourceAttributes: { verb, resource: 'events' } } }
      const answer = await exchange(url, { method: 'POST', body })
      return JSON.parse((await answer.whole).toString()).status.allowed
    }
    assert.equal(await allowed('list'), true)
    assert.equal(await allowed('watch'), false)
  })

  it('remembers the newest requests', async () => {
    await start({ rememberRequests: 2 })
    for (const path of ['/livez', '/readyz', '/version?a=1']) await (await get(path, { 'x-y': 'z' })).whole
    assert.deepEqual(
      server.requests.map(({ method, url, headers }) => [method, url, headers['x-y']]),
      [
        ['GET', '/readyz', 'z'],
        ['GET', '/version?a=1', 'z'],
      ],
    )
  })
})
