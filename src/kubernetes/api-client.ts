/**
 * HTTP to one API server. Over node:http, which the program carries anyway and which, measured, costs the same per
 * chunk as undici and 14 MiB less.
 */
import { createHash } from 'node:crypto'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Clock } from '../domain/clock.ts'
import { ApiFault, faultOfAnswer, faultOfError } from './api-fault.ts'
import type { ClusterAccess, TlsMaterial } from './cluster-access.ts'
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_MS, openRoute, type Route } from './route.ts'

/** The API server itself gives up an ordinary request after 60 s (`--request-timeout`). */
const REQUEST_TIMEOUT_MS = 60_000
/** How much of an answer that is no success is read. */
const LONGEST_ERROR_BYTES = 64 * 1024

/** What reads a watch's body. Both are called from the socket's own turn, one after another. */
export interface StreamListener {
  onOpen(stream: BodyStream): void
  onChunk(chunk: Buffer): void
}

export interface BodyStream {
  /** No chunk comes until `resume`; the server is slowed down by TCP. */
  pause(): void
  resume(): void
  /** Ends the request: `stream` rejects with `fault`. */
  abort(fault: Error): void
}

export interface StreamLimits {
  /** From the request on; from then on the body must not be silent for `graceMs`. */
  readonly deadlineMs: number
  readonly graceMs: number
}

export interface ApiClient {
  /** For messages. */
  readonly server: string
  /** A hash of server address and CA. */
  readonly serverIdentity: string
  /** The body of a 2xx answer. Rejects with `ApiFault`, or with the signal's reason. */
  get(path: string, signal: AbortSignal): Promise<Buffer>
  post(path: string, body: unknown, signal: AbortSignal): Promise<Buffer>
  /** Resolves when the server has ended the body of a 2xx answer; rejects as `get` does. */
  stream(path: string, limits: StreamLimits, listener: StreamListener, signal: AbortSignal): Promise<void>
  close(): void
}

interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: Buffer
  readonly limits: StreamLimits
  readonly listener: StreamListener
  readonly signal: AbortSignal
}

