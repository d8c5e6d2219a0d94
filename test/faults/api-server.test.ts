/** What goes wrong at the API server and on the way to it: nothing that it still had is lost, nothing comes twice. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startApiServer } from '../../src/demo/api-server.ts'
import { play } from '../../src/demo/player.ts'
import { readRecording } from '../../src/recording/recording.ts'
import { systemClock } from '../../src/domain/clock.ts'
import { FakeClock } from '../../src/domain/testing/fake-clock.ts'
import { Feed, type Mark } from '../harness/feed.ts'
import { runUnderClock } from '../harness/in-process.ts'
import { openSite } from '../harness/site.ts'
import { until } from '../servers/processes.ts'

/** States of events put a second while something goes wrong. */
const perSecond = 200

describe('an API server that is away and comes back', () => {
  it('has told everything that happened meanwhile, once', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady()
    const load = site.load(perSecond)
    for (let restart = 0; restart < 3; restart++) {
      await site.receiver.until(site.receiver.count + 20)
      await site.api.stop()
      await program.unready(/source default: retrying/)
      await site.api.start()
      await program.ready()
    }
    load.stop()
    await site.allTold(program)
    await site.end(program)
    site.told.assertOnce(site.feed.marks)
  })
})

describe('a connection that breaks in the middle of a line', () => {
  it('is resumed after the last whole line', async (test) => {
    const site = await openSite(test)
    const { api, feed, receiver, random } = site
    const program = await site.startReady()
    const load = site.load(perSecond)
    for (let cut = 0; cut < 6; cut++) {
      await until('a watch', () => api.watches('events') === 1, [program.process])
      const place = { afterLines: random.integer(0, 30), afterBytes: random.integer(1, 400) }
      api.faults.add({ kind: 'cut', ...place }, { verb: 'watch', resource: 'events', times: 1 })
      const ended = await program.metric('kube_eventer_source_watch_restarts_total')
      api.cutConnections()
      await until(
        'the watch to be cut, and the next one after it',
        async () => (await program.metric('kube_eventer_source_watch_restarts_total')) >= ended + 2,
        [program.process],
      )
    }
    await receiver.until(receiver.count + 50)
    load.stop()
    await site.allTold(program)
    await site.end(program)
    site.told.assertOnce(feed.marks)
  })
})

describe('a watch that falls silent while its connection stays open', () => {
  it('is given up at its deadline, and what happened meanwhile is told once', async (test) => {
    const clock = new FakeClock()
    const site = await openSite(test, { api: { clock } })
    const { api, feed, told } = site
    const program = await runUnderClock(site, clock)
    await until('the watch', () => api.watches('events') === 1)
    const heard = feed.put(20)
    await until('what was heard', () => told.hasAll(heard))
    api.faults.swallow(true)
    feed.put(20)
    await program.passTime(120_000)
    assert.equal(told.count, heard.length)
    api.faults.swallow(false)
    // 300 s at most, and 20 s until silence counts.
    await program.passTimeUntil('the events of the silence', () => told.hasAll(feed.marks), 330_000)
    const after = feed.put(20)
    await until('what came after', () => told.hasAll(after))
    await program.stop()
    told.assertOnce(feed.marks)
  })

  it('is given up too where requests are swallowed for longer than that', async (test) => {
    const clock = new FakeClock()
    const site = await openSite(test, { api: { clock } })
    const { api, feed, told } = site
    const program = await runUnderClock(site, clock)
    await until('the watch', () => api.watches('events') === 1)
    api.faults.swallow(true)
    feed.put(20)
    // 320 s until the silent watch is given up, and as long as a request may take until the next one is.
    await program.passTimeUntil(
      'the source to say so',
      () => /source default: retrying/.test(program.readiness()),
      400_000,
    )
    await program.passTime(600_000)
    api.faults.swallow(false)
    await program.passTimeUntil('the events of the silence', () => told.hasAll(feed.marks), 120_000)
    await program.stop()
    told.assertOnce(feed.marks)
  })
})

