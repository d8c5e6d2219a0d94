/** The contract of sinks, and what a broker that checks every batch makes of ours. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Behaviour } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import type { Sink } from '../../sink-kit/sink.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import kafka from './index.ts'
import { startBroker } from './testing/broker.ts'
import type { BrokerSettings, Fault, TestBroker } from './testing/broker.ts'

const faultOf: Readonly<Record<Behaviour, Fault | undefined>> = {
  takes: undefined,
  fails: -1,
  'refuses-message': 10,
  'is-throttled': undefined,
  hangs: 'hangs',
}

const secrets = ['password-canary-1111', 'user-canary-2222']
const [password = '', user = ''] = secrets

describe('kafka', () => {
  runSinkContract({
    declaration: kafka,
    argument: `kafka:?brokers=<endpoint>&eventstopic=k8s&user=${user}&password=${password}`,
    secrets,
    behaviours: ['takes', 'fails', 'refuses-message', 'hangs'],
    holds: (message, { event }) => message.includes(event.message ?? ''),
    startReceiver: async () => {
      const broker = await startBroker({
        topics: ['k8s', 'heapster-events'],
        users: { [user]: password },
        isOpen: true,
      })
      return {
        endpoint: broker.endpoint,
        behave: (how) => broker.failAlways(faultOf[how]),
        messages: () => broker.messages.map(({ value }) => value),
        reached: () => broker.reached(),
        close: () => broker.close(),
      }
    },
  })
})

interface Parts {
  readonly broker: TestBroker
  readonly sink: Sink
  readonly logged: readonly string[]
}

async function withSink(
  query: string,
  settings: BrokerSettings,
  use: (parts: Parts) => Promise<void>,
): Promise<void> {
  const broker = await startBroker(settings)
  const { kit, own } = splitArgument(sinkArgument(`kafka:?brokers=${broker.endpoint}${query}`))
  const { options } = kafka.readArgument(own, kit)
  const world = sinkWorld(4)
  const sink = await kafka.open(z.parse(kafka.schema, options), world.context)
  try {
    await use({ broker, sink, logged: world.logged })
  } finally {
    await sink.close()
    await broker.close()
  }
}

const batchOf = (count: number, from = 1): Occurrence[] =>
  Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(from + at), from + at))

const { signal } = new AbortController()

const kinds = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((one) => (one.kind === 'delivered' ? one.kind : `${one.kind} ${one.reason}`))

const all = (count: number, kind: string): string[] => Array.from({ length: count }, () => kind)

/** Numbers of the pods told, in the order in which they were stored. */
const told = (broker: TestBroker): number[] =>
  broker.messages.map(({ key }) => Number(key.slice('pod-'.length)))

const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b)

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1)

