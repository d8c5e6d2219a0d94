/** The contract of sinks, and what a strict robot makes of our messages. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import type { Received, Reply } from '../../sink-kit/testing/http-receiver.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import dingtalk from './index.ts'
import type { RobotAndSink } from './testing/run.ts'
import { envWith, robotAndSink, startSecureReceiver } from './testing/run.ts'

const secrets = ['path-canary-1111', 'token-canary-2222', 'SECcanary-3333', 'password-canary-4444']
const [path, token, sign, password] = secrets
const { signal } = new AbortController()

/** Answers repeat all that came, as some gateways do. */
function replyTo(how: Behaviour, request: Received): Reply {
  const echo = JSON.stringify(request)
  switch (how) {
    case 'takes':
      return { body: '{"errcode":0,"errmsg":"ok"}' }
    case 'fails':
      return { body: JSON.stringify({ errcode: -1, errmsg: echo }) }
    case 'refuses-message':
      return { body: JSON.stringify({ errcode: 460101, errmsg: echo }) }
    case 'is-throttled':
      return { body: JSON.stringify({ errcode: 130101, errmsg: echo }) }
    case 'hangs':
      return 'hang'
  }
}

async function contractReceiver(): Promise<ContractReceiver> {
  const receiver = await startSecureReceiver()
  let how: Behaviour = 'takes'
  receiver.reply((request) => replyTo(how, request))
  return {
    endpoint: receiver.host,
    behave: (next) => {
      how = next
    },
    messages: () => receiver.requests.map(({ body }) => body),
    reached: () => receiver.gotten(1),
    close: () => receiver.close(),
  }
}

const openTrusting: typeof dingtalk.open = (options, context) =>
  dingtalk.open(options, { ...context, env: { ...context.env, ...envWith() } })

describe('dingtalk', () => {
  // The contract's environment knows no authority: what is tested here is not TLS.
  const trusting = { ...dingtalk, open: openTrusting }
  runSinkContract({
    declaration: trusting,
    argument:
      `dingtalk:https://user:${password}@<endpoint>/${path}/send?access_token=${token}` +
      `&sign=${sign}&level=Normal`,
    secrets,
    behaviours: ['takes', 'fails', 'refuses-message', 'is-throttled', 'hangs'],
    holds: (message, { event }) => message.includes(`Message:${event.message ?? ''}`),
    startReceiver: contractReceiver,
  })
})

async function withRobot(
  query: string,
  settings: Parameters<typeof robotAndSink>[1],
  use: (parts: RobotAndSink) => Promise<void>,
): Promise<void> {
  const parts = await robotAndSink(query, settings)
  try {
    await use(parts)
  } finally {
    await parts.close()
  }
}

const many = (count: number, message = 'Back-off'): Occurrence[] =>
  Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(at, `${message} ${at}`), at + 1))

