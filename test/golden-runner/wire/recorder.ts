/** The sinks' destination: keeps every request as it came and answers as the recording's answers say. */
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { once } from 'node:events'
import { createServer as createTcpServer } from 'node:net'
import { answerTo } from './answers.ts'
import { arrivedBatch } from './honeycomb.ts'
import { arrivedCloudEvents } from './eventbridge.ts'
import { arrivedLines, startSeriesRecorder } from './influxdb.ts'
import { startMessageRecorder } from './kafka.ts'
import { startDocumentRecorder } from './mongo.ts'
import { startRowRecorder } from './mysql.ts'
import type { DatabaseSetup } from './mysql.ts'
import { startEventRecorder } from './riemann.ts'
import type { RecordedAnswer } from './recording.ts'
import { arrivedDocuments, searchEngineFor } from './search-engine.ts'
import type { Arrival } from './requests.ts'
import type { ListenerName } from './sinks.ts'
import { arrivedLogs, logLines } from './sls.ts'
import type { LogKeys } from './sls.ts'

export interface Recorder {
  /** `host:port` of a listener. */
  host(listener: ListenerName): string
  /** In order of arrival, all listeners together. */
  readonly arrivals: readonly Arrival[]
  /** TLS handshakes that failed. */
  readonly refusedHandshakes: number
  /** Every request from now on is answered with 200. */
  heal(): void
  /** Listens, if it was told to start closed. */
  open(): Promise<void>
  close(): Promise<void>
}

export interface RecorderOptions {
  readonly listeners: readonly { readonly name: ListenerName; readonly scheme: Arrival['scheme'] }[]
  readonly answers: readonly RecordedAnswer[]
  /** PEM texts, for listeners with https. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** For a listener of MySQL's protocol. */
  readonly database?: DatabaseSetup
  /** For a listener that is InfluxDB: its database. */
  readonly seriesDatabase?: string
  /** Of the key that signs requests to EventBridge. */
  readonly eventSecret?: string
  /** Requests are InfluxDB's. */
  readonly hasPoints?: boolean
  /** For groups of logs: what signatures are recomputed with. */
  readonly logKeys?: LogKeys | undefined
  /** Ports are chosen, and connections refused until `open`. */
  readonly closed: boolean
}

interface Listening {
  readonly port: number
  open(): Promise<void>
  close(): Promise<void>
}

/** Starts on the loopback address. */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const arrivals: Arrival[] = []
  const listening = new Map<ListenerName, Listening>()
  const choose = answerTo(options.answers)
  const engine = searchEngineFor(options.answers)
  let refusedHandshakes = 0
  let healed = false

  const handler =
    (listener: ListenerName, scheme: 'http' | 'https'): RequestListener =>
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('error', () => {})
      response.on('error', () => {})
      request.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const lines = logLines(request, bytes, options.logKeys)
        const body = lines ?? bytes.toString('utf8')
        const { method = '', url = '' } = request
        const chosen = healed ? undefined : choose({ method, target: url, body })
        const stands = engine && (chosen === undefined || chosen.fake !== undefined)
        const contentType = request.headers['content-type']
        const answer: RecordedAnswer | undefined = stands
          ? { ...engine.answer({ method, target: url, contentType, body }) }
          : chosen
        const status = answer?.hang === true ? undefined : (answer?.status ?? 200)
        const isTaken = status !== undefined && status >= 200 && status < 300 && !tellsError(answer)
        const arrival = { listener, scheme, status, isTaken, body, ...asSent(request) }
        arrivals.push(
          ...(engine
            ? arrivedDocuments(arrival, textOf(answer))
            : options.hasPoints
              ? arrivedLines(arrival)
              : options.eventSecret !== undefined
                ? arrivedCloudEvents(arrival, options.eventSecret)
                : lines === undefined
                  ? arrivedBatch(arrival)
                  : arrivedLogs(arrival)),
        )
        if (status !== undefined) respond(response, status, answer)
      })
    }

  const listenFor = (name: ListenerName, scheme: Arrival['scheme'], port: number): Listening => {
    const tell = (arrival: Arrival): void => void arrivals.push(arrival)
    if (scheme === 'influxdb') return seriesListening(options.seriesDatabase ?? '', tell, port)
    if (scheme === 'kafka') return messageListening(tell, port)
    if (scheme === 'mongodb') return documentListening(name, tell, port)
    if (scheme === 'riemann') return eventListening(name, tell, port)
    if (scheme === 'mysql') return rowListening(options.database, tell, port)
    const handle = handler(name, scheme)
    const server =
      scheme === 'https' ? createHttpsServer({ ...options.tls }, handle) : createHttpServer(handle)
    server.keepAliveTimeout = 60_000
    server.on('tlsClientError', () => {
      refusedHandshakes += 1
    })
    return serverListening(server, port)
  }

  for (const { name, scheme } of options.listeners) {
    const one = listenFor(name, scheme, await freePort())
    listening.set(name, one)
    if (!options.closed) await one.open()
  }

  return {
    host: (listener) => `127.0.0.1:${listening.get(listener)?.port ?? 0}`,
    arrivals,
    get refusedHandshakes() {
      return refusedHandshakes
    },
    heal: () => {
      healed = true
    },
    open: async () => {
      for (const one of listening.values()) await one.open()
    },
    close: async () => {
      for (const one of listening.values()) await one.close()
    },
  }
}

