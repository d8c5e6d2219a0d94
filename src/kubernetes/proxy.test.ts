/** The way through a proxy, against a real one on loopback: https in its tunnel, http by its hands, the watch in both. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { TLSSocket } from 'node:tls'
import { openApiClient, type ApiClient } from './api-client.ts'
import { ApiFault } from './api-fault.ts'
import { resolveAccess } from './auth.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { haveOpenssl, newCa, type Issued, type TestCa } from './testing/certificates.ts'
import { event, eventList, line } from './testing/events.ts'
import { fakeClock, type FakeClock } from './testing/fake-clock.ts'
import { startForwardProxy } from './testing/forward-proxy.ts'
import { runSource, sourceOptions } from './testing/running-source.ts'
import { startScriptedApiServer, type ScriptedApiServer } from './testing/scripted-api-server.ts'

const signal = new AbortController().signal
/** `user:p w` */
const credentials = 'Basic dXNlcjpwIHc='

async function faultOf(promise: Promise<unknown>): Promise<ApiFault> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ApiFault)) assert.fail(`no ApiFault: ${String(error)}`)
  return error
}

async function answers(client: ApiClient, api: ScriptedApiServer): Promise<IncomingMessage['headers']> {
  const body = client.get('/api/v1/events?limit=1', signal)
  const request = await api.next()
  assert.equal(request.url, '/api/v1/events?limit=1')
  request.json(200, eventList(7))
  assert.equal(JSON.parse((await body).toString()).metadata.resourceVersion, '7')
  return request.headers
}

/** Resolves when a number has not changed for so many turns of the event loop that nothing moves any more. */
async function atRest(read: () => number): Promise<void> {
  for (let turns = 0, last = read(); turns < 300; turns++) {
    await new Promise(setImmediate)
    if (read() !== last) turns = 0
    last = read()
  }
}

const directory = mkdtempSync(join(tmpdir(), 'source-proxy-'))
after(() => rmSync(directory, { recursive: true }))
let count = 0

interface Surroundings {
  readonly user?: string
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: FakeClock
}

/** Access by a kubeconfig. */
async function accessBy(
  cluster: string,
  { user = 'token: secret-token', env = {}, clock = fakeClock() }: Surroundings = {},
): Promise<ClusterAccess> {
  const path = join(directory, `kubeconfig-${count++}`)
  writeFileSync(
    path,
    `current-context: a
contexts: [{name: a, context: {cluster: b, user: c}}]
clusters: [{name: b, cluster: {${cluster}}}]
users: [{name: c, user: {${user}}}]
`,
  )
  return resolveAccess(sourceOptions({ kubeconfig: path }), { env, clock })
}

describe('an http server behind a proxy', () => {
  it('is asked for by its whole URL, with its own host, over one connection', async () => {
    const api = await startScriptedApiServer()
    const proxy = await startForwardProxy({ ports: { 'api.example.test:8080': api.port }, credentials })
    const env = { HTTP_PROXY: `http://user:p%20w@${proxy.host}` }
    const client = await openApiClient(
      await accessBy("server: 'http://api.example.test:8080'", { env }),
      fakeClock(),
    )
    const headers = await answers(client, api)
    await answers(client, api)
    assert.deepEqual(
      proxy.asked,
      Array.from({ length: 2 }, () => 'GET http://api.example.test:8080/api/v1/events?limit=1'),
    )
    assert.equal(headers.host, 'api.example.test:8080')
    assert.equal(headers.authorization, 'Bearer secret-token')
    assert.equal(proxy.connections(), 1)
    client.close()
    await proxy.close()
    await api.close()
  })

  it('keeps the path of its URL', async () => {
    const api = await startScriptedApiServer()
    const proxy = await startForwardProxy({ ports: { 'api.example.test': api.port } })
    const access = await accessBy(
      `server: 'http://api.example.test/k8s/clusters/c-1', proxy-url: 'http://${proxy.host}'`,
    )
    const client = await openApiClient(access, fakeClock())
    const body = client.get('/version', signal)
    const request = await api.next()
    assert.equal(request.url, '/k8s/clusters/c-1/version')
    request.json(200, {})
    await body
    assert.deepEqual(proxy.asked, ['GET http://api.example.test/k8s/clusters/c-1/version'])
    client.close()
    await proxy.close()
    await api.close()
  })

  it('that wants other credentials: says so, and shows none', async () => {
    const proxy = await startForwardProxy({ ports: {}, credentials })
    const access = await accessBy(
      `server: 'http://api.example.test', proxy-url: 'http://user:wrong@${proxy.host}'`,
    )
    const client = await openApiClient(access, fakeClock())
    const fault = await faultOf(client.get('/version', signal))
    assert.equal(fault.kind, 'unreachable')
    assert.match(fault.message, /http:\/\/api\.example\.test through the proxy http:\/\/127.*407/)
    assert.ok(!fault.message.includes('wrong'))
    assert.ok(!fault.message.includes(Buffer.from('user:wrong').toString('base64')))
    client.close()
    await proxy.close()
  })

  it('is watched through it, and again after the proxy broke the connection', async () => {
    const api = await startScriptedApiServer()
    const proxy = await startForwardProxy({ ports: { 'api.example.test': api.port } })
    const access = await accessBy(`server: 'http://api.example.test', proxy-url: 'http://${proxy.host}'`)
    const run = await runSource({ saved: { cursor: '100' }, server: api, access })
    await run.version(200)
    const watch = await run.watch(100)
    watch.send(line('ADDED', event('a', 101)))
    await run.journal.until((journal) => journal.occurrences.length === 1)
    watch.reset()
    await run.version(200)
    await run.watch(101)
    assert.deepEqual(run.telemetry.ends, ['reset'])
    await run.close()
    await proxy.close()
  })
})

