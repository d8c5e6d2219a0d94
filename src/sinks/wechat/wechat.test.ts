/** The contract of sinks, and what a double of WeCom makes of our messages. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import { systemClock } from '../../domain/clock.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import type { HttpReceiver, Received, Reply } from '../../sink-kit/testing/http-receiver.ts'
import { startReceiver } from '../../sink-kit/testing/http-receiver.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import type { Sink } from '../../sink-kit/sink.ts'
import { maxContentBytes } from './message.ts'
import wechat from './index.ts'
import { wecomCorporation, type Corporation } from './testing/corporation.ts'

const { signal } = new AbortController()
const secrets = ['secret-canary-1111', 'token-canary-2222', 'password-canary-3333', 'path-canary-4444']
const [corpSecret, token, password, path] = secrets

/** Answers repeat all that came, as some gateways do. */
function replyTo(how: Behaviour, request: Received): Reply {
  const echo = JSON.stringify(request)
  if (request.target.includes('/gettoken'))
    return { body: JSON.stringify({ errcode: 0, access_token: token, expires_in: 7200 }) }
  switch (how) {
    case 'takes':
      return { body: '{"errcode":0,"errmsg":"ok"}' }
    case 'fails':
      return { body: JSON.stringify({ errcode: -1, errmsg: echo }) }
    case 'refuses-message':
      return { body: JSON.stringify({ errcode: 45002, errmsg: echo }) }
    case 'is-throttled':
      return { body: JSON.stringify({ errcode: 45009, errmsg: echo }) }
    case 'hangs':
      return 'hang'
  }
}

async function contractReceiver(): Promise<ContractReceiver> {
  const receiver = await startReceiver()
  let how: Behaviour = 'takes'
  receiver.reply((request) => replyTo(how, request))
  const messages = (): readonly Received[] =>
    receiver.requests.filter(({ target }) => target.includes('/message/send'))
  return {
    endpoint: receiver.host,
    behave: (next) => {
      how = next
    },
    messages: () => messages().map(({ body }) => body),
    // The token is asked for first.
    reached: () => receiver.gotten(2),
    close: () => receiver.close(),
  }
}

describe('wechat', () => {
  runSinkContract({
    declaration: wechat,
    argument:
      `wechat:?corp_id=ww1&corp_secret=${corpSecret}&agent_id=7&level=Normal` +
      `&ke.endpoint=http://user:${password}@<endpoint>/${path}`,
    secrets,
    behaviours: ['takes', 'fails', 'refuses-message', 'is-throttled', 'hangs'],
    holds: (message, { event }) => message.includes(`Message:${event.message ?? ''}`),
    startReceiver: contractReceiver,
  })
})

interface Setting {
  readonly corporation: Corporation
  readonly receiver: HttpReceiver
  readonly sink: Sink
  readonly logged: readonly string[]
  /** Moves the clock of both sides. */
  advance(ms: number): void
}

async function withCorporation(query: string, use: (setting: Setting) => Promise<void>): Promise<void> {
  let aheadMs = 0
  const clock = {
    ...systemClock,
    wallMs: () => systemClock.wallMs() + aheadMs,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
  }
  const corporation = wecomCorporation({
    corpId: 'ww1',
    secret: 's+1',
    agentId: 7,
    members: ['li', 'wang'],
    groups: ['2', '9'],
    clock,
  })
  const receiver = await startReceiver()
  receiver.reply((request) => corporation.receive(request))
  const { kit, own, problems } = splitArgument(
    sinkArgument(
      `wechat:?corp_id=ww1&corp_secret=s%2B1&agent_id=7${query}&ke.endpoint=http://${receiver.host}`,
    ),
  )
  assert.deepEqual(problems, [])
  const { options, errors } = wechat.readArgument(own, kit)
  assert.deepEqual(errors, [])
  const { context, logged } = sinkWorld(1)
  const sink = await wechat.open(z.parse(wechat.schema, options), { ...context, clock })
  try {
    await use({ corporation, receiver, sink, logged, advance: (ms) => void (aheadMs += ms) })
  } finally {
    await sink.close()
    await receiver.close()
  }
}

const many = (count: number, message = 'Back-off'): Occurrence[] =>
  Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(at, `${message} ${at}`), at + 1))
const kinds = (outcomes: readonly { kind: string }[]): string[] => outcomes.map(({ kind }) => kind)

describe('a token', () => {
  it('is fetched once for many messages, and anew before it ends', async () => {
    await withCorporation('', async ({ sink, corporation, advance }) => {
      for (const occurrence of many(5)) await sink.send([occurrence], signal)
      assert.equal(corporation.tokensGiven, 1)
      advance(6_000_000)
      await sink.send(many(1), signal)
      assert.equal(corporation.tokensGiven, 1)
      advance(1_000_000)
      assert.deepEqual(await sink.send(many(1), signal), [{ kind: 'delivered' }])
      assert.equal(corporation.tokensGiven, 2)
      assert.ok(corporation.codes.every((code) => code === 0))
    })
  })

  it('that is refused is fetched anew, and the message is told', async () => {
    await withCorporation('', async ({ sink, corporation }) => {
      await sink.send(many(1), signal)
      corporation.revokeTokens()
      assert.deepEqual(await sink.send(many(1), signal), [{ kind: 'delivered' }])
      assert.deepEqual(corporation.codes, [0, 0, 40014, 0, 0])
    })
  })

  it('that nobody gives is a refusal with WeCom’s words, and no message goes out', async () => {
    await withCorporation('', async ({ receiver, sink }) => {
      receiver.reply({ body: '{"errcode":40001,"errmsg":"invalid credential"}' })
      const [outcome] = await sink.send(many(1), signal)
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused')
      assert.equal(outcome.detail, 'WeCom answered 40001 invalid credential')
      assert.equal(receiver.requests.length, 1)
    })
  })
})

