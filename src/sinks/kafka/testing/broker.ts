/**
 * For tests: a broker of Kafka's protocol (https://kafka.apache.org/protocol) that is a whole cluster by itself. It
 * checks each batch as a real one does (checksum, identity, sequence), and can be told to misbehave.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { crc32c, Reader, readRecordsBatch, Writer } from '@platformatic/kafka'
import type { RecordsBatch } from '@platformatic/kafka'

export interface BrokerMessage {
  readonly topic: string
  readonly partition: number
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
  readonly codec: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** `PLAIN alice`; '' for none. */
  readonly login: string
  readonly password: string
}

/**
 * What becomes of the next batches:
 * - a number: it is answered with this error code, and not stored
 * - `lost-answer`: it is stored, and the connection ends before the answer
 * - `hangs`: it is not stored, and nothing is answered
 * - `stored-and-hangs`: it is stored, and nothing is answered until `answerAll`
 */
export type Fault = number | 'lost-answer' | 'hangs' | 'stored-and-hangs'

export interface BrokerSettings {
  readonly partitions?: number
  /** Topics that are there; others are made when they are asked for, unless `makesTopics` is false. */
  readonly topics?: readonly string[]
  readonly makesTopics?: boolean
  /** Names and passwords for SASL PLAIN; absent: nobody logs in. */
  readonly users?: Readonly<Record<string, string>>
  /** Any user with any password may log in. */
  readonly takesEveryLogin?: boolean
  /** Called for each message that is stored. */
  readonly stored?: (message: BrokerMessage) => void
  /** It takes connections and never answers. */
  readonly silent?: boolean
  /** It resets the connection of whom it has refused. */
  readonly resets?: boolean
  /** Who does not log in is taken too. */
  readonly isOpen?: boolean
  /** Topics that nobody may write to. */
  readonly forbidden?: readonly string[]
  /** What a batch may have at most, in bytes. */
  readonly maxBatchBytes?: number
  /** `host:port` that it says it has. */
  readonly advertised?: string
  /** Error code of InitProducerId. */
  readonly identityCode?: number
  /** Where to listen; free ones otherwise. */
  readonly port?: number
  /** Refuses messages with such values, by name of their places, or (`unnamed`) without. */
  readonly refuses?: { readonly value: RegExp; readonly unnamed?: boolean }
}

export interface TestBroker {
  /** `host:port` */
  readonly endpoint: string
  /** In the order in which they were stored. */
  readonly messages: readonly BrokerMessage[]
  /** Batches that came, those that were not stored too. */
  readonly batchSizes: readonly number[]
  /** Logins: `mechanism user`. */
  readonly logins: readonly string[]
  /** Faults of the batches to come, one each; afterwards all is well. */
  fail(...faults: readonly Fault[]): void
  /** What becomes of every batch from now on. */
  failAlways(fault: Fault | undefined): void
  /** Answers what hangs after it was stored. */
  answerAll(): void
  /** It knows no identity any more. */
  forgetIdentities(): void
  /** Resolves when a batch has come. */
  reached(): Promise<void>
  close(): Promise<void>
}

const api = {
  produce: 0,
  metadata: 3,
  saslHandshake: 17,
  versions: 18,
  initProducerId: 22,
  saslAuthenticate: 36,
}

/** Versions that it speaks: key, least, most. */
const versions = [
  [api.produce, 3, 8],
  [api.metadata, 12, 12],
  [api.saslHandshake, 1, 1],
  [api.versions, 0, 3],
  [api.initProducerId, 0, 1],
  [api.saslAuthenticate, 0, 1],
] as const

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

const code = {
  corrupt: 2,
  unknownTopic: 3,
  messageTooLarge: 10,
  topicForbidden: 29,
  unsupportedMechanism: 33,
  outOfOrder: 45,
  duplicate: 46,
  unknownProducer: 59,
  loginFailed: 58,
  invalidRecord: 87,
}

interface Request {
  readonly key: number
  readonly version: number
  readonly correlationId: number
  readonly reader: Reader
}

