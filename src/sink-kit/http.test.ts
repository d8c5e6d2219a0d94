/** Sending over HTTP, against real servers on loopback. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { createServer } from 'node:net'
import { after, afterEach, describe, it } from 'node:test'
import type { Outcome } from '../domain/outcome.ts'
import type { HttpOptions, HttpSender } from './http.ts'
import { openHttp } from './http.ts'
import { makeCertificates } from './testing/certificates.ts'
import type { HttpReceiver } from './testing/http-receiver.ts'
import { startReceiver } from './testing/http-receiver.ts'
import { startProxy } from './testing/forward-proxy.ts'
import { sinkWorld } from './testing/sink-world.ts'

const certificates = makeCertificates()
const { files } = certificates
after(() => certificates.remove())

const toClose: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of toClose.splice(0).toReversed()) await one.close()
})

function kept<T extends { close(): Promise<void> }>(one: T): T {
  toClose.push(one)
  return one
}

async function open(url: string, options: Partial<HttpOptions> = {}): Promise<HttpSender> {
  const { context } = sinkWorld(1)
  const { clock, signal } = context
  return kept(await openHttp({ url, method: 'POST', concurrency: 4, env: {}, clock, signal, ...options }))
}

function post(http: HttpSender, body = '{"a":1}', signal = new AbortController().signal): Promise<Outcome> {
  return new Promise((resolve) => http.post(Buffer.from(body), signal, resolve))
}

const receiverOf = async (...args: Parameters<typeof startReceiver>): Promise<HttpReceiver> =>
  kept(await startReceiver(...args))

/** A server on loopback that speaks no HTTP. */
async function rawServer(
  serve: (socket: Socket) => void,
): Promise<{ host: string; connected: Promise<unknown> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    serve(socket)
  })
  const connected = new Promise((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  kept({
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  })
  const bound = server.address()
  return { host: `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`, connected }
}

function nameOf(outcome: Outcome): string {
  return outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`
}

function detailOf(outcome: Outcome): string {
  return outcome.kind === 'delivered' ? '' : (outcome.detail ?? '')
}

describe('a request', () => {
  it('carries method, target, headers and body as given, and names the program', async () => {
    const receiver = await receiverOf()
    const http = await open(`http://${receiver.host}/a%2Fb/中?x=%E4%B8%AD&y=a+b&z=ü`, {
      method: 'PUT',
      headers: [['X-Own', 'ä 1']],
    })
    assert.equal(nameOf(await post(http, '{"ü":1}')), 'delivered')
    const [request] = receiver.requests
    assert.equal(request?.method, 'PUT')
    assert.equal(request.target, '/a%2Fb/%E4%B8%AD?x=%E4%B8%AD&y=a+b&z=%C3%BC')
    assert.equal(request.body, '{"ü":1}')
    assert.equal(request.headers['x-own'], Buffer.from('ä 1').toString('latin1'))
    assert.equal(request.headers['content-length'], '8')
    assert.match(request.headers['user-agent'] ?? '', /^kube-eventer\/\d/)
    assert.deepEqual(Object.keys(request.headers).toSorted(), [
      'connection',
      'content-length',
      'host',
      'user-agent',
      'x-own',
    ])
  })

  it('carries user and password of the URL, unless a header does', async () => {
    const receiver = await receiverOf()
    await post(await open(`http://user:p%40ss@${receiver.host}/`))
    await post(
      await open(`http://user@${receiver.host}/`, {
        headers: [
          ['authorization', 'Bearer t'],
          ['user-agent', 'mine/1.0'],
        ],
      }),
    )
    assert.deepEqual(
      receiver.requests.map(({ headers }) => headers.authorization),
      [`Basic ${Buffer.from('user:p@ss').toString('base64')}`, 'Bearer t'],
    )
    assert.equal(receiver.requests[1]?.headers['user-agent'], 'mine/1.0')
  })

  it('reaches an IPv6 address', async () => {
    const receiver = await receiverOf(undefined, '::1')
    assert.equal(nameOf(await post(await open(`http://${receiver.host}/`))), 'delivered')
    assert.equal(receiver.requests[0]?.headers.host, receiver.host)
  })
})

