import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { startReceiver, type Receiver, type ReceiverOptions, type Received } from './receiver.ts'
import { ManualClock, exchange, type Exchanged } from './testing.ts'

let receiver: Receiver
async function start(options: ReceiverOptions = {}): Promise<void> {
  receiver = await startReceiver(options)
}
afterEach(() => receiver.close())

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Exchanged> =>
  exchange(receiver.url + path, { method: 'POST', body, headers })

describe('the receiver', () => {
  it('keeps what it gets, as it came', async () => {
    await start()
    const answer = await post('/robot?key=1', { text: 'ä'.repeat(100_000) }, { 'X-Case': 'a' })
    assert.equal(answer.status, 200)
    const [received] = receiver.received
    assert.ok(received)
    assert.deepEqual([received.number, received.method, received.url], [1, 'POST', '/robot?key=1'])
    assert.equal(received.headers['x-case'], 'a')
    assert.ok(received.rawHeaders.includes('X-Case'))
    assert.equal(JSON.parse(received.body.toString()).text.length, 100_000)
  })

  it('keeps no more than it is told to, and counts all', async () => {
    const seen: number[] = []
    await start({ keep: 2, onReceived: ({ number }) => seen.push(number) })
    for (const number of [1, 2, 3]) await post('/', number)
    assert.deepEqual(
      receiver.received.map(({ body }) => body.toString()),
      ['2', '3'],
    )
    assert.equal(receiver.count, 3)
    assert.deepEqual(seen, [1, 2, 3])
    receiver.forget()
    assert.equal(receiver.received.length, 0)
  })

  it('answers as it is told to, also by what it gets', async () => {
    await start({ answer: { status: 429, headers: { 'Retry-After': '3' }, body: 'slow down' } })
    const first = await post('/', 1)
    assert.equal(first.status, 429)
    assert.equal(first.headers['retry-after'], '3')
    assert.equal((await first.whole).toString(), 'slow down')
    receiver.answer(({ number }) => ({ status: number === 2 ? 500 : 204 }))
    assert.equal((await post('/', 1)).status, 500)
    assert.equal((await post('/', 1)).status, 204)
  })

  it('answers late by the clock', async () => {
    const clock = new ManualClock()
    await start({ clock, answer: { delayMs: 5000 } })
    const answer = post('/', 1)
    await receiver.until(1)
    await clock.untilScheduled()
    clock.advance(5000)
    assert.equal((await answer).status, 200)
  })

  it('resets', async () => {
    await start({ answer: { kind: 'reset' } })
    await assert.rejects(post('/', 1), { code: 'ECONNRESET' })
    assert.equal(receiver.count, 1)
  })

  it('hangs until it is closed', async () => {
    await start({ answer: { kind: 'hang' } })
    const hanging = post('/', 1)
    hanging.catch(() => {})
    await receiver.until(1)
    assert.equal(receiver.connections(), 1)
    await receiver.close()
    await assert.rejects(hanging)
  })

  it('tells when enough has come', async () => {
    await start()
    const enough = receiver.until((received: readonly Received[]) =>
      received.some(({ body }) => body.includes('last')),
    )
    for (const text of ['first', 'last']) await post('/', text)
    await enough
    await receiver.until(2)
  })
})
