/** Asking a server and reading what it says: answers, credentials, ends. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HttpClient, HttpReply } from './http-client.ts'
import { openHttpClient } from './http-client.ts'
import { startReceiver } from './testing/http-receiver.ts'
import type { HttpReceiver } from './testing/http-receiver.ts'
import { startProxy } from './testing/forward-proxy.ts'

interface World {
  readonly receiver: HttpReceiver
  readonly client: HttpClient
  readonly abort: AbortController
}

async function withClient(
  url: (host: string) => string,
  use: (world: World) => Promise<void>,
  more: { readonly concurrency?: number; readonly longestAnswerBytes?: number } = {},
): Promise<void> {
  const receiver = await startReceiver()
  const abort = new AbortController()
  const client = await openHttpClient({
    url: url(receiver.host),
    concurrency: 2,
    env: {},
    signal: abort.signal,
    ...more,
  })
  try {
    await use({ receiver, client, abort })
  } finally {
    await client.close()
    await receiver.close()
  }
}

const plain = (host: string): string => `http://${host}`
const never = new AbortController().signal
const outcomeOf = (reply: HttpReply): string =>
  reply.kind === 'failed' && reply.outcome.kind === 'retry' ? reply.outcome.reason : reply.kind

describe('a client of one server', () => {
  it("hands back status, body, how long to wait and the server's time", async () => {
    await withClient(plain, async ({ receiver, client }) => {
      const date = 'Mon, 06 May 2024 09:30:15 GMT'
      receiver.reply({ status: 429, headers: { 'retry-after': '7', date }, body: '{"error":"忙"}' })
      assert.deepEqual(await client.request({ method: 'GET', path: '/_bulk' }, never), {
        kind: 'answer',
        status: 429,
        body: '{"error":"忙"}',
        retryAfter: '7',
        date,
      })
    })
  })

  it('connects to the address that it is given, or to the proxy, under a name that nobody resolves', async () => {
    const receiver = await startReceiver()
    const proxy = await startProxy(() => receiver.host)
    const url = `http://project.${receiver.host}`
    const asked = { url, address: '127.0.0.1', concurrency: 1, signal: never }
    for (const env of [{}, { HTTP_PROXY: `http://${proxy.host}` }]) {
      const client = await openHttpClient({ ...asked, env })
      assert.equal(outcomeOf(await client.request({ method: 'GET', path: '/a' }, never)), 'answer')
      await client.close()
    }
    assert.deepEqual(
      receiver.requests.map(({ headers }) => headers.host),
      [`project.${receiver.host}`, `project.${receiver.host}`],
    )
    assert.deepEqual(proxy.asked, [`GET ${url}/a`])
    await proxy.close()
    await receiver.close()
  })

  it('reads answers of many mebibytes, and no longer ones than it was told', async () => {
    const body = 'x'.repeat(3 * 1_048_576)
    await withClient(plain, async ({ receiver, client }) => {
      receiver.reply({ body })
      const reply = await client.request({ method: 'GET', path: '/' }, never)
      assert.ok(reply.kind === 'answer' && reply.body === body)
    })
    await withClient(
      plain,
      async ({ receiver, client }) => {
        receiver.reply({ body })
        const reply = await client.request({ method: 'GET', path: '/' }, never)
        assert.ok(reply.kind === 'answer' && reply.body.length <= 1_000)
      },
      { longestAnswerBytes: 1_000 },
    )
  })

  it('sends what it is given below the path of its URL, with the credentials of its URL', async () => {
    await withClient(
      (host) => `http://el%40stic:p%3Ass@${host}/search/`,
      async ({ receiver, client }) => {
        const headers = [['Content-Type', 'application/x-ndjson']] as const
        const body = Buffer.from('{"数":1}\n')
        await client.request({ method: 'POST', path: '/_bulk?a=b', headers, body }, never)
        const [got] = receiver.requests
        assert.equal(`${got?.method} ${got?.target} ${got?.body}`, 'POST /search/_bulk?a=b {"数":1}\n')
        assert.equal(got?.headers['content-type'], 'application/x-ndjson')
        const credentials = Buffer.from('el@stic:p:ss').toString('base64')
        assert.equal(got?.headers.authorization, `Basic ${credentials}`)
        await client.request({ method: 'GET', path: '/', headers: [['Authorization', 'ApiKey x']] }, never)
        assert.equal(receiver.requests[1]?.headers.authorization, 'ApiKey x')
      },
    )
  })

  it('ends a request when it is told to, one that waits its turn too, and goes on', async () => {
    await withClient(
      plain,
      async ({ receiver, client }) => {
        receiver.reply('hang')
        const slot = new AbortController()
        const hanging = client.request({ method: 'GET', path: '/' }, slot.signal)
        const waiting = client.request({ method: 'GET', path: '/' }, slot.signal)
        await receiver.gotten(1)
        slot.abort()
        assert.deepEqual([outcomeOf(await hanging), outcomeOf(await waiting)], ['timeout', 'timeout'])
        assert.equal(outcomeOf(await client.request({ method: 'GET', path: '/' }, slot.signal)), 'timeout')
        receiver.reply({})
        assert.equal(outcomeOf(await client.request({ method: 'GET', path: '/' }, never)), 'answer')
      },
      { concurrency: 1 },
    )
  })

  it('ends everything when the sink is closed at once', async () => {
    await withClient(plain, async ({ receiver, client, abort }) => {
      receiver.reply('hang')
      const hanging = client.request({ method: 'GET', path: '/' }, never)
      await receiver.gotten(1)
      abort.abort()
      assert.equal(outcomeOf(await hanging), 'stopped')
    })
  })

  it('says that nobody listens', async () => {
    await withClient(plain, async ({ receiver, client }) => {
      await receiver.close()
      const reply = await client.request({ method: 'GET', path: '/' }, never)
      assert.equal(outcomeOf(reply), 'unreachable')
    })
  })

  it('wants a URL with a host', async () => {
    for (const url of ['', 'ftp://h.example.test', 'http://', '/x']) {
      const opening = openHttpClient({ url, concurrency: 1, env: {}, signal: never })
      await assert.rejects(opening, /must read http:\/\/host or https:\/\/host/)
    }
  })
})