describe('connections', () => {
  for (const method of ['POST', 'GET', 'DELETE']) {
    it(`are used again after ${method} with a body`, async () => {
      const receiver = await receiverOf()
      const http = await open(`http://${receiver.host}/`, { method })
      for (let i = 0; i < 5; i++) assert.equal(nameOf(await post(http)), 'delivered')
      assert.deepEqual(
        receiver.requests.map(({ connection, body }) => [connection, body]),
        Array.from({ length: 5 }, () => [1, '{"a":1}']),
      )
    })
  }

  it('are as many as told at most, and no send is forgotten', async () => {
    const receiver = await receiverOf()
    const http = await open(`http://${receiver.host}/`, { concurrency: 3 })
    const outcomes = await Promise.all(Array.from({ length: 40 }, (_, i) => post(http, `${i}`)))
    assert.deepEqual([...new Set(outcomes.map(nameOf))], ['delivered'])
    assert.equal(receiver.connections, 3)
    assert.equal(new Set(receiver.requests.map(({ body }) => body)).size, 40)
  })

  it('that the server closed while they were idle cost no failure', async () => {
    const receiver = await receiverOf()
    const http = await open(`http://${receiver.host}/`)
    await post(http)
    receiver.cutConnections()
    assert.equal(nameOf(await post(http)), 'delivered')
    assert.equal(receiver.connections, 2)
  })

  it('that the server cuts at a second request are opened again once', async () => {
    const receiver = await receiverOf()
    const http = await open(`http://${receiver.host}/`)
    await post(http)
    receiver.reply('reset')
    assert.equal(nameOf(await post(http)), 'retry unreachable')
    assert.equal(receiver.requests.length, 3)
  })

  it('stay sane after an answer that is longer than anybody reads', async () => {
    const receiver = await receiverOf()
    receiver.reply({ status: 200, body: 'x'.repeat(1_000_000) })
    const http = await open(`http://${receiver.host}/`)
    assert.equal(nameOf(await post(http)), 'delivered')
    receiver.reply({ status: 500, body: 'y'.repeat(1_000_000) })
    const failed = await post(http)
    assert.equal(nameOf(failed), 'retry server-error')
    assert.ok(detailOf(failed).length < 300)
    receiver.reply({})
    assert.equal(nameOf(await post(http)), 'delivered')
  })

  it('do not mix up the sends that wait behind such an answer', async () => {
    const receiver = await receiverOf()
    receiver.reply(({ body }) => (body === 'long' ? { status: 400, body: 'x'.repeat(1_000_000) } : {}))
    const http = await open(`http://${receiver.host}/`, { concurrency: 1 })
    const outcomes = await Promise.all(['long', 'a', 'long', 'b'].map((body) => post(http, body)))
    assert.deepEqual(outcomes.map(nameOf), [
      'rejected bad-message',
      'delivered',
      'rejected bad-message',
      'delivered',
    ])
    assert.deepEqual(
      receiver.requests.map(({ body }) => body),
      ['long', 'a', 'long', 'b'],
    )
  })

  it('that are cut after a good status leave the event delivered', async () => {
    const server = await rawServer((socket) =>
      socket.once('data', () =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok', () => socket.resetAndDestroy()),
      ),
    )
    assert.equal(nameOf(await post(await open(`http://${server.host}/`))), 'delivered')
  })
})