describe('the environment', () => {
  const server = "server: 'https://api.example.test:6443'"

  it('gives way to a proxy-url of the kubeconfig, which counts for loopback too', async () => {
    const env = { HTTPS_PROXY: 'http://other.example.test', NO_PROXY: '*' }
    const access = await accessBy(
      "server: 'https://127.0.0.1:6443', proxy-url: 'https://u:p@proxy.example.test'",
      { env },
    )
    assert.deepEqual(access.proxy, {
      hostname: 'proxy.example.test',
      port: 443,
      tls: true,
      authorization: `Basic ${btoa('u:p')}`,
    })
  })

  it('is asked for the server that is really connected to', async () => {
    const env = { HTTPS_PROXY: 'http://proxy.example.test:3128', NO_PROXY: '.example.test:6443,10.96.0.0/12' }
    assert.equal((await accessBy(server, { env })).proxy, undefined)
    const elsewhere = await accessBy("server: 'https://[2001:db8::5]'", { env })
    assert.equal(elsewhere.proxy?.hostname, 'proxy.example.test')
  })

  it('with a proxy that is passed over: a warning, and no proxy', async () => {
    const access = await accessBy(server, { env: { HTTPS_PROXY: 'http://u:canary@proxy.example.test\n' } })
    assert.equal(access.proxy, undefined)
    assert.match(access.warnings.join(), /^HTTPS_PROXY is set.*not used/)
    assert.ok(!access.warnings.join().includes('canary'))
  })

  it('with a socks5 proxy is an error that names the variable', async () => {
    await assert.rejects(accessBy(server, { env: { https_proxy: 'socks5://u:canary@proxy.example.test' } }), {
      name: 'SourceConfigError',
      what: 'the proxy in https_proxy cannot be used: socks5:// is not supported',
      where: 'the environment variable https_proxy',
    })
  })
})

