/** The sink kafka on a real broker: each way of logging in, each codec, what is refused, and the shared suite. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as z from 'zod/mini'
import type { Occurrence } from '../../src/domain/occurrence.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { splitArgument } from '../../src/sink-kit/split-argument.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../src/sink-kit/testing/sink-world.ts'
import type { Sink } from '../../src/sink-kit/sink.ts'
import kafka from '../../src/sinks/kafka/index.ts'
import { plainUsers, scramPassword, startKafka } from './kafka.ts'
import type { Broker, StoredMessage } from './kafka.ts'
import { needs } from './needs.ts'
import { runDestinationSuite } from './sink-suite.ts'

const server = 'Kafka 4.3'

/** The suite's argument, with the message's text out of what is stored. */
runDestinationSuite({
  name: server,
  // A kill may repeat what was in flight.
  idempotent: false,
  start: async () => {
    const broker = await startKafka()
    const topic = 'k8s-events'
    await broker.makeTopic(topic, 3)
    const next = new Map<number, bigint>()
    const texts: string[] = []
    return {
      argument: `kafka:?brokers=${broker.plaintext}&eventstopic=${topic}&compression=lz4&ke.timeout=2s`,
      // All of it is loaded, and schemas are made ready: a release has what the sink asks for.
      clientMiB: 35,
      readBack: async () => {
        for (const { value } of await broker.read(topic, next)) texts.push(messageIn(value))
        return texts
      },
      stop: () => broker.stop(),
      start: () => broker.start(),
      freeze: () => broker.freeze(),
      thaw: () => broker.thaw(),
      close: () => broker.close(),
    }
  },
})

function messageIn(value: string): string {
  const outer: { EventValue: string } = JSON.parse(value)
  const event: { message?: string } = JSON.parse(outer.EventValue)
  return event.message ?? ''
}

