/** How both ports listen and close. What one client can hold is bounded in time, size and number. */
import type { Server, ServerOptions, ServerResponse } from 'node:http'
import { HttpListenError, type Listener } from './listen-error.ts'

export const clientLimits = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  // Longer than the usual 60 s between two scrapes, so that the scraper keeps its connection.
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5_000,
} as const satisfies ServerOptions

/** A client that takes nothing of its answer for so long is cut off. */
export const stalledResponseMs = 30_000

const closeGraceMs = 1_000

/** Resolves with the port. Rejects with `HttpListenError`. */
export function listen(server: Server, listener: Listener, ip: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      reject(new HttpListenError(listener, ip, port, error.code ?? error.message, error))
    server.once('error', failed)
    server.listen({ port, ...(ip !== '' && { host: ip }) }, () => {
      server.removeListener('error', failed)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

/** Takes no more connections and lets answers under way finish, for at most a second. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), closeGraceMs)
    // An error means that it was closed already.
    server.close(() => {
      clearTimeout(deadline)
      resolve()
    })
  })
}

export function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': bytes.length,
    'X-Content-Type-Options': 'nosniff',
  })
  // For HEAD node sends the header alone.
  response.end(bytes)
}
