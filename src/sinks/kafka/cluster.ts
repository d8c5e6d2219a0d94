/** The Kafka cluster as the producer needs it: who leads a partition, a connection to it, an identity, one request. */
import type { SecureContext } from 'node:tls'
import {
  Base,
  ConfigResourceTypes,
  UnsupportedApiError,
  Writer,
  describeConfigsV4,
  initProducerIdV0,
  initProducerIdV1,
  initProducerIdV2,
  initProducerIdV3,
  initProducerIdV4,
  initProducerIdV5,
  metadataV10,
  metadataV11,
  metadataV12,
  metadataV9,
  produceV10,
  produceV11,
  produceV3,
  produceV4,
  produceV5,
  produceV6,
  produceV7,
  produceV8,
  produceV9,
  type ClusterTopicMetadata,
  type Connection,
} from '@platformatic/kafka'
import { answerIn, isNotReady, isUnknownTopic, isWithoutIdempotence, TopicError } from './failures.ts'
import type { ProduceAnswer } from './failures.ts'
import type { Compression, SaslMechanism } from './options.ts'
import { encodeBatch, stamp } from './record-batch.ts'
import type { Identity, Message } from './record-batch.ts'

/** In the order in which a broker should be asked: the newest that it knows is used. */
const produceApis = [
  produceV11,
  produceV10,
  produceV9,
  produceV8,
  produceV7,
  produceV6,
  produceV5,
  produceV4,
  produceV3,
].map(({ api: { key, version }, parseResponse }) => ({ key, version, parseResponse }))
const initProducerIdApis = [
  initProducerIdV5,
  initProducerIdV4,
  initProducerIdV3,
  initProducerIdV2,
  initProducerIdV1,
  initProducerIdV0,
].map(({ api }) => api)
/** From version 8 on a broker says what a user may do with a topic. */
const metadataApis = [metadataV12, metadataV11, metadataV10, metadataV9].map(({ api }) => api)

export interface ClusterOptions {
  /** `host:port` */
  readonly brokers: readonly string[]
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string }
  readonly tls?: {
    readonly context: SecureContext
    readonly verify: boolean
    readonly serverName: string | undefined
  }
  readonly compression: Compression
}

const nobody: Identity = { producerId: -1n, epoch: -1 }

type Ranges = ReadonlyMap<number, { readonly minVersion: number; readonly maxVersion: number }>

/** All replicas that are in step have it. */
const acksAll = -1

/** What the user may do with a topic; `is-made`: it is not there, and the brokers make topics by themselves. */
export type TopicAccess = 'may-write' | 'may-not-write' | 'no-such-topic' | 'is-made' | 'unknown'

/** The bit of `WRITE` in a topic's authorized operations (Kafka's AclOperation). */
const writeBit = 1 << 4
/** The least number of 32 bits: the broker does not tell. */
const notTold = -(2 ** 31)

/** How long a broker may take to have a batch on all replicas; as the original asks. */
const replicationTimeoutMs = 10_000
/** A broker that says nothing for so long is given up, and with it the connection. */
const requestTimeoutMs = 30_000
const connectTimeoutMs = 4_000
/** Requests on a connection; a partition has one at a time. */
const maxInFlight = 64
/** How long what is known of a topic is taken for true: a new partition is used after this time. */
const metadataMaxAgeMs = 300_000
/** A topic that the brokers make by themselves is there after a moment; so is the first identity of a new cluster. */
const soonTries = 5
const soonWaitMs = 200

export class Cluster {
  readonly #base: Base
  readonly #compression: Compression
  /** Topics whose leaders are not where they were. */
  readonly #stale = new Set<string>()
  readonly #onNoIdempotence: () => void
  #identity: Promise<Identity> | undefined
  #ranges: Promise<Ranges> | undefined

