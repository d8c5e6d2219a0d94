import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { startApiServer, type ApiServer } from './api-server.ts'
import { garbageLines, hugeLine } from './faults.ts'
import { failure } from './status.ts'
import { ManualClock, exampleEvent, exchange, linesOf, type Exchanged } from './testing.ts'

let server: ApiServer
let clock: ManualClock

beforeEach(async () => {
  clock = new ManualClock()
  server = await startApiServer({ clock })
})
afterEach(async () => {
  await server.close()
  assert.equal(server.connections(), 0)
})

const get = (path: string): Promise<Exchanged> => exchange(server.url + path)
const list = '/api/v1/events'
const watch = '/api/v1/events?watch=1'

describe('a fault that answers instead', () => {
  it('befalls so many requests of a verb and a resource, then no more', async () => {
    server.faults.add(
      {
        kind: 'answer',
        status: 429,
        body: failure(429, 'TooManyRequests', 'slow down'),
        headers: { 'Retry-After': '7' },
      },
      { verb: 'list', resource: 'events', times: 2 },
    )
    assert.equal((await get(watch)).status, 200)
    assert.equal((await get('/api/v1/configmaps')).status, 200)
    const refused = await get(list)
    assert.equal(refused.status, 429)
    assert.equal(refused.headers['retry-after'], '7')
    assert.equal(JSON.parse((await refused.whole).toString()).reason, 'TooManyRequests')
    assert.equal((await get(list)).status, 429)
    assert.equal((await get(list)).status, 200)
  })

  it('goes on until it is stopped, if no number is given', async () => {
    const stop = server.faults.add(
      { kind: 'answer', status: 503, body: 'etcd is away' },
      { resource: '/livez' },
    )
    for (let time = 0; time < 3; time++) assert.equal((await get('/livez')).status, 503)
    stop()
    assert.equal((await get('/livez')).status, 200)
  })

  it('is gone after clear', async () => {
    server.faults.add({ kind: 'answer', status: 500 })
    await server.faults.clear()
    assert.equal((await get(list)).status, 200)
  })
})

describe('a fault of the connection', () => {
  it('resets', async () => {
    server.faults.add({ kind: 'reset' }, { times: 1 })
    await assert.rejects(get(list), { code: 'ECONNRESET' })
    assert.equal((await get(list)).status, 200)
  })

  it('refuses new connections and leaves open ones alone', async () => {
    const open = await get(watch)
    await server.faults.refuseConnections()
    await assert.rejects(get(list), { code: 'ECONNREFUSED' })
    server.put(exampleEvent(1))
    await open.untilLines(1)
    await server.faults.acceptConnections()
    assert.equal((await get(list)).status, 200)
  })

  it('delays by the clock', async () => {
    server.faults.add({ kind: 'delay', delayMs: 5000 }, { verb: 'list' })
    let answered = false
    const answer = get(list).then((exchanged) => {
      answered = true
      return exchanged
    })
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(4999)
    await (
      await get('/livez')
    ).whole
    assert.equal(answered, false)
    clock.advance(1)
    assert.equal((await answer).status, 200)
  })

  it('hangs', async () => {
    server.faults.add({ kind: 'hang' }, { times: 1 })
    const hanging = get(list)
    hanging.catch(() => {})
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.equal((await get(list)).status, 200)
    server.cutConnections()
    await assert.rejects(hanging)
  })

  it('swallows everything while the connection stays open', async () => {
    const open = await get(watch)
    server.faults.swallow(true)
    server.put(exampleEvent(1))
    const swallowed = get(list)
    swallowed.catch(() => {})
    while (server.requests.length < 2) await new Promise((resolve) => setImmediate(resolve))
    server.faults.swallow(false)
    // The next is answered, while what was swallowed stays so.
    assert.equal(linesOf(await (await get(watch)).untilLines(1)).length, 1)
    assert.equal(open.received().length, 0)
    assert.ok(server.connections() >= 2)
    server.cutConnections()
    await assert.rejects(swallowed)
    await assert.rejects(open.whole)
  })
})

