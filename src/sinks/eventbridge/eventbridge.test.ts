/** The contract of sinks, and what a strict event bus makes of our batches. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { startCloud } from '../../sink-kit/alibaba/testing/cloud.ts'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import { startReceiver } from '../../sink-kit/testing/http-receiver.ts'
import type { Reply } from '../../sink-kit/testing/http-receiver.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import eventbridge from './index.ts'
import { EventBusDouble } from './testing/event-bus.ts'
import type { BusKey, BusSettings } from './testing/event-bus.ts'
import { account, keys, withBus } from './testing/run.ts'

const { signal } = new AbortController()
const { accessKeyId, accessKeySecret } = keys

async function contractReceiver(): Promise<ContractReceiver> {
  const bus = new EventBusDouble({
    keys: { [accessKeyId]: { secret: accessKeySecret }, 'example-id': { secret: 'example-secret' } },
    buses: ['default', 'incidents'],
  })
  const receiver = await startReceiver()
  let how: Behaviour = 'takes'
  receiver.reply((request): Reply => {
    // Answers repeat all that came, and the secret too.
    const echo = `${JSON.stringify(request)} ${accessKeySecret}`
    if (how === 'fails') return { status: 500, body: echo }
    if (how === 'hangs') return 'hang'
    if (how === 'is-throttled') {
      const body = JSON.stringify({ code: 'TooManyRequests', message: echo })
      return { status: 429, headers: { 'retry-after': '7' }, body }
    }
    bus.refuse = () => (how === 'refuses-message' ? { code: 'EventSizeExceeded', message: echo } : undefined)
    return bus.answer(request)
  })
  return {
    endpoint: receiver.host,
    behave: (next) => {
      how = next
    },
    messages: () => bus.events.map(({ data }) => data.message ?? ''),
    reached: () => receiver.gotten(1),
    close: () => receiver.close(),
  }
}

describe('eventbridge', () => {
  runSinkContract({
    declaration: eventbridge,
    argument:
      `eventbridge:?clusterId=c1&regionId=cn-test&accessKeyId=${accessKeyId}` +
      `&accessKeySecret=${accessKeySecret}&ke.ownerAccountId=${account}&ke.endpoint=http://<endpoint>`,
    secrets: [accessKeyId, accessKeySecret],
    behaviours: ['takes', 'fails', 'refuses-message', 'is-throttled', 'hangs'],
    holds: (message, { event }) => message === event.message,
    startReceiver: contractReceiver,
  })
})

const many = (count: number): Occurrence[] =>
  Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(at + 1), at + 1))

const told = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )

const detailOf = (outcome: Outcome | undefined): string =>
  outcome && 'detail' in outcome ? (outcome.detail ?? '') : ''

describe('a batch of events', () => {
  it('is settled entry by entry', async () => {
    await withBus({}, async ({ sink, bus }) => {
      const codes = new Map([
        ['uid-2', 'EventSizeExceeded'],
        ['uid-3', 'InternalError'],
        ['uid-4', 'TooManyRequests'],
        ['uid-5', 'EventBusNotExist'],
        ['uid-6', 'SomethingNew'],
      ])
      bus.refuse = ({ data }) => {
        const code = codes.get(data.metadata.uid ?? '')
        return code === undefined ? undefined : { code, message: 'no' }
      }
      const outcomes = await sink.send(many(7), signal)
      assert.deepEqual(told(outcomes), [
        'delivered',
        'rejected bad-message',
        'retry server-error',
        'retry throttled',
        'retry refused',
        'retry server-error',
        'delivered',
      ])
      assert.match(detailOf(outcomes[4]), /EventBusNotExist: no; check `eventBusName` and the region$/)
      assert.equal(bus.events.length, 2)
    })
  })

  it('keeps within what a request may hold', async () => {
    await withBus({}, async ({ sink, bus }) => {
      assert.deepEqual(new Set(told(await sink.send(many(40), signal))), new Set(['delivered']))
      assert.deepEqual(bus.batches, [16, 16, 8])
      const long = Array.from({ length: 6 }, (_, at) =>
        occurrenceOf(podEvent(at + 50, 'x'.repeat(60_000)), at + 50),
      )
      assert.deepEqual(new Set(told(await sink.send(long, signal))), new Set(['delivered']))
      assert.deepEqual(bus.batches.slice(3), [4, 2])
    })
  })

  it('loses one that is too large, and none beside it', async () => {
    await withBus({}, async ({ sink, bus }) => {
      const [one, two, three] = many(3)
      assert.ok(one && two && three)
      const large = occurrenceOf(podEvent(9, 'x'.repeat(70_000)), 2)
      const outcomes = await sink.send([one, large, three], signal)
      assert.deepEqual(told(outcomes), ['delivered', 'rejected bad-message', 'delivered'])
      assert.match(detailOf(outcomes[1]), /EventSizeExceeded/)
      assert.deepEqual(
        bus.events.map(({ data }) => data.metadata.uid),
        ['uid-1', 'uid-3'],
      )
    })
  })

  it('has the same ids when it is sent again, and others for other states', async () => {
    await withBus({}, async ({ sink, bus }) => {
      const batch = many(3)
      await sink.send(batch, signal)
      await sink.send(batch, signal)
      const ids = bus.events.map(({ id }) => id)
      assert.deepEqual(ids.slice(0, 3), ids.slice(3))
      assert.equal(new Set(ids).size, 3)
      const [first] = batch
      assert.ok(first)
      const metadata = { ...first.event.metadata, resourceVersion: '99' }
      await sink.send([occurrenceOf({ ...first.event, metadata }, 4)], signal)
      assert.ok(!ids.includes(bus.events.at(-1)?.id ?? ''))
    })
  })

  for (const body of ['', 'OK', '{}', '{"FailedEntryCount":1}']) {
    it(`that gets an answer without sense is kept: ${body}`, async () => {
      await withBus({ before: () => ({ status: 200, body }) }, async ({ sink }) => {
        assert.deepEqual(told(await sink.send(many(2), signal)), ['retry server-error', 'retry server-error'])
      })
    })
  }
})

describe('keys', () => {
  const inAnHour = Date.now() + 3_600_000
  const role = { id: 'STS.role', secret: 'role-secret', token: 'role-token', endsAtMs: inAnHour }
  const roleKey: Record<string, BusKey> = { 'STS.role': { secret: 'role-secret', token: 'role-token' } }

  it('of the node’s role are signed with, with their token', async () => {
    const cloud = await startCloud({ nodeKeys: () => role })
    try {
      const env = cloud.metadataEnv
      await withBus({ options: '', env, bus: { keys: roleKey } }, async ({ sink }) => {
        assert.deepEqual(told(await sink.send(many(1), signal)), ['delivered'])
      })
    } finally {
      await cloud.close()
    }
  })

  it('of a service account’s role come from STS', async () => {
    const cloud = await startCloud({ accountKeys: () => role })
    try {
      const env = cloud.serviceAccountEnv
      await withBus({ options: '', env, bus: { keys: roleKey } }, async ({ sink }) => {
        assert.deepEqual(told(await sink.send(many(1), signal)), ['delivered'])
      })
      assert.deepEqual(cloud.asked, ['AssumeRoleWithOIDC'])
    } finally {
      await cloud.close()
    }
  })

  it('that a managed cluster mounts count more than those of the options, as in the original', async () => {
    const cloud = await startCloud()
    cloud.mountToken(role)
    try {
      const { tokenConfigPath } = cloud
      await withBus({ tokenConfigPath, bus: { keys: roleKey } }, async ({ sink }) => {
        assert.deepEqual(told(await sink.send(many(1), signal)), ['delivered'])
      })
    } finally {
      await cloud.close()
    }
  })

  it('of the environment are taken where the options have none', async () => {
    const env = { AccessKeyId: accessKeyId, AccessKeySecret: accessKeySecret }
    await withBus({ options: '', env }, async ({ sink }) => {
      assert.deepEqual(told(await sink.send(many(1), signal)), ['delivered'])
    })
  })

  it('tell the account and the region of the node, where nobody else does', async () => {
    const cloud = await startCloud({ nodeKeys: () => role })
    try {
      const env = { ...cloud.metadataEnv, OwnerAccountId: undefined }
      await withBus({ options: '', env, bus: { keys: roleKey } }, async ({ sink, bus }) => {
        assert.deepEqual(told(await sink.send(many(1), signal)), ['delivered'])
        assert.match(bus.events[0]?.subject ?? '', /^acs:cs:cn-test:1234567890123456:c1\//)
      })
    } finally {
      await cloud.close()
    }
  })
})

describe('a check', () => {
  const key = (change: Partial<BusKey>): Record<string, BusKey> => ({
    [accessKeyId]: { secret: accessKeySecret, ...change },
  })
  const cases: readonly (readonly [string, Partial<BusSettings>, RegExp])[] = [
    ['a key that is not there', { keys: {} }, /InvalidAccessKeyId: .*; check `accessKeyId`$/],
    [
      'a wrong secret',
      { keys: key({ secret: 'other' }) },
      /SignatureDoesNotMatch: .*; check `accessKeySecret`$/,
    ],
    [
      'an event bus that is not there',
      { buses: [] },
      /EventBusNotExist: .*; check `eventBusName` and the region$/,
    ],
    [
      'a key that may not put events',
      { keys: key({ mayPut: false }) },
      /AccessDenied: .*eventbridge:PutEvents/,
    ],
  ]
  for (const [what, bus, expected] of cases) {
    it(`tells ${what}, and so does what was sent`, async () => {
      await withBus({ bus }, async ({ sink }) => {
        await assert.rejects(sink.check(signal), expected)
        const outcomes = await sink.send(many(2), signal)
        assert.deepEqual(told(outcomes), ['retry refused', 'retry refused'])
        assert.match(detailOf(outcomes[0]), expected)
      })
    })
  }

  it('is content with a key that may put, and not look', async () => {
    await withBus({ bus: { keys: key({ mayLook: false }) } }, async ({ sink, bus }) => {
      await sink.check(signal)
      assert.deepEqual(bus.events, [])
    })
  })
})
