/** The MongoDB sink against a stand-in that speaks the protocol: the shared suite, and what a server refuses. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import type { Outcome } from '../../src/domain/outcome.ts'
import { paceWith } from '../../src/sink-kit/kit-options.ts'
import type { Sink } from '../../src/sink-kit/sink.ts'
import { splitArgument } from '../../src/sink-kit/split-argument.ts'
import { makeCertificates } from '../../src/sink-kit/testing/certificates.ts'
import type { Certificates } from '../../src/sink-kit/testing/certificates.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../src/sink-kit/testing/sink-world.ts'
import mongo from '../../src/sinks/mongo/index.ts'
import { startMongo } from './mongo-server.ts'
import type { MongoServer } from './mongo-server.ts'
import { needs } from './needs.ts'
import { runDestinationSuite } from './sink-suite.ts'

const { signal } = new AbortController()
const name = 'mongo-java-server, a stand-in for MongoDB'

runDestinationSuite({
  name,
  idempotent: true,
  start: async () => {
    const server = await startMongo()
    return {
      argument: `mongo:?mongodb://${server.host}/?ssl=false&serverSelectionTimeoutMS=1000&ke.timeout=2s`,
      readBack: async () => {
        // While it is away nothing can be read.
        const documents = await server.documents('k8s', 'event').catch((error: unknown) => {
          if (error instanceof Error && error.name.startsWith('Mongo')) return []
          throw error
        })
        return documents.map(({ message }) => String(message))
      },
      // mongodb, measured.
      clientMiB: 20,
      stop: server.stop,
      start: server.start,
      freeze: server.freeze,
      thaw: server.thaw,
      close: server.close,
    }
  },
})

async function open(
  test: TestContext,
  argument: string,
  env?: Readonly<Record<string, string>>,
): Promise<{ readonly sink: Sink; readonly logged: readonly string[] }> {
  const { kit, own, problems } = splitArgument(sinkArgument(`mongo:?${argument}`))
  const read = mongo.readArgument(own, kit)
  assert.deepEqual([problems, read.errors], [[], []])
  const world = sinkWorld(paceWith(mongo.pace, kit).concurrency, { TZ: 'UTC', ...env })
  const sink = await mongo.open(mongo.schema.parse(read.options), world.context)
  test.after(() => sink.close())
  return { sink, logged: world.logged }
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

function detailOf([outcome]: readonly Outcome[]): string {
  return outcome && 'detail' in outcome ? (outcome.detail ?? '') : ''
}

describe(name, { skip: needs('mongo-java-server') }, () => {
  let server: MongoServer
  before(async () => {
    server = await startMongo()
  })
  after(() => server?.close())
  beforeEach(() => server.withClient((client) => client.db('k8s').dropDatabase()))

  it('stores each state of an event once, however often it is sent', async (test) => {
    const { sink } = await open(test, `mongodb://${server.host}/`)
    assert.deepEqual(kindsOf(await sink.send(many(700), signal)), ['delivered'])
    assert.deepEqual(kindsOf(await sink.send(many(800), signal)), ['delivered'])
    assert.equal((await server.documents('k8s', 'event')).length, 800)
  })

  it('gives every value back as it was', async (test) => {
    const { sink } = await open(test, `mongodb://${server.host}/`)
    const hard = `it's "a" \\ $where: 1 \n\t 探针 🚀`
    const event = { ...podEvent(3, hard), firstTimestamp: '2024-05-06T08:00:00Z', eventTime: null }
    await sink.send([occurrenceOf(event)], signal)
    const [{ id, ...document } = {}] = await server.documents('k8s', 'event')
    assert.match(String(id), /^[0-9a-f]{24}$/)
    assert.deepEqual(document, {
      count: 3,
      namespace: 'shop',
      kind: 'Pod',
      name: 'web-3',
      type: 'Warning',
      reason: 'BackOff',
      message: hard,
      event_id: 'uid-3',
      first_occurrence_time: new Date('2024-05-06T08:00:00Z'),
      last_occurrence_time: new Date('2024-05-06T09:30:15Z'),
    })
  })

  it('with a unique index of its own refuses what is in its way, and takes the others', async (test) => {
    await server.withClient((client) =>
      client.db('k8s').collection('event').createIndex({ event_id: 1 }, { unique: true }),
    )
    const { sink } = await open(test, `mongodb://${server.host}/`)
    await sink.send(many(2), signal)
    const event = podEvent(1)
    const later = occurrenceOf({ ...event, metadata: { ...event.metadata, resourceVersion: '99' } })
    const outcomes = await sink.send([later, ...many(4)], signal)
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['rejected', 'delivered', 'delivered', 'delivered', 'delivered'],
    )
    assert.match(detailOf(outcomes), /a unique index of the collection/)
  })

  it('is checked by a document that is not there afterwards', async (test) => {
    const { sink } = await open(test, `mongodb://${server.host}/`)
    await sink.check(signal)
    assert.deepEqual(await server.documents('k8s', 'event'), [])
  })

  it('gets the index by which it deletes', async (test) => {
    const { sink } = await open(test, `mongodb://${server.host}/&ke.expireAfter=720h`)
    await sink.send(many(1), signal)
    const indexes = await server.withClient((client) => client.db('k8s').collection('event').indexes())
    assert.equal(indexes.find(({ key }) => 'last_occurrence_time' in key)?.['expireAfterSeconds'], 2_592_000)
  })

  it('goes on beside what the original wrote', async (test) => {
    await server.withClient((client) =>
      client.db('k8s').collection('event').insertOne({ event_id: 'uid-1', message: 'Back-off 1' }),
    )
    const { sink } = await open(test, `mongodb://${server.host}/`)
    assert.deepEqual(kindsOf(await sink.send(many(2), signal)), ['delivered'])
    assert.equal((await server.documents('k8s', 'event')).length, 3)
  })

  it('that asks for a password that it does not know is told as refused or unreachable, never as delivered', async (test) => {
    const { sink } = await open(test, `mongodb://root:canary-password@${server.host}/`)
    const outcomes = await sink.send(many(1), signal)
    assert.equal(outcomes[0]?.kind, 'retry')
    assert.doesNotMatch(detailOf(outcomes), /canary/)
    await assert.rejects(sink.check(signal))
  })
})

describe('mongo-java-server with TLS', { skip: needs('mongo-java-server') }, () => {
  let server: MongoServer
  let certificates: Certificates
  before(async () => {
    certificates = makeCertificates()
    const { ca, cert, key } = certificates.files
    server = await startMongo({ tls: { ca, cert, key } })
  })
  after(async () => {
    await server?.close()
    certificates?.remove()
  })

  const sent = async (
    test: TestContext,
    query: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<readonly Outcome[]> => {
    const { sink } = await open(test, `mongodb://${server.host}/?serverSelectionTimeoutMS=1000${query}`, env)
    return sink.send(many(1), signal)
  }

  it('is trusted by its authority, in every way to name it', async (test) => {
    const { ca } = certificates.files
    assert.deepEqual(kindsOf(await sent(test, `&tls=true&tlsCAFile=${ca}`)), ['delivered'])
    assert.deepEqual(kindsOf(await sent(test, `&ke.ca=${ca}`)), ['delivered'])
    assert.deepEqual(kindsOf(await sent(test, '&ssl=true', { SSL_CERT_FILE: ca })), ['delivered'])
    assert.deepEqual(kindsOf(await sent(test, `&ke.ca=${ca}&ke.serverName=receiver.example.test`)), [
      'delivered',
    ])
  })

  it('is not trusted without, nor under another name', async (test) => {
    const untrusted = await sent(test, '&tls=true')
    assert.deepEqual(kindsOf(untrusted), ['retry unreachable'])
    assert.match(detailOf(untrusted), /certificate is not trusted .*`ke\.ca=\/path`/)
    const misnamed = await sent(test, `&ke.ca=${certificates.files.ca}&ke.serverName=other.example.test`)
    assert.match(detailOf(misnamed), /for another name; .*`ke\.serverName=`/)
  })

  it('is taken as it is where that is asked for', async (test) => {
    assert.deepEqual(kindsOf(await sent(test, '&tls=true&tlsInsecure=true')), ['delivered'])
    assert.deepEqual(kindsOf(await sent(test, '&ke.insecure=true')), ['delivered'])
  })
})