function serverListening(server: Server, port: number): Listening {
  return {
    port,
    open: async () => {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    close: async () => {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function documentListening(name: ListenerName, tell: (arrival: Arrival) => void, port: number): Listening {
  let recorder: Awaited<ReturnType<typeof startDocumentRecorder>> | undefined
  return {
    port,
    open: async () => {
      recorder = await startDocumentRecorder(name, tell, port)
    },
    close: async () => recorder?.close(),
  }
}

function eventListening(name: ListenerName, tell: (arrival: Arrival) => void, port: number): Listening {
  let recorder: Awaited<ReturnType<typeof startEventRecorder>> | undefined
  return {
    port,
    open: async () => {
      recorder = await startEventRecorder(name, tell, port)
    },
    close: async () => recorder?.close(),
  }
}

function rowListening(
  database: DatabaseSetup | undefined,
  tell: (arrival: Arrival) => void,
  port: number,
): Listening {
  let recorder: Awaited<ReturnType<typeof startRowRecorder>> | undefined
  return {
    port,
    open: async () => {
      recorder = database && (await startRowRecorder(database, port, tell))
    },
    close: async () => recorder?.close(),
  }
}

function seriesListening(database: string, tell: (arrival: Arrival) => void, port: number): Listening {
  let recorder: Awaited<ReturnType<typeof startSeriesRecorder>> | undefined
  return {
    port,
    open: async () => {
      recorder = await startSeriesRecorder(database, port, tell)
    },
    close: async () => recorder?.close(),
  }
}

function messageListening(tell: (arrival: Arrival) => void, port: number): Listening {
  let broker: Awaited<ReturnType<typeof startMessageRecorder>> | undefined
  return {
    port,
    open: async () => {
      broker = await startMessageRecorder(tell, port)
    },
    close: async () => broker?.close(),
  }
}

function textOf(answer: RecordedAnswer | undefined): string {
  const { body } = answer ?? { body: {} }
  return body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
}

function tellsError(answer: RecordedAnswer | undefined): boolean {
  const body = answer?.body
  return typeof body === 'object' && body !== null && 'errcode' in body && body.errcode !== 0
}

function asSent(request: IncomingMessage): Pick<Arrival, 'method' | 'path' | 'query' | 'headers'> {
  const { method = '', url = '', rawHeaders } = request
  const mark = url.indexOf('?')
  const headers = new Map<string, string>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    const value = rawHeaders[at + 1] ?? ''
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return {
    method,
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? '' : url.slice(mark + 1),
    headers,
  }
}

function respond(response: ServerResponse, status: number, answer: RecordedAnswer | undefined): void {
  const { headers, delayMs = 0 } = answer ?? {}
  const text = textOf(answer)
  const send = (): void => {
    response.writeHead(status, headers)
    response.end(text)
  }
  if (delayMs > 0) setTimeout(send, delayMs)
  else send()
}

function portOf(server: { address(): unknown }): number {
  const address = server.address()
  return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0
}

/** A port of the loopback address that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}
