/** Who is answered by the API's port, over real sockets. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { silentLogger } from '../telemetry/testing.ts'
import { ApiTokenError, startApi, type Api, type ApiOptions } from './api.ts'
import { HttpListenError } from './listen-error.ts'

const token = 'example-token-0123456789'

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

function ask(
  { port }: Api,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (body += part))
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** An API with one page, and the questions that came through to it. */
async function openApi(test: TestContext, options: Partial<ApiOptions> = {}) {
  const asked: string[] = []
  const api = await startApi({
    ip: '127.0.0.1',
    port: 0,
    log: silentLogger,
    routes: [
      {
        path: '/api/v1/report',
        answer: async (query) => {
          asked.push(query.toString())
          return { status: 200, body: { fine: true } }
        },
      },
    ],
    ...options,
  })
  test.after(() => api.close())
  return { api, asked }
}

function tokenFile(test: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-api-'))
  test.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'token')
  writeFileSync(path, text)
  return path
}

describe('the API with a token', () => {
  it('answers who sends it, and nobody else, and tells them nothing of what there is', async (test) => {
    const { api, asked } = await openApi(test, { tokenFile: tokenFile(test, `${token}\n`) })
    const given: readonly (readonly [headers: Readonly<Record<string, string>>, status: number])[] = [
      [{ authorization: `Bearer ${token}` }, 200],
      [{ authorization: `bearer ${token}` }, 200],
      [{}, 401],
      [{ authorization: 'Bearer ' }, 401],
      [{ authorization: token }, 401],
      [{ authorization: `Basic ${token}` }, 401],
      [{ authorization: `Bearer ${token}x` }, 401],
      [{ authorization: `Bearer ${token.slice(1)}` }, 401],
      [{ authorization: `Bearer ${token.toUpperCase()}` }, 401],
    ]
    for (const [headers, status] of given) {
      const answer = await ask(api, '/api/v1/report?by=node', headers)
      assert.equal(answer.status, status, JSON.stringify(headers))
      if (status === 401) assert.equal(answer.headers['www-authenticate'], 'Bearer')
      assert.ok(!answer.body.includes(token))
    }
    assert.deepEqual(asked, ['by=node', 'by=node'])
    assert.equal((await ask(api, '/nothing/here')).status, 401)
  })

  it('takes another token as soon as the file has it, and answers nobody while it has none', async (test) => {
    const path = tokenFile(test, token)
    const { api } = await openApi(test, { tokenFile: path })
    const next = 'another-token-9876543210'
    writeFileSync(path, next)
    assert.equal((await ask(api, '/api/v1/report', { authorization: `Bearer ${token}` })).status, 401)
    assert.equal((await ask(api, '/api/v1/report', { authorization: `Bearer ${next}` })).status, 200)
    writeFileSync(path, '')
    assert.equal((await ask(api, '/api/v1/report', { authorization: 'Bearer ' })).status, 503)
  })

  it('does not start with a token that is missing, short, or no token', async (test) => {
    for (const text of ['', 'short', 'two words that are long enough', 'x'.repeat(5_000)]) {
      await assert.rejects(openApi(test, { tokenFile: tokenFile(test, text) }), (error) => {
        assert.ok(error instanceof ApiTokenError)
        assert.ok(text === '' || !error.message.includes(text))
        return true
      })
    }
    await assert.rejects(openApi(test, { tokenFile: '/nowhere/token' }), ApiTokenError)
  })
})

describe('the API without a token', () => {
  it('is asked by this machine alone, under a name of its own', async (test) => {
    const { api } = await openApi(test)
    for (const host of ['localhost', `localhost:${api.port}`, '127.0.0.1:1', '[::1]:8085'])
      assert.equal((await ask(api, '/api/v1/report', { host })).status, 200, host)
    for (const host of [
      'rebound.example.test',
      'localhost.example.test',
      '127.0.0.1.example.test',
      '10.0.0.1',
    ])
      assert.equal((await ask(api, '/api/v1/report', { host })).status, 403, host)
  })
})

describe('the API', () => {
  it('answers no page of another site', async (test) => {
    const { api, asked } = await openApi(test)
    const foreign: readonly Readonly<Record<string, string>>[] = [
      { origin: 'https://example.test' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of foreign)
      assert.equal((await ask(api, '/api/v1/report', headers)).status, 403, JSON.stringify(headers))
    assert.deepEqual(asked, [])
    assert.equal((await ask(api, '/api/v1/report', { 'sec-fetch-site': 'none' })).status, 200)
  })

  it('says what there is, and how it is asked', async (test) => {
    const { api } = await openApi(test)
    const elsewhere = await ask(api, '/metrics')
    assert.deepEqual(
      [elsewhere.status, JSON.parse(elsewhere.body)],
      [404, { error: 'there are /api/v1/report' }],
    )
    const posted = await ask(api, '/api/v1/report', {}, 'POST')
    assert.deepEqual([posted.status, posted.headers.allow], [405, 'GET'])
    assert.equal((await ask(api, '/api/v1/report')).headers['cache-control'], 'no-store')
  })

  it('outlives an answer that fails, and says nothing of why', async (test) => {
    const { api } = await openApi(test, {
      routes: [{ path: '/fails', answer: () => Promise.reject(new Error('a secret reason')) }],
    })
    const answer = await ask(api, '/fails')
    assert.equal(answer.status, 500)
    assert.ok(!answer.body.includes('secret'))
  })

  it('says which flag to correct where it cannot listen', async (test) => {
    const { api } = await openApi(test)
    await assert.rejects(openApi(test, { port: api.port }), (error) => {
      assert.ok(error instanceof HttpListenError)
      assert.match(
        error.message,
        /^the API cannot be served on 127\.0\.0\.1:\d+: the port is taken; .*--api-listen/,
      )
      return true
    })
  })
})
