/** Each row of the table "Where a watch resumes", against a server over HTTP. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { event, eventList, line, occurrence, recorded, status, told } from './testing/events.ts'
import { runSource } from './testing/running-source.ts'

/** Not the time after which a watch counts as accepted, nor a deadline. */
const isBackoff = (afterMs: number): boolean => afterMs < 2000

const relistOf = (
  cause: 'expired' | 'restored' | 'look-back',
  fromOffset: number,
  cursorAtStart: string,
) => ({
  cause,
  fromOffset,
  cursorAtStart,
})

describe('a first start', () => {
  it('watches from the version of now, and does not tell what is there', async () => {
    const run = await runSource()
    await run.version(473)
    const watch = await run.watch(473)
    assert.deepEqual(run.journal.state(), { cursor: '473', serverIdentity: run.serverIdentity })
    watch.send(line('ADDED', event('new', 474)))
    await run.journal.until((journal) => journal.occurrences.length === 1)
    assert.deepEqual(told(run.journal.occurrences), ['new/474'])
    assert.equal(run.journal.state()?.cursor, '474')
    await run.close()
  })

  it('works with the answers of a real API server', async () => {
    const run = await runSource({ options: { namespace: 'web' } })
    const probe = await run.api.next()
    assert.equal(probe.url, '/api/v1/namespaces/web/events?limit=1')
    probe.text(200, recorded('list-empty').response.body)
    const watch = await run.watch(473)
    assert.equal(watch.path, '/api/v1/namespaces/web/events')
    watch.send(recorded('watch-from-rv').response.body)
    await run.journal.until((journal) => journal.occurrences.length >= 3)
    assert.deepEqual(told(run.journal.occurrences), ['web-5.17f0/471', 'web-6.17f0/472', 'web-100.17f0/473'])
    await run.close()
  })

  it('tells what is younger than the look back, by event time', async () => {
    // The clock of the test stands at 05:00.
    const run = await runSource({ options: { lookBack: { kind: 'duration', ms: 600_000 } } })
    await run.version(500)
    const list = await run.page()
    list.json(
      200,
      eventList(500, [
        event('old', 90, { lastTimestamp: '2026-11-22T04:49:00Z' }),
        event('young', 95, { lastTimestamp: '2026-11-22T04:51:00Z' }),
        event('young-by-event-time', 93, { lastTimestamp: null, eventTime: '2026-11-22T04:55:00.123456Z' }),
        event('old-by-creation', 92, { lastTimestamp: null, eventTime: null }),
      ]),
    )
    await run.watch(500)
    assert.deepEqual(told(run.journal.occurrences), ['young-by-event-time/93', 'young/95'])
    assert.deepEqual(run.journal.state(), { cursor: '500', serverIdentity: run.serverIdentity })
    await run.close()
  })

  it('tells all that is there when asked to', async () => {
    const run = await runSource({ options: { lookBack: { kind: 'all' } } })
    await run.version(500)
    const list = await run.page()
    list.json(200, eventList(500, [event('old', 90, { lastTimestamp: '2020-01-01T00:00:00Z' })]))
    await run.watch(500)
    assert.deepEqual(told(run.journal.occurrences), ['old/90'])
    await run.close()
  })

  it('whose look back was interrupted goes on, and tells what happened since', async () => {
    const before = occurrence(event('told-before', 95))
    const run = await runSource({
      options: { lookBack: { kind: 'duration', ms: 60_000 } },
      saved: { cursor: '500', relist: relistOf('look-back', 1, '500') },
      journaled: [before],
    })
    await run.version(600)
    const list = await run.page()
    const old = { lastTimestamp: '2026-11-22T04:00:00Z' }
    list.json(200, eventList(600, [before.event, event('since', 550, old), event('old', 90, old)]))
    await run.watch(600)
    assert.deepEqual(told(run.journal.occurrences), ['told-before/95', 'since/550'])
    await run.close()
  })
})

