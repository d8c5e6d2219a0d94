/**
 * Up to `limit` connections to one origin, each with one request in flight. The one used last is used next, so
 * that few stay warm; a send that finds all busy waits its turn.
 */
import Client from 'undici/lib/dispatcher/client.js'
import type { Dispatcher } from 'undici'
import type { CancelDial, Route, TlsSettings } from './dial.ts'
import { dial } from './dial.ts'
import { isClosedConnection } from './send-error.ts'

/** What goes into the request line and head. */
export interface RequestHead {
  readonly method: string
  readonly target: string
  /** Names and values by turns. */
  readonly headers: string[]
}

export interface RawAnswer {
  readonly status: number
  readonly location?: string
  readonly retryAfter?: string
  /** The header `Date` as it came; absent where the answer is a success. */
  readonly date?: string
  /** The body's beginning, where it was wanted. */
  readonly body: string
}

export interface Exchange {
  readonly head: RequestHead
  readonly body: Buffer
  /** Whether the answer's body is of interest. */
  wantsBody(status: number): boolean
  /** Called once, with the answer or the error. */
  done(answer: RawAnswer | undefined, error: unknown): void
}

/** Bytes of an answer's body that are read unless told; a connection with a longer one is closed. */
const usualLongestBody = 64 * 1_024
/** An idle connection is closed after this, ms; a shorter `Keep-Alive: timeout=` of the server counts. */
const idleMs = 30_000

export class Connections {
  readonly #route: Route
  readonly #tls: TlsSettings
  readonly #limit: number
  readonly #longestBody: number
  readonly #all = new Set<Connection>()
  readonly #free: Connection[] = []
  readonly #waiting: Exchange[] = []
  #closed = false

  constructor(route: Route, tls: TlsSettings, limit: number, longestBody = usualLongestBody) {
    this.#route = route
    this.#tls = tls
    this.#limit = Math.max(1, limit)
    this.#longestBody = longestBody
  }