describe('a message', () => {
  it('goes to everybody who sees the application, if nobody is named', async () => {
    await withCorporation('', async ({ sink, corporation }) => {
      await sink.send(many(1), signal)
      assert.deepEqual(
        corporation.shown.map(({ to }) => to),
        ['@all'],
      )
    })
  })

  it('goes to each member by itself, then to departments and tags by one more', async () => {
    await withCorporation(
      '&to_user=li,wang&ke.toParty=2&ke.toTag=9',
      async ({ sink, corporation, receiver }) => {
        await sink.send(many(1), signal)
        assert.deepEqual(
          corporation.shown.map(({ to }) => to),
          ['li', 'wang', '2', '9'],
        )
        assert.equal(receiver.requests.filter(({ method }) => method === 'POST').length, 3)
      },
    )
  })

  it('reaches the others though one member is not there, who is told of once', async () => {
    await withCorporation('&to_user=gone,wang', async ({ sink, corporation, logged }) => {
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
      assert.deepEqual(
        corporation.shown.map(({ to }) => to),
        ['wang', 'wang'],
      )
      assert.equal(logged.filter((line) => line.includes('gone')).length, 1)
    })
  })

  it('to nobody who is there is a refusal', async () => {
    await withCorporation('&to_user=gone,away', async ({ sink }) => {
      const [outcome] = await sink.send(many(1), signal)
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused')
      assert.match(outcome.detail ?? '', /81013/)
    })
  })

  it('that one member could not be sent is sent to that one alone once more', async () => {
    await withCorporation('&to_user=li,wang', async ({ sink, corporation, receiver }) => {
      receiver.reply((request) =>
        request.body.includes('"wang"')
          ? { body: '{"errcode":-1,"errmsg":"system busy"}' }
          : corporation.receive(request),
      )
      const [occurrence] = many(1)
      assert.ok(occurrence)
      const [failed] = await sink.send([occurrence], signal)
      assert.ok(failed?.kind === 'retry' && failed.reason === 'server-error')
      receiver.reply((request) => corporation.receive(request))
      assert.deepEqual(await sink.send([occurrence], signal), [{ kind: 'delivered' }])
      assert.deepEqual(
        corporation.shown.map(({ to }) => to),
        ['li', 'wang'],
      )
    })
  })

  for (const format of ['text', 'card']) {
    it(`of format ${format} fits, single and digest, and says how much is missing`, async () => {
      await withCorporation(`&ke.format=${format}&label=生产`, async ({ sink, corporation }) => {
        const long = occurrenceOf(podEvent(1, '探针 "失败" \n🚀'.repeat(500)))
        assert.deepEqual(await sink.send([long], signal), [{ kind: 'delivered' }])
        const storm = many(800, '探针 "失败" \n🚀'.repeat(50))
        assert.deepEqual(await sink.digest?.(storm, signal), { kind: 'delivered' })
        const [single, digest] = corporation.shown
        assert.match(single?.content ?? '', /^生产\n[^]*… \(\d+ characters more\)$/)
        assert.match(digest?.content ?? '', /^生产\n[^]*more objects \(\d+ events\)/)
        for (const { content } of corporation.shown) assert.ok(Buffer.byteLength(content) <= maxContentBytes)
      })
    })
  }
})

describe('the check', () => {
  it('proves corporation, secret and agent, and tells nobody anything', async () => {
    await withCorporation('', async ({ sink, corporation }) => {
      await sink.check(signal)
      assert.deepEqual(corporation.shown, [])
      assert.deepEqual(corporation.codes, [0, 0])
    })
  })

  it('says which of them is wrong, and never the secret', async () => {
    for (const [query, expected] of [
      ['&agent_id=8', /301002.*agent_id/s],
      ['&corp_secret=x', /40001.*corp_secret/s],
      ['&corp_id=x', /40013.*corp_id/s],
    ] as const) {
      // Of a repeated option the first counts: the wrong one comes first.
      const receiver = await startReceiver()
      const corporation = wecomCorporation({
        corpId: 'ww1',
        secret: 's1',
        agentId: 7,
        members: [],
        clock: systemClock,
      })
      receiver.reply((request) => corporation.receive(request))
      const { kit, own } = splitArgument(
        sinkArgument(
          `wechat:?x=1${query}&corp_id=ww1&corp_secret=s1&agent_id=7&ke.endpoint=http://${receiver.host}`,
        ),
      )
      const { context } = sinkWorld(1)
      const sink = await wechat.open(z.parse(wechat.schema, wechat.readArgument(own, kit).options), context)
      await assert.rejects(sink.check(signal), expected)
      await sink.close()
      await receiver.close()
    }
  })
})
