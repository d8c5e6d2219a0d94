/**
 * Sends one body an event over HTTP and tells what became of it: connections, proxies, TLS, redirects and the
 * reading of answers for every sink that speaks HTTP. Follows Go's net/http where users can see it.
 */
import type { Clock } from '../domain/clock.ts'
import type { Outcome } from '../domain/outcome.ts'
import { delivered } from '../domain/outcome.ts'
import type { Env } from '../domain/proxy.ts'
import { Connections } from './connections.ts'
import type { Exchange, RawAnswer, RequestHead } from './connections.ts'
import { dial } from './dial.ts'
import type { Route, TlsSettings } from './dial.ts'
import { outcomeOfAnswer } from './http-outcome.ts'
import { isHttp, routeTo, tlsSettings } from './http-route.ts'
import { platformFor } from './platform.ts'
import type { PlatformName } from './platforms/row.ts'
import { requestTarget, splitUrl, toLatin1 } from './raw-url.ts'
import type { RawUrl } from './raw-url.ts'
import type { Redactor } from './secrets.ts'
import { basicCredentials, redactorFor } from './secrets.ts'
import { describeError, outcomeOfError } from './send-error.ts'
import type { TlsOptions } from './trust.ts'
import { userAgent } from './user-agent.ts'

export interface HttpOptions {
  /** Absolute, http or https; secret but for scheme and host. */
  readonly url: string
  readonly method: string
  /** Sent as they are; a `User-Agent` or `Authorization` here replaces ours. Values are secret. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly tls?: TlsOptions
  /** How to read a 200; told by the host where absent. */
  readonly platform?: PlatformName | 'none'
  /** Connections at most. */
  readonly concurrency: number
  readonly env: Env
  readonly clock: Clock
  /** Aborts everything at once. */
  readonly signal: AbortSignal
}

export interface HttpSender {
  /**
   * Sends `body`; `done` is called once, soon after `signal` aborts at the latest. Deadlines are the caller's: it
   * aborts. Use the same signal for many sends: each new one costs a listener. `query` takes the place of the URL's
   * own, where a send has to be signed.
   */
  post(body: Buffer, signal: AbortSignal, done: (outcome: Outcome) => void, query?: string): void
  /** Opens a connection (TCP, proxy, TLS) and sends nothing; throws an `Error` that says what is wrong. */
  check(signal: AbortSignal): Promise<void>
  /** Ends what is in flight and closes all connections. */
  close(): Promise<void>
}

const mostRedirects = 10
/** Other origins that redirects may lead to at a time, before their connections are dropped. */
const mostOrigins = 8
const isAnswerToRead = (status: number): boolean => status >= 300 && status !== 307 && status !== 308

/** Opens a sender. Throws an `Error` (what, where, what to do) where URL, proxy or TLS options cannot be used. */
export async function openHttp(options: HttpOptions): Promise<HttpSender> {
  const url = splitUrl(options.url)
  if (!url || !isHttp(url.scheme) || url.host === '') {
    throw new Error('the URL must read http://host/path or https://host/path')
  }
  const tls = tlsSettings(options.tls ?? {}, options.env)
  if (url.scheme === 'https') await tls.context()
  return new Sender(options, url, tls)
}

class Sender implements HttpSender {
  readonly #options: HttpOptions
  readonly #url: RawUrl
  readonly #tls: TlsSettings
  readonly #redact: Redactor
  readonly #platform
  readonly #route: Route
  readonly #main: Connections
  readonly #head: RequestHead
  readonly #others = new Map<string, Connections>()
  readonly #sends = new Set<Send>()
  /** What each signal stops. */
  readonly #bySignal = new WeakMap<AbortSignal, Set<Send>>()
  readonly #stop = (): void => {
    for (const send of this.#sends) send.cancel()
  }

