/**
 * The open port: health and metrics, and nothing that shows events or acts. Anybody who reaches the pod reaches it,
 * so what one client can hold is bounded in time, size and number.
 */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { ReadinessCheck, Telemetry } from '../telemetry/telemetry.ts'
import { clientLimits, close, listen, send, stalledResponseMs } from './listening.ts'

export interface HttpServerOptions {
  /** `0.0.0.0`, `::` (both families), one address, or '' for all, as Go's listener takes it. */
  readonly ip: string
  /** 0: any free one. */
  readonly port: number
  readonly telemetry: Telemetry
}

export interface HttpServer {
  /** The one it listens on. */
  readonly port: number
  /** Takes no more connections and lets answers under way finish, for at most a second. */
  close(): Promise<void>
}

/** Rejects with `HttpListenError` if it cannot listen. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { telemetry } = options
  // `[::1]`, as one writes it in a URL.
  const ip = options.ip.replace(/^\[(.*)\]$/, '$1')
  const server = createServer(clientLimits, (request, response) => {
    void answer(request, response, telemetry)
  })
  server.maxConnections = maxConnections
  const port = await listen(server, 'health', ip, options.port)
  server.on('error', (error) => telemetry.log.error('the health port has a problem', { error }))
  return { port, close: () => close(server) }
}

/** More than any number of probes and scrapers; each may hold one rendered page at most. */
const maxConnections = 256

interface Page {
  readonly status: 200 | 503
  readonly contentType: string
  readonly body: string
}

const plainText = 'text/plain; charset=utf-8'

/**
 * Alive is answered without asking anything: a blocked event loop cannot answer, so that it answers is the proof. A
 * probe that asked for more would kill the pod because the control plane or a robot is away.
 */
const alive: Page = { status: 200, contentType: plainText, body: 'ok' }

const pages = new Map<string, (telemetry: Telemetry) => Page | Promise<Page>>([
  ['/healthz', () => alive],
  // Misspelt by the original; probes in the field use it.
  ['/healtz', () => alive],
  ['/livez', () => alive],
  ['/readyz', readyPage],
  ['/metrics', metricsPage],
])

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  telemetry: Telemetry,
): Promise<void> {
  response.setTimeout(stalledResponseMs)
  const page = pages.get((request.url ?? '').split('?', 1)[0] ?? '')
  if (page === undefined) return send(response, 404, plainText, '404 page not found\n')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    // Whatever body it sends is not read.
    response.setHeader('Connection', 'close')
    return send(response, 405, plainText, '405 method not allowed\n')
  }
  try {
    const { status, contentType, body } = await page(telemetry)
    send(response, status, contentType, body)
  } catch (error) {
    telemetry.log.error('a page of the health port could not be made', { error, page: request.url })
    send(response, 500, plainText, '500 internal server error\n')
  }
}

function readyPage(telemetry: Telemetry): Page {
  const checks = telemetry.readiness()
  const ready = checks.every((check) => check.ready)
  return { status: ready ? 200 : 503, contentType: plainText, body: checks.map(checkLine).join('') }
}

/** `[+] source default ok (watching)`, `[-] sink hook: held: unreachable` */
function checkLine({ name, ready, detail }: ReadinessCheck): string {
  const line = ready ? `[+] ${name} ok (${detail})` : `[-] ${name}: ${detail}`
  return `${line.replaceAll(/\s+/g, ' ').trim()}\n`
}

async function metricsPage(telemetry: Telemetry): Promise<Page> {
  return { status: 200, contentType: telemetry.metricsContentType, body: await telemetry.metricsText() }
}
