import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type RequestOptions } from 'node:https'
import { afterEach, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { startApiServer, type ApiServer } from './api-server.ts'
import { startReceiver } from './receiver.ts'
import { testCertificate, testKey } from './testing-certificate.ts'
import { exampleEvent, exchange } from './testing.ts'

let server: ApiServer
afterEach(async () => {
  await server.close()
  assert.equal(server.connections(), 0)
})

const key = testKey
const cert = testCertificate

/** Resolves with the status; the body is not waited for. */
async function statusOf(url: string, options: RequestOptions = {}): Promise<number | undefined> {
  const sent = request(url, { ca: cert, agent: false, ...options })
  sent.end()
  const [response] = await once(sent, 'response')
  response.destroy()
  return response.statusCode
}

describe('the stand-in over TLS', () => {
  it('serves lists and watches, and cuts their connections', async () => {
    server = await startApiServer({ tls: { key, cert } })
    assert.match(server.url, /^https:/)
    assert.equal(await statusOf(`${server.url}/api/v1/events`), 200)
    const sent = request(`${server.url}/api/v1/events?watch=1`, { ca: cert, agent: false })
    sent.end()
    const [response] = await once(sent, 'response')
    server.put(exampleEvent(1))
    const [line] = await once(response, 'data')
    assert.equal(JSON.parse(line.toString()).type, 'ADDED')
    server.cutConnections()
    const [error] = await once(response, 'error')
    assert.equal(error.code, 'ECONNRESET')
  })

  it('is trusted by nobody who does not know its authority', async () => {
    server = await startApiServer({ tls: { key, cert } })
    await assert.rejects(statusOf(server.url, { ca: [] }), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })

  it('knows who brings a certificate of the clients’ authority', async () => {
    server = await startApiServer({ tls: { key, cert, clientCa: cert }, tokens: ['t'] })
    const url = `${server.url}/api/v1/events`
    assert.equal(await statusOf(url), 403)
    assert.equal(await statusOf(url, { headers: { authorization: 'Bearer t' } }), 200)
    assert.equal(await statusOf(url, { headers: { authorization: 'Bearer other' } }), 401)
    assert.equal(await statusOf(url, { key, cert }), 200)
  })

  it('has a receiver beside it that speaks TLS too', async () => {
    server = await startApiServer()
    const receiver = await startReceiver({ tls: { key, cert } })
    assert.equal(await statusOf(receiver.url), 200)
    await receiver.close()
  })
})

describe('the stand-in’s answers', () => {
  it('are compressed when large, for who accepts it', async () => {
    server = await startApiServer()
    server.putMany(Array.from({ length: 500 }, (_, number) => exampleEvent(number)))
    const url = `${server.url}/api/v1/events`
    const plain = await (await exchange(url)).whole
    const compressed = await exchange(url, { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(compressed.headers['content-encoding'], 'gzip')
    assert.deepEqual(gunzipSync(await compressed.whole), plain)
    const small = await exchange(`${url}?limit=1`, { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(small.headers['content-encoding'], undefined)
    await small.whole
  })
})

describe('a port that is taken', () => {
  it('is an error at start', async () => {
    server = await startApiServer()
    await assert.rejects(startApiServer({ port: server.port }), { code: 'EADDRINUSE' })
  })
})