describe('a strict robot', () => {
  for (const type of ['text', 'markdown', 'card']) {
    it(`takes signed messages of type ${type}, single and digest`, async () => {
      await withRobot(`&sign=SECx%2B1&msg_type=${type}`, { secret: 'SECx+1' }, async ({ sink, robot }) => {
        assert.deepEqual(await sink.send(many(1), signal), [{ kind: 'delivered' }])
        assert.deepEqual(await sink.digest?.(many(30), signal), { kind: 'delivered' })
        assert.deepEqual(robot.codes, [0, 0])
        assert.match(robot.messages[1]?.text ?? '', /30 events.* of 30 objects/)
      })
    })

    it(`takes the longest messages of type ${type}: they are cut, and say by how much`, async () => {
      await withRobot(`&msg_type=${type}&label=生产`, {}, async ({ sink, robot }) => {
        const long = occurrenceOf(podEvent(1, '探针 "失败" \n🚀'.repeat(20_000)))
        assert.deepEqual(await sink.send([long], signal), [{ kind: 'delivered' }])
        assert.match(robot.messages[0]?.text ?? '', /… \(\d+ characters more\)/)
        const digest = await sink.digest?.(many(2_000, '探针 "失败" \n🚀'.repeat(50)), signal)
        assert.deepEqual(digest, { kind: 'delivered' })
        assert.match(robot.messages[1]?.text ?? '', /生产/)
        assert.match(robot.messages[1]?.text ?? '', /more objects \(\d+ events\)/)
      })
    })
  }

  it('that wants a keyword gets it in messages that have none', async () => {
    await withRobot('&ke.keywords=监控,Back-off', { keywords: ['监控'] }, async ({ sink, robot }) => {
      const plain = occurrenceOf(podEvent(1, 'nothing of it'))
      assert.deepEqual(await sink.send([plain], signal), [{ kind: 'delivered' }])
      assert.match(robot.messages[0]?.text ?? '', /nothing of it\n监控$/)
      const long = occurrenceOf(podEvent(1, 'x'.repeat(40_000)))
      assert.deepEqual(await sink.send([long], signal), [{ kind: 'delivered' }])
      assert.deepEqual(await sink.digest?.([plain, plain], signal), { kind: 'delivered' })
    })
    await withRobot('&ke.keywords=Back-off', { keywords: ['Back-off'] }, async ({ sink, robot }) => {
      await sink.send(many(1), signal)
      assert.match(robot.messages[0]?.text ?? '', /Message:Back-off 0$/)
    })
  })

  it('without our keyword, or with another secret, is misconfigured: nothing is lost', async () => {
    await withRobot('', { keywords: ['监控'] }, async ({ sink, robot }) => {
      const [outcome] = await sink.send(many(1), signal)
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused')
      assert.match(outcome.detail ?? '', /310000 keywords not in content/)
      assert.deepEqual(robot.codes, [310000])
    })
    await withRobot('&sign=SECwrong', { secret: 'SECright' }, async ({ sink }) => {
      const [outcome] = await sink.send(many(1), signal)
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused')
    })
    await withRobot('', { accessToken: 'another' }, async ({ sink }) => {
      const [outcome] = await sink.send(many(1), signal)
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused')
    })
  })

  it('mentions whom the options name', async () => {
    const query = '&ke.atMobiles=13800000000,13900000000&ke.atUserIds=user-1'
    for (const type of ['text', 'markdown', 'card']) {
      await withRobot(`${query}&msg_type=${type}`, {}, async ({ sink, robot }) => {
        await sink.send(many(1), signal)
        await sink.digest?.(many(2), signal)
        for (const message of robot.messages) {
          assert.deepEqual(message.mentioned, ['13800000000', '13900000000', 'user-1'])
          assert.equal(message.mentionsAll, false)
        }
        assert.equal(robot.messages.length, 2)
      })
    }
    await withRobot('&ke.atAll=true', {}, async ({ sink, robot }) => {
      await sink.send(many(1), signal)
      assert.equal(robot.messages[0]?.mentionsAll, true)
    })
  })

  it('shows the object by its own name in cards', async () => {
    await withRobot('&msg_type=card&label=prod', {}, async ({ sink, robot }) => {
      await sink.send([occurrenceOf(podEvent(7))], signal)
      const [message] = robot.messages
      assert.equal(message?.title, 'BackOff web-7')
      assert.equal(
        message?.text,
        'prod\n\n#### Warning BackOff\n\nPod **shop/web-7** ×7\n\nBack-off restarting container 7\n\n' +
          '2024-05-06 09:30:15 +0000 UTC',
      )
    })
  })

  it('takes 20 messages in a minute, then none for ten', async () => {
    let nowMs = 1_000_000
    await withRobot('', { clock: { wallMs: () => nowMs } }, async ({ sink, robot }) => {
      for (const occurrence of many(21)) await sink.send([occurrence], signal)
      assert.deepEqual(robot.codes, [...Array.from({ length: 20 }, () => 0), 130101])
      nowMs += 599_999
      await sink.send(many(1), signal)
      assert.equal(robot.codes.at(-1), 130101)
      nowMs += 1
      await sink.send(many(1), signal)
      assert.equal(robot.codes.at(-1), 0)
    })
  })
})

describe('a robot’s quota', () => {
  it('is one for all sinks with its token, and none for what is said to be no DingTalk', async () => {
    await withRobot('&level=Normal', {}, async ({ sink }) => {
      assert.deepEqual(sink.quota, {
        key: 'dingtalk token',
        limits: [{ messages: 20, perMs: 60_000 }],
      })
    })
    await withRobot('&ke.platform=none', {}, async ({ sink }) => assert.equal(sink.quota, undefined))
  })
})