  constructor(options: HttpOptions, url: RawUrl, tls: TlsSettings) {
    this.#options = options
    this.#url = url
    this.#tls = tls
    this.#redact = redactorFor(options.url, secretValues(options.headers ?? []))
    this.#route = routeTo(url, options.env)
    this.#platform = platformFor(this.#route.hostname, options.platform)
    this.#main = new Connections(this.#route, tls, options.concurrency)
    this.#head = this.#headFor(url, this.#route)
    options.signal.addEventListener('abort', this.#stop)
  }

  post(body: Buffer, signal: AbortSignal, done: (outcome: Outcome) => void, query?: string): void {
    const stoppedBy = this.#sendsOf(signal)
    const url = query === undefined ? this.#url : { ...this.#url, query }
    const head = query === undefined ? this.#head : this.#headFor(url, this.#route)
    const send = new Send(this, url, head, this.#main, body, (outcome) => {
      this.#sends.delete(send)
      stoppedBy.delete(send)
      done(outcome)
    })
    this.#sends.add(send)
    stoppedBy.add(send)
    if (signal.aborted || this.#options.signal.aborted) send.cancel()
    else send.start()
  }

  check(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const host = this.#url.host
      const cancel = dial(this.#route, this.#tls, (error, socket) => {
        signal.removeEventListener('abort', onAbort)
        if (!socket) return reject(new Error(describeError(error, host)))
        socket.on('error', () => undefined).on('close', () => resolve())
        socket.destroy()
      })
      const onAbort = (): void => cancel(new Error('no connection in time'))
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
    })
  }

  async close(): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#stop)
    this.#stop()
    await Promise.all([this.#main, ...this.#others.values()].map((connections) => connections.close()))
  }

  /** Whether an answer's body has to be read to know what it means. */
  wantsBody(status: number): boolean {
    return isAnswerToRead(status) || (this.#platform !== undefined && status < 300)
  }

  outcomeOf(answer: RawAnswer): Outcome {
    if (answer.status < 300 && answer.status >= 200 && !this.#platform) return delivered
    return outcomeOfAnswer(answer, this.#platform, this.#options.clock.wallMs(), this.#redact)
  }

  cancelled(): Outcome {
    return this.#options.signal.aborted
      ? { kind: 'retry', reason: 'stopped' }
      : { kind: 'retry', reason: 'timeout', detail: `${this.#url.host}: no answer in time` }
  }

  /** Where a redirect leads: a request and the connections that carry it. */
  follow(location: string, from: RawUrl): { url: RawUrl; head: RequestHead; via: Connections } | undefined {
    const url = resolveLocation(location, from)
    if (!url) return undefined
    const route = routeTo(url, this.#options.env)
    const via = sameOrigin(route, this.#route) ? this.#main : this.#connectionsTo(route)
    return { url, head: this.#headFor(url, route), via }
  }

  #sendsOf(signal: AbortSignal): Set<Send> {
    const known = this.#bySignal.get(signal)
    if (known) return known
    const sends = new Set<Send>()
    this.#bySignal.set(signal, sends)
    signal.addEventListener('abort', () => {
      for (const send of sends) send.cancel()
    })
    return sends
  }

  #connectionsTo(route: Route): Connections {
    const key = `${route.scheme}://${route.hostname}:${route.port}`
    const known = this.#others.get(key)
    if (known) return known
    if (this.#others.size >= mostOrigins) {
      for (const [oldest, connections] of this.#others) {
        this.#others.delete(oldest)
        void connections.close()
        break
      }
    }
    const made = new Connections(route, this.#tls, this.#options.concurrency)
    this.#others.set(key, made)
    return made
  }

  #headFor(url: RawUrl, route: Route): RequestHead {
    const sameHost = url.host.toLowerCase() === this.#url.host.toLowerCase()
    const downgraded = this.#url.scheme === 'https' && url.scheme === 'http'
    const trusted = sameHost && !downgraded
    const headers = new Map<string, readonly [name: string, value: string]>()
    headers.set('user-agent', ['User-Agent', userAgent])
    if (trusted && this.#url.userinfo !== undefined) {
      headers.set('authorization', ['Authorization', `Basic ${basicCredentials(this.#url.userinfo)}`])
    }
    for (const [name, value] of this.#options.headers ?? []) {
      const key = name.toLowerCase()
      if (trusted || !credentialHeaders.has(key)) headers.set(key, [name, toLatin1(value)])
    }
    headers.set('host', ['Host', url.host])
    const plainProxy = route.scheme === 'http' ? route.proxy : undefined
    if (plainProxy?.authorization !== undefined) {
      headers.set('proxy-authorization', ['Proxy-Authorization', plainProxy.authorization])
    }
    const target = requestTarget(url)
    return {
      method: this.#options.method,
      target: plainProxy ? `http://${url.host}${target}` : target,
      headers: [...headers.values()].flat(),
    }
  }
}

/** One event's way through connections and redirects. */
class Send implements Exchange {
  readonly #sender: Sender
  readonly body: Buffer
  readonly #finish: (outcome: Outcome) => void
  #url: RawUrl
  #via: Connections
  #redirects = 0
  #cancelled = false
  #finished = false
  head: RequestHead

  constructor(
    sender: Sender,
    url: RawUrl,
    head: RequestHead,
    via: Connections,
    body: Buffer,
    finish: (outcome: Outcome) => void,
  ) {
    this.#sender = sender
    this.#url = url
    this.head = head
    this.#via = via
    this.body = body
    this.#finish = finish
  }

  start(): void {
    this.#via.start(this)
  }

  cancel(): void {
    if (this.#finished) return
    this.#cancelled = true
    this.#via.cancel(this, new Error('cancelled'))
    // Whatever the connection is at, the caller waits no longer.
    this.#end(this.#sender.cancelled())
  }

  wantsBody(status: number): boolean {
    return this.#sender.wantsBody(status)
  }

  done(answer: RawAnswer | undefined, error: unknown): void {
    if (!answer) {
      this.#end(this.#cancelled ? this.#sender.cancelled() : outcomeOfError(error, this.#url.host))
    } else if ((answer.status === 307 || answer.status === 308) && answer.location && !this.#cancelled) {
      this.#redirect(answer.status, answer.location)
    } else this.#end(this.#sender.outcomeOf(answer))
  }

  #redirect(status: number, location: string): void {
    this.#redirects += 1
    if (this.#redirects > mostRedirects) return this.#refuse(status, `after ${mostRedirects} redirects`)
    let next
    try {
      next = this.#sender.follow(location, this.#url)
    } catch {
      return this.#refuse(status, 'to where no proxy leads')
    }
    if (!next) return this.#refuse(status, 'to what is no http URL')
    this.#url = next.url
    this.head = next.head
    this.#via = next.via
    this.start()
  }

  #refuse(status: number, why: string): void {
    this.#end({ kind: 'retry', reason: 'refused', detail: `answered ${status}: redirected ${why}` })
  }

  #end(outcome: Outcome): void {
    if (this.#finished) return
    this.#finished = true
    this.#finish(outcome)
  }
}

/** Headers that are for one host only. */
const credentialHeaders = new Set(['authorization', 'cookie', 'proxy-authorization'])
/** Header values that every endpoint may see and quote. */
const openHeaders = new Set(['accept', 'content-type', 'user-agent'])

function secretValues(headers: readonly (readonly [name: string, value: string])[]): string[] {
  return headers.filter(([name]) => !openHeaders.has(name.toLowerCase())).map(([, value]) => value)
}

function sameOrigin(a: Route, b: Route): boolean {
  return a.scheme === b.scheme && a.hostname === b.hostname && a.port === b.port
}

/** `Location` against the URL that was asked (RFC 9110, 10.2.2). */
function resolveLocation(location: string, from: RawUrl): RawUrl | undefined {
  try {
    const url = splitUrl(new URL(location, `${from.scheme}://${from.host}${requestTarget(from)}`).href)
    return url && isHttp(url.scheme) ? url : undefined
  } catch {
    return undefined
  }
}
