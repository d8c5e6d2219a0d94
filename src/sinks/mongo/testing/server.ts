/** A double of a MongoDB server on the real protocol (OP_MSG; OP_QUERY for the greeting): what is inserted is told. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { BSON } from 'mongodb'

/** How writes are answered. */
export type ServerBehaviour = 'takes' | 'fails' | 'refuses-documents' | 'is-throttled' | 'hangs'

export interface Inserted {
  /** `database.collection` */
  readonly namespace: string
  readonly document: BSON.Document
}

export interface ServerDouble {
  /** `127.0.0.1:port` */
  readonly host: string
  behave(how: ServerBehaviour): void
  /** In order; one whose id was there already is not in it again. */
  readonly inserted: readonly Inserted[]
  /** Commands other than those about the server itself, in order. */
  readonly commands: readonly BSON.Document[]
  /** Resolves when a write has come that gets no answer. */
  reached(): Promise<void>
  close(): Promise<void>
}

const opReply = 1
const opQuery = 2004
const opMessage = 2013

export interface ServerDoubleOptions {
  readonly port?: number
  /** Called for each document that is new. */
  readonly stored?: (inserted: Inserted) => void
}

/** Listens on the loopback address; nobody logs in. */
export async function startServerDouble({
  port = 0,
  stored,
}: ServerDoubleOptions = {}): Promise<ServerDouble> {
  const inserted: Inserted[] = []
  const ids = new Set<string>()
  const commands: BSON.Document[] = []
  const sockets = new Set<Socket>()
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  let how: ServerBehaviour = 'takes'

  const insert = (command: BSON.Document): BSON.Document | undefined => {
    const documents: readonly BSON.Document[] = command['documents'] ?? []
    const namespace = `${String(command['$db'])}.${String(command['insert'])}`
    switch (how) {
      case 'hangs':
        reach()
        return undefined
      case 'fails':
        return { ok: 0, code: 8, codeName: 'UnknownError', errmsg: 'something is wrong' }
      case 'is-throttled':
        return { ok: 0, code: 16_500, errmsg: 'Request rate is large. RetryAfterMs=1250, Details=…' }
      case 'refuses-documents':
      case 'takes':
    }
    const writeErrors = documents.flatMap((document, index) => {
      const id = `${namespace} ${BSON.EJSON.stringify({ id: document['_id'] })}`
      if (Array.isArray(document['_id'])) return [{ index, code: 53, errmsg: "can't use an array for _id" }]
      if (how === 'refuses-documents') {
        return [{ index, code: 121, errmsg: 'Document failed validation', errInfo: { document } }]
      }
      if (ids.has(id)) {
        return [
          { index, code: 11_000, errmsg: `E11000 duplicate key error collection: ${namespace} index: _id_` },
        ]
      }
      ids.add(id)
      inserted.push({ namespace, document })
      stored?.({ namespace, document })
      return []
    })
    return {
      ok: 1,
      n: documents.length - writeErrors.length,
      ...(writeErrors.length > 0 && { writeErrors }),
    }
  }

  const answer = (command: BSON.Document): BSON.Document | undefined => {
    if ('hello' in command || 'isMaster' in command || 'ismaster' in command) return greeting
    if ('ping' in command || 'endSessions' in command) return { ok: 1 }
    commands.push(command)
    if ('insert' in command) return insert(command)
    if ('listIndexes' in command) {
      return { ok: 0, code: 26, codeName: 'NamespaceNotFound', errmsg: 'ns does not exist' }
    }
    return { ok: 1, n: 0 }
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.setNoDelay(true)
    let rest = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 16 && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0))
        rest = rest.subarray(message.length)
        const reply = answer(commandIn(message))
        if (reply) socket.write(replyTo(message, reply))
      }
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const host = `127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
  return {
    host,
    behave: (next) => {
      how = next
    },
    inserted,
    commands,
    reached: () => reached,
    close: async () => {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** A single server, MongoDB 5.0 by its protocol. */
const greeting = {
  ok: 1,
  helloOk: true,
  ismaster: true,
  isWritablePrimary: true,
  minWireVersion: 0,
  maxWireVersion: 13,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  readOnly: false,
}

function commandIn(message: Buffer): BSON.Document {
  const operation = message.readInt32LE(12)
  if (operation === opQuery) {
    // Flags, the collection's name up to a zero byte, two numbers.
    const start = message.indexOf(0, 20) + 1 + 8
    return BSON.deserialize(message.subarray(start))
  }
  if (operation !== opMessage) throw new Error(`no such operation: ${operation}`)
  let command: BSON.Document = {}
  for (let at = 20; at < message.length;) {
    const kind = message[at]
    at += 1
    const size = message.readInt32LE(at)
    const section = message.subarray(at, at + size)
    at += size
    if (kind === 0) command = { ...command, ...BSON.deserialize(section) }
    else if (kind === 1) command = { ...command, ...sequenceIn(section) }
    else throw new Error(`no such section: ${kind}`)
  }
  return command
}

/** Documents that stand beside their command, under the name of its field. */
function sequenceIn(section: Buffer): BSON.Document {
  const end = section.indexOf(0, 4)
  const documents: BSON.Document[] = []
  for (let at = end + 1; at < section.length; at += section.readInt32LE(at)) {
    documents.push(BSON.deserialize(section.subarray(at, at + section.readInt32LE(at))))
  }
  return { [section.toString('utf8', 4, end)]: documents }
}

function replyTo(message: Buffer, document: BSON.Document): Buffer {
  const body = BSON.serialize(document)
  const isOld = message.readInt32LE(12) === opQuery
  // OP_REPLY has flags, a cursor and two counts before its documents; OP_MSG flags and the kind of its section.
  const head = Buffer.alloc(isOld ? 36 : 21)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(message.readInt32LE(4), 8)
  head.writeInt32LE(isOld ? opReply : opMessage, 12)
  if (isOld) head.writeInt32LE(1, 32)
  return Buffer.concat([head, body])
}
