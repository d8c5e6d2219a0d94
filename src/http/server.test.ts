/** What the open port answers, over real sockets. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type RecordingTelemetry, recordingTelemetry } from '../telemetry/testing.ts'
import { HttpListenError } from './listen-error.ts'
import { type HttpServer, startHttpServer } from './server.ts'

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

let telemetry: RecordingTelemetry
let server: HttpServer

beforeEach(async () => {
  telemetry = recordingTelemetry()
  server = await startHttpServer({ ip: '127.0.0.1', port: 0, telemetry })
})
afterEach(() => server.close())

function ask(path: string, method = 'GET', host = '127.0.0.1', port = server.port): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, method, agent: false }, (response) => {
      response.setEncoding('utf8')
      let body = ''
      response.on('data', (part: string) => (body += part))
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('the pages that the original has', () => {
  const golden = JSON.parse(
    readFileSync(new URL('../../test/golden/wire/ke-pages.json', import.meta.url), 'utf8'),
  ) as { pages: { path: string; status: number; contentType: string; body: string }[] }

  for (const page of golden.pages) {
    it(`answers ${page.path} with the same status and content type`, async () => {
      const answer = await ask(page.path)
      assert.equal(answer.status, page.status)
      assert.equal(answer.headers['content-type'], page.contentType)
      if (page.path !== '/metrics') assert.equal(answer.body, page.body)
    })
  }
})

describe('the health port', () => {
  it('is alive whatever source, journal and sinks do', async () => {
    telemetry.source('default').state('forbidden', 'no rule')
    telemetry.journal.state('full', 'no room')
    telemetry.sink('hook', 'webHook').state('held', 'unreachable', 'connection refused')
    for (const path of ['/healthz', '/healtz', '/livez']) {
      const { status, body } = await ask(path)
      assert.deepEqual({ path, status, body }, { path, status: 200, body: 'ok' })
    }
  })

  it('is ready once the source watches and each sink delivers', async () => {
    telemetry.source('default').state('watching')
    telemetry.sink('hook', 'webHook').state('flowing')
    const { status, body } = await ask('/readyz')
    assert.equal(status, 200)
    assert.equal(body, '[+] source default ok (watching)\n[+] journal ok (ok)\n[+] sink hook ok (flowing)\n')
  })

  it('is not ready before a source was started', async () => {
    assert.equal((await ask('/readyz')).status, 503)
  })

  it('says in one line a check what is not ready, without secrets', async () => {
    telemetry.source('default').state('watching')
    telemetry
      .sink('hook', 'webHook')
      .state('held', 'refused', '404 from\nhttps://oapi.example.test/robot/send?access_token=canary-1')
    telemetry.sinkUnusable('--sink (the 2nd)', 'no such sink: webhok')
    const { status, body } = await ask('/readyz')
    assert.equal(status, 503)
    assert.deepEqual(body.split('\n'), [
      '[+] source default ok (watching)',
      '[+] journal ok (ok)',
      '[-] sink hook: held: refused: 404 from https://oapi.example.test/…',
      '[-] sink --sink (the 2nd): unusable: no such sink: webhok',
      '',
    ])
  })

  it('ignores a query', async () => {
    assert.equal((await ask('/healthz?verbose=1')).body, 'ok')
  })

  it('answers HEAD with the header of GET and no body', async () => {
    const get = await ask('/livez')
    const head = await ask('/livez', 'HEAD')
    assert.equal(head.status, 200)
    assert.equal(head.body, '')
    assert.equal(head.headers['content-length'], get.headers['content-length'])
  })

  it('refuses methods that would change something', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await ask('/metrics', method)
      assert.deepEqual({ method, status, allow: headers.allow }, { method, status: 405, allow: 'GET, HEAD' })
    }
  })

  it('knows no page but its own, not even with a slash behind it', async () => {
    for (const path of ['/healthz/', '/Healthz', '//healthz', '/metrics/x', '/__proto__']) {
      const { status, body } = await ask(path)
      assert.deepEqual({ path, status, body }, { path, status: 404, body: '404 page not found\n' })
    }
  })

  it('answers 500 and goes on when a page cannot be made', async () => {
    const broken = await startHttpServer({
      ip: '127.0.0.1',
      port: 0,
      telemetry: { ...telemetry, metricsText: () => Promise.reject(new Error('broken')) },
    })
    try {
      assert.equal((await ask('/metrics', 'GET', '127.0.0.1', broken.port)).status, 500)
      assert.equal((await ask('/healthz', 'GET', '127.0.0.1', broken.port)).status, 200)
      assert.deepEqual(
        telemetry.lines.map(({ level, page }) => ({ level, page })),
        [{ level: 'error', page: '/metrics' }],
      )
    } finally {
      await broken.close()
    }
  })

  it('keeps a connection for the next scrape', async () => {
    const answers = await new Promise<number>((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1')
      let text = ''
      let asked = 1
      socket.setEncoding('utf8')
      socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
      socket.on('data', (part: string) => {
        text += part
        const answered = text.split('HTTP/1.1 200 OK').length - 1
        if (!text.endsWith('\r\n\r\nok') || answered < asked) return
        if (asked === 2) {
          resolve(answered)
          socket.destroy()
          return
        }
        asked++
        socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
      })
      socket.on('error', reject)
    })
    assert.equal(answers, 2)
  })
})

describe('a health port that stops', () => {
  it('takes no more connections, and closes those that idle', async () => {
    const stopping = await startHttpServer({ ip: '127.0.0.1', port: 0, telemetry })
    const socket = connect(stopping.port, '127.0.0.1')
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    await new Promise<void>((resolve) => {
      socket.once('data', () => resolve())
      socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    })
    await stopping.close()
    await closed
    await assert.rejects(ask('/healthz', 'GET', '127.0.0.1', stopping.port), { code: 'ECONNREFUSED' })
  })

  it('may be stopped twice', async () => {
    const stopping = await startHttpServer({ ip: '127.0.0.1', port: 0, telemetry })
    await stopping.close()
    await stopping.close()
  })
})

describe('an address that cannot be listened on', () => {
  it('is told with place and remedy when the port is taken', async () => {
    await assert.rejects(startHttpServer({ ip: '127.0.0.1', port: server.port, telemetry }), (error) => {
      assert.ok(error instanceof HttpListenError)
      assert.equal(error.code, 'EADDRINUSE')
      assert.equal(
        error.message,
        `health and metrics cannot be served on 127.0.0.1:${server.port}: the port is taken; ` +
          'stop what listens there, or choose another --healthz-port',
      )
      return true
    })
  })

  it('is told when this machine has no such address', async () => {
    await assert.rejects(startHttpServer({ ip: '192.0.2.1', port: 0, telemetry }), { code: 'EADDRNOTAVAIL' })
  })

  it('writes IPv6 with brackets', () => {
    assert.match(
      new HttpListenError('health', '::1', 8084, 'EADDRINUSE', undefined).message,
      / \[::1\]:8084: /,
    )
  })
})

describe('other ways to write the address', () => {
  for (const [ip, client] of [
    ['', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['[::1]', '::1'],
  ] as const) {
    it(`listens on '${ip}'`, async (test) => {
      let other: HttpServer
      try {
        other = await startHttpServer({ ip, port: 0, telemetry })
      } catch (error) {
        if (!(error instanceof HttpListenError) || !ip.includes(':')) throw error
        test.skip('this machine has no IPv6')
        return
      }
      try {
        assert.equal((await ask('/livez', 'GET', client, other.port)).body, 'ok')
      } finally {
        await other.close()
      }
    })
  }
})