describe('a restart', () => {
  it('asks for the version first, of events and nothing else, then watches from the cursor', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    const probe = await run.version(5000)
    assert.equal(probe.url, '/api/v1/events?limit=1')
    const watch = await run.watch(100)
    assert.equal(watch.path, '/api/v1/events')
    assert.deepEqual(run.journal.appends, [])
    await run.close()
  })

  it('takes no look back: the cursor tells better', async () => {
    const run = await runSource({ saved: { cursor: '100' }, options: { lookBack: { kind: 'all' } } })
    await run.version(5000)
    await run.watch(100)
    await run.close()
  })
})

describe('a watch that meets 410', () => {
  it('at once: lists what is newer than the cursor, then watches from the list', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    const gone = await run.watch(100)
    gone.send(recorded('gone-watch').response.body)
    const list = await run.page()
    list.json(200, eventList(510, [event('changed', 300), event('known', 90), event('also', 200)]))
    await run.watch(510)
    assert.deepEqual(told(run.journal.occurrences), ['also/200', 'changed/300'])
    assert.deepEqual(run.journal.state(), { cursor: '510', serverIdentity: run.serverIdentity })
    assert.deepEqual(run.telemetry.ends, ['expired'])
    await run.close()
  })

  it('as an HTTP status: the same', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    const gone = await run.api.next()
    gone.json(410, status(410, 'Gone', 'too old resource version'))
    const list = await run.page()
    list.json(200, eventList(510, [event('changed', 300)]))
    await run.watch(510)
    assert.deepEqual(told(run.journal.occurrences), ['changed/300'])
    await run.close()
  })

  it('in the stream: what came before it is told, and not told again', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    const gone = await run.watch(100)
    gone.send(
      line('ADDED', event('a', 150)) + recorded('gone-watch').response.body + line('ADDED', event('b', 160)),
    )
    const list = await run.page()
    list.json(200, eventList(510, [event('a', 150), event('b', 160)]))
    await run.watch(510)
    assert.deepEqual(told(run.journal.occurrences), ['a/150', 'b/160'])
    await run.close()
  })

  it('leaves the cursor where it is until the last page, and notes where the list began', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    const gone = await run.watch(100)
    gone.send(line('ADDED', event('first', 101)) + recorded('gone-watch').response.body)
    const first = await run.page()
    first.json(200, eventList(510, [event('a', 300)], 'token-1'))
    const second = await run.page('token-1')
    assert.deepEqual(run.journal.state(), {
      cursor: '101',
      serverIdentity: run.serverIdentity,
      relist: relistOf('expired', 2, '101'),
    })
    second.json(200, eventList(510, [event('b', 200)]))
    await run.watch(510)
    assert.deepEqual(told(run.journal.occurrences), ['first/101', 'a/300', 'b/200'])
    await run.close()
  })

  it('adds the kind that items of a list lack', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    const gone = await run.watch(100)
    gone.send(recorded('gone-watch').response.body)
    const list = await run.page()
    list.text(200, recorded('list-page-2').response.body.replace(/"continue":"[^"]*",?/, ''))
    await run.watch(473)
    const [{ event: first, raw } = occurrence(event('none', 0))] = run.journal.occurrences
    assert.deepEqual(JSON.parse(Buffer.from(raw).toString('utf8')), first)
    assert.equal(first.kind, 'Event')
    assert.equal(first.apiVersion, 'v1')
    await run.close()
  })

  it('again and again without a line in between: waits between the lists', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    for (const waitMs of [undefined, 375, 750]) {
      const gone = await run.api.next()
      gone.text(200, recorded('gone-watch').response.body)
      if (waitMs !== undefined) {
        assert.equal(await run.clock.scheduled((afterMs) => afterMs <= 1000), waitMs)
        run.clock.advance(waitMs)
      }
      const list = await run.page()
      list.json(200, eventList(510))
    }
    await run.watch(510)
    await run.close()
  })
})

