/** The socket itself: what is asked, refused, streamed and bounded. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { silentLogger } from '../telemetry/testing.ts'
import { ask, askForStream } from './client.ts'
import { json, refused, type LineStream, type Route } from './reply.ts'
import { startControlServer } from './server.ts'
import { ControlError } from './socket-path.ts'

function folder(test: TestContext): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'kube-eventer-control-'))
  test.after(() => rmSync(dataDir, { recursive: true, force: true }))
  return dataDir
}

async function serve(test: TestContext, routes: readonly Route[]): Promise<string> {
  const dataDir = folder(test)
  const server = await startControlServer({ dataDir, routes, log: silentLogger })
  test.after(() => server.close())
  return dataDir
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

const echo: Route = {
  method: 'POST',
  path: '/v1/echo',
  answer: ({ query, body }) => json({ name: query.get('name'), body }),
}

describe('a command on a running program', () => {
  it('is answered with JSON, to its query and body', async (test) => {
    const dataDir = await serve(test, [echo])
    const answer = await ask(dataDir, { method: 'POST', path: '/v1/echo?name=x', body: { a: 1 } })
    assert.deepEqual(answer, { kind: 'answered', body: { name: 'x', body: { a: 1 } } })
  })

  it('that the program refuses is told why', async (test) => {
    const dataDir = await serve(test, [
      { method: 'GET', path: '/v1/no', answer: () => refused(409, 'not while it rains') },
    ])
    const answer = await ask(dataDir, { method: 'GET', path: '/v1/no' })
    assert.deepEqual(answer, { kind: 'refused', status: 409, problem: 'not while it rains' })
  })

  it('that it does not know is told to come from another version', async (test) => {
    const dataDir = await serve(test, [echo])
    const unknown = await ask(dataDir, { method: 'GET', path: '/v1/later' })
    assert.ok(unknown.kind === 'refused' && unknown.status === 404)
    assert.match(unknown.problem, /another version/)
    const otherMethod = await ask(dataDir, { method: 'GET', path: '/v1/echo' })
    assert.ok(otherMethod.kind === 'refused' && otherMethod.status === 405)
  })

  it('that fails says so, and the next one is served', async (test) => {
    const dataDir = await serve(test, [
      echo,
      {
        method: 'GET',
        path: '/v1/fails',
        answer: () => {
          throw new Error('secret detail')
        },
      },
    ])
    const failed = await ask(dataDir, { method: 'GET', path: '/v1/fails' })
    assert.ok(failed.kind === 'refused' && failed.status === 500)
    assert.doesNotMatch(failed.problem, /secret/)
    assert.equal((await ask(dataDir, { method: 'POST', path: '/v1/echo' })).kind, 'answered')
  })

  it('is refused with a body larger than any command has', async (test) => {
    const dataDir = await serve(test, [echo])
    const answer = await ask(dataDir, { method: 'POST', path: '/v1/echo', body: 'x'.repeat(300_000) })
    assert.ok(answer.kind === 'refused')
    assert.match(answer.problem, /at most 262144 bytes/)
  })
})

describe('a stream', () => {
  it('brings lines as they are written, until the reader has had enough', async (test) => {
    const ended = Promise.withResolvers<void>()
    const dataDir = await serve(test, [
      {
        method: 'GET',
        path: '/v1/lines',
        answer: () => ({
          kind: 'stream',
          start: (lines: LineStream) => {
            lines.write('{"n":1}')
            lines.write(Buffer.from('{"n":2}'))
            return () => ended.resolve()
          },
        }),
      },
    ])
    const stop = new AbortController()
    const answer = await askForStream(dataDir, { method: 'GET', path: '/v1/lines', signal: stop.signal })
    assert.ok(answer.kind === 'answered')
    const seen: string[] = []
    for await (const line of answer.lines) {
      seen.push(line)
      if (seen.length === 2) stop.abort()
    }
    assert.deepEqual(seen, ['{"n":1}', '{"n":2}'])
    await ended.promise
  })

  it('ends for its reader when the program ends', async (test) => {
    const dataDir = folder(test)
    const routes: readonly Route[] = [
      { method: 'GET', path: '/v1/lines', answer: () => ({ kind: 'stream', start: () => () => {} }) },
    ]
    const server = await startControlServer({ dataDir, routes, log: silentLogger })
    const answer = await askForStream(dataDir, { method: 'GET', path: '/v1/lines' })
    assert.ok(answer.kind === 'answered')
    const all = collect(answer.lines)
    await server.close()
    assert.deepEqual(await all, [])
  })

  it('of more than its reader takes tells the writer to leave lines out', async (test) => {
    const full = Promise.withResolvers<number>()
    const dataDir = await serve(test, [
      {
        method: 'GET',
        path: '/v1/lines',
        answer: () => ({
          kind: 'stream',
          start: (lines: LineStream) => {
            let written = 0
            while (lines.write('x'.repeat(10_000))) written += 1
            full.resolve(written)
            return () => {}
          },
        }),
      },
    ])
    const stop = new AbortController()
    await askForStream(dataDir, { method: 'GET', path: '/v1/lines', signal: stop.signal })
    assert.ok((await full.promise) < 1000)
    stop.abort()
  })
})

describe('the socket', () => {
  it('opens for its own user only, takes the place of a dead one, and goes with the server', async (test) => {
    const dataDir = folder(test)
    const path = join(dataDir, 'control.sock')
    writeFileSync(path, '')
    const server = await startControlServer({ dataDir, routes: [], log: silentLogger })
    assert.equal(statSync(path).mode & 0o777, 0o600)
    await server.close()
    assert.equal(statSync(path, { throwIfNoEntry: false }), undefined)
    assert.deepEqual(await ask(dataDir, { method: 'GET', path: '/v1/status' }), { kind: 'not-running' })
  })

  it('whose path would be cut by the system is refused by both sides', async (test) => {
    const dataDir = join(folder(test), 'd'.repeat(100))
    await assert.rejects(
      startControlServer({ dataDir, routes: [], log: silentLogger }),
      (error) => error instanceof ControlError && /bytes long/.test(error.message),
    )
    await assert.rejects(ask(dataDir, { method: 'GET', path: '/v1/status' }), ControlError)
  })
})
