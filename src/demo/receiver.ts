// A local webhook receiver: keeps what it gets, and answers as it is told to.
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { once } from 'node:events'
import { systemClock, type Clock } from '../domain/clock.ts'
import type { TlsFiles } from './listener.ts'

export interface Received {
  /** From 1, in the order in which requests were complete. */
  readonly number: number
  readonly method: string
  /** Path and query as they came. */
  readonly url: string
  /** Names in lower case; values of a name that came twice, joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** Names and values as they came, in turn. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** ms since 1970. */
  readonly atMs: number
}

/**
 * What happens to a request.
 * - `answer`: status (default 200), headers, body, after `delayMs`
 * - `hang`: no answer, the connection stays open
 * - `reset`: the connection is reset
 */
export type Answer =
  | {
      readonly kind?: 'answer'
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string | Buffer
      readonly delayMs?: number
    }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }

export interface ReceiverOptions {
  /** 0, the default: any free one. */
  readonly port?: number
  readonly tls?: TlsFiles
  /** How many of the newest requests are kept. Default: all. 0 keeps none: count, or use `onReceived`. */
  readonly keep?: number
  readonly onReceived?: (received: Received) => void
  /** Default: 200 without a body. */
  readonly answer?: Answer | ((received: Received) => Answer)
  readonly clock?: Clock
}

export interface Receiver {
  readonly url: string
  readonly port: number
  /** Kept requests, oldest first. */
  readonly received: readonly Received[]
  /** All requests since the start. */
  readonly count: number
  /** How requests are answered from now on. */
  answer(answer: Answer | ((received: Received) => Answer)): void
  /** Resolves once that many requests have come, or what has come satisfies the function. */
  until(enough: number | ((received: readonly Received[]) => boolean)): Promise<void>
  /** Forgets what was kept; `count` goes on. */
  forget(): void
  connections(): number
  close(): Promise<void>
}

const none = Buffer.alloc(0)

/** Starts a receiver on the loopback address. Rejects if the port is taken. */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const clock = options.clock ?? systemClock
  const keep = options.keep ?? Infinity
  const received: Received[] = []
  const waiting = new Set<() => void>()
  let count = 0
  let answer = options.answer ?? {}

  const complete = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    count += 1
    const { method = '', url = '', rawHeaders } = request
    const one: Received = {
      number: count,
      method,
      url,
      // Made only for who asks: a flood asks for none.
      get headers() {
        return headersOf(rawHeaders)
      },
      rawHeaders,
      body,
      atMs: clock.wallMs(),
    }
    if (keep > 0) {
      received.push(one)
      if (received.length > keep) received.shift()
    }
    options.onReceived?.(one)
    respond(typeof answer === 'function' ? answer(one) : answer, request, response, clock)
    for (const look of waiting) look()
  }

  const handle: RequestListener = (request, response) => {
    // As a rule the body is one chunk.
    let first: Buffer | undefined
    let more: Buffer[] | undefined
    request.on('data', (chunk: Buffer) => {
      if (!first) first = chunk
      else (more ??= [first]).push(chunk)
    })
    request.on('end', () => complete(request, response, more ? Buffer.concat(more) : (first ?? none)))
    request.on('error', () => {})
    response.on('error', () => {})
  }
  const server = options.tls
    ? createHttpsServer({ key: options.tls.key, cert: options.tls.cert }, handle)
    : createHttpServer(handle)
  server.keepAliveTimeout = 60_000
  server.requestTimeout = 0
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  let connections = 0
  server.on('connection', (socket) => {
    connections += 1
    socket.once('close', () => {
      connections -= 1
    })
  })

  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    received,
    get count() {
      return count
    },
    answer: (next) => {
      answer = next
    },
    until: (enough) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (typeof enough === 'number' ? count < enough : !enough(received)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    forget: () => void received.splice(0),
    connections: () => connections,
    close: async () => {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function respond(answer: Answer, request: IncomingMessage, response: ServerResponse, clock: Clock): void {
  if (answer.kind === 'hang') return
  if (answer.kind === 'reset') return void request.socket.resetAndDestroy()
  const { status = 200, headers, body = none, delayMs = 0 } = answer
  const send = (): void => {
    response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers })
    response.end(body)
  }
  if (delayMs === 0) return send()
  const timer = clock.schedule(send, delayMs)
  response.once('close', () => timer.cancel())
}

function headersOf(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase()
    const value = raw[at + 1] ?? ''
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}