describe('a cluster that is restored while its events are listed', () => {
  const restored = [event('since', 60), event('before', 40)]

  it('before the first page came: what happened in it is told', async () => {
    const run = await runSource({ saved: { cursor: '100' }, journaled: [occurrence(event('before', 40))] })
    await run.version(500)
    const gone = await run.watch(100)
    gone.send(recorded('gone-watch').response.body)
    const failed = await run.page()
    failed.json(500, status(500, 'InternalError', 'etcdserver: no leader'))
    run.clock.advance(await run.clock.scheduled(isBackoff))
    await run.version(70)
    run.clock.advance(await run.clock.scheduled(isBackoff))
    await run.version(70)
    const list = await run.page()
    list.json(200, eventList(70, restored))
    await run.watch(70)
    assert.deepEqual(told(run.journal.occurrences), ['before/40', 'since/60'])
    await run.close()
  })

  it('and answers the very next request', async () => {
    const run = await runSource({ saved: { cursor: '100' }, journaled: [occurrence(event('before', 40))] })
    await run.version(500)
    const gone = await run.watch(100)
    gone.send(recorded('gone-watch').response.body)
    const first = await run.page()
    first.json(200, eventList(70, restored))
    run.clock.advance(await run.clock.scheduled(isBackoff))
    await run.version(70)
    const list = await run.page()
    list.json(200, eventList(70, restored))
    await run.watch(70)
    assert.deepEqual(told(run.journal.occurrences), ['before/40', 'since/60'])
    await run.close()
  })

  it('between two pages: the token of the old history is not asked with again', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    const gone = await run.watch(100)
    gone.send(recorded('gone-watch').response.body)
    const first = await run.page()
    first.json(200, eventList(510, [event('a', 300)], 'token-1'))
    const second = await run.page('token-1')
    second.json(500, status(500, 'InternalError', 'etcdserver: mvcc: required revision is a future revision'))
    run.clock.advance(await run.clock.scheduled(isBackoff))
    await run.version(320)
    run.clock.advance(await run.clock.scheduled(isBackoff))
    await run.version(320)
    const list = await run.page()
    list.json(200, eventList(320, [event('a', 300), event('b', 315), event('c', 90)]))
    await run.watch(320)
    assert.deepEqual(told(run.journal.occurrences), ['a/300', 'b/315'])
    await run.close()
  })
})

describe('a continue token that has expired', () => {
  it("goes on with the token in the 410's body, at the first page's version", async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    const gone = await run.watch(100)
    gone.send(recorded('gone-watch').response.body)
    const first = await run.page()
    first.json(200, eventList(510, [event('a', 300)], 'old-token'))
    const expired = await run.page('old-token')
    const { response } = recorded('gone-list-continue')
    expired.text(response.status, response.body)
    const fresh = JSON.parse(response.body).metadata.continue
    const rest = await run.page(fresh)
    // Newer than the first page: the watch from 510 tells it, and it must not be told twice.
    rest.json(200, eventList(600, [event('b', 400), event('c', 590)]))
    const watch = await run.watch(510)
    watch.send(line('ADDED', event('c', 590)))
    await run.journal.until((journal) => journal.state()?.cursor === '590')
    assert.deepEqual(told(run.journal.occurrences), ['a/300', 'b/400', 'c/590'])
    await run.close()
  })

  it('without a fresh token: begins the list anew, without what was told', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    const gone = await run.watch(100)
    gone.send(recorded('gone-watch').response.body)
    const first = await run.page()
    first.json(200, eventList(510, [event('a', 300)], 'old-token'))
    const expired = await run.page('old-token')
    expired.text(410, recorded('gone-list-exact').response.body)
    run.clock.advance(await run.clock.scheduled((afterMs) => afterMs <= 1000))
    await run.version(520)
    const again = await run.page()
    again.json(200, eventList(520, [event('a', 300), event('b', 400)]))
    await run.watch(520)
    assert.deepEqual(told(run.journal.occurrences), ['a/300', 'b/400'])
    await run.close()
  })
})

