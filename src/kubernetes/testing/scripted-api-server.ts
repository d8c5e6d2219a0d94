/** An API server whose every answer the test gives: a request that no test asked for fails the test. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'

export interface ReceivedRequest {
  readonly method: string
  /** With the query. */
  readonly url: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Answers as a whole. */
  json(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void
  text(status: number, body: string, headers?: Readonly<Record<string, string>>): void
  /** Sends the head of a watch. */
  open(): void
  /** Sends bytes of a watch's body; `cuts` are positions at which they become chunks of their own. */
  send(bytes: string | Buffer, cuts?: readonly number[]): void
  end(): void
  /** Breaks the connection. */
  reset(): void
  /** Resolves when the client has gone away. */
  readonly gone: Promise<void>
  /** Stops taking the client's bytes and never answers: a connection that is open on one side only. */
  readonly socket: Socket
}

export interface ScriptedApiServer {
  readonly url: string
  readonly port: number
  /** The next request, in the order of arrival. */
  next(): Promise<ReceivedRequest>
  /** Closes all; throws if there are requests that no test took. */
  close(): Promise<void>
}

export async function startScriptedApiServer(tls?: TlsOptions, port = 0): Promise<ScriptedApiServer> {
  const arrived: ReceivedRequest[] = []
  const takers: ((request: ReceivedRequest) => void)[] = []
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const received = receivedRequest(request, response, Buffer.concat(chunks).toString('utf8'))
      const taker = takers.shift()
      if (taker === undefined) arrived.push(received)
      else taker(received)
    })
  }
  const server = tls === undefined ? createHttpServer(onRequest) : createHttpsServer(tls, onRequest)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    port: address.port,
    next: () =>
      new Promise((resolve) => {
        const request = arrived.shift()
        if (request === undefined) takers.push(resolve)
        else resolve(request)
      }),
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      if (arrived.length > 0) {
        throw new Error(`requests that no test asked for: ${arrived.map(({ url }) => url).join(', ')}`)
      }
    },
  }
}

function receivedRequest(request: IncomingMessage, response: ServerResponse, body: string): ReceivedRequest {
  const url = request.url ?? ''
  const { pathname, searchParams } = new URL(url, 'http://server.test')
  const text = (status: number, content: string, headers: Readonly<Record<string, string>> = {}): void => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
    response.end(content)
  }
  return {
    method: request.method ?? '',
    url,
    path: pathname,
    query: searchParams,
    headers: request.headers,
    body,
    json: (status, content, headers) => text(status, JSON.stringify(content), headers),
    text,
    open: () => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.flushHeaders()
    },
    send: (bytes, cuts = []) => {
      const all = Buffer.from(bytes)
      let from = 0
      for (const cut of [...cuts, all.length]) {
        if (cut > from) response.write(all.subarray(from, cut))
        from = Math.max(from, cut)
      }
    },
    end: () => void response.end(),
    reset: () => void request.socket.resetAndDestroy(),
    gone: new Promise((resolve) => {
      response.on('close', resolve)
    }),
    socket: request.socket,
  }
}