describe('a send without an answer', () => {
  it('ends as a timeout when its signal aborts, and the connection is not used again', async () => {
    const receiver = await receiverOf()
    receiver.reply('hang')
    const http = await open(`http://${receiver.host}/`, { concurrency: 1 })
    const slot = new AbortController()
    const hanging = post(http, 'first', slot.signal)
    const waiting = post(http, 'second', slot.signal)
    await receiver.gotten(1)
    slot.abort()
    assert.deepEqual([await hanging, await waiting].map(nameOf), ['retry timeout', 'retry timeout'])
    receiver.reply({})
    assert.equal(nameOf(await post(http, 'third')), 'delivered')
    assert.deepEqual(
      receiver.requests.map(({ body, connection }) => [body, connection]),
      [
        ['first', 1],
        ['third', 2],
      ],
    )
  })

  it('ends while its connection is still being opened', async () => {
    const server = await rawServer((socket) => socket.resume())
    const http = await open(`https://${server.host}/`)
    const slot = new AbortController()
    const sending = post(http, 'x', slot.signal)
    await server.connected
    slot.abort()
    assert.equal(nameOf(await sending), 'retry timeout')
  })

  it('is stopped, not timed out, when all is closed at once', async () => {
    const receiver = await receiverOf()
    receiver.reply('hang')
    const all = new AbortController()
    const http = await open(`http://${receiver.host}/`, { signal: all.signal })
    const hanging = post(http)
    await receiver.gotten(1)
    all.abort()
    assert.equal(nameOf(await hanging), 'retry stopped')
    assert.equal(nameOf(await post(http)), 'retry stopped')
  })

  it('tells an unknown name, a refused and a cut connection apart, without the URL', async () => {
    const receiver = await receiverOf()
    receiver.reply('reset')
    const cut = await post(await open(`http://${receiver.host}/canary?k=canary`))
    const gone = await post(await open('http://127.0.0.1:1/canary?k=canary'))
    const unknown = await post(await open('http://nothing.invalid/canary?k=canary'))
    assert.deepEqual([cut, gone, unknown].map(nameOf), Array(3).fill('retry unreachable'))
    assert.match(detailOf(cut), /^127\.0\.0\.1:\d+: connection (closed before an answer|reset)$/)
    assert.equal(detailOf(gone), '127.0.0.1:1: connection refused')
    assert.match(detailOf(unknown), /^nothing\.invalid: its name cannot be resolved/)
  })

  it('takes what is no HTTP for a failure of the server', async () => {
    const server = await rawServer((socket) =>
      socket.once('data', () => socket.write('SSH-2.0-OpenSSH_9.9\r\n\r\n')),
    )
    const outcome = await post(await open(`http://${server.host}/`))
    assert.equal(nameOf(outcome), 'retry server-error')
    assert.match(detailOf(outcome), /the answer makes no sense/)
  })
})

describe('a redirect', () => {
  it('with 307 or 308 keeps method, body and credentials on the same host', async () => {
    const receiver = await receiverOf()
    receiver.reply(({ target }) =>
      target === '/old'
        ? { status: 307, headers: { location: 'new?x=1' } }
        : target === '/new?x=1'
          ? { status: 308, headers: { location: '/last' } }
          : {},
    )
    const http = await open(`http://u:p@${receiver.host}/old`, { method: 'PUT' })
    assert.equal(nameOf(await post(http, 'body')), 'delivered')
    const basic = `Basic ${Buffer.from('u:p').toString('base64')}`
    assert.deepEqual(
      receiver.requests.map(({ method, target, body, headers }) => [
        method,
        target,
        body,
        headers.authorization,
      ]),
      ['/old', '/new?x=1', '/last'].map((target) => ['PUT', target, 'body', basic]),
    )
  })

  it('to another host takes no credentials along', async () => {
    const target = await receiverOf()
    const receiver = await receiverOf()
    receiver.reply({ status: 308, headers: { location: `http://${target.host}/there` } })
    const http = await open(`http://u:p@${receiver.host}/`, {
      headers: [
        ['Cookie', 'c'],
        ['X-Kept', 'k'],
      ],
    })
    assert.equal(nameOf(await post(http, 'body')), 'delivered')
    const [request] = target.requests
    assert.equal(request?.body, 'body')
    assert.equal(request.headers.authorization, undefined)
    assert.equal(request.headers.cookie, undefined)
    assert.equal(request.headers['x-kept'], 'k')
    assert.equal(request.headers.host, target.host)
  })

  it('without end is refused after ten', async () => {
    const receiver = await receiverOf()
    receiver.reply({ status: 307, headers: { location: '/again' } })
    assert.equal(nameOf(await post(await open(`http://${receiver.host}/`))), 'retry refused')
    assert.equal(receiver.requests.length, 11)
  })

  for (const [status, location] of [
    [301, '/x'],
    [302, '/x'],
    [303, '/x'],
    [307, undefined],
    [308, 'ftp://x.example.test/'],
  ] as const) {
    it(`with ${status} to ${location ?? 'nowhere'} is refused`, async () => {
      const receiver = await receiverOf()
      receiver.reply({ status, ...(location === undefined ? {} : { headers: { location } }) })
      assert.equal(nameOf(await post(await open(`http://${receiver.host}/`))), 'retry refused')
      assert.equal(receiver.requests.length, 1)
    })
  }
})

