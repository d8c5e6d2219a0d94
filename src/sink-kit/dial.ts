/** Opens one connection to a destination: directly or through a proxy, with TLS where the scheme asks for it. */
import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { Proxy } from '../domain/proxy.ts'

export interface Route {
  readonly scheme: 'http' | 'https'
  /** IPv6 without brackets. */
  readonly hostname: string
  readonly port: number
  readonly proxy: Proxy | undefined
}

export interface TlsSettings {
  /** Asked for at each connection; made once. */
  readonly context: () => Promise<SecureContext>
  readonly serverName?: string
  readonly insecure?: boolean
}

/** Stops a dial that is under way; its callback gets `reason`. */
export type CancelDial = (reason: Error) => void

/** The proxy would not open a tunnel. Free of secrets. */
export class ProxyRefusedError extends Error {
  constructor(proxy: Proxy, answer: string) {
    super(`the proxy ${proxy.hostname}:${proxy.port} did not open the tunnel: ${answer}`)
  }
}

/**
 * Dials; `done` is called once. A plain request through a proxy ends at the proxy (the request then carries the
 * absolute URL); for https the proxy is asked for a tunnel (CONNECT) and TLS goes through it.
 */
export function dial(
  route: Route,
  tls: TlsSettings,
  done: (error: Error | undefined, socket: Socket | undefined) => void,
): CancelDial {
  let socket: Socket | undefined
  let ended = false
  const end = (error: Error | undefined): void => {
    if (ended) return
    ended = true
    if (error) socket?.on('error', ignore).destroy()
    else socket?.off('error', end)
    done(error, error ? undefined : socket)
  }
  /** Steps run only while nobody has cancelled. */
  const watch = (next: Socket, event: 'connect' | 'secureConnect', then: () => void): void => {
    socket = next
    next.once('error', end)
    next.once(event, () => {
      if (!ended) then()
    })
  }
  const secure = (over: Socket | undefined, then: () => void): void => {
    tls.context().then((context) => {
      if (ended) return
      over?.off('error', end)
      const name = tls.serverName ?? route.hostname
      const secured = connectTls({
        ...(over ? { socket: over } : { port: route.port }),
        host: route.hostname,
        // A server name that is an address is not allowed (RFC 6066, 3); the certificate is checked against `host`.
        ...(isIP(name) === 0 ? { servername: name } : {}),
        secureContext: context,
        rejectUnauthorized: !tls.insecure,
        ALPNProtocols: ['http/1.1'],
      })
      watch(secured, 'secureConnect', then)
    }, end)
  }
  const toProxy = (proxy: Proxy, then: () => void): void => {
    if (!proxy.tls) return watch(connectTcp({ host: proxy.hostname, port: proxy.port }), 'connect', then)
    tls.context().then((context) => {
      if (ended) return
      const servername = isIP(proxy.hostname) === 0 ? { servername: proxy.hostname } : {}
      const secured = connectTls({
        host: proxy.hostname,
        port: proxy.port,
        secureContext: context,
        ...servername,
      })
      watch(secured, 'secureConnect', then)
    }, end)
  }
  const succeed = (): void => {
    socket?.setNoDelay(true)
    // A connection that a gateway dropped silently is noticed within minutes, not at the next timeout only.
    socket?.setKeepAlive(true, 15_000)
    end(undefined)
  }

  const { proxy } = route
  if (proxy && route.scheme === 'https') {
    toProxy(proxy, () => {
      if (!socket) return
      openTunnel(socket, proxy, authorityOf(route), (error) => {
        if (error) end(error)
        else secure(socket, succeed)
      })
    })
  } else if (proxy) toProxy(proxy, succeed)
  else if (route.scheme === 'https') secure(undefined, succeed)
  else watch(connectTcp({ host: route.hostname, port: route.port }), 'connect', succeed)

  return (reason) => {
    // Without a callback of its own, a socket that fails later would be an unhandled error.
    socket?.on('error', ignore)
    end(reason)
  }
}

/** Longest answer to CONNECT that is read, bytes. */
const longestHead = 16_384

function openTunnel(
  socket: Socket,
  proxy: Proxy,
  authority: string,
  done: (error: Error | undefined) => void,
): void {
  let head = ''
  const finish = (error: Error | undefined): void => {
    socket.off('data', onData).off('end', onEnd)
    socket.pause()
    done(error)
  }
  const onEnd = (): void => finish(new ProxyRefusedError(proxy, 'it closed the connection'))
  const onData = (chunk: Buffer): void => {
    head += chunk.toString('latin1')
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) {
      if (head.length > longestHead) finish(new ProxyRefusedError(proxy, 'its answer makes no sense'))
      return
    }
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]
    if (status !== '200') finish(new ProxyRefusedError(proxy, status ?? 'its answer makes no sense'))
    // A server never speaks first in TLS: what follows the head is not from it.
    else if (head.length > end + 4) finish(new ProxyRefusedError(proxy, 'it sent more than its answer'))
    else finish(undefined)
  }
  socket.on('data', onData).on('end', onEnd)
  const credentials =
    proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`)
}

function authorityOf(route: Route): string {
  return `${route.hostname.includes(':') ? `[${route.hostname}]` : route.hostname}:${route.port}`
}

function ignore(): void {}