describe('history that is gone (410)', () => {
  it('at once: the newest state of each event that changed is told, once', async (test) => {
    const site = await openSite(test, { feed: { objects: 700, eventsPerObject: 1 } })
    const { api, feed, told } = site
    const program = await site.startReady()
    const before = feed.putEachObject()
    await site.allTold(program)
    const untouched = new Set(before)
    await api.stop()
    for (let round = 0; round < 3; round++) feed.put(600)
    api.advance(10)
    api.compact()
    await api.start()
    const newest = feed.newest
    await site.allTold(program, newest)
    const after = feed.put(50)
    await site.allTold(program, after)
    await site.end(program)
    told.assertOnce(new Set([...untouched, ...newest, ...after]))
    assert.ok((await countOf(api.requests, 'limit=500')) >= 2)
  })

  it('in the stream: the watch lists and goes on, telling each state once', async (test) => {
    const site = await openSite(test, { feed: { objects: 60, eventsPerObject: 1 } })
    const { api, feed } = site
    const program = await site.startReady()
    for (let failure = 0; failure < 3; failure++) {
      feed.putEachObject()
      assert.equal(api.faults.failWatches(), 1)
      await site.allTold(program)
      await until('the watch to be back', () => api.watches('events') === 1, [program.process])
    }
    await site.end(program)
    site.told.assertOnce(feed.marks)
  })

  it('in the middle of the list: goes on with the token that the 410 offers', async (test) => {
    const site = await openSite(test, { feed: { objects: 2600, eventsPerObject: 1 } })
    const { api, feed } = site
    const program = await site.startReady()
    await api.stop()
    feed.putEachObject()
    api.advance()
    api.compact()
    // The version, then the list's first page: neither carries a token. Then the second page and the third.
    api.faults.add({ kind: 'expire-continue' }, { verb: 'list', resource: 'events', times: 4 })
    await api.start()
    await site.allTold(program)
    const after = feed.put(100)
    await site.allTold(program, after)
    await site.end(program)
    assert.ok(countOf(api.requests, 'limit=500') > 6, 'pages were asked for again')
    site.told.assertOnce(feed.marks)
  })
})

describe('a cluster that is not what it was', () => {
  it('restored from a backup: what was told is not told again, what is new is', async (test) => {
    const site = await openSite(test, { feed: { objects: 300, eventsPerObject: 1 } })
    const { api, feed, told } = site
    const program = await site.startReady()
    const old = feed.putEachObject()
    await site.allTold(program)
    const backup = api.revision
    const rebuilt = new Feed(api, { random: site.random, objects: 30, prefix: 'rebuilt' })
    feed.put(100)
    await site.allTold(program)
    api.restore({ revision: backup })
    // As long as its version is below what we have seen, it can be told from one that went on.
    await program.said(/restored or rebuilt/)
    await program.said(/listed the events \(restored\)/)
    const after = rebuilt.put(100)
    await site.allTold(program, after)
    await site.end(program)
    assert.equal(old.length, 300)
    told.assertOnce(new Set([...feed.marks, ...rebuilt.marks]))
  })

  it('another cluster behind the same source name: a first start there', async (test) => {
    const site = await openSite(test)
    const first = await site.startReady()
    site.feed.put(100)
    await site.allTold(first)
    await site.end(first)

    const other = await startApiServer({ compactEveryMs: 0, startRevision: 5_000 })
    site.onClose(() => other.close())
    const there = new Feed(other, { random: site.random, prefix: 'there' })
    there.put(50)
    const second = await site.startReady([
      `--source=kubernetes:${other.url}?inClusterConfig=false`,
      site.sink(),
      `--data-dir=${site.dataDir}`,
    ])
    assert.equal(second.lines(/another cluster than last time/).length, 1)
    const news = there.put(50)
    await site.allTold(second, news)
    await site.end(second)
    site.told.assertOnce(new Set([...site.feed.marks, ...news]))
  })

  it('the same cluster under another address: goes on where it was', async (test) => {
    const site = await openSite(test)
    const { api, feed } = site
    const first = await site.startReady()
    feed.put(100)
    await site.allTold(first)
    await site.end(first)
    feed.put(100)
    const second = await site.startReady([
      `--source=kubernetes:http://localhost:${api.port}?inClusterConfig=false`,
      site.sink(),
      `--data-dir=${site.dataDir}`,
    ])
    await site.allTold(second)
    await site.end(second)
    site.told.assertOnce(feed.marks)
  })
})

describe('a namespace that is deleted', () => {
  it('tells the events before it, and no deletion', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady()
    const recording = new URL('../../src/demo/recordings/namespace-deleted.ndjson.gz', import.meta.url)
    const marks = new Set<Mark>()
    for await (const change of readRecording(recording.pathname)) {
      if (change.type !== 'DELETED') continue
      const { object: event } = change
      const mark = `event-${marks.size}.1`
      marks.add(mark)
      site.api.put({ ...event, message: `${event.message ?? ''} [[${mark}]]` })
    }
    await site.allTold(program, marks)
    const before = site.api.eventCount
    const played = await play(readRecording(recording.pathname), site.api, {
      speed: 'max',
      clock: systemClock,
      signal: new AbortController().signal,
    })
    assert.equal(played.deleted, before)
    assert.equal(site.api.eventCount, 0)
    const after = site.feed.put(20)
    await site.allTold(program, after)
    await site.end(program)
    site.told.assertOnce(new Set([...marks, ...after]))
  })
})

function countOf(requests: readonly { readonly url: string }[], part: string): number {
  return requests.filter(({ url }) => url.includes(part)).length
}
