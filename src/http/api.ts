/**
 * The API's port: what shows events or has reports told, so not for everybody who reaches the pod. With a token it is
 * asked for; without one it listens on the loopback device only, and answers no page of a browser that lies about where
 * it is.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { Logger } from '../telemetry/telemetry.ts'
import { clientLimits, close, listen, send, stalledResponseMs } from './listening.ts'

export interface ApiAnswer {
  readonly status: 200 | 400 | 401 | 403 | 404 | 405 | 409 | 429 | 500 | 503
  readonly body: object
  /** When it may be asked again, seconds. */
  readonly retryAfterSeconds?: number
}

export interface ApiRoute {
  readonly path: string
  /** Asked by GET. `signal` aborts when the client has gone. */
  answer(query: URLSearchParams, signal: AbortSignal): Promise<ApiAnswer>
}

export interface ApiOptions {
  /** `127.0.0.1`, `::1`, one address, or '' for all. */
  readonly ip: string
  /** 0: any free one. */
  readonly port: number
  /** File with the token, read again for each request, so that another token counts at once. Absent: none is asked for. */
  readonly tokenFile?: string
  readonly routes: readonly ApiRoute[]
  readonly log: Logger
}

export interface Api {
  readonly port: number
  /** Ends what is asked right now. */
  close(): Promise<void>
}

/** The token cannot be used. */
export class ApiTokenError extends Error {
  override readonly name = 'ApiTokenError'
}

const maxConnections = 32
/** Fewer could be tried out. */
const leastTokenLength = 16
const mostTokenLength = 4_096

/** Rejects with `HttpListenError` if it cannot listen, with `ApiTokenError` if the token cannot be used. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { ip, port, tokenFile, log } = options
  if (tokenFile !== undefined) await readToken(tokenFile)
  const server = createServer(clientLimits, (request, response) => {
    void respond(request, response, options)
  })
  server.maxConnections = maxConnections
  const listening = await listen(server, 'api', ip, port)
  server.on('error', (error) => log.error('the port of the API has a problem', { error }))
  return {
    port: listening,
    close: () => close(server),
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: ApiOptions,
): Promise<void> {
  response.setTimeout(stalledResponseMs)
  // Whatever body it sends is not read.
  if (request.headers['content-length'] ?? request.headers['transfer-encoding'])
    response.setHeader('Connection', 'close')
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  let answer: ApiAnswer
  try {
    answer = (await refusal(request, options)) ?? (await routed(request, options.routes, gone.signal))
  } catch (error) {
    options.log.error('a question to the API could not be answered', { error })
    answer = { status: 500, body: { error: 'it could not be answered; the log says why' } }
  }
  if (answer.status === 401) response.setHeader('WWW-Authenticate', 'Bearer')
  if (answer.status === 405) response.setHeader('Allow', 'GET')
  if (answer.retryAfterSeconds !== undefined)
    response.setHeader('Retry-After', String(answer.retryAfterSeconds))
  response.setHeader('Cache-Control', 'no-store')
  send(response, answer.status, 'application/json; charset=utf-8', JSON.stringify(answer.body))
}

/** Who may not ask; before anything is told of what there is. */
async function refusal(
  { headers }: IncomingMessage,
  { tokenFile, log }: ApiOptions,
): Promise<ApiAnswer | undefined> {
  // A page of another site may have its reader's browser ask, but not hide that it does.
  const site = headers['sec-fetch-site']
  if (headers.origin !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin'))
    return { status: 403, body: { error: 'pages of other sites are not answered' } }
  if (tokenFile === undefined) {
    // A name that an attacker's DNS leads to the loopback device is none of its own.
    if (isLoopbackHost(headers.host ?? '')) return undefined
    return { status: 403, body: { error: 'without a token it is asked as localhost or 127.0.0.1' } }
  }
  let token: string
  try {
    token = await readToken(tokenFile)
  } catch (error) {
    if (!(error instanceof ApiTokenError)) throw error
    log.error('the API answers nobody', { detail: error.message })
    return { status: 503, body: { error: 'its token cannot be read' } }
  }
  const [, given = ''] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
  if (isSame(given, token)) return undefined
  return { status: 401, body: { error: 'send the token: Authorization: Bearer …' } }
}

async function routed(
  { url = '', method }: IncomingMessage,
  routes: readonly ApiRoute[],
  signal: AbortSignal,
): Promise<ApiAnswer> {
  const [path = '', ...query] = url.split('?')
  const route = routes.find((one) => one.path === path)
  if (!route) return { status: 404, body: { error: `there are ${routes.map((one) => one.path).join(', ')}` } }
  if (method !== 'GET') return { status: 405, body: { error: 'ask by GET' } }
  return route.answer(new URLSearchParams(query.join('?')), signal)
}

/** Takes the same time whatever differs, lengths too. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}

/** Rejects with `ApiTokenError`. */
async function readToken(path: string): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new ApiTokenError(`the API's token cannot be read from ${path} (${code}): mount the file there`, {
      cause: error,
    })
  }
  const token = text.trim()
  if (token.length >= leastTokenLength && token.length <= mostTokenLength && /^\S+$/.test(token)) return token
  const what = `${path} holds no token of ${leastTokenLength} to ${mostTokenLength} characters without spaces`
  throw new ApiTokenError(`${what}: make one with \`openssl rand -hex 32\``)
}

function isLoopbackHost(host: string): boolean {
  return /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host)
}
