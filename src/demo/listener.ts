// The sockets under the stand-in: it can refuse connections, cut them, and listen again on the same port.
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'

export interface TlsFiles {
  /** PEM. */
  readonly key: string | Buffer
  readonly cert: string | Buffer
  /** PEM of the authority whose client certificates are accepted; without it none is asked for. */
  readonly clientCa?: string | Buffer
}

export interface Listener {
  readonly port: number
  /** Listens again on the same port. No-op while it listens. */
  accept(): Promise<void>
  /** Refuses new connections; open ones stay. */
  refuse(): Promise<void>
  connections(): number
  /** Ends every connection at once; resolves when they are closed. */
  cut(): Promise<void>
}

/** Kubernetes closes idle connections after 90 s; Node's 5 s would make clients meet resets. */
const idleTimeoutMs = 90_000

/**
 * Listens on the loopback address. TCP is accepted apart from HTTP, so that listening can stop and start while
 * answers go on. Rejects if the port is taken.
 */
export async function listen(
  port: number,
  tls: TlsFiles | undefined,
  handle: RequestListener,
): Promise<Listener> {
  const options = { keepAliveTimeout: idleTimeoutMs, requestTimeout: 0, headersTimeout: 0 }
  const http = tls
    ? createHttpsServer({ ...options, ...clientCertificates(tls), key: tls.key, cert: tls.cert }, handle)
    : createHttpServer(options, handle)
  http.on('clientError', (_error, socket) => socket.destroy())
  http.on('tlsClientError', (_error, socket) => socket.destroy())

  const sockets = new Set<Socket>()
  let tcp: Server | undefined
  let boundPort = port
  const accept = async (): Promise<void> => {
    if (tcp) return
    const server = createTcpServer({ noDelay: true }, (socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.on('error', () => {})
      http.emit('connection', socket)
    })
    tcp = server
    server.listen(boundPort, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address === 'object' && address) boundPort = address.port
  }
  await accept()

  return {
    get port() {
      return boundPort
    },
    accept,
    refuse: async () => {
      const server = tcp
      tcp = undefined
      // Its callback would wait for the open connections; the port is closed one turn later.
      server?.close()
      await new Promise((resolve) => setImmediate(resolve))
    },
    connections: () => sockets.size,
    cut: async () => {
      const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
      for (const socket of sockets) socket.destroy()
      await Promise.all(closed)
    },
  }
}

function clientCertificates(tls: TlsFiles): object {
  // Who comes without a certificate may still bring a token.
  return tls.clientCa ? { ca: tls.clientCa, requestCert: true, rejectUnauthorized: false } : {}
}