describe('a batch', () => {
  it('goes to partitions by its objects, each to one, and is stored once', async () => {
    await withSink('', { partitions: 5 }, async ({ broker, sink }) => {
      assert.deepEqual(kinds(await sink.send(batchOf(200), signal)), all(200, 'delivered'))
      assert.deepEqual(kinds(await sink.send(batchOf(200), signal)), all(200, 'delivered'))
      const partitionsOf = Map.groupBy(broker.messages, ({ key }) => key)
      assert.equal(partitionsOf.size, 200)
      for (const group of partitionsOf.values()) {
        assert.equal(new Set(group.map(({ partition }) => partition)).size, 1)
      }
      assert.equal(new Set(broker.messages.map(({ partition }) => partition)).size, 5)
    })
  })

  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    it(`is compressed by ${compression}`, async () => {
      await withSink(`&compression=${compression}`, {}, async ({ broker, sink }) => {
        assert.deepEqual(kinds(await sink.send(batchOf(3), signal)), all(3, 'delivered'))
        assert.deepEqual(new Set(broker.messages.map(({ codec }) => codec)), new Set([compression]))
        assert.deepEqual(told(broker), [1, 2, 3])
      })
    })
  }

  it('is not stored twice where the answer is lost', async () => {
    await withSink('', {}, async ({ broker, sink }) => {
      broker.fail('lost-answer')
      assert.deepEqual(kinds(await sink.send(batchOf(50), signal)), all(50, 'delivered'))
      assert.deepEqual(told(broker), upTo(50))
    })
  })

  it('is not stored twice where the answer is lost again and again, whatever is sent next', async () => {
    await withSink('', {}, async ({ broker, sink }) => {
      broker.fail('lost-answer', 'lost-answer', 'lost-answer')
      assert.deepEqual(kinds(await sink.send(batchOf(50), signal)), all(50, 'retry unreachable'))
      // One of it as a probe, then the rest with others, in other batches.
      assert.deepEqual(kinds(await sink.send(batchOf(1, 20), signal)), ['delivered'])
      assert.deepEqual(kinds(await sink.send(batchOf(60), signal)), all(60, 'delivered'))
      assert.deepEqual(told(broker).slice(0, 50), upTo(50))
      // 20 was asked for twice after its batch was told to have failed: the second time it is a new message.
      assert.deepEqual(sorted(told(broker)), sorted([...upTo(60), 20]))
    })
  })

  it('whose answer is late is not stored twice', async () => {
    await withSink('', {}, async ({ broker, sink }) => {
      broker.fail('stored-and-hangs')
      const slot = new AbortController()
      const sending = sink.send(batchOf(10), slot.signal)
      await broker.reached()
      slot.abort()
      assert.deepEqual(kinds(await sending), all(10, 'retry timeout'))
      const again = sink.send(batchOf(10), signal)
      broker.answerAll()
      assert.deepEqual(kinds(await again), all(10, 'delivered'))
      assert.deepEqual(told(broker), upTo(10))
    })
  })

  it('is not stored twice where its caller goes away before the connection ends', async () => {
    await withSink('', {}, async ({ broker, sink }) => {
      broker.fail('stored-and-hangs', 'lost-answer', 'lost-answer')
      const slot = new AbortController()
      const sending = sink.send(batchOf(10), slot.signal)
      await broker.reached()
      slot.abort()
      await sending
      const again = sink.send([...batchOf(5), ...batchOf(5, 11)], signal)
      broker.answerAll()
      assert.deepEqual(kinds(await again), all(10, 'delivered'))
      // These were stored with 1 to 5, and nobody has asked for them since.
      assert.deepEqual(kinds(await sink.send(batchOf(5, 6), signal)), all(5, 'delivered'))
      assert.equal(broker.batchSizes.length, 4)
      assert.deepEqual(sorted(told(broker)), upTo(15))
    })
  })

  it('whose answer is late says nothing of another event at the same place of a new journal', async () => {
    await withSink('', {}, async ({ broker, sink }) => {
      broker.fail('stored-and-hangs')
      const slot = new AbortController()
      const sending = sink.send(batchOf(2), slot.signal)
      await broker.reached()
      slot.abort()
      await sending
      const again = sink.send([occurrenceOf(podEvent(7), 1)], signal)
      broker.answerAll()
      assert.deepEqual(kinds(await again), ['delivered'])
      assert.deepEqual(told(broker), [1, 2, 7])
    })
  })

  it('goes on under a new identity where the brokers have forgotten the old one', async () => {
    await withSink('', {}, async ({ broker, sink }) => {
      await sink.send(batchOf(5), signal)
      broker.forgetIdentities()
      assert.deepEqual(kinds(await sink.send(batchOf(5, 6), signal)), all(5, 'delivered'))
      for (const lost of [45, 47, 90]) {
        broker.fail(lost)
        assert.deepEqual(kinds(await sink.send(batchOf(1, lost), signal)), ['delivered'])
      }
      assert.deepEqual(told(broker), [...upTo(10), 45, 47, 90])
    })
  })

  it('is sent again at once where another broker leads the partition now', async () => {
    await withSink('', {}, async ({ broker, sink }) => {
      broker.fail(6)
      assert.deepEqual(kinds(await sink.send(batchOf(3), signal)), all(3, 'delivered'))
      broker.failAlways(6)
      assert.deepEqual(kinds(await sink.send(batchOf(3, 4), signal)), all(3, 'retry unreachable'))
      broker.failAlways(undefined)
      assert.deepEqual(kinds(await sink.send(batchOf(3, 4), signal)), all(3, 'delivered'))
      assert.deepEqual(told(broker), upTo(6))
    })
  })

  it('that is too large goes in smaller ones; a message that is too large alone is rejected, the others are not', async () => {
    await withSink('', { maxBatchBytes: 4_000 }, async ({ broker, sink }) => {
      const batch = batchOf(40).map((one, at) =>
        at === 17 ? occurrenceOf(podEvent(18, 'x'.repeat(5_000)), 18) : one,
      )
      const outcomes = await sink.send(batch, signal)
      assert.deepEqual(
        kinds(outcomes),
        batch.map((_, at) => (at === 17 ? 'rejected bad-message' : 'delivered')),
      )
      assert.match(JSON.stringify(outcomes[17]), /bytes are more than the topic heapster-events takes/)
      assert.deepEqual(
        told(broker),
        upTo(40).filter((number) => number !== 18),
      )
    })
  })

  for (const unnamed of [false, true]) {
    it(`with bad messages, ${unnamed ? 'not named' : 'named'} by the broker, loses these alone`, async () => {
      const refuses = { value: /poison/, unnamed }
      await withSink('', { refuses }, async ({ broker, sink }) => {
        const batch = batchOf(20).map((one, at) => (at % 7 === 3 ? poison(at + 1) : one))
        assert.deepEqual(
          kinds(await sink.send(batch, signal)),
          batch.map((_, at) => (at % 7 === 3 ? 'rejected bad-message' : 'delivered')),
        )
        assert.equal(broker.messages.length, 17)
      })
    })
  }

  it('waits its turn behind the one that is under way', async () => {
    await withSink('', {}, async ({ broker, sink }) => {
      broker.fail('stored-and-hangs')
      const first = sink.send(batchOf(3), signal)
      await broker.reached()
      const others = [sink.send(batchOf(3, 4), signal), sink.send(batchOf(3, 7), signal)]
      broker.answerAll()
      for (const outcomes of await Promise.all([first, ...others])) {
        assert.deepEqual(kinds(outcomes), all(3, 'delivered'))
      }
      assert.deepEqual(told(broker), upTo(9))
    })
  })
})

