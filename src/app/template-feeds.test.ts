/** Texts of templates: one watch a ConfigMap however many sinks use it, and another cluster when the source moves. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { startApiServer, type ApiServer } from '../demo/api-server.ts'
import { systemClock } from '../domain/clock.ts'
import type { SourceOptions } from '../domain/source-options.ts'
import { sinkWorld } from '../sink-kit/testing/sink-world.ts'
import { TemplateFeeds, type TextState } from './template-feeds.ts'

const origin = { kind: 'configmap', namespace: 'ops', name: 'body' } as const

function sourceAt(api: ApiServer): SourceOptions {
  return {
    cluster: 'default',
    server: api.url,
    inClusterConfig: false,
    useServiceAccount: false,
    insecure: false,
    lookBack: { kind: 'none' },
  }
}

async function clusterWith(test: TestContext, content: string): Promise<ApiServer> {
  const api = await startApiServer()
  test.after(() => api.close())
  api.putConfigMap({ metadata: { namespace: 'ops', name: 'body' }, data: { content } })
  return api
}

function feedsOf(test: TestContext, api: ApiServer): TemplateFeeds {
  const { log } = sinkWorld(1).context
  const feeds = new TemplateFeeds({ source: sourceAt(api), log, clock: systemClock, env: {} })
  test.after(() => feeds.close())
  return feeds
}

/** Listens; `next` resolves with the next text that is told, those that were told before first. */
function listen(test: TestContext, feeds: TemplateFeeds) {
  const told: TextState[] = []
  const waiting: (() => void)[] = []
  const stop = feeds.listen(origin, (state) => {
    told.push(state)
    for (const wake of waiting.splice(0)) wake()
  })
  test.after(stop)
  return {
    stop,
    told,
    next: async (): Promise<string> => {
      while (told.length === 0) await new Promise<void>((resolve) => waiting.push(resolve))
      const state = told.shift()
      return state?.kind === 'content' ? state.content : String(state?.kind)
    },
  }
}

describe('the feed of a ConfigMap', () => {
  it('is one watch for all its listeners, and ends with the last of them', async (test) => {
    const api = await clusterWith(test, 'one')
    const feeds = feedsOf(test, api)
    const first = listen(test, feeds)
    assert.equal(await first.next(), 'one')
    const second = listen(test, feeds)
    assert.equal(await second.next(), 'one', 'told at once to who comes later')
    api.putConfigMap({ metadata: { namespace: 'ops', name: 'body' }, data: { content: 'two' } })
    assert.deepEqual(await Promise.all([first.next(), second.next()]), ['two', 'two'])
    const asked = api.requests.filter(({ url }) => url.includes('/configmaps'))
    assert.equal(asked.length, 2, 'read once, watched once')
    await first.stop()
    api.putConfigMap({ metadata: { namespace: 'ops', name: 'body' }, data: { content: 'three' } })
    assert.equal(await second.next(), 'three')
    assert.deepEqual(first.told, [])
    await second.stop()
    const again = listen(test, feeds)
    assert.equal(await again.next(), 'three')
    const now = api.requests.filter(({ url }) => url.includes('/configmaps'))
    assert.equal(now.filter(({ url }) => url.endsWith('/body')).length, 2, 'read anew')
  })

  it('moves to another cluster with the first source, and stays where it is otherwise', async (test) => {
    const api = await clusterWith(test, 'here')
    const other = await clusterWith(test, 'there')
    const feeds = feedsOf(test, api)
    const listener = listen(test, feeds)
    assert.equal(await listener.next(), 'here')
    await feeds.moveTo({ ...sourceAt(api), lookBack: { kind: 'all' } })
    await feeds.moveTo(sourceAt(other))
    assert.equal(await listener.next(), 'there')
    assert.equal(api.requests.filter(({ url }) => url.endsWith('/configmaps/body')).length, 1)
    api.putConfigMap({ metadata: { namespace: 'ops', name: 'body' }, data: { content: 'old' } })
    other.putConfigMap({ metadata: { namespace: 'ops', name: 'body' }, data: { content: 'new' } })
    assert.equal(await listener.next(), 'new')
  })
})