describe('a fault of the bytes', () => {
  const umlaut = exampleEvent(1, { message: 'ä'.repeat(50) })

  it('cuts a watch in the middle of a line and of a character', async () => {
    server.put(exampleEvent(0))
    server.put(umlaut)
    const whole = linesOf(await (await get(watch)).untilLines(2))
    const middle = Buffer.from(whole[1] ?? '').indexOf('ä') + 1
    server.faults.add({ kind: 'cut', afterLines: 1, afterBytes: middle }, { verb: 'watch', times: 1 })
    const cut = await get(watch)
    await assert.rejects(cut.whole)
    const received = cut.received()
    assert.equal(linesOf(received).length, 1)
    const rest = received.subarray(received.indexOf('\n') + 1)
    assert.equal(rest.length, middle)
    assert.equal(rest.at(-1), 0xc3)
  })

  it('cuts before the first byte, though the watch is quiet', async () => {
    server.faults.add({ kind: 'cut' }, { times: 1 })
    const cut = await get(watch)
    await assert.rejects(cut.whole)
    assert.equal(server.watches(), 0)
  })

  it('cuts a list after so many bytes', async () => {
    server.put(exampleEvent(1))
    server.faults.add({ kind: 'cut', afterBytes: 100 }, { verb: 'list' })
    const cut = await get(list)
    await assert.rejects(cut.whole)
    assert.equal(cut.received().length, 100)
  })

  it('falls silent after so many lines without closing', async () => {
    server.faults.add({ kind: 'silence', afterLines: 1 }, { verb: 'watch', times: 1 })
    const quiet = await get(watch)
    server.put(exampleEvent(1))
    server.put(exampleEvent(2))
    await quiet.untilLines(1)
    await (await get(watch)).untilLines(2)
    assert.equal(linesOf(quiet.received()).length, 1)
    clock.advance(3_600_000)
    // Not even its end comes.
    assert.equal((await get('/livez')).status, 200)
    assert.ok(server.connections() >= 1)
    quiet.abort()
  })

  it('arrives in pieces of a few bytes', async () => {
    server.put(umlaut)
    server.faults.add({ kind: 'chunks', bytes: 3 })
    const answer = await get(list)
    const body = await answer.whole
    assert.equal(JSON.parse(body.toString()).items[0].message, umlaut.message)
    assert.equal(answer.pieces(), Math.ceil(body.length / 3))
  })

  it('drips by the clock', async () => {
    server.faults.add({ kind: 'slow', bytes: 10, everyMs: 100 }, { verb: 'watch' })
    server.put(exampleEvent(1))
    const slow = await get(watch)
    clock.advance(100)
    assert.equal((await slow.until((bytes) => bytes.length >= 10)).length, 10)
    clock.advance(200)
    assert.equal((await slow.until((bytes) => bytes.length >= 30)).length, 30)
    clock.advance(10_000)
    await slow.untilLines(1)
    server.put(exampleEvent(2))
    await clock.untilScheduled()
    await (
      await get('/livez')
    ).whole
    clock.advance(10_000)
    await slow.untilLines(2)
  })

  it('lets several meet in one answer', async () => {
    server.put(exampleEvent(1))
    server.faults.add({ kind: 'cut', afterLines: 1, afterBytes: 5 })
    server.faults.add({ kind: 'inject', bytes: garbageLines.notJson })
    server.faults.add({ kind: 'chunks', bytes: 2 })
    const answer = await get(watch)
    await assert.rejects(answer.whole)
    assert.equal(answer.received().toString(), `${garbageLines.notJson}{"typ`)
  })
})

describe('foreign lines in a watch', () => {
  it('come between two lines, in open watches', async () => {
    const open = await get(watch)
    server.put(exampleEvent(1))
    await open.untilLines(1)
    assert.equal(server.faults.inject(garbageLines.unknownType), 1)
    assert.equal(server.faults.inject(garbageLines.notJson, 'configmaps'), 0)
    server.put(exampleEvent(2))
    const lines = linesOf(await open.untilLines(3))
    assert.equal(`${lines[1]}\n`, garbageLines.unknownType)
    assert.match(lines[2] ?? '', /web-00002/)
  })

  it('come at a place of watches to come, however large', async () => {
    server.put(exampleEvent(1))
    server.put(exampleEvent(2))
    server.faults.add({ kind: 'inject', afterLines: 1, bytes: hugeLine() }, { verb: 'watch', times: 1 })
    const lines = linesOf(await (await get(watch)).untilLines(3))
    assert.equal(JSON.parse(lines[1] ?? '').object.message.length, 1_500_000)
    assert.match(lines[2] ?? '', /web-00002/)
  })

  it('end it with an error', async () => {
    const open = await get(watch)
    assert.equal(server.faults.failWatches(), 1)
    const [line] = linesOf(await open.whole)
    assert.deepEqual(JSON.parse(line ?? '').object.code, 410)
    const another = await get(watch)
    server.faults.failWatches(failure(500, 'InternalError', 'etcd is away'), 'events')
    assert.match((await another.whole).toString(), /"code":500/)
  })

  it('need not come for it to end cleanly', async () => {
    const open = await get(watch)
    assert.equal(server.faults.endWatches('events'), 1)
    assert.equal((await open.whole).length, 0)
  })
})

describe('a continue token made to expire', () => {
  it('answers 410 once, and the fresh token leads on', async () => {
    for (const number of [1, 2, 3]) server.put(exampleEvent(number))
    const first = JSON.parse((await (await get(`${list}?limit=1`)).whole).toString())
    server.faults.add({ kind: 'expire-continue' }, { verb: 'list', times: 1 })
    const gone = await get(`${list}?limit=1&continue=${first.metadata.continue}`)
    assert.equal(gone.status, 410)
    const fresh = JSON.parse((await gone.whole).toString()).metadata.continue
    const rest = JSON.parse((await (await get(`${list}?continue=${fresh}`)).whole).toString())
    assert.equal(rest.items.length, 2)
  })
})