describe('TLS', { skip: haveOpenssl ? false : 'openssl is not installed' }, () => {
  let ca: TestCa
  let otherCa: TestCa
  let byName: Issued
  let byAddress: Issued
  let client: Issued
  before(() => {
    ca = newCa()
    otherCa = newCa()
    byName = ca.issue('name', ['DNS:api.example.test'])
    byAddress = ca.issue('address', ['IP:127.0.0.1'])
    client = ca.issue('client', [])
  })
  after(() => {
    rmSync(ca.directory, { recursive: true })
    rmSync(otherCa.directory, { recursive: true })
  })

  const authority = 'api.example.test:6443'
  const server = `server: 'https://${authority}'`
  const trusting = (trusted: TestCa): string => `certificate-authority-data: ${btoa(trusted.cert)}`

  describe("the system's certificates", () => {
    it('are those of SSL_CERT_FILE, where the cluster names no CA', async () => {
      const api = await startScriptedApiServer(byAddress)
      const open = async (trusted: TestCa): Promise<ApiClient> => {
        const env = { SSL_CERT_FILE: trusted.certPath, SSL_CERT_DIR: '/nowhere' }
        return openApiClient(await accessBy(`server: '${api.url}'`, { env }), fakeClock())
      }
      const right = await open(ca)
      await answers(right, api)
      right.close()
      const wrong = await open(otherCa)
      assert.equal((await faultOf(wrong.get('/version', signal))).kind, 'unreachable')
      wrong.close()
      await api.close()
    })

    it('do not count where it names one', async () => {
      const api = await startScriptedApiServer(byAddress)
      const env = { SSL_CERT_FILE: ca.certPath, SSL_CERT_DIR: '/nowhere' }
      const access = await accessBy(`server: '${api.url}', ${trusting(otherCa)}`, { env })
      const apiClient = await openApiClient(access, fakeClock())
      assert.equal((await faultOf(apiClient.get('/version', signal))).kind, 'unreachable')
      apiClient.close()
      await api.close()
    })
  })

  describe('an https server behind a proxy', () => {
    it('is reached in one tunnel, in which the proxy sees nothing', async () => {
      const api = await startScriptedApiServer(byName)
      const proxy = await startForwardProxy({ ports: { [authority]: api.port }, credentials })
      const env = { HTTPS_PROXY: `user:p%20w@${proxy.host}` }
      const apiClient = await openApiClient(
        await accessBy(`${server}, ${trusting(ca)}`, { env }),
        fakeClock(),
      )
      const headers = await answers(apiClient, api)
      await answers(apiClient, api)
      assert.equal(headers.authorization, 'Bearer secret-token')
      assert.equal(headers.host, authority)
      assert.equal(headers['proxy-authorization'], undefined)
      assert.deepEqual(proxy.asked, [`CONNECT ${authority}`])
      const [seen = {}] = proxy.headers
      assert.deepEqual(Object.keys(seen).toSorted(), ['host', 'proxy-authorization', 'user-agent'])
      apiClient.close()
      await proxy.close()
      await api.close()
    })

    it('is verified as a direct one is', async () => {
      const api = await startScriptedApiServer(byName)
      const ports = { [authority]: api.port, 'other.example.test:443': api.port }
      const proxy = await startForwardProxy({ ports })
      const through = `proxy-url: 'http://${proxy.host}'`
      for (const [cluster, expected] of [
        [`${server}, ${trusting(otherCa)}`, /certificate/],
        [`server: 'https://other.example.test', ${trusting(ca)}`, /ERR_TLS_CERT_ALTNAME_INVALID/],
      ] as const) {
        const apiClient = await openApiClient(await accessBy(`${cluster}, ${through}`), fakeClock())
        const fault = await faultOf(apiClient.get('/version', signal))
        assert.equal(fault.kind, 'unreachable')
        assert.match(fault.message, expected)
        apiClient.close()
      }
      for (const cluster of [
        `${server}, insecure-skip-tls-verify: true`,
        `server: 'https://other.example.test', tls-server-name: api.example.test, ${trusting(ca)}`,
      ]) {
        const apiClient = await openApiClient(await accessBy(`${cluster}, ${through}`), fakeClock())
        await answers(apiClient, api)
        apiClient.close()
      }
      await proxy.close()
      await api.close()
    })

    it('is told the name that is meant, and shown the client certificate', async () => {
      const api = await startScriptedApiServer({
        ...byName,
        ca: ca.cert,
        requestCert: true,
        rejectUnauthorized: true,
      })
      const proxy = await startForwardProxy({ ports: { [authority]: api.port } })
      const access = await accessBy(`${server}, ${trusting(ca)}, proxy-url: 'http://${proxy.host}'`, {
        user: `client-certificate-data: ${btoa(client.cert)}, client-key-data: ${btoa(client.key)}`,
      })
      const apiClient = await openApiClient(access, fakeClock())
      const body = apiClient.get('/version', signal)
      const request = await api.next()
      assert.ok(request.socket instanceof TLSSocket)
      assert.equal(request.socket.servername, 'api.example.test')
      assert.equal(request.socket.getPeerCertificate().subject.CN, 'client')
      request.json(200, {})
      await body
      apiClient.close()
      await proxy.close()
      await api.close()
    })

    it('may be behind a proxy that speaks TLS itself, and is verified too', async () => {
      const api = await startScriptedApiServer(byName)
      const proxy = await startForwardProxy({ ports: { [authority]: api.port }, tls: byAddress })
      const through = `proxy-url: 'https://${proxy.host}'`
      const apiClient = await openApiClient(
        await accessBy(`${server}, ${trusting(ca)}, ${through}`),
        fakeClock(),
      )
      await answers(apiClient, api)
      apiClient.close()

      const plain = await startScriptedApiServer()
      const env = { SSL_CERT_FILE: otherCa.certPath, SSL_CERT_DIR: '/nowhere' }
      for (const cluster of ["server: 'http://api.example.test'", `${server}, ${trusting(otherCa)}`]) {
        const wary = await openApiClient(await accessBy(`${cluster}, ${through}`, { env }), fakeClock())
        const fault = await faultOf(wary.get('/version', signal))
        assert.equal(fault.kind, 'unreachable')
        assert.match(fault.message, /the proxy https:\/\/127.*certificate/)
        wary.close()
      }
      assert.deepEqual(proxy.asked, [`CONNECT ${authority}`])
      await plain.close()
      await proxy.close()
      await api.close()
    })

    for (const [what, instead, expected] of [
      [
        'wants other credentials',
        { answer: 'HTTP/1.1 407 Go away\r\n\r\n' },
        /opened no tunnel to api\.example\.test:6443: it answered 407 Proxy Authentication Required; put/,
      ],
      ['finds no way', { answer: 'HTTP/1.1 502 Bad Gateway\r\n\r\n<html>' }, /it answered 502 Bad Gateway$/],
      ['speaks no HTTP', { answer: 'SSH-2.0-x\r\n' }, /the proxy http:\/\/127[^ ]* speaks no HTTP/],
      ['hangs up', { answer: '' }, /connection to the proxy http:\/\/127[^ ]* broke/],
      [
        'speaks out of turn',
        { answer: 'HTTP/1.1 200 OK\r\n\r\nhello' },
        /the proxy http:\/\/127[^ ]* speaks out of turn/,
      ],
    ] as const) {
      it(`and a proxy that ${what}`, async () => {
        const proxy = await startForwardProxy({ ports: {}, instead })
        const access = await accessBy(
          `${server}, ${trusting(ca)}, proxy-url: 'http://user:canary@${proxy.host}'`,
        )
        const clock = fakeClock()
        const apiClient = await openApiClient(access, clock)
        const fault = await faultOf(apiClient.get('/version', signal))
        assert.match(fault.message, expected)
        assert.ok(!fault.message.includes('canary'))
        assert.deepEqual(clock.pending(), [])
        apiClient.close()
        await proxy.close()
      })
    }

    it('and a proxy that is not there', async () => {
      const vacated = createServer().listen(0, '127.0.0.1')
      await once(vacated, 'listening')
      const address = vacated.address()
      assert.ok(address !== null && typeof address === 'object')
      const { port } = address
      vacated.close()
      await once(vacated, 'close')
      const access = await accessBy(
        `${server}, ${trusting(ca)}, proxy-url: 'http://user:canary@127.0.0.1:${port}'`,
      )
      const apiClient = await openApiClient(access, fakeClock())
      const fault = await faultOf(apiClient.get('/version', signal))
      assert.equal(fault.kind, 'unreachable')
      assert.match(fault.message, /^no connection to the proxy http:\/\/127[^ ]*: .*ECONNREFUSED/)
      apiClient.close()
    })

    it('and a proxy that never answers: given up after 10 s', async () => {
      const proxy = await startForwardProxy({ ports: {}, instead: { silence: true } })
      const clock = fakeClock()
      const access = await accessBy(`${server}, ${trusting(ca)}, proxy-url: 'http://${proxy.host}'`)
      const apiClient = await openApiClient(access, clock)
      const fault = faultOf(apiClient.get('/version', signal))
      await proxy.connectAsked
      clock.advance(10_000)
      assert.match((await fault).message, /proxy http:\/\/127[^ ]* within 10 s/)
      await proxy.clientGone
      assert.deepEqual(clock.pending(), [])
      apiClient.close()
      await proxy.close()
    })

    it('that never answers in the tunnel: given up after 10 s, the tunnel with it', async () => {
      const { promise: reached, resolve: onReached } = Promise.withResolvers<void>()
      const silent = createServer(
        { allowHalfOpen: false },
        (socket) => void socket.resume().once('data', onReached),
      )
      silent.listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const address = silent.address()
      assert.ok(address !== null && typeof address === 'object')
      const proxy = await startForwardProxy({ ports: { [authority]: address.port } })
      const clock = fakeClock()
      const access = await accessBy(`${server}, ${trusting(ca)}, proxy-url: 'http://${proxy.host}'`)
      const apiClient = await openApiClient(access, clock)
      const fault = faultOf(apiClient.get('/version', signal))
      await reached
      clock.advance(10_000)
      assert.equal((await fault).kind, 'unreachable')
      await proxy.clientGone
      assert.deepEqual(clock.pending(), [])
      apiClient.close()
      await proxy.close()
      silent.close()
      await once(silent, 'close')
    })

    it('and a client that is closed meanwhile: nothing stays open', async () => {
      const proxy = await startForwardProxy({ ports: {}, instead: { silence: true } })
      const clock = fakeClock()
      const access = await accessBy(`${server}, ${trusting(ca)}, proxy-url: 'http://${proxy.host}'`)
      const apiClient = await openApiClient(access, clock)
      const stopping = new AbortController()
      const aborted = assert.rejects(apiClient.get('/version', stopping.signal), { name: 'AbortError' })
      await proxy.connectAsked
      stopping.abort()
      await aborted
      apiClient.close()
      await proxy.clientGone
      assert.deepEqual(clock.pending(), [])
      await proxy.close()
    })
  })

  describe('a watch in a tunnel', () => {
    async function watched(): Promise<{
      readonly run: Awaited<ReturnType<typeof runSource>>
      readonly proxy: Awaited<ReturnType<typeof startForwardProxy>>
    }> {
      const api = await startScriptedApiServer(byName)
      const proxy = await startForwardProxy({ ports: { [authority]: api.port } })
      const access = await accessBy(`${server}, ${trusting(ca)}, proxy-url: 'http://${proxy.host}'`)
      return { proxy, run: await runSource({ saved: { cursor: '100' }, server: api, access }) }
    }

    it('tells events, and goes on from the cursor in a new one when it was cut', async () => {
      const { run, proxy } = await watched()
      await run.version(200)
      const watch = await run.watch(100)
      watch.send(line('ADDED', event('a', 101)))
      await run.journal.until((journal) => journal.occurrences.length === 1)
      proxy.cut()
      await run.version(200)
      const again = await run.watch(101)
      again.send(line('ADDED', event('b', 102)))
      await run.journal.until((journal) => journal.occurrences.length === 2)
      assert.deepEqual(run.telemetry.ends, ['reset'])
      assert.equal(proxy.asked.length, 2)
      await run.close()
      await proxy.close()
    })

    it('uses the tunnel of the request before, and again when a watch ended in good order', async () => {
      const { run, proxy } = await watched()
      await run.version(200)
      const watch = await run.watch(100)
      watch.send(line('ADDED', event('a', 101)))
      await run.journal.until((journal) => journal.occurrences.length === 1)
      watch.end()
      await run.version(200)
      await run.watch(101)
      assert.equal(proxy.asked.length, 1)
      await run.close()
      await proxy.close()
    })

    it('slows the server down while the journal takes no more', async () => {
      const { run, proxy } = await watched()
      await run.version(200)
      const watch = await run.watch(100)
      watch.send(line('ADDED', event('a', 101)))
      await run.journal.until((journal) => journal.occurrences.length === 1 && (journal.shut(), true))
      const megabyte = Buffer.from(line('ADDED', event('big', 102, { message: 'x'.repeat(1024 * 1024) })))
      for (let at = 0; at < 64; at++) watch.send(megabyte)
      await run.clock.scheduled((afterMs) => afterMs === 1000)
      run.clock.advance(1000)
      await run.telemetry.inState('paused')
      // What neither the kernels nor the proxy hold stays with the server.
      await atRest(() => watch.socket.writableLength)
      assert.ok(watch.socket.writableLength > 16 * 1024 * 1024)
      assert.equal(run.journal.occurrences.length, 1)
      run.journal.open()
      await run.journal.until((journal) => journal.occurrences.length === 65)
      await run.close()
      await proxy.close()
    })
  })
})