/** Reads the certificates; rejects if they cannot be read. */
export async function openApiClient(access: ClusterAccess, clock: Clock): Promise<ApiClient> {
  const secure = access.server.startsWith('https:')
  let material = await access.tls.load()
  let identity = identityOfServer(access.server, material)
  let route = await openRoute(access, material, clock)
  let mayHaveRotated = false

  /** After a failed handshake or a 401 the files are read anew: a cluster's CA and our certificate are rotated. */
  async function reloadCertificates(): Promise<void> {
    mayHaveRotated = false
    const loaded = await access.tls.load().catch(() => material)
    if (sameMaterial(loaded, material)) return
    // A new certificate whose key is not there yet makes none: the old ones serve until the next try.
    const renewed = await openRoute(access, loaded, clock).catch(() => undefined)
    if (renewed === undefined) return
    route.agent.destroy()
    route = renewed
    material = loaded
    identity = identityOfServer(access.server, material)
  }

  async function run(exchange: Exchange): Promise<void> {
    if (secure && mayHaveRotated) await reloadCertificates()
    try {
      await send(exchange, await access.credentials.authorization())
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error
      if (error.kind === 'unreachable' || error.kind === 'reset') mayHaveRotated = true
      if (error.kind !== 'unauthorized') throw error
      mayHaveRotated = true
      // Once, and at once: a token that was replaced a moment ago is the usual reason.
      if (!access.credentials.renew()) throw error
      await send(exchange, await access.credentials.authorization())
    }
  }

  function send(exchange: Exchange, authorization: string | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal, listener, limits, body } = exchange
      if (signal.aborted) return reject(signal.reason)
      const { destination } = route
      const headers: Record<string, string | string[]> = {
        ...route.headers,
        Accept: 'application/json',
        'User-Agent': 'kube-eventer',
      }
      for (const [name, value] of Object.entries(access.headers)) {
        headers[name] = typeof value === 'string' ? value : [...value]
      }
      if (authorization !== undefined) headers.Authorization = authorization
      if (body !== undefined) {
        headers['Content-Type'] = 'application/json'
        headers['Content-Length'] = String(body.length)
      }
      const secrets = [authorization, route.headers['Proxy-Authorization']]
      const request: ClientRequest = route.request({
        agent: route.agent,
        hostname: route.hostname,
        port: route.port,
        method: exchange.method,
        path: route.pathPrefix + exchange.path,
        headers,
      })
      let answer: IncomingMessage | undefined
      let heardSinceCheck = false

      const settle = (error?: unknown): void => {
        deadline.cancel()
        connecting?.cancel()
        signal.removeEventListener('abort', onAbort)
        if (error === undefined) return resolve()
        reject(error)
        request.destroy()
      }
      const fail = (error: unknown): void => settle(redacted(faultOfError(error, destination), secrets))
      const onAbort = (): void => settle(signal.reason)
      const onDeadline = (): void => {
        // While we do not read, silence is our own.
        if (answer !== undefined && (heardSinceCheck || answer.isPaused())) {
          heardSinceCheck = false
          deadline = clock.schedule(onDeadline, limits.graceMs)
          return
        }
        fail(new ApiFault('silent', `${destination} sent nothing in time; the connection is given up`))
      }
      let deadline = clock.schedule(onDeadline, limits.deadlineMs)
      const connecting = connectDeadline(request, route, () =>
        fail(
          new ApiFault(
            'unreachable',
            `no connection to ${destination} within ${CONNECT_TIMEOUT_MS / 1000} s`,
          ),
        ),
      )
      signal.addEventListener('abort', onAbort)
      request.on('error', fail)
      request.on('response', (response) => {
        answer = response
        response.on('error', fail)
        response.on('close', () => {
          // A body that was cut off closes without an end.
          if (!response.complete) fail(new ApiFault('reset', `connection to ${destination} broke`))
        })
        const status = response.statusCode ?? 0
        // No API server answers so.
        if (status === 407) {
          const remedy = 'put them into its URL: http://user:password@host:port'
          const text = `no way to ${destination}: it wants other credentials (407); ${remedy}`
          return fail(new ApiFault('unreachable', text))
        }
        if (status < 200 || status > 299) {
          readError(response, (text) => {
            fail(faultOfAnswer(status, response.headers['retry-after'], text, clock.wallMs()))
          })
          return
        }
        response.on('data', (chunk: Buffer) => {
          heardSinceCheck = true
          try {
            listener.onChunk(chunk)
          } catch (error) {
            settle(error)
          }
        })
        response.on('end', () => {
          if (response.complete) settle()
        })
        listener.onOpen({
          pause: () => void response.pause(),
          resume: () => void response.resume(),
          abort: (fault) => settle(fault),
        })
      })
      request.end(body)
    })
  }

  function connectDeadline(
    request: ClientRequest,
    { readyEvent }: Route,
    onLate: () => void,
  ): { cancel(): void } {
    const timer = clock.schedule(onLate, CONNECT_TIMEOUT_MS)
    request.once('socket', (socket) => {
      if (!socket.connecting) timer.cancel()
      else socket.once(readyEvent, () => timer.cancel())
    })
    return timer
  }

  async function collect(
    method: 'GET' | 'POST',
    path: string,
    body: Buffer | undefined,
    signal: AbortSignal,
  ): Promise<Buffer> {
    let chunks: Buffer[] = []
    await run({
      method,
      path,
      body,
      signal,
      limits: { deadlineMs: REQUEST_TIMEOUT_MS, graceMs: KEEP_ALIVE_MS },
      listener: {
        onOpen: () => {
          chunks = []
        },
        onChunk: (chunk) => chunks.push(chunk),
      },
    })
    return Buffer.concat(chunks)
  }

  return {
    server: access.server,
    get serverIdentity() {
      return identity
    },
    get: (path, signal) => collect('GET', path, undefined, signal),
    post: (path, body, signal) => collect('POST', path, Buffer.from(JSON.stringify(body), 'utf8'), signal),
    stream: (path, limits, listener, signal) => run({ method: 'GET', path, limits, listener, signal }),
    close: () => route.agent.destroy(),
  }
}

function readError(response: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    if (bytes < LONGEST_ERROR_BYTES) chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= LONGEST_ERROR_BYTES) finish()
  })
  response.on('end', finish)
  function finish(): void {
    done(Buffer.concat(chunks).toString('utf8'))
  }
}

/** A proxy's error page may repeat the request: whatever it says, no token of ours is in the message. */
function redacted(fault: ApiFault, authorizations: readonly (string | undefined)[]): ApiFault {
  const secrets = authorizations.flatMap((value) => value?.split(' ')[1] || [])
  const message = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), fault.message)
  return message === fault.message ? fault : new ApiFault(fault.kind, message, fault)
}

function identityOfServer(server: string, material: TlsMaterial): string {
  const hash = createHash('sha256').update(server)
  for (const ca of material.ca ?? []) hash.update('\n').update(ca.trim())
  return hash.digest('hex').slice(0, 32)
}

function sameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.cert === b.cert && a.key === b.key && (a.ca ?? []).join('\n') === (b.ca ?? []).join('\n')
}