const poison = (number: number): Occurrence => occurrenceOf(podEvent(number, 'poison'), number)

describe('a cluster that refuses', () => {
  it('for want of a topic: says which one, and goes on once it is there', async () => {
    await withSink('&eventstopic=k8s', { makesTopics: false }, async ({ sink }) => {
      const [outcome] = await sink.send(batchOf(1), signal)
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused')
      assert.match(outcome.detail ?? '', /the topic k8s is not there, and the brokers do not make it/)
      await assert.rejects(sink.check(signal), /the topic k8s is not there, .*: create it/)
    })
  })

  it('for want of permission: says for what, in check too', async () => {
    const settings = { topics: ['heapster-events'], forbidden: ['heapster-events'] }
    await withSink('', settings, async ({ sink, broker }) => {
      const [outcome] = await sink.send(batchOf(1), signal)
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused')
      assert.match(outcome.detail ?? '', /may not write to the topic heapster-events: grant it Write/)
      await assert.rejects(sink.check(signal), /may not write to the topic heapster-events/)
      assert.deepEqual(broker.messages, [])
    })
  })

  it('a login: says what to correct and shows no password', async () => {
    const settings = { users: { alice: 'right' } }
    for (const [query, expected] of [
      ['&user=alice&password=wrong-canary', /does not let the user in: correct `user` and `password`/],
      [
        '&user=alice&password=right&ke.saslMechanism=SCRAM-SHA-256',
        /does not offer this SASL mechanism; it offers PLAIN/,
      ],
    ] as const) {
      await withSink(query, settings, async ({ sink }) => {
        const [outcome] = await sink.send(batchOf(1), signal)
        assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused', JSON.stringify(outcome))
        assert.match(outcome.detail ?? '', expected)
        assert.doesNotMatch(outcome.detail ?? '', /canary/)
      })
    }
  })

  it('with an address that leads nowhere: names that address', async () => {
    await withSink('', { advertised: '127.0.0.1:1' }, async ({ sink }) => {
      const [outcome] = await sink.send(batchOf(1), signal)
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'unreachable')
      assert.equal(outcome.detail, '127.0.0.1:1: connection refused')
    })
  })

  it('a login, and resets the connection as well: the program lives', async () => {
    await withSink(
      '&user=alice&password=wrong',
      { users: { alice: 'right' }, resets: true },
      async ({ sink }) => {
        for (let time = 0; time < 10; time++) {
          const [outcome] = await sink.send(batchOf(1, time), signal)
          assert.equal(outcome?.kind, 'retry')
        }
      },
    )
  })

  it('idempotent writes: writes without them, and says so once', async () => {
    await withSink('', { identityCode: 31 }, async ({ sink, broker, logged }) => {
      assert.deepEqual(kinds(await sink.send(batchOf(2), signal)), all(2, 'delivered'))
      assert.deepEqual(kinds(await sink.send(batchOf(2, 3), signal)), all(2, 'delivered'))
      assert.equal(logged.filter((line) => line.includes('may be stored twice')).length, 1)
      assert.deepEqual(told(broker), upTo(4))
    })
  })
})

describe('a check', () => {
  it('of a broker that never answers ends when it is told to', async () => {
    await withSink('', { silent: true }, async ({ sink }) => {
      const slot = new AbortController()
      const checking = sink.check(slot.signal)
      slot.abort()
      await assert.rejects(checking, /no answer in time/)
    })
  })
})

describe('a topic from a template', () => {
  it('is made of each event; one that gives no name loses that event alone', async () => {
    await withSink('&ke.topic=k8s-{{.InvolvedObject.Namespace}}', {}, async ({ sink, broker }) => {
      const odd = {
        ...podEvent(2),
        involvedObject: { kind: 'Pod', namespace: 'no name', name: 'x', uid: 'y' },
      }
      const outcomes = await sink.send([occurrenceOf(podEvent(1), 1), occurrenceOf(odd, 2)], signal)
      assert.deepEqual(kinds(outcomes), ['delivered', 'rejected template-failed'])
      assert.match(JSON.stringify(outcomes[1]), /k8s-no name.* is no name for a topic/)
      assert.deepEqual(
        broker.messages.map(({ topic }) => topic),
        ['k8s-shop'],
      )
    })
  })

  it('that is broken is told when the sink is opened', async () => {
    const options = z.parse(kafka.schema, { brokers: ['127.0.0.1:1'], topic: 'k8s-{{.Namespace' })
    await assert.rejects(kafka.open(options, sinkWorld(1).context), /option `topic` holds no template/)
  })
})
