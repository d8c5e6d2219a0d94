/**
 * The running program's side of its commands: HTTP on a socket that only its own user can open. Nothing that shows
 * events or changes anything is reachable over the network.
 */
import { chmodSync, rmSync } from 'node:fs'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { Logger } from '../telemetry/telemetry.ts'
import type { Reply, Route } from './reply.ts'
import { ControlError, socketPathIn } from './socket-path.ts'

export interface ControlServerOptions {
  /** The data directory. This process holds its lock: a socket that lies there is a dead one's. */
  readonly dataDir: string
  readonly routes: readonly Route[]
  readonly log: Logger
}

export interface ControlServer {
  readonly path: string
  /** Ends every request and stream, and removes the socket. */
  close(): Promise<void>
}

/** Of a command's arguments, where its route says nothing else. */
const maxArgumentBytes = 256 * 1024
/** People at terminals, and a few scripts. */
const maxConnections = 32
/** What waits for a client that does not read, before its lines are left out. */
const maxBufferedBytes = 1024 * 1024

const limits = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 1_000,
}

/** Rejects with `ControlError` where there can be no socket. */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { dataDir, routes, log } = options
  const path = socketPathIn(dataDir)
  const server = createServer(limits, (request, response) => {
    void answer(request, response, routes, log)
  })
  server.maxConnections = maxConnections
  rmSync(path, { force: true })
  await listen(server, path)
  chmodSync(path, 0o600)
  server.on('error', (error) => log.error('the socket for commands has a problem', { error }))
  return { path, close: () => close(server) }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      reject(
        new ControlError(
          `commands cannot reach the program: no socket can be made at ${path} (${error.code ?? error.message}); ` +
            'name a data directory on a file system that knows sockets with --data-dir',
          { cause: error },
        ),
      )
    server.once('error', failed)
    // Made within this call: nobody else can open it for an instant either.
    const before = process.umask(0o177)
    try {
      server.listen(path, () => {
        server.removeListener('error', failed)
        resolve()
      })
    } finally {
      process.umask(before)
    }
  })
}

/** Node removes the socket's file. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: readonly Route[],
  log: Logger,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://control')
  const ofPath = routes.filter(({ path }) => path === url.pathname)
  const route = ofPath.find(({ method }) => method === request.method)
  try {
    if (route === undefined) {
      const status = ofPath.length > 0 ? 405 : 404
      return sendJson(response, status, {
        problem: 'the running program is another version and does not know this command; use its own version',
      })
    }
    const body = await readJson(request, route.maxBodyBytes ?? maxArgumentBytes)
    if (!body.ok) return sendJson(response, 400, { problem: body.problem })
    send(response, await route.answer({ query: url.searchParams, body: body.value }), log)
  } catch (error) {
    log.error('a command could not be served', { command: url.pathname, error })
    if (response.headersSent) response.destroy()
    else sendJson(response, 500, { problem: 'the running program failed at it; its log says how' })
  }
}

function send(response: ServerResponse, reply: Reply, log: Logger): void {
  switch (reply.kind) {
    case 'json':
      return sendJson(response, 200, reply.body)
    case 'refused':
      return sendJson(response, reply.status, { problem: reply.problem })
    case 'stream':
      return stream(response, reply, log)
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': bytes.length })
  response.end(bytes)
}

function stream(response: ServerResponse, reply: Extract<Reply, { kind: 'stream' }>, log: Logger): void {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' })
  response.flushHeaders()
  const drained: (() => void)[] = []
  response.on('drain', () => {
    for (const listener of drained) listener()
  })
  const end = reply.start({
    write: (line) => {
      if (response.writableLength > maxBufferedBytes) return false
      response.write(line)
      response.write('\n')
      return true
    },
    onDrained: (listener) => void drained.push(listener),
  })
  response.on('close', end)
  response.on('error', (error) => log.debug('the reader of a stream went away', { error }))
}

type ReadJson =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string }

async function readJson(request: IncomingMessage, maxBodyBytes: number): Promise<ReadJson> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.byteLength
    if (bytes > maxBodyBytes)
      return { ok: false, problem: `a command's body has at most ${maxBodyBytes} bytes` }
    chunks.push(chunk)
  }
  if (bytes === 0) return { ok: true, value: undefined }
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    return { ok: false, problem: "a command's body is no JSON" }
  }
}
