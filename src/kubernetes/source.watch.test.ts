/** The watch itself: bytes into occurrences, back-pressure, deadlines, stop. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { event, line, occurrence, told } from './testing/events.ts'
import { runSource } from './testing/running-source.ts'

const isDeadline = (afterMs: number): boolean => afterMs >= 250_000 && afterMs <= 310_000

describe('a watch', () => {
  it('asks for what the options say, within 240 to 300 s', async () => {
    const run = await runSource({
      saved: { cursor: '100' },
      options: { namespace: 'shop', fieldSelector: 'type=Warning,reason!=Pulled' },
    })
    const probe = await run.version(200)
    assert.equal(probe.url, '/api/v1/namespaces/shop/events?limit=1')
    const watch = await run.watch(100)
    assert.equal(watch.path, '/api/v1/namespaces/shop/events')
    assert.equal(watch.query.get('fieldSelector'), 'type=Warning,reason!=Pulled')
    assert.equal(watch.query.get('timeoutSeconds'), '270')
    assert.equal(watch.headers.accept, 'application/json')
    assert.equal(watch.headers['accept-encoding'], undefined)
    await run.close()
  })

  it('never asks for less than 240 s or more than 300 s', async () => {
    for (const [random, seconds] of [
      [0, '240'],
      [0.999999, '300'],
    ] as const) {
      const run = await runSource({ saved: { cursor: '100' }, random: () => random })
      await run.version(200)
      const watch = await run.watch(100)
      assert.equal(watch.query.get('timeoutSeconds'), seconds)
      await run.close()
    }
  })

  it('tells each event once, wherever the network cuts its bytes', async () => {
    const names = ['é', '事件', 'line\u2028break', 'rocket-🚀']
    const bytes = Buffer.from(names.map((name, at) => line('ADDED', event(name, 101 + at))).join(''))
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(
      bytes,
      Array.from({ length: bytes.length }, (_, at) => at),
    )
    await run.journal.until((journal) => journal.occurrences.length === names.length)
    assert.deepEqual(
      run.journal.occurrences.map((one) => one.event.metadata.name),
      names,
    )
    for (const { event: parsed, raw } of run.journal.occurrences) {
      assert.deepEqual(JSON.parse(Buffer.from(raw).toString('utf8')), parsed)
    }
    await run.close()
  })

  it('appends once for what one read of the socket brought, with the last cursor', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    const lines = Array.from({ length: 20 }, (_, at) => line('ADDED', event(`e${at}`, 101 + at)))
    // As the API server does: a chunk of HTTP each.
    watch.socket.cork()
    for (const one of lines) watch.send(one)
    watch.socket.uncork()
    await run.journal.until((journal) => journal.occurrences.length === 20)
    assert.ok(run.journal.appends.length < 5, `${run.journal.appends.length} appends`)
    assert.equal(run.journal.state()?.cursor, '120')
    await run.close()
  })

  it('passes over a line that is unusable, and tells its neighbours', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(
      line('ADDED', event('a', 101)) +
        '<html>oops</html>\n' +
        line('ADDED', { kind: 'Pod', metadata: {} }) +
        line('MODIFIED', event('b', 102)),
    )
    watch.send(Buffer.alloc(4 * 1024 * 1024 + 1, 'x'))
    watch.send(`\n${line('ADDED', event('c', 103))}`)
    await run.journal.until((journal) => journal.occurrences.length === 3)
    assert.deepEqual(told(run.journal.occurrences), ['a/101', 'b/102', 'c/103'])
    assert.deepEqual(
      run.telemetry.ignored.map(({ why }) => why),
      ['not-json', 'no-event', 'too-long'],
    )
    await run.close()
  })

  it('tells a line whose version is below the cursor, but does not go back', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(line('ADDED', event('a', 150)) + line('ADDED', event('b', 120)))
    await run.journal.until((journal) => journal.occurrences.length === 2)
    assert.equal(run.journal.state()?.cursor, '150')
    await run.close()
  })

  it('follows versions beyond 2^53', async () => {
    const run = await runSource({ saved: { cursor: '9007199254740992' } })
    await run.version('9007199254740993')
    const watch = await run.watch('9007199254740992')
    watch.send(line('ADDED', event('a', '9007199254740993')))
    await run.journal.until((journal) => journal.state()?.cursor === '9007199254740993')
    await run.close()
  })
})

describe('a journal that takes no more', () => {
  it('stops the reading, says so after a second, and reading goes on by itself', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(line('ADDED', event('a', 101)))
    // Shut in the very append: the source must ask before it reads on.
    await run.journal.until((journal) => journal.occurrences.length === 1 && (journal.shut(), true))
    await run.clock.scheduled((afterMs) => afterMs === 1000)
    watch.send(line('ADDED', event('b', 102)) + line('ADDED', event('c', 103)))
    run.clock.advance(1000)
    await run.telemetry.inState('paused')
    run.journal.open()
    await run.journal.until((journal) => journal.occurrences.length === 3)
    assert.deepEqual(told(run.journal.occurrences), ['a/101', 'b/102', 'c/103'])
    assert.equal(run.telemetry.states.at(-1)?.state, 'watching')
    await run.close()
  })

  it('slows the server down: what waits is left in the connection', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(line('ADDED', event('a', 101)))
    await run.journal.until((journal) => journal.occurrences.length === 1 && (journal.shut(), true))
    const megabyte = Buffer.from(line('ADDED', event('big', 102, { message: 'x'.repeat(1024 * 1024) })))
    for (let at = 0; at < 64; at++) watch.send(megabyte)
    // The peer's kernel takes what its buffers hold, and no more.
    assert.ok(watch.socket.writableLength > 16 * 1024 * 1024)
    run.journal.open()
    await run.journal.until((journal) => journal.occurrences.length === 65)
    await run.close()
  })

  it('is no silence of the server: the deadline waits', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(line('ADDED', event('a', 101)))
    await run.journal.until((journal) => journal.occurrences.length === 1 && (journal.shut(), true))
    await run.clock.scheduled((afterMs) => afterMs === 1000)
    run.clock.advance(400_000)
    assert.deepEqual(run.telemetry.ends, [])
    run.journal.open()
    watch.send(line('ADDED', event('b', 102)))
    await run.journal.until((journal) => journal.occurrences.length === 2)
    await run.close()
  })

  it('can be stopped while it waits', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(line('ADDED', event('a', 101)))
    await run.journal.until((journal) => journal.occurrences.length === 1 && (journal.shut(), true))
    await run.close()
  })

  it('and throws: nothing is lost, the watch begins again where the journal is', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    run.journal.failNext(new Error('database is locked'))
    watch.send(line('ADDED', event('a', 101)))
    await run.telemetry.inState('retrying')
    assert.ok(run.telemetry.logged.some((text) => text.includes('database is locked')))
    assert.equal(run.journal.state()?.cursor, '100')
    run.clock.advance(await run.clock.scheduled((afterMs) => afterMs <= 500))
    await run.version(200)
    const again = await run.watch(100)
    again.send(line('ADDED', event('a', 101)))
    await run.journal.until((journal) => journal.occurrences.length === 1)
    await run.close()
  })
})

describe('the end of a watch', () => {
  it('at its timeout is in good order: the version is asked for, and the watch goes on from the cursor', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(line('ADDED', event('a', 150)))
    await run.journal.until((journal) => journal.occurrences.length === 1)
    run.clock.advance(270_000)
    watch.end()
    await run.version(250)
    await run.watch(150)
    assert.deepEqual(run.telemetry.ends, ['timeout'])
    assert.ok(run.telemetry.states.every(({ state }) => state === 'starting' || state === 'watching'))
    await run.close()
  })

  it('before its timeout is counted as closed', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    await run.telemetry.inState('watching')
    run.clock.advance(60_000)
    watch.end()
    await run.version(200)
    await run.watch(100)
    assert.deepEqual(run.telemetry.ends, ['closed'])
    await run.close()
  })

  it('at once, with nothing told, is not repeated without a pause', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    for (const waitMs of [375, 750, 1500]) {
      await run.version(200)
      const watch = await run.watch(100)
      watch.end()
      assert.equal(await run.clock.scheduled((afterMs) => afterMs <= 1500 && afterMs !== 1000), waitMs)
      await run.telemetry.inState('retrying')
      run.clock.advance(waitMs)
    }
    await run.version(200)
    await run.watch(100)
    await run.close()
  })

  it('a connection that is open on one side only is given up 10 s after the timeout', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    await run.telemetry.inState('watching')
    assert.equal(await run.clock.scheduled(isDeadline), 280_000)
    run.clock.advance(280_000)
    await watch.gone
    await run.version(200)
    await run.watch(100)
    assert.deepEqual(run.telemetry.ends, ['silent'])
    await run.close()
  })

  it('a body that still flows at the deadline is read on', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(line('ADDED', event('a', 101)))
    await run.journal.until((journal) => journal.occurrences.length === 1)
    run.clock.advance(280_000)
    watch.send(line('ADDED', event('b', 102)))
    await run.journal.until((journal) => journal.occurrences.length === 2)
    assert.deepEqual(run.telemetry.ends, [])
    run.clock.advance(10_000)
    run.clock.advance(10_000)
    await watch.gone
    await run.version(200)
    await run.watch(102)
    assert.deepEqual(run.telemetry.ends, ['silent'])
    await run.close()
  })

  it('in the middle of a line: the line comes again with the next watch', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    const second = line('ADDED', event('b', 102))
    watch.send(line('ADDED', event('a', 101)) + second.slice(0, 60))
    await run.journal.until((journal) => journal.occurrences.length === 1)
    watch.reset()
    await run.version(200)
    const again = await run.watch(101)
    again.send(second)
    await run.journal.until((journal) => journal.occurrences.length === 2)
    assert.deepEqual(told(run.journal.occurrences), ['a/101', 'b/102'])
    assert.deepEqual(run.telemetry.ignored, [])
    assert.deepEqual(run.telemetry.ends, ['reset'])
    await run.close()
  })
})

describe('a server that holds the head of its answer back until the first event', () => {
  it('counts as watched after 2 s', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.api.next()
    run.clock.advance(await run.clock.scheduled((afterMs) => afterMs === 2000))
    assert.equal(run.telemetry.states.at(-1)?.state, 'watching')
    watch.send(line('ADDED', event('a', 101)))
    await run.journal.until((journal) => journal.occurrences.length === 1)
    await run.close()
  })
})

describe('stop', () => {
  it('ends the connection and leaves what was read in the journal', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(line('ADDED', event('a', 101)))
    await run.journal.until((journal) => journal.occurrences.length === 1)
    await run.source.stop()
    await watch.gone
    await run.source.done
    assert.equal(run.journal.state()?.cursor, '101')
    await run.close()
  })

  it('works before the first answer, during a backoff and in the middle of a list', async () => {
    const first = await runSource()
    await first.api.next()
    await first.close()

    const second = await runSource()
    const refused = await second.api.next()
    refused.json(500, {})
    await second.telemetry.inState('retrying')
    await second.close()

    const third = await runSource({
      saved: { cursor: '1', relist: { cause: 'expired', fromOffset: 1, cursorAtStart: '1' } },
      journaled: [occurrence(event('a', 1))],
    })
    await third.version(200)
    await third.page()
    await third.close()
  })
})
