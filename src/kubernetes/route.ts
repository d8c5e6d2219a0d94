/** How requests get to the API server: straight, through a proxy's tunnel (https), or handed to the proxy (http). */
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { createSecureContext, type ConnectionOptions } from 'node:tls'
import type { Clock } from '../domain/clock.ts'
import { proxyAddress, type Proxy } from '../domain/proxy.ts'
import { checkAnyName, type ClusterAccess, type TlsMaterial } from './cluster-access.ts'
import { proxyCredentials, TunnelAgent } from './tunnel-agent.ts'

export const CONNECT_TIMEOUT_MS = 10_000
export const KEEP_ALIVE_MS = 15_000

/** What a request needs besides its own path and headers. `agent.destroy()` closes all connections. */
export interface Route {
  readonly agent: HttpAgent
  readonly request: typeof httpRequest
  /** Of the host that `agent` connects to, or tunnels to. IPv6 without brackets. */
  readonly hostname: string
  readonly port: number
  /** The event by which a new socket tells that it can be written to. */
  readonly readyEvent: 'connect' | 'secureConnect'
  /** What stands before a path in the request line. */
  readonly pathPrefix: string
  /** Secret. */
  readonly headers: Readonly<Record<string, string>>
  /** For messages: the server, and the proxy if there is one. */
  readonly destination: string
}

/** Opens no connection. Rejects if the certificates make no TLS context. */
export async function openRoute(access: ClusterAccess, material: TlsMaterial, clock: Clock): Promise<Route> {
  const { proxy, tls } = access
  const url = new URL(access.server)
  const secure = url.protocol === 'https:'
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = Number(url.port) || (secure ? 443 : 80)
  const basePath = url.pathname === '/' ? '' : url.pathname
  const shared = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, noDelay: true }
  const destination =
    proxy === undefined ? access.server : `${access.server} through the proxy ${proxyAddress(proxy)}`
  const toServer = { hostname, port, pathPrefix: basePath, headers: {}, destination }

  if (proxy === undefined) {
    return secure
      ? { ...toServer, ...overTls(new HttpsAgent({ ...shared, ...(await serverTls()) })) }
      : { ...toServer, ...plain(new HttpAgent(shared)) }
  }
  if (secure) {
    const tunnel = {
      proxy,
      proxyTls: proxy.tls ? await proxyTls(proxy) : {},
      authority: `${url.hostname}:${port}`,
      timeoutMs: CONNECT_TIMEOUT_MS,
      keepAliveMs: KEEP_ALIVE_MS,
      clock,
    }
    return { ...toServer, ...overTls(new TunnelAgent({ ...shared, ...(await serverTls()) }, tunnel)) }
  }
  return {
    hostname: proxy.hostname,
    port: proxy.port,
    pathPrefix: `http://${url.host}${basePath}`,
    headers: { Host: url.host, ...proxyCredentials(proxy) },
    destination,
    ...(proxy.tls
      ? overTls(new HttpsAgent({ ...shared, ...(await proxyTls(proxy)) }))
      : plain(new HttpAgent(shared))),
  }

  async function serverTls(): Promise<ConnectionOptions> {
    const { ca, cert, key } = material
    const [servername] = tls.names
    return {
      // One context for all connections: making it anew from the system's certificates takes milliseconds.
      secureContext: createSecureContext({ ca: [...(ca ?? (await systemsCa()))], cert, key }),
      rejectUnauthorized: tls.verify,
      checkServerIdentity: checkAnyName(tls.names),
      ...(servername === undefined ? {} : { servername }),
    }
  }

  /** Go holds a proxy to the cluster's CA alone, so that one with a public certificate fails: here either is right. */
  async function proxyTls({ hostname: servername }: Proxy): Promise<ConnectionOptions> {
    const ca = [...(material.ca ?? []), ...(await systemsCa())]
    return {
      secureContext: createSecureContext({ ca }),
      rejectUnauthorized: tls.verify,
      // Left out, node would take it from the request's Host, which names the server.
      servername: isIP(servername) === 0 ? servername : '',
    }
  }

  async function systemsCa(): Promise<readonly string[]> {
    return tls.verify ? access.systemTrust() : []
  }
}

function plain(agent: HttpAgent): Pick<Route, 'agent' | 'request' | 'readyEvent'> {
  return { agent, request: httpRequest, readyEvent: 'connect' }
}

function overTls(agent: HttpsAgent): Pick<Route, 'agent' | 'request' | 'readyEvent'> {
  return { agent, request: httpsRequest, readyEvent: 'secureConnect' }
}