/** Starts on the loopback address. */
export async function startBroker(settings: BrokerSettings = {}): Promise<TestBroker> {
  const { partitions = 1, makesTopics = true, users, forbidden = [], maxBatchBytes = 1_048_588 } = settings
  const topics = new Set(settings.topics ?? [])
  const messages: BrokerMessage[] = []
  const batchSizes: number[] = []
  const logins: string[] = []
  const sockets = new Set<Socket>()
  const faults: Fault[] = []
  const unanswered: (() => void)[] = []
  let always: Fault | undefined
  let wake: (() => void) | undefined
  let nextProducerId = 1n
  /** What was stored last: by producer and partition, the first number of the last batch and the next one. */
  const sequences = new Map<string, { readonly first: number; readonly next: number }>()
  const known = new Set<bigint>()

  const store = (topic: string, partition: number, batch: RecordsBatch, session: Session): void => {
    for (const { key, value, headers } of batch.records) {
      const message: BrokerMessage = {
        topic,
        partition,
        key: String(key),
        value: String(value),
        headers: Object.fromEntries(headers.map(([name, text]) => [String(name), String(text)])),
        codec: codecs[batch.attributes & 7] ?? 'none',
        login: session.user === undefined ? '' : `${session.mechanism} ${session.user}`,
        password: session.password,
      }
      messages.push(message)
      settings.stored?.(message)
    }
  }

  /** The error code for a batch; it is stored where that is 0. */
  const take = (
    topic: string,
    partition: number,
    batch: RecordsBatch,
    bytes: Buffer,
    session: Session,
  ): number => {
    if (crc32c(bytes.subarray(21)) !== batch.crc) return code.corrupt
    if (!topics.has(topic)) return code.unknownTopic
    if (forbidden.includes(topic)) return code.topicForbidden
    if (bytes.length > maxBatchBytes) return code.messageTooLarge
    if (settings.refuses && refusedPlaces(batch, settings.refuses.value).length > 0) return code.invalidRecord
    if (batch.producerId >= 0n) {
      if (!known.has(batch.producerId)) return code.unknownProducer
      const sequenceKey = `${batch.producerId} ${topic} ${partition}`
      const last = sequences.get(sequenceKey)
      if (last?.first === batch.firstSequence) return 0
      if (last && batch.firstSequence < last.first) return code.duplicate
      if (batch.firstSequence !== (last?.next ?? 0)) return code.outOfOrder
      const next = batch.firstSequence + batch.records.length
      sequences.set(sequenceKey, { first: batch.firstSequence, next })
    }
    store(topic, partition, batch, session)
    return 0
  }

  const produce = (socket: Socket, request: Request, session: Session): void => {
    const { reader, version, correlationId } = request
    reader.readNullableString(false)
    const acks = reader.readInt16()
    reader.readInt32()
    const [asked] = reader.readArray(
      (r) => ({
        topic: r.readString(false),
        parts: r.readArray(
          (part) => ({ index: part.readInt32(), bytes: part.readBytes(false) }),
          false,
          false,
        ),
      }),
      false,
      false,
    )
    const [part] = asked?.parts ?? []
    if (!asked || !part || acks !== -1) throw new Error('a request without a batch, or without acks=all')
    const batch = readRecordsBatch(Reader.from(part.bytes))
    batchSizes.push(batch.records.length)
    const fault = faults.shift() ?? always
    wake?.()
    const answer = (errorCode: number): void => {
      const places = errorCode === code.invalidRecord && settings.refuses && !settings.refuses.unnamed
      const refused = places ? refusedPlaces(batch, settings.refuses.value) : []
      send(socket, correlationId, false, produceAnswer(asked.topic, part.index, errorCode, version, refused))
    }
    if (typeof fault === 'number') return answer(fault)
    if (fault === 'hangs') return
    const errorCode = take(asked.topic, part.index, batch, part.bytes, session)
    if (fault === 'stored-and-hangs') unanswered.push(() => answer(errorCode))
    else if (fault === 'lost-answer') socket.destroy()
    else answer(errorCode)
  }

  const metadata = (socket: Socket, { reader, correlationId }: Request): void => {
    const wanted = reader.readNullableArray((r) => {
      r.readUUID()
      return r.readNullableString() ?? ''
    })
    const mayMake = reader.readBoolean()
    for (const name of wanted ?? []) if (mayMake && makesTopics) topics.add(name)
    const [host = '', port = ''] = (settings.advertised ?? endpoint).split(':')
    const answer = Writer.create()
      .appendInt32(0)
      .appendArray([1], (w, id) =>
        w.appendInt32(id).appendString(host).appendInt32(Number(port)).appendString(null),
      )
      .appendString('test-cluster')
      .appendInt32(1)
      .appendArray([...(wanted ?? [])], (w, name) => {
        const isThere = topics.has(name)
        w.appendInt16(isThere ? 0 : code.unknownTopic)
          .appendString(name)
          .appendUUID(null)
          .appendBoolean(false)
          .appendArray(isThere ? Array.from({ length: partitions }, (_, index) => index) : [], (p, index) =>
            p
              .appendInt16(0)
              .appendInt32(index)
              .appendInt32(1)
              .appendInt32(0)
              .appendArray([1], (n, id) => n.appendInt32(id), true, false)
              .appendArray([1], (n, id) => n.appendInt32(id), true, false)
              .appendArray([], () => {}, true, false),
          )
          .appendInt32(forbidden.includes(name) ? 1 << 8 : (1 << 4) | (1 << 8))
      })
      .appendTaggedFields()
    send(socket, correlationId, true, answer)
  }

  const handle = (socket: Socket, request: Request, session: Session): void => {
    const { key, version, correlationId, reader } = request
    const isOpen = users === undefined || settings.isOpen === true || session.user !== undefined
    switch (key) {
      case api.versions: {
        const isFlexible = version >= 3
        const answer = Writer.create()
          .appendInt16(0)
          .appendArray(
            [...versions],
            (w, [apiKey, least, most]) => w.appendInt16(apiKey).appendInt16(least).appendInt16(most),
            isFlexible,
            isFlexible,
          )
          .appendInt32(0)
        if (isFlexible) answer.appendTaggedFields()
        return send(socket, correlationId, false, answer)
      }
      case api.saslHandshake: {
        session.mechanism = reader.readString(false)
        const isKnown = session.mechanism === 'PLAIN'
        return send(
          socket,
          correlationId,
          false,
          Writer.create()
            .appendInt16(isKnown ? 0 : code.unsupportedMechanism)
            .appendArray(['PLAIN'], (w, name) => w.appendString(name, false), false, false),
        )
      }
      case api.saslAuthenticate: {
        const [, user = '', password = ''] = reader.readBytes(false).toString().split('\0')
        const isRight =
          settings.takesEveryLogin === true ||
          (users !== undefined && Object.hasOwn(users, user) && users[user] === password)
        if (isRight) {
          session.user = user
          session.password = password
          logins.push(`${session.mechanism} ${user}`)
        }
        const answer = Writer.create()
          .appendInt16(isRight ? 0 : code.loginFailed)
          // A careless broker tells what it was told.
          .appendString(isRight ? null : `no ${user} with ${password}`, false)
          .appendBytes(Buffer.alloc(0), false)
        send(socket, correlationId, false, version >= 1 ? answer.appendInt64(0n) : answer)
        if (!isRight && settings.resets) setTimeout(() => socket.resetAndDestroy(), 1)
        return
      }
      case api.initProducerId: {
        if (!isOpen) return void socket.destroy()
        known.add(nextProducerId)
        return send(
          socket,
          correlationId,
          false,
          Writer.create()
            .appendInt32(0)
            .appendInt16(settings.identityCode ?? 0)
            .appendInt64(nextProducerId++)
            .appendInt16(0),
        )
      }
      case api.metadata:
        return isOpen ? metadata(socket, request) : void socket.destroy()
      case api.produce:
        return isOpen ? produce(socket, request, session) : void socket.destroy()
      default:
        socket.destroy()
    }
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    const session: Session = { mechanism: '', user: undefined, password: '' }
    let pending = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    if (settings.silent) return
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk])
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const end = 4 + pending.readInt32BE(0)
        const request = readRequest(pending.subarray(4, end))
        pending = pending.subarray(end)
        handle(socket, request, session)
      }
    })
  })
  server.listen(settings.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const endpoint = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`

  return {
    endpoint,
    messages,
    batchSizes,
    logins,
    fail: (...next) => void faults.push(...next),
    failAlways: (fault) => {
      always = fault
    },
    answerAll: () => {
      for (const answer of unanswered.splice(0)) answer()
    },
    forgetIdentities: () => {
      known.clear()
      sequences.clear()
    },
    reached: () => {
      if (batchSizes.length > 0) return Promise.resolve()
      return new Promise((resolve) => {
        wake = resolve
      })
    },
    close: async () => {
      if (!server.listening) return
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

interface Session {
  mechanism: string
  user: string | undefined
  password: string
}

function refusedPlaces(batch: RecordsBatch, value: RegExp): number[] {
  return batch.records.flatMap((record, place) => (value.test(String(record.value)) ? [place] : []))
}

function readRequest(bytes: Buffer): Request {
  const reader = Reader.from(bytes)
  const key = reader.readInt16()
  const version = reader.readInt16()
  const correlationId = reader.readInt32()
  reader.readNullableString(false)
  // Requests in the flexible form have tags in their header.
  const isFlexible = (key === api.metadata && version >= 9) || (key === api.versions && version >= 3)
  if (isFlexible) reader.readTaggedFields()
  return { key, version, correlationId, reader }
}

function send(socket: Socket, correlationId: number, hasTags: boolean, answer: Writer): void {
  const header = Writer.create().appendInt32(correlationId)
  if (hasTags) header.appendTaggedFields()
  socket.write(header.appendFrom(answer).prependLength().buffer)
}

function produceAnswer(
  topic: string,
  partition: number,
  errorCode: number,
  version: number,
  refused: readonly number[],
): Writer {
  return Writer.create()
    .appendArray(
      [topic],
      (w, name) =>
        w.appendString(name, false).appendArray(
          [partition],
          (p, index) => {
            p.appendInt32(index).appendInt16(errorCode).appendInt64(0n).appendInt64(-1n)
            if (version >= 5) p.appendInt64(0n)
            if (version < 8) return
            p.appendArray(
              [...refused],
              (r, place) => r.appendInt32(place).appendString('refused by the test', false),
              false,
              false,
            ).appendString(null, false)
          },
          false,
          false,
        ),
      false,
      false,
    )
    .appendInt32(0)
}