  start(exchange: Exchange): void {
    if (this.#closed) return exchange.done(undefined, new Error('the sink is closed'))
    const connection = this.#free.pop() ?? this.#add()
    if (connection) connection.start(exchange)
    else this.#waiting.push(exchange)
  }

  /** Ends an exchange that is under way or waits; it gets `reason`. */
  cancel(exchange: Exchange, reason: Error): void {
    const at = this.#waiting.indexOf(exchange)
    if (at !== -1) {
      this.#waiting.splice(at, 1)
      exchange.done(undefined, reason)
      return
    }
    for (const connection of this.#all) if (connection.exchange === exchange) connection.cancel(reason)
  }

  async close(): Promise<void> {
    this.#closed = true
    const reason = new Error('the sink is closed')
    for (const exchange of this.#waiting.splice(0)) exchange.done(undefined, reason)
    await Promise.all([...this.#all].map((connection) => connection.close(reason)))
    this.#all.clear()
    this.#free.length = 0
  }

  #add(): Connection | undefined {
    if (this.#all.size >= this.#limit) return undefined
    const connection = new Connection(this.#route, this.#tls, this.#longestBody, () => {
      const next = this.#waiting.shift()
      if (next) connection.start(next)
      else this.#free.push(connection)
    })
    this.#all.add(connection)
    return connection
  }
}

/** One connection; opens itself when it is used, and again when it was closed. */
class Connection implements Dispatcher.DispatchHandler {
  readonly #route: Route
  readonly #tls: TlsSettings
  readonly #longestBody: number
  readonly #freed: () => void
  #client: Client
  #cancelDial: CancelDial | undefined
  /** Requests that the present socket has carried. */
  #carried = 0
  #repeated = false
  #controller: Dispatcher.DispatchController | undefined
  #cancelled: Error | undefined
  #status = 0
  #wantsBody = false
  #location: string | undefined
  #retryAfter: string | undefined
  #date: string | undefined
  #chunks: Buffer[] = []
  #bytes = 0
  /** The answer was longer than what is read of it. */
  #cut = false
  exchange: Exchange | undefined

  constructor(route: Route, tls: TlsSettings, longestBody: number, freed: () => void) {
    this.#route = route
    this.#tls = tls
    this.#longestBody = longestBody
    this.#freed = freed
    this.#client = this.#makeClient()
  }

  start(exchange: Exchange): void {
    this.exchange = exchange
    this.#repeated = false
    this.#cancelled = undefined
    this.#dispatch(exchange)
  }

  cancel(reason: Error): void {
    this.#cancelled = reason
    if (this.#controller) this.#controller.abort(reason)
    else if (this.#cancelDial) this.#cancelDial(reason)
    else {
      const client = this.#client
      this.#client = this.#makeClient()
      void client.destroy(reason)
    }
  }

  async close(reason: Error): Promise<void> {
    if (this.exchange) this.cancel(reason)
    await this.#client.destroy(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // 1xx announces an answer, it is none.
    if (status < 200) return
    this.#status = status
    this.#wantsBody = this.exchange?.wantsBody(status) ?? false
    if (status < 300) return
    this.#location = first(headers['location'])
    this.#retryAfter = first(headers['retry-after'])
    this.#date = first(headers['date'])
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#wantsBody) this.#chunks.push(chunk)
    if (this.#bytes <= this.#longestBody) return
    // Ends in `onResponseError`, before the next exchange can start.
    this.#cut = true
    controller.abort(new Error('the answer is longer than what is read of it'))
  }

  onResponseEnd(): void {
    this.#carried += 1
    this.#finish()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const { exchange } = this
    if (!exchange) return
    // A status without the whole body is an answer all the same, unless it is the body that tells.
    if (this.#cut || (this.#status !== 0 && !this.#wantsBody)) return this.#finish()
    if (this.#carried > 0 && !this.#repeated && !this.#cancelled && isClosedConnection(error)) {
      // The server closed a connection it had kept open while we wrote to it: a new one tells whether it is well.
      this.#repeated = true
      this.#dispatch(exchange)
      return
    }
    this.#end(undefined, this.#cancelled ?? error)
  }

  #dispatch(exchange: Exchange): void {
    this.#controller = undefined
    this.#status = 0
    this.#wantsBody = false
    this.#location = undefined
    this.#retryAfter = undefined
    this.#date = undefined
    this.#bytes = 0
    this.#cut = false
    this.#client.dispatch(
      {
        method: exchange.head.method,
        path: exchange.head.target,
        headers: exchange.head.headers,
        body: exchange.body,
        // Also after a GET with a body the connection stays open.
        reset: false,
      },
      this,
    )
  }

  #finish(): void {
    const body =
      this.#chunks.length === 0 ? '' : Buffer.concat(this.#chunks).toString('utf8', 0, this.#longestBody)
    this.#end(
      {
        status: this.#status,
        body,
        ...(this.#location === undefined ? {} : { location: this.#location }),
        ...(this.#retryAfter === undefined ? {} : { retryAfter: this.#retryAfter }),
        ...(this.#date === undefined ? {} : { date: this.#date }),
      },
      undefined,
    )
  }

  #end(answer: RawAnswer | undefined, error: unknown): void {
    const { exchange } = this
    if (!exchange) return
    this.exchange = undefined
    this.#controller = undefined
    if (this.#chunks.length > 0) this.#chunks = []
    this.#freed()
    exchange.done(answer, error)
  }

  #makeClient(): Client {
    const { scheme, hostname, port } = this.#route
    const origin = `${scheme}://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
    // Connections are ours, and the header `Host` is given. Some names that proxies resolve are no URL's.
    return new Client(URL.canParse(origin) ? origin : `${scheme}://destination.invalid`, {
      pipelining: 1,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      // Deadlines are the pump's, for the whole send: it aborts the signal.
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
      connect: (_options, callback) => {
        this.#carried = 0
        this.#cancelDial = dial(this.#route, this.#tls, (error, socket) => {
          this.#cancelDial = undefined
          if (socket) callback(null, socket)
          else callback(error ?? new Error('connection failed'), null)
        })
      },
    })
  }
}

function first(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}
