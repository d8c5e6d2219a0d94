/** For tests: an HTTP or HTTPS endpoint on loopback that records what it gets and answers as told. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { isIPv6 } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface Received {
  readonly method: string
  /** Path and query as they came. */
  readonly target: string
  readonly headers: IncomingMessage['headers']
  /** As text; one that came compressed with gzip, as it was before. */
  readonly body: string
  /** Which connection it came on, from 1. */
  readonly connection: number
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What a request gets: an answer, none ever (`hang`), or a connection that is cut. */
export type Reply = Answer | 'hang' | 'reset'

export interface HttpReceiver {
  /** `127.0.0.1:port` */
  readonly host: string
  readonly requests: readonly Received[]
  /** Connections accepted so far. */
  readonly connections: number
  readonly openConnections: number
  /** How to answer from now on. */
  reply(how: Reply | ((request: Received) => Reply)): void
  /** Resolves once `count` requests have come in. */
  gotten(count: number): Promise<void>
  /** Cuts the connections that stand open. */
  cutConnections(): void
  close(): Promise<void>
}

export async function startReceiver(
  tls?: { readonly cert: string; readonly key: string; readonly ca?: string },
  address = '127.0.0.1',
): Promise<HttpReceiver> {
  const requests: Received[] = []
  const sockets = new Map<Socket, number>()
  let connections = 0
  let how: Reply | ((request: Received) => Reply) = {}
  let waiting: { count: number; resolve: () => void }[] = []
  const onRequest = (message: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = []
    message.on('data', (chunk: Buffer) => chunks.push(chunk))
    message.on('end', () => {
      const request: Received = {
        method: message.method ?? '',
        target: message.url ?? '',
        headers: message.headers,
        body: textOf(Buffer.concat(chunks), message.headers['content-encoding']),
        connection: sockets.get(message.socket) ?? 0,
      }
      requests.push(request)
      const reply = typeof how === 'function' ? how(request) : how
      waiting = waiting.filter(({ count, resolve }) => (requests.length >= count ? resolve() : true))
      if (reply === 'hang') return
      if (reply === 'reset') return void message.socket.resetAndDestroy()
      response.writeHead(reply.status ?? 200, reply.headers).end(reply.body ?? '{}')
    })
  }
  const server = tls
    ? createTlsServer(
        { ...tls, ...(tls.ca ? { requestCert: true, rejectUnauthorized: true } : {}) },
        onRequest,
      )
    : createServer(onRequest)
  const keep = (socket: Socket): void => {
    sockets.set(socket, connections)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  }
  server.on('connection', (socket: Socket) => {
    connections += 1
    keep(socket)
  })
  if (tls) server.on('secureConnection', keep)
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const bound = server.address()
  const port = typeof bound === 'object' && bound ? bound.port : 0
  return {
    host: `${isIPv6(address) ? `[${address}]` : address}:${port}`,
    requests,
    get connections() {
      return connections
    },
    get openConnections() {
      return sockets.size
    },
    reply: (next) => {
      how = next
    },
    gotten: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    cutConnections: () => {
      for (const socket of sockets.keys()) socket.resetAndDestroy()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of sockets.keys()) socket.destroy()
      }),
  }
}

function textOf(body: Buffer, encoding: string | undefined): string {
  return (encoding === 'gzip' ? gunzipSync(body) : body).toString('utf8')
}