describe(`the sink kafka on ${server}`, { skip: needs(server) }, () => {
  let broker: Broker
  before(async () => {
    broker = await startKafka()
  })
  after(async () => {
    await broker?.close()
  })

  const batch: readonly Occurrence[] = Array.from({ length: 50 }, (_, at) =>
    occurrenceOf(podEvent(at + 1, `message ${at + 1}`), at + 1),
  )

  async function open(
    query: string,
  ): Promise<{ sink: Sink; logged: readonly string[]; signal: AbortSignal }> {
    const { kit, own, problems } = splitArgument(sinkArgument(`kafka:?${query}`))
    assert.deepEqual(problems, [])
    const world = sinkWorld(4)
    const options = z.parse(kafka.schema, kafka.readArgument(own, kit).options)
    return {
      sink: await kafka.open(options, world.context),
      logged: world.logged,
      signal: world.context.signal,
    }
  }

  async function sendWith(query: string, occurrences = batch): Promise<readonly Outcome[]> {
    const { sink, signal } = await open(query)
    try {
      return await sink.send(occurrences, signal)
    } finally {
      await sink.close()
    }
  }

  async function checkWith(query: string): Promise<void> {
    const { sink, signal } = await open(query)
    try {
      await sink.check(signal)
    } finally {
      await sink.close()
    }
  }

  async function refusalOf(query: string): Promise<string> {
    const [outcome] = await sendWith(query, batch.slice(0, 1))
    assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused', JSON.stringify(outcome))
    return outcome.detail ?? ''
  }

  function assertAllDelivered(outcomes: readonly Outcome[]): void {
    assert.deepEqual(new Set(outcomes.map(({ kind }) => kind)), new Set(['delivered']))
  }

  function assertIsBatch(messages: readonly StoredMessage[]): void {
    assert.deepEqual(
      messages.map(({ value }) => messageIn(value)).toSorted(),
      batch.map(({ event }) => event.message ?? '').toSorted(),
    )
    // Written as somebody: a batch that is sent again is known.
    assert.ok(messages.every(({ producerId }) => producerId >= 0n))
  }

  const login = (password: string, mechanism?: string): string =>
    `brokers=${broker.sasl}&user=tester&password=${password}` +
    (mechanism === undefined ? '' : `&ke.saslMechanism=${mechanism}`)

  for (const [name, query] of [
    ['nobody', () => `brokers=${broker.plaintext}`],
    ['PLAIN', () => login(plainUsers.tester)],
    ['SCRAM-SHA-256', () => login(scramPassword, 'SCRAM-SHA-256')],
    ['SCRAM-SHA-512', () => login(scramPassword, 'SCRAM-SHA-512')],
    ['a client certificate over TLS', () => tls(`${files().cert}${files().ca}`)],
  ] as const) {
    it(`writes as ${name}, and check finds nothing wrong before`, async () => {
      const topic = `as-${name.replaceAll(/\W/g, '-')}`
      await broker.makeTopic(topic, 4)
      await checkWith(`${query()}&eventstopic=${topic}`)
      assert.deepEqual(await broker.read(topic), [])
      assertAllDelivered(await sendWith(`${query()}&eventstopic=${topic}`))
      assertIsBatch(await broker.read(topic))
    })
  }

  const tls = (more: string): string => `brokers=${broker.tls}${more}`
  const files = () => {
    const { ca, clientCert, clientKey } = broker.certificates.files
    return { ca: `&cacert=${ca}`, cert: `&cert=${clientCert}&key=${clientKey}` }
  }

  for (const [codec, compression] of ['none', 'gzip', 'snappy', 'lz4', 'zstd'].entries()) {
    it(`compresses by ${compression}`, async () => {
      const topic = `codec-${compression}`
      assertAllDelivered(
        await sendWith(`brokers=${broker.plaintext}&eventstopic=${topic}&compression=${compression}`),
      )
      const messages = await broker.read(topic)
      assertIsBatch(messages)
      assert.deepEqual(new Set(messages.map((message) => message.codec)), new Set([codec]))
    })
  }

  it('makes the topic that a template gives, where the broker lets it', async () => {
    const query = `brokers=${broker.plaintext}&ke.topic=made-{{.InvolvedObject.Namespace}}&ke.format=cloudevents`
    await checkWith(query)
    assertAllDelivered(await sendWith(query))
    const messages = await broker.read('made-shop')
    assert.equal(messages.length, batch.length)
    const [{ key, headers, value } = assert.fail('no message')] = messages
    const { id, partitionkey } = JSON.parse(value)
    assert.equal(partitionkey, key)
    assert.match(id, /^uid-\d+\/\d+$/)
    assert.match(headers['content-type'] ?? '', /^application\/cloudevents\+json/)
  })

  it('lets check pass a topic that is not there where the broker makes topics, and makes none', async () => {
    await checkWith(`brokers=${broker.plaintext}&eventstopic=not-yet`)
    assert.ok(!(await broker.topics()).includes('not-yet'))
  })

  it('is told of a wrong password, in check too', async () => {
    for (const query of [login('wrong-canary'), login('wrong-canary', 'SCRAM-SHA-512')]) {
      const detail = await refusalOf(query)
      assert.match(detail, /does not let the user in: correct `user` and `password`/)
      assert.doesNotMatch(detail, /canary/)
      await assert.rejects(checkWith(query), /does not let the user in/)
    }
  })

  it('is told of a topic that it may not write to, in check too, and writes nothing', async () => {
    const topic = 'forbidden'
    await broker.makeTopic(topic, 1)
    // Once somebody is allowed something, all others are not.
    await broker.allow('somebody', topic)
    const query = `brokers=${broker.sasl}&user=guest&password=${plainUsers.guest}&eventstopic=${topic}`
    assert.match(await refusalOf(query), /may not write to the topic forbidden: grant it Write/)
    await assert.rejects(checkWith(query), /may not write to the topic forbidden/)
    assert.deepEqual(await broker.read(topic), [])
  })

  it('loses only the event that is too large, and no other of its batch', async () => {
    const topic = 'small'
    await broker.makeTopic(topic, 1, { 'max.message.bytes': '20000' })
    const occurrences = batch.map((one, at) =>
      at === 20 ? occurrenceOf(podEvent(21, 'x'.repeat(30_000)), 21) : one,
    )
    const outcomes = await sendWith(`brokers=${broker.plaintext}&eventstopic=${topic}`, occurrences)
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      occurrences.map((_, at) => (at === 20 ? 'rejected' : 'delivered')),
    )
    assert.equal((await broker.read(topic)).length, 49)
  })

  it('is told that a certificate is not trusted, and where TLS is wanted', async () => {
    const [untrusted] = await sendWith(tls('&ke.insecure=false'), batch.slice(0, 1))
    assert.ok(untrusted?.kind === 'retry' && untrusted.reason === 'unreachable')
    assert.match(untrusted.detail ?? '', /its certificate is not trusted .* `ke.ca=\/path`/)
    await assert.rejects(checkWith(tls('')), /wants TLS/)
  })

  it('goes on under a new identity once the broker has forgotten the old one', async () => {
    const topic = 'recreated'
    await broker.makeTopic(topic, 1)
    const { sink, signal } = await open(`brokers=${broker.plaintext}&eventstopic=${topic}`)
    try {
      assertAllDelivered(await sink.send(batch, signal))
      // A topic that was deleted and made again knows no sequence.
      await broker.deleteTopic(topic)
      await broker.makeTopic(topic, 1)
      const later = batch.map((one) => ({ ...one, offset: one.offset + 1_000 }))
      assertAllDelivered(await sink.send(later, signal))
      assert.equal((await broker.read(topic)).length, 50)
    } finally {
      await sink.close()
    }
  })

  it('stores nothing twice while the broker hangs, stops and starts', async () => {
    const topic = 'restarts'
    await broker.makeTopic(topic, 2)
    const { sink } = await open(`brokers=${broker.plaintext}&eventstopic=${topic}`)
    const settled = new Set<number>()
    const send = async (occurrences: readonly Occurrence[], withinMs: number): Promise<void> => {
      const outcomes = await sink.send(occurrences, AbortSignal.timeout(withinMs))
      for (const [at, { kind }] of outcomes.entries()) {
        if (kind === 'delivered') settled.add(occurrences[at]?.offset ?? 0)
      }
    }
    const numbers = Array.from({ length: 2_000 }, (_, at) => at + 1)
    const occurrences = numbers.map((number) => occurrenceOf(podEvent(number, `message ${number}`), number))
    const left = (): Occurrence[] => occurrences.filter(({ offset }) => !settled.has(offset))
    try {
      await send(occurrences.slice(0, 500), 10_000)
      broker.freeze()
      await send(occurrences.slice(500, 1_000), 500)
      broker.thaw()
      const stopping = broker.stop()
      await send(left().slice(0, 800), 2_000)
      await stopping
      await broker.start()
      while (left().length > 0) await send(left().toReversed().slice(0, 700).toReversed(), 5_000)
      const stored = (await broker.read(topic)).map(({ value }) => messageIn(value))
      assert.deepEqual(stored.toSorted(), occurrences.map(({ event }) => event.message ?? '').toSorted())
    } finally {
      await sink.close()
    }
  })
})
