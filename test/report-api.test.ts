/** The API of the real program: reports as JSON and sent now, and what hostile questions come to. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { startReceiver } from '../src/demo/receiver.ts'
import type { RunningProgram } from './harness/program.ts'
import { openSite } from './harness/site.ts'
import { until } from './servers/processes.ts'

const recording = join(import.meta.dirname, '..', 'src', 'demo', 'recordings', 'incident.ndjson.gz')
const token = 'example-token-0123456789'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : assert.fail('it listens')
}

/** A program that has taken the incident in, tells a report to a receiver, and has an API. */
async function openWithApi(test: TestContext, report = '&ke.report=daily@20:00') {
  const site = await openSite(test)
  const receiver = await startReceiver()
  test.after(() => receiver.close())
  const tokenFile = join(site.folder, 'token')
  writeFileSync(tokenFile, token)
  const port = await freePort()
  const program = await site.start([
    `--source=recording:${recording}?speed=max`,
    `--sink=webhook:${receiver.url}/hook?method=POST&ke.reason!=.*${report}`,
    `--data-dir=${site.dataDir}`,
    `--api-listen=127.0.0.1:${port}`,
    `--api-token-file=${tokenFile}`,
  ])
  await program.said(/recording has ended after/)
  await program.ready()
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return { status: answer.status, body: JSON.parse(await answer.text()) }
  }
  return { site, receiver, program, ask }
}

async function endWell(program: RunningProgram): Promise<void> {
  assert.ok(!program.process.output().includes(token), 'the token is in the log')
  assert.equal(await program.process.stop('SIGTERM'), 0)
}

describe('the API of a running program', () => {
  it('counts as JSON what the command counts, and clears nothing', async (test) => {
    const { program, ask } = await openWithApi(test)
    const path = '/api/v1/report?since=1h&by=object&top=3&where=level%3DWarning'
    const first = await ask(path)
    assert.equal(first.status, 200)
    assert.equal(first.body.by, 'object')
    assert.equal(first.body.rows.length, 3)
    assert.ok(first.body.count > 100)
    const second = await ask(path)
    assert.deepEqual(second.body.rows, first.body.rows)
    await endWell(program)
  })

  it('sends the reports that are configured, and answers as the published proxies do', async (test) => {
    const { program, ask, receiver } = await openWithApi(test)
    assert.deepEqual(await ask('/eventer/statistical'), { status: 200, body: { status: 'success' } })
    const told = (): string[] =>
      receiver.received.map(({ body }) => body.toString()).filter((body) => body.includes('"title"'))
    await until('the report', () => told().length === 1)
    assert.equal(JSON.parse(told()[0] ?? '').title, 'Kubernetes Event Daily statistical')
    assert.deepEqual(await ask('/eventer/statistical'), { status: 200, body: { status: 'success' } })
    await until('the next one', () => told().length === 2)
    const rows = told().map((body) => JSON.parse(body).rows)
    assert.deepEqual(rows[1], rows[0])
    await endWell(program)
  })

  it('says what to configure where there is no report to send', async (test) => {
    const { program, ask } = await openWithApi(test, '')
    const { status, body } = await ask('/eventer/statistical')
    assert.equal(status, 409)
    assert.match(body.error, /ke\.report=daily@20:00/)
    await endWell(program)
  })

  it('refuses what is wrong and what is hostile, and goes on', async (test) => {
    const { program, ask } = await openWithApi(test)
    const where = (text: string): string => `where=${encodeURIComponent(text)}`
    for (const query of [
      'since=soon',
      'since=2199-01-01T00:00:00Z',
      'by=everything',
      'top=0',
      'top=1001',
      'top=1e3',
      'format=csv',
      'by=node&by=reason',
      where('level=Warnign'),
      where('message=('),
      where(`message=${'(a|'.repeat(300)}`),
      where(`message=${'x'.repeat(600)}`),
    ]) {
      const { status, body } = await ask(`/api/v1/report?${query}`)
      assert.equal(status, 400, `${query}: ${JSON.stringify(body)}`)
      assert.equal(typeof body.error, 'string')
    }
    // Large when compiled: it costs a thread what it costs, and the program nothing.
    const costly = await ask(`/api/v1/report?${where(`message=${'.{0,1000}'.repeat(50)}`)}`)
    assert.ok([200, 400, 503].includes(costly.status), JSON.stringify(costly))
    assert.equal((await ask('/api/v1/report')).status, 200)
    assert.equal((await program.ask('/healthz')).status, 200)
    await endWell(program)
  })

  it('counts for one at a time', async (test) => {
    const { program, ask } = await openWithApi(test)
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask('/api/v1/report')))
    const statuses = answers.map(({ status }) => status)
    assert.ok(statuses.includes(200))
    assert.ok(statuses.includes(429), statuses.join(' '))
    assert.ok(statuses.every((status) => status === 200 || status === 429))
    await endWell(program)
  })
})
