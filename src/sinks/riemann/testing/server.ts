/**
 * A double of a Riemann server, made from its protocol's own definition of messages: it takes every byte of a frame
 * apart, answers each in its turn, and fails as streams do, at one event with those behind it untold.
 */
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import protobuf from 'protobufjs'
import * as z from 'zod/mini'

const definition = `
syntax = "proto2";
message State {
  optional int64 time = 1; optional string state = 2; optional string service = 3; optional string host = 4;
  optional string description = 5; optional bool once = 6; repeated string tags = 7; optional float ttl = 8;
}
message Event {
  optional int64 time = 1; optional string state = 2; optional string service = 3; optional string host = 4;
  optional string description = 5; repeated string tags = 7; optional float ttl = 8;
  repeated Attribute attributes = 9; optional int64 time_micros = 10; optional sint64 metric_sint64 = 13;
  optional double metric_d = 14; optional float metric_f = 15;
}
message Query { optional string string = 1; }
message Msg {
  optional bool ok = 2; optional string error = 3; repeated State states = 4; optional Query query = 5;
  repeated Event events = 6;
}
message Attribute { required string key = 1; optional string value = 2; }`

const msg = protobuf.parse(definition, { keepCase: true }).root.lookupType('Msg')

const eventSchema = z.strictObject({
  time: z.string(),
  state: z.string(),
  service: z.string(),
  host: z.string(),
  description: z.optional(z.string()),
  tags: z.optional(z.array(z.string())),
  ttl: z.optional(z.number()),
  attributes: z.array(z.strictObject({ key: z.string(), value: z.string() })),
  time_micros: z.string(),
  metric_sint64: z.string(),
})
const messageSchema = z.strictObject({ events: z.optional(z.array(eventSchema)) })

/** Numbers of 64 bits are texts. */
export type RiemannEvent = z.output<typeof eventSchema>

/** What a message is answered: nothing, a closed connection, or bytes that are no frame of Riemann's, besides an answer. */
export type Fault = 'hang' | 'close' | 'nonsense' | { readonly error: string }

export interface ServerSettings {
  readonly port?: number
  /** PEM texts; with `ca`, clients must have a certificate. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string }
  readonly stored?: (event: RiemannEvent) => void
}

export interface RiemannServer {
  /** `127.0.0.1:port` */
  readonly host: string
  /** What streams were told, in order. */
  readonly events: readonly RiemannEvent[]
  /** Events of each message, in order; those that failed too. */
  readonly messages: readonly number[]
  readonly connections: number
  /** How messages fare from now on; asked with their events. */
  fail(how: (events: readonly RiemannEvent[]) => Fault | undefined): void
  /** Resolves once so many messages have come in. */
  gotten(count: number): Promise<void>
  /** Ends the connections that stand open, as a restart does. */
  cutConnections(): void
  close(): Promise<void>
}

export async function startRiemann({ port = 0, tls, stored }: ServerSettings = {}): Promise<RiemannServer> {
  const events: RiemannEvent[] = []
  const messages: number[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let faultFor: (events: readonly RiemannEvent[]) => Fault | undefined = () => undefined
  let waiting: { count: number; resolve: () => void }[] = []

  const answer = (socket: Socket, frame: Buffer): void => {
    const told = z.parse(messageSchema, msg.toObject(msg.decode(frame), { longs: String })).events ?? []
    messages.push(told.length)
    waiting = waiting.filter(({ count, resolve }) => (messages.length >= count ? resolve() : true))
    let fault: Fault | undefined
    for (const [at, event] of (told.length === 0 ? [undefined] : told).entries()) {
      // Asked with what follows, as a stream that fails at an event leaves the rest untold.
      fault = faultFor(told.slice(at))
      if (fault !== undefined) break
      if (event === undefined) continue
      events.push(event)
      stored?.(event)
    }
    if (fault === 'hang') return
    if (fault === 'close') return void socket.destroy()
    if (fault === 'nonsense') return void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')
    socket.write(frameOf(fault ? { ok: false, error: fault.error } : { ok: true }))
  }
  const onSocket = (socket: Socket): void => {
    connections += 1
    sockets.add(socket)
    let bytes = Buffer.alloc(0)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE()) {
        const end = 4 + bytes.readUInt32BE()
        answer(socket, bytes.subarray(4, end))
        bytes = bytes.subarray(end)
      }
    })
  }
  const secure = { ...tls, ...(tls?.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true }) }
  const server = tls ? createTlsServer(secure, onSocket) : createServer(onSocket)
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const bound = server.address()
  return {
    host: `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`,
    events,
    messages,
    get connections() {
      return connections
    },
    fail: (how) => {
      faultFor = how
    },
    gotten: (count) =>
      new Promise((resolve) => {
        if (messages.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    cutConnections: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function frameOf(message: object): Buffer {
  const body = msg.encode(msg.fromObject(message)).finish()
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}