describe('an answer', () => {
  it('hands on how long to wait, and what the server said, without secrets', async () => {
    const receiver = await receiverOf()
    receiver.reply({
      status: 503,
      headers: { 'retry-after': '3' },
      body: 'robot canary-path:\n key canary-query is tired',
    })
    const http = await open(`http://${receiver.host}/hooks/canary-path?key=canary-query`)
    assert.deepEqual(await post(http), {
      kind: 'retry',
      reason: 'unreachable',
      afterMs: 3_000,
      detail: 'answered 503: robot …: key … is tired',
    })
  })

  it('of 200 is read where the platform is told', async () => {
    const receiver = await receiverOf()
    receiver.reply({ body: '{"errcode":45009,"errmsg":"api freq out of limit"}' })
    const url = `http://${receiver.host}/`
    assert.equal(nameOf(await post(await open(url, { platform: 'wecom' }))), 'retry throttled')
    assert.equal(nameOf(await post(await open(url))), 'delivered')
    receiver.reply({ body: '{"errcode":0,"errmsg":"ok"}' })
    assert.equal(nameOf(await post(await open(url, { platform: 'wecom' }))), 'delivered')
  })
})

describe('TLS', () => {
  const trusted = { SSL_CERT_FILE: files.ca, SSL_CERT_DIR: '/dev/null' }
  const untrusted = { SSL_CERT_FILE: files.empty, SSL_CERT_DIR: '/dev/null' }

  it('trusts SSL_CERT_FILE, SSL_CERT_DIR or ke.ca, and nobody else', async () => {
    const receiver = await receiverOf(certificates.server)
    const url = `https://${receiver.host}/`
    assert.equal(nameOf(await post(await open(url, { env: trusted }))), 'delivered')
    const directory = { SSL_CERT_FILE: files.empty, SSL_CERT_DIR: `/nowhere:${certificates.directory}` }
    assert.equal(nameOf(await post(await open(url, { env: directory }))), 'delivered')
    assert.equal(nameOf(await post(await open(url, { env: untrusted, tls: { ca: files.ca } }))), 'delivered')
    const refused = await post(await open(url, { env: untrusted }))
    assert.equal(nameOf(refused), 'retry unreachable')
    assert.match(detailOf(refused), /not trusted.*`ke\.ca=\/path`/)
    assert.equal(
      nameOf(await post(await open(url, { env: untrusted, tls: { insecure: true } }))),
      'delivered',
    )
  })

  it('verifies the name, or the one that was told', async () => {
    const receiver = await receiverOf(certificates.server)
    const port = receiver.host.split(':')[1] ?? ''
    const url = `https://localhost:${port}/`
    const other = await post(await open(url, { env: trusted }))
    assert.match(detailOf(other), /certificate is for another name/)
    const told = { serverName: 'receiver.example.test' }
    assert.equal(nameOf(await post(await open(url, { env: trusted, tls: told }))), 'delivered')
  })

  it('comes with the certificate that was given', async () => {
    const receiver = await receiverOf({ ...certificates.server, ca: certificates.ca })
    const url = `https://${receiver.host}/`
    const tls = { ca: files.ca, cert: files.clientCert, key: files.clientKey }
    assert.equal(nameOf(await post(await open(url, { tls }))), 'delivered')
    assert.equal(nameOf(await post(await open(url, { tls: { ca: files.ca } }))), 'retry unreachable')
  })

  it('says which file cannot be used', async () => {
    const url = 'https://hooks.example.test/'
    await assert.rejects(
      open(url, { tls: { ca: '/nowhere.pem' } }),
      /`ke\.ca`: \/nowhere\.pem cannot be read \(ENOENT\)/,
    )
    await assert.rejects(open(url, { tls: { ca: files.empty } }), /holds no certificate/)
    await assert.rejects(open(url, { tls: { cert: files.cert } }), /`ke\.cert` needs `ke\.key`/)
    await assert.rejects(
      open(url, { tls: { cert: files.clientCert, key: files.key } }),
      /do not make a key pair/,
    )
  })
})

