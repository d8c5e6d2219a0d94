/** What a source does about faults: refusals, overload, broken and absent servers. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { systemClock } from '../domain/clock.ts'
import { tokenFile } from './credentials.ts'
import { resolveAccess } from './auth.ts'
import { event, eventList, line, recorded, status, told } from './testing/events.ts'
import { runSource, sourceOptions } from './testing/running-source.ts'
import { startScriptedApiServer } from './testing/scripted-api-server.ts'

const isBackoff = (afterMs: number): boolean => afterMs <= 30_000 && afterMs !== 10_000 && afterMs !== 2000

describe('401', () => {
  it('re-reads the token and asks again at once', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'source-token-'))
    const path = join(directory, 'token')
    writeFileSync(path, 'first-token\n')
    const api = await startScriptedApiServer()
    const options = sourceOptions({ server: api.url })
    const access = {
      ...(await resolveAccess(options, { env: {} })),
      credentials: tokenFile(path, systemClock),
    }
    const run = await runSource({ server: api, access, saved: { cursor: '100' } })
    const probe = await api.next()
    assert.equal(probe.headers.authorization, 'Bearer first-token')
    writeFileSync(path, 'second-token\n')
    const { response } = recorded('unauthorized')
    probe.text(response.status, response.body)
    const again = await api.next()
    assert.equal(again.headers.authorization, 'Bearer second-token')
    again.json(200, eventList(200))
    const watch = await run.watch(100)
    assert.equal(watch.headers.authorization, 'Bearer second-token')
    assert.deepEqual(run.telemetry.ends, [])
    await run.close()
    rmSync(directory, { recursive: true })
  })

  it('that stays is told, without the token, and tried again', async () => {
    const api = await startScriptedApiServer()
    const directory = mkdtempSync(join(tmpdir(), 'source-token-'))
    const path = join(directory, 'token')
    writeFileSync(path, 'very-secret-token')
    const options = sourceOptions({ server: api.url })
    const access = {
      ...(await resolveAccess(options, { env: {} })),
      credentials: tokenFile(path, systemClock),
    }
    const run = await runSource({ server: api, access })
    for (let tries = 0; tries < 2; tries++) {
      const request = await api.next()
      request.text(401, `<html>401: the header was ${request.headers.authorization}</html>`)
    }
    const detail = await run.telemetry.inState('retrying')
    assert.match(detail, /401.*not accepted/)
    assert.ok(!run.telemetry.everything().includes('very-secret-token'))
    assert.deepEqual(run.telemetry.ends, ['unauthorized'])
    await run.close()
    rmSync(directory, { recursive: true })
  })
})

describe('403', () => {
  it('is told with the missing rule, and tried again until it is there', async () => {
    const run = await runSource()
    const { response } = recorded('anonymous-forbidden')
    const probe = await run.api.next()
    probe.text(response.status, response.body)
    const detail = await run.telemetry.inState('forbidden')
    assert.match(detail, /events is forbidden/)
    assert.match(detail, /ClusterRole/)
    assert.ok(
      detail.includes('- apiGroups: [""]\n  resources: ["events"]\n  verbs: ["get", "list", "watch"]'),
    )
    run.clock.advance(await run.clock.scheduled(isBackoff))
    await run.version(100)
    await run.watch(100)
    assert.deepEqual(run.telemetry.ends, ['forbidden'])
    await run.close()
  })

  it('names the Role where one namespace is watched', async () => {
    const run = await runSource({ options: { namespace: 'shop' } })
    const probe = await run.api.next()
    probe.json(403, status(403, 'Forbidden', 'events is forbidden'))
    assert.match(await run.telemetry.inState('forbidden'), /Role in namespace "shop"/)
    await run.close()
  })

  it('to the watch alone backs off further each time, though the list is allowed', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    for (const waitMs of [375, 750, 1500, 3000]) {
      await run.version(200)
      const watch = await run.api.next()
      watch.json(403, status(403, 'Forbidden', 'cannot watch'))
      assert.equal(await run.clock.scheduled(isBackoff), waitMs)
      run.clock.advance(waitMs)
    }
    await run.version(200)
    await run.watch(100)
    await run.close()
  })
})

describe('429 and 503', () => {
  it('wait as long as Retry-After says', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    const probe = await run.api.next()
    probe.json(429, status(429, 'TooManyRequests', 'too many requests'), { 'Retry-After': '7' })
    assert.equal(await run.clock.scheduled(isBackoff), 7000)
    run.clock.advance(7000)
    const second = await run.api.next()
    second.json(503, status(503, 'ServiceUnavailable', 'x', { details: { retryAfterSeconds: 9 } }))
    assert.equal(await run.clock.scheduled(isBackoff), 9000)
    run.clock.advance(9000)
    await run.version(200)
    await run.watch(100)
    assert.deepEqual(run.telemetry.ends, ['throttled', 'server-error'])
    await run.close()
  })

  it('understand a date', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    const probe = await run.api.next()
    probe.json(429, {}, { 'Retry-After': new Date(run.clock.wallMs() + 20_000).toUTCString() })
    assert.equal(await run.clock.scheduled(isBackoff), 20_000)
    await run.close()
  })

  it('do not silence the source for a day', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    const probe = await run.api.next()
    probe.json(429, {}, { 'Retry-After': '86400' })
    await run.clock.scheduled((afterMs) => afterMs === 300_000)
    await run.close()
  })
})

describe('5xx', () => {
  it('backs off exponentially, 30 s at most, and starts over after success', async () => {
    const run = await runSource({ saved: { cursor: '100' }, random: () => 0.999999 })
    for (const waitMs of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      const probe = await run.api.next()
      probe.json(500, status(500, 'InternalError', 'etcdserver: leader changed'))
      await run.clock.scheduled((afterMs) => afterMs === waitMs)
      run.clock.advance(waitMs)
    }
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(line('ADDED', event('a', 101)))
    await run.journal.until((journal) => journal.occurrences.length === 1)
    watch.end()
    const after = await run.api.next()
    after.json(500, {})
    await run.clock.scheduled((afterMs) => afterMs === 500)
    await run.close()
  })

  it('in an ERROR line ends the watch, and nothing after the line counts', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(
      line('ADDED', event('a', 101)) +
        line('ERROR', status(500, 'InternalError', 'etcd event received with PrevKv=nil')) +
        line('ADDED', event('b', 102)),
    )
    await watch.gone
    await run.version(200)
    const again = await run.watch(101)
    again.send(line('ADDED', event('b', 102)))
    await run.journal.until((journal) => journal.occurrences.length === 2)
    assert.deepEqual(told(run.journal.occurrences), ['a/101', 'b/102'])
    assert.deepEqual(run.telemetry.ends, ['server-error'])
    await run.close()
  })

  it('in the middle of a list: the same page is asked for again, the first page is not told twice', async () => {
    const run = await runSource({ saved: { cursor: '100' } })
    await run.version(500)
    const gone = await run.watch(100)
    gone.send(recorded('gone-watch').response.body)
    const first = await run.page()
    first.json(200, eventList(510, [event('a', 300)], 'token-1'))
    const second = await run.page('token-1')
    second.json(500, status(500, 'InternalError', 'x'))
    await run.telemetry.inState('retrying')
    run.clock.advance(await run.clock.scheduled(isBackoff))
    await run.version(520)
    const again = await run.page('token-1')
    again.json(200, eventList(510, [event('b', 200)]))
    await run.watch(510)
    assert.deepEqual(told(run.journal.occurrences), ['a/300', 'b/200'])
    await run.close()
  })
})

describe('a server that is not there', () => {
  it('is told with its address and reason, and tried until it is there', async () => {
    const gone = await startScriptedApiServer()
    await gone.close()
    const options = sourceOptions({ server: gone.url })
    const access = await resolveAccess(options, { env: {} })
    const other = await startScriptedApiServer()
    const run = await runSource({ server: other, access, saved: { cursor: '100' } })
    const detail = await run.telemetry.inState('retrying')
    assert.match(detail, /127\.0\.0\.1:\d+.*ECONNREFUSED/)
    assert.deepEqual(run.telemetry.ends, ['unreachable'])
    const back = await startScriptedApiServer(undefined, gone.port)
    run.clock.advance(await run.clock.scheduled(isBackoff))
    const probe = await back.next()
    probe.json(200, eventList(200))
    const watch = await back.next()
    watch.open()
    await run.close()
    await watch.gone
    await back.close()
  })

  it('because its name does not resolve, is unreachable', async () => {
    const options = sourceOptions({ server: 'https://api.invalid:6443' })
    const api = await startScriptedApiServer()
    const run = await runSource({ server: api, access: await resolveAccess(options, { env: {} }) })
    assert.match(await run.telemetry.inState('retrying'), /api\.invalid/)
    assert.deepEqual(run.telemetry.ends, ['unreachable'])
    await run.close()
  })

  it('or takes the connection and never answers, is given up after 60 s', async () => {
    const run = await runSource()
    const probe = await run.api.next()
    run.clock.advance(60_000)
    await probe.gone
    assert.match(await run.telemetry.inState('retrying'), /sent nothing in time/)
    assert.deepEqual(run.telemetry.ends, ['silent'])
    await run.close()
  })

  it('or resets the connection before it answers, is tried again', async () => {
    const run = await runSource()
    const probe = await run.api.next()
    probe.reset()
    await run.telemetry.inState('retrying')
    assert.deepEqual(run.telemetry.ends, ['reset'])
    run.clock.advance(await run.clock.scheduled(isBackoff))
    await run.version(100)
    await run.watch(100)
    await run.close()
  })
})

describe('a server that is no API server', () => {
  it('is told so', async () => {
    const run = await runSource()
    const probe = await run.api.next()
    probe.text(200, '<html>Welcome</html>')
    assert.match(await run.telemetry.inState('retrying'), /is it an API server\?/)
    assert.deepEqual(run.telemetry.ends, ['protocol'])
    await run.close()
  })

  it('speaks something else than HTTP', async () => {
    const plain = createServer((socket) => socket.resume().end('SSH-2.0-OpenSSH_9.6\r\n'))
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const address = plain.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const access = await resolveAccess(sourceOptions({ server: `http://127.0.0.1:${port}` }), { env: {} })
    const api = await startScriptedApiServer()
    const run = await runSource({ server: api, access })
    assert.match(await run.telemetry.inState('retrying'), /speaks no HTTP/)
    assert.deepEqual(run.telemetry.ends, ['protocol'])
    await run.close()
    await new Promise((resolve) => plain.close(resolve))
  })

  it('redirects: not followed, since the token is for this server', async () => {
    const run = await runSource()
    const probe = await run.api.next()
    probe.text(302, '', { Location: 'https://login.example.test/' })
    assert.match(await run.telemetry.inState('retrying'), /302/)
    await run.close()
  })
})

describe('a field selector that the server refuses', () => {
  it("is told with the server's words and where to look", async () => {
    const run = await runSource({ saved: { cursor: '100' }, options: { fieldSelector: 'message=x' } })
    await run.version(200)
    const watch = await run.api.next()
    const { response } = recorded('list-bad-field-selector')
    watch.text(response.status, response.body)
    const detail = await run.telemetry.inState('retrying')
    assert.match(detail, /field label not supported: message.*fieldSelector/)
    await run.close()
  })
})
