/**
 * An https agent whose connections go through a proxy's tunnel (CONNECT). The TLS inside is node's own, with the
 * options that a direct connection has: what is verified and shown is the same by construction.
 */
import { request as httpRequest, STATUS_CODES, type ClientRequest, type IncomingMessage } from 'node:http'
import {
  Agent as HttpsAgent,
  request as httpsRequest,
  type AgentOptions,
  type RequestOptions,
} from 'node:https'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import type { Clock } from '../domain/clock.ts'
import { proxyAddress, type Proxy } from '../domain/proxy.ts'
import { ApiFault, faultOfError } from './api-fault.ts'

export interface Tunnel {
  readonly proxy: Proxy
  /** How the proxy itself is verified, where it is reached over TLS. */
  readonly proxyTls: ConnectionOptions
  /** `host:port` that the proxy is asked for; IPv6 in brackets. */
  readonly authority: string
  /** For all of it: TCP, proxy, TLS. */
  readonly timeoutMs: number
  /** When the kernel asks a silent peer whether it lives. */
  readonly keepAliveMs: number
  readonly clock: Clock
}

type Connected = (error: Error | null, stream: Duplex) => void

export class TunnelAgent extends HttpsAgent {
  readonly #tunnel: Tunnel
  /** Ends each connection that is being made; the agent itself knows those that are made only. */
  readonly #opening = new Set<() => void>()

  constructor(options: AgentOptions, tunnel: Tunnel) {
    super(options)
    this.#tunnel = tunnel
  }

  override createConnection(options: RequestOptions, callback?: Connected): undefined {
    const { proxy, timeoutMs, keepAliveMs, clock } = this.#tunnel
    const address = proxyAddress(proxy)
    const request = this.#ask()
    let opening: { destroy(): unknown } = request
    const end = (): boolean => {
      timer.cancel()
      return this.#opening.delete(cancel)
    }
    const fail = (error: Error): void => {
      if (!end()) return
      opening.destroy()
      // Its type wants a stream beside the error; node looks at none then.
      callback?.(error, new Duplex().destroy())
    }
    const cancel = (): void => fail(new ApiFault('unreachable', 'the client is closed'))
    const timer = clock.schedule(
      () =>
        fail(
          new ApiFault('unreachable', `no tunnel through the proxy ${address} within ${timeoutMs / 1000} s`),
        ),
      timeoutMs,
    )
    this.#opening.add(cancel)

    request.on('error', (error) => fail(faultOfError(error, `the proxy ${address}`)))
    request.on('connect', (answer: IncomingMessage, socket: Socket, early: Buffer) => {
      // An error of the tunnel reaches the TLS inside as well, which tells it.
      socket.on('error', () => {})
      opening = socket
      if (answer.statusCode !== 200) return fail(this.#refused(answer.statusCode ?? 0))
      // In TLS the client speaks first: these bytes are not the server's.
      if (early.length > 0) return fail(new ApiFault('protocol', `the proxy ${address} speaks out of turn`))
      socket.setNoDelay(true)
      socket.setKeepAlive(true, keepAliveMs)
      const through: RequestOptions & Pick<ConnectionOptions, 'socket'> = { ...options, socket }
      const inside = super.createConnection(through)
      if (!inside) return fail(new ApiFault('protocol', 'the tunnel was not taken'))
      opening = inside
      inside.once('error', fail)
      inside.once('secureConnect', () => {
        if (!end()) return
        inside.off('error', fail)
        callback?.(null, inside)
      })
    })
    request.end()
    return undefined
  }

  override destroy(): void {
    for (const cancel of this.#opening) cancel()
    super.destroy()
  }

  #ask(): ClientRequest {
    const { proxy, proxyTls, authority } = this.#tunnel
    const request = (proxy.tls ? httpsRequest : httpRequest)({
      ...(proxy.tls ? proxyTls : {}),
      agent: false,
      hostname: proxy.hostname,
      port: proxy.port,
      method: 'CONNECT',
      path: authority,
      headers: { Host: authority, 'User-Agent': 'kube-eventer', ...proxyCredentials(proxy) },
    })
    // Without an agent node would ask for the connection to be closed afterwards.
    request.removeHeader('Connection')
    return request
  }

  #refused(status: number): ApiFault {
    const { proxy, authority } = this.#tunnel
    const said = [status, STATUS_CODES[status]].filter(Boolean).join(' ')
    const remedy = status === 407 ? '; put the credentials into its URL: http://user:password@host:port' : ''
    return new ApiFault(
      'unreachable',
      `the proxy ${proxyAddress(proxy)} opened no tunnel to ${authority}: it answered ${said}${remedy}`,
    )
  }
}

/** The header for requests that the proxy itself reads. Secret. */
export function proxyCredentials(proxy: Proxy): Readonly<Record<string, string>> {
  return proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization }
}
