/**
 * Asks one HTTP server and hands back what it answers: for sinks whose destination tells in its answers what became
 * of each occurrence. Connections, proxies and TLS are those of `openHttp`; redirects are not followed.
 */
import type { Outcome } from '../domain/outcome.ts'
import type { Env } from '../domain/proxy.ts'
import { Connections } from './connections.ts'
import type { Exchange, RawAnswer, RequestHead } from './connections.ts'
import type { Route } from './dial.ts'
import { isHttp, routeTo, tlsSettings } from './http-route.ts'
import { requestTarget, splitUrl, toLatin1 } from './raw-url.ts'
import type { RawUrl } from './raw-url.ts'
import { basicCredentials } from './secrets.ts'
import { outcomeOfError } from './send-error.ts'
import type { TlsOptions } from './trust.ts'
import { userAgent } from './user-agent.ts'

export interface HttpClientOptions {
  /** Absolute, http or https. Its path comes before that of each request; its userinfo are Basic credentials. */
  readonly url: string
  readonly tls?: TlsOptions
  /** Requests in flight at most; more wait their turn. */
  readonly concurrency: number
  readonly env: Env
  /** Aborts everything at once. */
  readonly signal: AbortSignal
  /** Bytes of an answer that are read; 16 MiB where absent. */
  readonly longestAnswerBytes?: number
  /** Whom to connect to in place of the URL's host, where no proxy leads there: for hosts that nobody resolves. */
  readonly address?: string
}

export interface HttpRequest {
  readonly method: string
  /** From the first slash on, with its query, as it goes over the wire. */
  readonly path: string
  /** Replace ours of the same name (`User-Agent`, `Authorization`). */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: Buffer
}

export interface HttpAnswer {
  readonly kind: 'answer'
  readonly status: number
  readonly body: string
  /** The header `Retry-After` as it came. */
  readonly retryAfter?: string
  /** The header `Date` as it came; absent where the answer is a success. */
  readonly date?: string
}

/** An answer, or why there is none: then an outcome for what was to be sent, free of secrets. */
export type HttpReply = HttpAnswer | { readonly kind: 'failed'; readonly outcome: Outcome }

export interface HttpClient {
  /** `host[:port]` as written. */
  readonly host: string
  /** Never rejects; ends soon after `signal` aborts. */
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpReply>
  /** Ends what is in flight and closes all connections. */
  close(): Promise<void>
}

const defaultLongestAnswerBytes = 16 * 1_048_576
const noBody = Buffer.alloc(0)

/** Throws an `Error` (what, where, what to do) where URL, proxy or TLS options cannot be used. */
export async function openHttpClient(options: HttpClientOptions): Promise<HttpClient> {
  const url = splitUrl(options.url)
  if (!url || !isHttp(url.scheme) || url.host === '') {
    throw new Error('the URL must read http://host or https://host')
  }
  const tls = tlsSettings(options.tls ?? {}, options.env)
  if (url.scheme === 'https') await tls.context()
  const told = routeTo(url, options.env)
  const { address } = options
  const route = address === undefined || told.proxy !== undefined ? told : { ...told, hostname: address }
  const longest = options.longestAnswerBytes ?? defaultLongestAnswerBytes
  return new Client(options.signal, url, route, new Connections(route, tls, options.concurrency, longest))
}

class Client implements HttpClient {
  readonly host: string
  readonly #signal: AbortSignal
  readonly #url: RawUrl
  readonly #route: Route
  readonly #connections: Connections
  readonly #cancels = new Set<() => void>()
  readonly #stop = (): void => {
    for (const cancel of this.#cancels) cancel()
  }

  constructor(signal: AbortSignal, url: RawUrl, route: Route, connections: Connections) {
    this.host = url.host
    this.#signal = signal
    this.#url = { ...url, path: url.path.replace(/\/+$/, '') }
    this.#route = route
    this.#connections = connections
    signal.addEventListener('abort', this.#stop)
  }

  request(request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    if (signal.aborted || this.#signal.aborted) return Promise.resolve(this.#cancelled())
    return new Promise((resolve) => {
      const exchange: Exchange = {
        head: this.#headFor(request),
        body: request.body ?? noBody,
        wantsBody: () => true,
        done: (answer, error) => end(answer ? replyOf(answer) : this.#failed(error)),
      }
      const end = (reply: HttpReply): void => {
        signal.removeEventListener('abort', cancel)
        this.#cancels.delete(cancel)
        resolve(reply)
      }
      const cancel = (): void => {
        // Whatever the connection is at, the caller waits no longer: the first end counts.
        end(this.#cancelled())
        this.#connections.cancel(exchange, new Error('cancelled'))
      }
      signal.addEventListener('abort', cancel)
      this.#cancels.add(cancel)
      this.#connections.start(exchange)
    })
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#stop)
    this.#stop()
    await this.#connections.close()
  }

  #cancelled(): HttpReply {
    const outcome: Outcome = this.#signal.aborted
      ? { kind: 'retry', reason: 'stopped' }
      : { kind: 'retry', reason: 'timeout', detail: `${this.host}: no answer in time` }
    return { kind: 'failed', outcome }
  }

  #failed(error: unknown): HttpReply {
    return { kind: 'failed', outcome: outcomeOfError(error, this.host) }
  }

  #headFor({ method, path, headers = [] }: HttpRequest): RequestHead {
    const all = new Map<string, readonly [name: string, value: string]>()
    all.set('user-agent', ['User-Agent', userAgent])
    if (this.#url.userinfo !== undefined) {
      all.set('authorization', ['Authorization', `Basic ${basicCredentials(this.#url.userinfo)}`])
    }
    for (const [name, value] of headers) all.set(name.toLowerCase(), [name, toLatin1(value)])
    all.set('host', ['Host', this.host])
    const plainProxy = this.#route.scheme === 'http' ? this.#route.proxy : undefined
    if (plainProxy?.authorization !== undefined) {
      all.set('proxy-authorization', ['Proxy-Authorization', plainProxy.authorization])
    }
    const at = path.indexOf('?')
    const target = requestTarget({
      ...this.#url,
      path: `${this.#url.path}${at === -1 ? path : path.slice(0, at)}`,
      query: at === -1 ? undefined : path.slice(at + 1),
    })
    return {
      method,
      target: plainProxy ? `http://${this.host}${target}` : target,
      headers: [...all.values()].flat(),
    }
  }
}

function replyOf(answer: RawAnswer): HttpReply {
  const { location: _location, ...told } = answer
  return { kind: 'answer', ...told }
}