describe('a proxy', () => {
  it('gets the whole URL of a plain request, and its credentials', async () => {
    const receiver = await receiverOf()
    const proxy = kept(await startProxy(() => receiver.host))
    const http = await open('http://u:p@hooks.example.test/a?b=c', {
      env: { http_proxy: `http://me:secret@${proxy.host}` },
    })
    assert.equal(nameOf(await post(http, 'body')), 'delivered')
    assert.deepEqual(proxy.asked, ['POST http://hooks.example.test/a?b=c'])
    assert.deepEqual(proxy.credentials, [`Basic ${Buffer.from('me:secret').toString('base64')}`])
    assert.equal(receiver.requests[0]?.body, 'body')
    assert.equal(receiver.requests[0].headers.host, 'hooks.example.test')
  })

  it('opens a tunnel for https, once for many requests', async () => {
    const receiver = await receiverOf(certificates.server)
    const proxy = kept(await startProxy(() => receiver.host))
    const http = await open('https://receiver.example.test/a', {
      env: { HTTPS_PROXY: proxy.host, SSL_CERT_FILE: files.ca, SSL_CERT_DIR: '/dev/null' },
    })
    for (let i = 0; i < 3; i++) assert.equal(nameOf(await post(http, 'body')), 'delivered')
    await http.check(new AbortController().signal)
    assert.deepEqual(proxy.asked, Array(2).fill('CONNECT receiver.example.test:443'))
    assert.equal(receiver.requests.length, 3)
  })

  it('that refuses the tunnel is named, without its password', async () => {
    const proxy = kept(await startProxy(() => '', 407))
    const env = { HTTPS_PROXY: `http://me:secret@${proxy.host}` }
    const outcome = await post(await open('https://receiver.example.test/', { env }))
    assert.equal(nameOf(outcome), 'retry unreachable')
    assert.equal(
      detailOf(outcome),
      `receiver.example.test: the proxy ${proxy.host} did not open the tunnel: 407`,
    )
  })
})

describe('a check', () => {
  it('connects, with TLS, and sends nothing', async () => {
    const receiver = await receiverOf(certificates.server)
    const http = await open(`https://${receiver.host}/`, { tls: { ca: files.ca } })
    await http.check(new AbortController().signal)
    assert.equal(receiver.connections, 1)
    assert.deepEqual(receiver.requests, [])
  })

  it('tells what is wrong', async () => {
    const receiver = await receiverOf(certificates.server)
    const http = await open(`https://${receiver.host}/`, {
      env: { SSL_CERT_FILE: files.empty, SSL_CERT_DIR: '/dev/null' },
    })
    await assert.rejects(http.check(new AbortController().signal), /certificate is not trusted/)
    await assert.rejects(http.check(AbortSignal.abort()), /no connection in time/)
  })
})