  /** `onNoIdempotence` is called when a broker does not allow an identity: a resend can double then. */
  constructor(options: ClusterOptions, onNoIdempotence: () => void) {
    this.#compression = options.compression
    this.#onNoIdempotence = onNoIdempotence
    const { sasl, tls } = options
    this.#base = new Base({
      clientId: 'kafka-sink',
      bootstrapBrokers: [...options.brokers],
      connectTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      maxInflights: maxInFlight,
      metadataMaxAge: metadataMaxAgeMs,
      // When and how often to try again is the pump's to decide.
      retries: 0,
      ...(sasl && { sasl: { ...sasl } }),
      ...(tls && {
        tls: {
          secureContext: tls.context,
          rejectUnauthorized: tls.verify,
          ...(tls.serverName !== undefined && { servername: tls.serverName }),
        },
      }),
    })
    // A connection tells of an error once to those who wait for it. A second one, such as the reset by a broker that has
    // refused a login, would find nobody and end the program.
    this.#base.connections.on('connecting', ({ connection }) => connection.on('error', () => {}))
  }

  /** How many partitions the topic has; a broker that makes topics by itself makes it. */
  async partitionsOf(topic: string): Promise<number> {
    return (await this.#topic(topic)).partitionsCount
  }

  /** A connection to the broker that leads the partition. */
  async leaderOf(topic: string, partition: number): Promise<Connection> {
    const { partitions } = await this.#topic(topic)
    const leader = partitions[partition]?.leader
    const connections = leader === undefined ? undefined : await this.#base.connectToBrokers([leader])
    const connection = leader === undefined ? undefined : connections?.get(leader)
    if (connection) return connection
    this.#stale.add(topic)
    throw new TopicError('no-leader', topic)
  }

  /** What was known of the topic is asked anew. */
  forget(topic: string): void {
    this.#stale.add(topic)
  }

  /** As whom to write; one for all partitions until `drop`. */
  identity(): Promise<Identity> {
    this.#identity ??= this.#askIdentity().catch((error: unknown) => {
      this.#identity = undefined
      throw error
    })
    return this.#identity
  }

  /** The brokers do not know this identity any more: another one from now on. */
  async drop(identity: Identity): Promise<void> {
    const held = this.#identity
    if (held && (await held.catch(() => undefined)) === identity && this.#identity === held) {
      this.#identity = undefined
    }
  }

  /** A batch of messages, compressed as the user wants it, to be sent by `produce`. */
  encode(messages: readonly Message[]): Promise<Buffer> {
    return encodeBatch(messages, this.#compression)
  }

  /** Sends one batch to the leader; throws where no answer came, and then nobody knows whether it is stored. */
  async produce(
    connection: Connection,
    topic: string,
    partition: number,
    batch: Buffer,
    identity: Identity,
    firstSequence: number,
  ): Promise<ProduceAnswer> {
    const { key, version, parseResponse } = await this.#api(produceApis)
    stamp(batch, identity, identity === nobody ? -1 : firstSequence)
    const isFlexible = version >= 9
    const request = (): Writer => {
      const writer = Writer.create()
        .appendString(null, isFlexible)
        .appendInt16(acksAll)
        .appendInt32(replicationTimeoutMs)
        .appendArray(
          [topic],
          (ofTopic) =>
            ofTopic
              .appendString(topic, isFlexible)
              .appendArray(
                [partition],
                (ofPartition) => ofPartition.appendInt32(partition).appendBytes(batch, isFlexible),
                isFlexible,
                isFlexible,
              ),
          isFlexible,
          isFlexible,
        )
      return isFlexible ? writer.appendTaggedFields() : writer
    }
    try {
      await new Promise<unknown>((resolve, reject) => {
        connection.send(key, version, request, parseResponse, isFlexible, isFlexible, (error, answer) =>
          error ? reject(error) : resolve(answer),
        )
      })
      return { code: 0, refused: [] }
    } catch (error) {
      const answer = answerIn(error)
      if (answer) return answer
      throw error
    }
  }

  /** Whether the user may write to the topic; asks without making it. */
  async accessTo(topic: string): Promise<TopicAccess> {
    const { node, connection } = await this.#anyBroker({ forceUpdate: true })
    const api = await this.#api(metadataApis)
    try {
      const answer = await api.async(connection, [topic], false, true)
      const operations = answer.topics[0]?.topicAuthorizedOperations ?? notTold
      if (operations === notTold) return 'unknown'
      return (operations & writeBit) === 0 ? 'may-not-write' : 'may-write'
    } catch (error) {
      if (!isUnknownTopic(error)) throw error
      return (await this.#makesTopics(node, connection)) ? 'is-made' : 'no-such-topic'
    }
  }

  /** Ends all connections; what is in flight fails. */
  async close(): Promise<void> {
    const closed = this.#base.close()
    // A broker that hangs would not let a connection end by itself.
    for (const [, connection] of this.#base.connections) connection.socket?.destroy()
    await closed
  }

  /** What is known of the topic; throws `TopicError` where it is not there, and no broker makes it. */
  async #topic(topic: string): Promise<ClusterTopicMetadata> {
    const ask = async (): Promise<ClusterTopicMetadata> => {
      const forceUpdate = this.#stale.has(topic)
      const { topics } = await this.#base.metadata({ topics: [topic], autocreateTopics: true, forceUpdate })
      this.#stale.delete(topic)
      const found = topics.get(topic)
      if (found) return found
      throw new TopicError('unknown', topic)
    }
    try {
      return await soon(ask, isUnknownTopic)
    } catch (error) {
      throw isUnknownTopic(error) ? new TopicError('unknown', topic) : error
    }
  }

  async #anyBroker(how: {
    readonly forceUpdate?: boolean
  }): Promise<{ node: number; connection: Connection }> {
    const { brokers } = await this.#base.metadata({ ...how })
    const connections = await this.#base.connectToBrokers([...brokers.keys()].slice(0, 1))
    for (const [node, connection] of connections) return { node, connection }
    throw new TopicError('no-leader', '')
  }

  /** A user who may not see the broker's settings cannot know. */
  async #makesTopics(node: number, connection: Connection): Promise<boolean> {
    const name = 'auto.create.topics.enable'
    const resource = { resourceType: ConfigResourceTypes.BROKER, resourceName: String(node) }
    try {
      const api = await this.#api([describeConfigsV4.api])
      const { results } = await api.async(connection, [{ ...resource, configurationKeys: [name] }])
      return results.some(({ configs }) => configs.some((one) => one.name === name && one.value === 'true'))
    } catch {
      return false
    }
  }

  async #askIdentity(): Promise<Identity> {
    const { connection } = await this.#anyBroker({})
    try {
      const api = await this.#api(initProducerIdApis)
      const ask = () => api.async(connection, null, 0, -1n, -1)
      const { producerId, producerEpoch } = await soon(ask, isNotReady)
      return { producerId, epoch: producerEpoch }
    } catch (error) {
      if (!isWithoutIdempotence(error)) throw error
      this.#onNoIdempotence()
      return nobody
    }
  }

  /** The first of `candidates` (the newest first) that the brokers know. */
  async #api<Api extends { readonly key: number; readonly version: number }>(
    candidates: readonly Api[],
  ): Promise<Api> {
    this.#ranges ??= this.#base.listApis().then(
      (apis) => new Map(apis.map(({ apiKey, ...range }) => [apiKey, range])),
      (error: unknown) => {
        this.#ranges = undefined
        throw error
      },
    )
    const ranges = await this.#ranges
    const known = candidates.find(({ key, version }) => {
      const range = ranges.get(key)
      return range !== undefined && version >= range.minVersion && version <= range.maxVersion
    })
    if (known) return known
    throw new UnsupportedApiError('no version of a request that both sides know')
  }
}

/** Asks again where the answer is that there is nothing yet. */
async function soon<T>(ask: () => Promise<T>, isNotYet: (error: unknown) => boolean): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await ask()
    } catch (error) {
      if (tried === soonTries || !isNotYet(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, soonWaitMs))
    }
  }
}
