/** What goes wrong at a destination: its events wait, those of others go on, and afterwards each was delivered once. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { startReceiver, type Answer, type Received } from '../../src/demo/receiver.ts'
import { FakeClock } from '../../src/domain/testing/fake-clock.ts'
import { readMark } from '../harness/feed.ts'
import { runUnderClock } from '../harness/in-process.ts'
import { openSite, takenBy } from '../harness/site.ts'
import { until } from '../servers/processes.ts'

/** Answers under which nothing was taken: after them each event is delivered as if nothing had been. */
const outages: readonly { readonly what: string; readonly answer: Answer; readonly says: RegExp }[] = [
  { what: '500 to everything', answer: { status: 500 }, says: /server-error/ },
  {
    what: '503 with Retry-After',
    answer: { status: 503, headers: { 'Retry-After': '1' } },
    says: /unreachable/,
  },
  {
    what: '429 with Retry-After',
    answer: { status: 429, headers: { 'Retry-After': '1' } },
    says: /throttled/,
  },
  { what: 'a reset connection', answer: { kind: 'reset' }, says: /unreachable/ },
  { what: 'nothing at all', answer: { kind: 'hang' }, says: /timeout/ },
]

describe('a sink that fails for a while', { concurrency: 2 }, () => {
  for (const { what, answer, says } of outages) {
    it(`answering ${what}: is held, and then gets each event once, in order`, async (test) => {
      const site = await openSite(test)
      const program = await site.startReady([
        site.source,
        site.sink('ke.timeout=500ms'),
        `--data-dir=${site.dataDir}`,
      ])
      const load = site.load(100)
      await site.receiver.until(50)
      site.receiver.answer(answer)
      await program.unready(says)
      site.receiver.answer(takenBy(site.told))
      await site.receiver.until(site.receiver.count + 50)
      load.stop()
      await site.allTold(program)
      await program.ready()
      await site.end(program)
      site.told.assertOnce(site.feed.marks)
    })
  }

  it('answering garbage: is held, and then gets each event once', async (test) => {
    const garbage = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end('\x16\x03\x01 this is no HTTP\r\n\r\n'))
    }).listen(0, '127.0.0.1')
    await once(garbage, 'listening')
    const { port } = garbage.address() as AddressInfo
    const site = await openSite(test)
    const program = await site.startReady([
      site.source,
      `--sink=webhook:http://127.0.0.1:${port}/hook?method=POST`,
      `--data-dir=${site.dataDir}`,
    ])
    site.feed.put(200)
    await program.unready(/server-error.*makes no sense/)
    garbage.close()
    await once(garbage, 'close')
    const healed = await startReceiver({ port, keep: 0, answer: takenBy(site.told) })
    site.onClose(() => healed.close())
    await site.allTold(program)
    await site.end(program)
    site.told.assertOnce(site.feed.marks)
  })
})

describe('a sink that is down for an hour', () => {
  it('gets everything of that hour afterwards, and the others never waited', async (test) => {
    const clock = new FakeClock()
    const site = await openSite(test, { api: { clock } })
    const { api, feed, told } = site
    const others = new Set<string>()
    const other = await startReceiver({
      keep: 0,
      onReceived: ({ body }) => others.add(readMark(body.toString())?.mark ?? ''),
    })
    site.onClose(() => other.close())
    const otherSink = `--sink=webhook:${other.url}/other?method=POST&ke.name=other`
    const program = await runUnderClock(site, clock, [...site.args, otherSink])
    await until('the watch', () => api.watches('events') === 1)
    feed.put(50)
    await until('the first events', () => told.hasAll(feed.marks))
    await site.receiver.close()
    for (let minute = 0; minute < 60; minute++) {
      feed.put(50)
      await until('the other sink', () => others.size === feed.marks.size)
      await program.passTime(60_000)
    }
    assert.match(program.readiness(), /- sink hook: held: unreachable/)
    assert.match(program.readiness(), /\+ sink other: flowing/)
    const healed = await startReceiver({ port: site.receiver.port, keep: 0, answer: takenBy(told) })
    site.onClose(() => healed.close())
    // A probe a minute at the latest.
    await program.passTimeUntil('the events of the hour', () => told.hasAll(feed.marks), 120_000)
    assert.match(program.readiness(), /\+ sink hook: flowing/)
    assert.equal(program.lines(/sink is held/).length, 1, 'said once')
    await program.stop()
    told.assertOnce(feed.marks)
  })
})

describe('a sink that refuses the credentials (401)', () => {
  it('is loudly misconfigured, is probed, and gets each event once when it is put right', async (test) => {
    const clock = new FakeClock()
    const site = await openSite(test, { api: { clock } })
    const { api, feed, told, receiver } = site
    const program = await runUnderClock(site, clock)
    await until('the watch', () => api.watches('events') === 1)
    receiver.answer({ status: 401 })
    feed.put(100)
    await program.passTimeUntil('the hold', () => /held: misconfigured/.test(program.readiness()), 10_000)
    // What was in flight at that moment is answered first.
    await program.passTime(1_000)
    const asked = receiver.count
    await program.passTime(600_000)
    const probes = receiver.count - asked
    assert.ok(probes >= 19 && probes <= 21, `one probe in 30 s, not ${probes} in ten minutes`)
    assert.equal(program.lines(/sink is held/).length, 1, 'said once')
    receiver.answer(takenBy(told))
    await program.passTimeUntil('the events', () => told.hasAll(feed.marks), 60_000)
    await program.stop()
    told.assertOnce(feed.marks)
  })
})

describe('one poison event', () => {
  const isPoison = ({ body }: Pick<Received, 'body'>): boolean =>
    readMark(body.toString())?.object === 'web-7'

  it('that the endpoint calls bad (400) becomes a dead letter; all others are told', async (test) => {
    const site = await openSite(test)
    const { feed, told } = site
    const take = takenBy(told)
    site.receiver.answer((received) => (isPoison(received) ? { status: 400, body: 'bad' } : take(received)))
    const program = await site.startReady()
    feed.put(1000)
    const good = [...feed.marks].filter((mark) => !mark.startsWith('web-7.'))
    await site.allTold(program, good)
    const poison = feed.marks.size - good.length
    await until(
      'the dead letters',
      async () => (await program.metric('kube_eventer_sink_dead_letters_total')) === poison,
      [program.process],
    )
    await program.ready()
    await site.end(program)
    told.assertOnce(new Set(good))
  })

  it('that the endpoint fails at (500) is set aside and tried again; all others are told', async (test) => {
    const clock = new FakeClock()
    const site = await openSite(test, { api: { clock } })
    const { api, feed, told } = site
    const take = takenBy(told)
    site.receiver.answer((received) => (isPoison(received) ? { status: 500 } : take(received)))
    const program = await runUnderClock(site, clock)
    await until('the watch', () => api.watches('events') === 1)
    feed.put(1000)
    const good = [...feed.marks].filter((mark) => !mark.startsWith('web-7.'))
    await program.passTimeUntil('all others', () => told.hasAll(good), 60_000)
    await program.passTime(3_600_000)
    site.receiver.answer(take)
    // It waits ten minutes at most.
    await program.passTimeUntil('the poison event', () => told.hasAll(feed.marks), 660_000)
    await program.stop()
    told.assertOnce(feed.marks)
  })
})