describe('a crash in the middle of a list', () => {
  it('begins it anew and skips what was journaled since it began', async () => {
    const before = [event('long-ago', 50), event('a', 300)].map(occurrence)
    const run = await runSource({
      saved: { cursor: '100', relist: relistOf('expired', 2, '100') },
      journaled: before,
    })
    await run.version(520)
    const list = await run.page()
    list.json(200, eventList(520, [event('a', 300), event('b', 400), event('known', 90)]))
    await run.watch(520)
    assert.deepEqual(told(run.journal.occurrences), ['long-ago/50', 'a/300', 'b/400'])
    assert.equal(run.journal.state()?.relist, undefined)
    await run.close()
  })

  it('tells a newer state of what was journaled', async () => {
    const run = await runSource({
      saved: { cursor: '100', relist: relistOf('expired', 1, '100') },
      journaled: [occurrence(event('a', 300))],
    })
    await run.version(520)
    const list = await run.page()
    list.json(200, eventList(520, [event('a', 450)]))
    await run.watch(520)
    assert.deepEqual(told(run.journal.occurrences), ['a/300', 'a/450'])
    await run.close()
  })
})

describe('a restored cluster', () => {
  it('is listed: what is not in the journal is told, whatever its version', async () => {
    const run = await runSource({
      saved: { cursor: '1000' },
      journaled: [occurrence(event('known', 700)), occurrence(event('lost', 990))],
    })
    await run.version(800)
    const list = await run.page()
    list.json(200, eventList(800, [event('known', 700), event('after-restore', 790)]))
    await run.watch(800)
    assert.deepEqual(told(run.journal.occurrences).slice(2), ['after-restore/790'])
    assert.equal(run.journal.state()?.cursor, '800')
    assert.ok(run.telemetry.logged.some((text) => /warn: .*800 is below 1000.*restored/.test(text)))
    await run.close()
  })

  it('is noticed when a watch has ended, not only at a start', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(1000)
    const watch = await run.watch(100)
    watch.send(line('ADDED', event('a', 1000)))
    await run.journal.until((journal) => journal.state()?.cursor === '1000')
    watch.end()
    await run.version(800)
    const list = await run.page()
    list.json(200, eventList(800, [event('b', 790)]))
    await run.watch(800)
    assert.deepEqual(told(run.journal.occurrences), ['a/1000', 'b/790'])
    await run.close()
  })

  it('whose list was interrupted goes on as such', async () => {
    const run = await runSource({
      saved: { cursor: '1000', relist: relistOf('restored', 2, '1000') },
      journaled: [event('known', 700), event('told', 750)].map(occurrence),
    })
    // Grown past the old cursor by now.
    await run.version(1100)
    const list = await run.page()
    list.json(
      200,
      eventList(
        1100,
        ['known', 'told', 'rest'].map((name, at) => event(name, 700 + at * 50)),
      ),
    )
    await run.watch(1100)
    assert.deepEqual(told(run.journal.occurrences), ['known/700', 'told/750', 'rest/800'])
    await run.close()
  })
})

