/** The contract of sinks, against a double on the server's protocol, and what is said over it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ObjectId } from 'mongodb'
import type { Outcome } from '../../domain/outcome.ts'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import { paceWith } from '../../sink-kit/kit-options.ts'
import type { Sink } from '../../sink-kit/sink.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import mongo from './index.ts'
import type { ServerBehaviour, ServerDouble } from './testing/server.ts'
import { startServerDouble } from './testing/server.ts'

const { signal } = new AbortController()

const behaviours: Readonly<Record<Behaviour, ServerBehaviour>> = {
  takes: 'takes',
  fails: 'fails',
  'refuses-message': 'refuses-documents',
  'is-throttled': 'is-throttled',
  hangs: 'hangs',
}

async function contractReceiver(): Promise<ContractReceiver> {
  const server = await startServerDouble()
  return {
    endpoint: server.host,
    behave: (how) => server.behave(behaviours[how]),
    messages: () => server.inserted.map(({ document }) => String(document['message'] ?? '')),
    reached: () => server.reached(),
    close: () => server.close(),
  }
}

describe('mongo', () => {
  runSinkContract({
    declaration: mongo,
    argument:
      'mongo:?mongodb://<endpoint>/canary-database?appName=canary-application&serverSelectionTimeoutMS=300',
    secrets: ['canary-database', 'canary-application'],
    behaviours: ['takes', 'fails', 'refuses-message', 'is-throttled', 'hangs'],
    holds: (message, { event }) => message === event.message,
    startReceiver: contractReceiver,
  })
})

async function withSink(
  query: string,
  use: (parts: {
    readonly sink: Sink
    readonly server: ServerDouble
    readonly logged: readonly string[]
  }) => Promise<void>,
): Promise<void> {
  const server = await startServerDouble()
  const { kit, own } = splitArgument(sinkArgument(`mongo:?mongodb://${server.host}/?ssl=false${query}`))
  const options = mongo.schema.parse(mongo.readArgument(own, kit).options)
  const world = sinkWorld(paceWith(mongo.pace, kit).concurrency)
  const sink = await mongo.open(options, world.context)
  try {
    await use({ sink, server, logged: world.logged })
  } finally {
    await sink.close()
    await server.close()
  }
}

function many(count: number, message = 'Back-off'): ReturnType<typeof occurrenceOf>[] {
  return Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(at, `${message} ${at}`), at + 1))
}

function kindsOf(outcomes: readonly Outcome[]): string[] {
  const kinds = outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )
  return [...new Set(kinds)]
}

describe('a server that is away when the program starts', () => {
  it('is written to once it is there', async (test) => {
    const { host, close } = await startServerDouble()
    await close()
    const { kit, own } = splitArgument(sinkArgument(`mongo:?mongodb://${host}/?serverSelectionTimeoutMS=500`))
    const options = mongo.schema.parse(mongo.readArgument(own, kit).options)
    const sink = await mongo.open(options, sinkWorld(2).context)
    test.after(() => sink.close())
    for (const _try of [1, 2]) {
      assert.deepEqual(kindsOf(await sink.send(many(1), signal)), ['retry unreachable'])
    }
    const server = await startServerDouble({ port: Number(host.split(':')[1]) })
    test.after(() => server.close())
    let outcomes: readonly Outcome[] = []
    while (!kindsOf(outcomes).includes('delivered')) outcomes = await sink.send(many(1), signal)
    assert.equal(server.inserted.length, 1)
  })
})

describe('what is said to the server', () => {
  it('is one request for a batch, into the original database and collection', async () => {
    await withSink('', async ({ sink, server }) => {
      assert.deepEqual(kindsOf(await sink.send(many(300), signal)), ['delivered'])
      assert.equal(server.commands.length, 1)
      assert.deepEqual(new Set(server.inserted.map(({ namespace }) => namespace)), new Set(['k8s.event']))
      const [first] = server.inserted
      assert.ok(first?.document['_id'] instanceof ObjectId)
      assert.equal(first.document['_id'].getTimestamp().toISOString(), '2024-05-06T09:30:15.000Z')
    })
  })

  it('a second time changes nothing, and is delivered', async () => {
    await withSink('', async ({ sink, server }) => {
      await sink.send(many(10), signal)
      assert.deepEqual(kindsOf(await sink.send(many(20), signal)), ['delivered'])
      assert.equal(server.inserted.length, 20)
    })
  })

  it('of another state of an event is another document', async () => {
    await withSink('', async ({ sink, server }) => {
      const event = podEvent(1)
      const later = { ...event, metadata: { ...event.metadata, resourceVersion: '99' } }
      await sink.send([occurrenceOf(event, 1), occurrenceOf(later, 2)], signal)
      assert.equal(server.inserted.length, 2)
    })
  })

  it('has the names that the options give', async () => {
    await withSink('&ke.database=cluster&ke.collection=events', async ({ sink, server }) => {
      await sink.send(many(1), signal)
      assert.equal(server.inserted[0]?.namespace, 'cluster.events')
    })
  })

  it('makes the index by which the server deletes, once, and changes one that is there', async () => {
    await withSink('&ke.expireAfter=720h', async ({ sink, server }) => {
      await sink.send(many(1), signal)
      await sink.send(many(2), signal)
      const made = server.commands.filter((command) => 'createIndexes' in command)
      assert.equal(made.length, 1)
      assert.deepEqual(made[0]?.['indexes'], [
        { key: { last_occurrence_time: 1 }, name: 'last_occurrence_time_1', expireAfterSeconds: 2_592_000 },
      ])
    })
  })

  it('asks that time be given as told by Azure', async () => {
    await withSink('', async ({ sink, server }) => {
      server.behave('is-throttled')
      const [outcome] = await sink.send(many(1), signal)
      assert.ok(outcome?.kind === 'retry')
      assert.deepEqual([outcome.reason, outcome.afterMs], ['throttled', 1_250])
    })
  })
})