describe('a server or CA that changed', () => {
  const young = event('young', 900)

  it('is the same cluster if it knows a journaled event by its uid', async () => {
    const run = await runSource({
      saved: { cursor: '1000', serverIdentity: 'before' },
      journaled: [occurrence(young)],
    })
    await run.version(1200)
    const asked = await run.api.next()
    assert.equal(asked.url, '/api/v1/namespaces/shop/events/young')
    asked.json(200, young)
    await run.watch(1000)
    assert.deepEqual(run.journal.state(), { cursor: '1000', serverIdentity: run.serverIdentity })
    await run.close()
  })

  it('asks on while events are not found: one may have been deleted', async () => {
    const run = await runSource({
      saved: { cursor: '1000', serverIdentity: 'before' },
      journaled: [young, event('deleted', 950)].map(occurrence),
    })
    await run.version(1200)
    const first = await run.api.next()
    assert.equal(first.path, '/api/v1/namespaces/shop/events/deleted')
    first.json(404, status(404, 'NotFound', 'events "deleted" not found'))
    const second = await run.api.next()
    second.json(200, young)
    await run.watch(1000)
    await run.close()
  })

  it('asks in other namespaces when one is full of deleted events', async () => {
    const inShop = ['a', 'b', 'c', 'd', 'e'].map((name, at) => event(name, 900 + at))
    const elsewhere = event('elsewhere', 800, { metadata: { namespace: 'pay' } })
    const run = await runSource({
      saved: { cursor: '1000', serverIdentity: 'before' },
      journaled: [elsewhere, ...inShop].map(occurrence),
    })
    await run.version(1200)
    for (const name of ['e', 'd', 'c']) {
      const asked = await run.api.next()
      assert.equal(asked.path, `/api/v1/namespaces/shop/events/${name}`)
      asked.json(404, status(404, 'NotFound', 'not found'))
    }
    const asked = await run.api.next()
    assert.equal(asked.path, '/api/v1/namespaces/pay/events/elsewhere')
    asked.json(200, elsewhere)
    await run.watch(1000)
    await run.close()
  })

  it('is the same cluster if no journaled event is young enough to be there', async () => {
    const old = event('old', 900, { lastTimestamp: '2026-11-22T03:59:00Z' })
    const run = await runSource({
      saved: { cursor: '1000', serverIdentity: 'before' },
      journaled: [
        occurrence({ ...old, metadata: { ...old.metadata, creationTimestamp: '2026-11-22T03:00:00Z' } }),
      ],
    })
    await run.version(1200)
    const asked = await run.api.next()
    asked.json(404, status(404, 'NotFound', 'not found'))
    await run.watch(1000)
    await run.close()
  })

  it('is another cluster if a young event is not there, and says so', async () => {
    const run = await runSource({
      saved: { cursor: '1000', serverIdentity: 'before' },
      journaled: [occurrence(young)],
    })
    await run.version(7000)
    const asked = await run.api.next()
    asked.json(404, status(404, 'NotFound', 'not found'))
    await run.watch(7000)
    assert.deepEqual(run.journal.state(), { cursor: '7000', serverIdentity: run.serverIdentity })
    assert.ok(run.telemetry.logged.some((text) => /warn: .*another cluster/.test(text)))
    await run.close()
  })

  it('is another cluster if the event of that name has another uid', async () => {
    const run = await runSource({
      saved: { cursor: '1000', serverIdentity: 'before' },
      journaled: [occurrence(young)],
    })
    await run.version(7000)
    const asked = await run.api.next()
    asked.json(200, event('young', 6000, { metadata: { uid: 'another' } }))
    await run.watch(7000)
    await run.close()
  })
})

describe('what is no news', () => {
  it('DELETED is not told; it and a bookmark move the cursor', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    const watch = await run.watch(100)
    watch.send(line('DELETED', event('gone', 110)))
    await run.journal.until((journal) => journal.state()?.cursor === '110')
    watch.send(line('BOOKMARK', { kind: 'Event', apiVersion: 'v1', metadata: { resourceVersion: '400' } }))
    await run.journal.until((journal) => journal.state()?.cursor === '400')
    assert.deepEqual(run.journal.occurrences, [])
    assert.deepEqual(run.telemetry.ignored, [])
    await run.close()
  })

  it('an unknown type is counted and passed over', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    const watch = await run.watch(100)
    watch.send(line('SURPRISE', event('odd', 110)) + line('MODIFIED', event('next', 111)))
    await run.journal.until((journal) => journal.occurrences.length === 1)
    assert.deepEqual(told(run.journal.occurrences), ['next/111'])
    assert.deepEqual(
      run.telemetry.ignored.map(({ why }) => why),
      ['unknown-type'],
    )
    await run.close()
  })
})

describe('the counters', () => {
  it('hear of each occurrence once, listed or watched', async () => {
    const run = await runSource({ options: { lookBack: { kind: 'all' } } })
    await run.version(500)
    const list = await run.page()
    list.json(200, eventList(500, [event('listed', 90)]))
    const watch = await run.watch(500)
    watch.send(line('ADDED', event('watched', 501)))
    await run.telemetry.until(({ occurrences }) => occurrences.length === 2)
    assert.deepEqual(
      run.telemetry.occurrences.map(({ metadata }) => metadata.name),
      ['listed', 'watched'],
    )
    await run.close()
  })
})
