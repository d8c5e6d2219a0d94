/**
 * Which proxy a connection goes through: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` as Go's
 * golang.org/x/net/http/httpproxy reads them, since that is what existing deployments were tried with.
 */
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { splitHost, splitUrl } from './raw-url.ts'
import { basicCredentials } from './secrets.ts'

export interface Proxy {
  readonly hostname: string
  readonly port: number
  /** The connection to the proxy itself is TLS. */
  readonly tls: boolean
  /** `Basic …` for `Proxy-Authorization`; secret. */
  readonly authorization?: string
}

export type Env = Readonly<Record<string, string | undefined>>

/** The proxy for a destination, `undefined` for a direct connection. Throws where the variable makes no sense. */
export function proxyFor(
  scheme: 'http' | 'https',
  hostname: string,
  port: number,
  env: Env,
): Proxy | undefined {
  const variable = scheme === 'https' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const text = read(env, variable)
  if (text === '' || !usesProxy(hostname.toLowerCase(), port, read(env, 'NO_PROXY'))) return undefined
  return parseProxy(variable, text)
}

function read(env: Env, name: string): string {
  return env[name] || env[name.toLowerCase()] || ''
}

function parseProxy(variable: string, text: string): Proxy {
  const parts = splitUrl(text.includes('://') ? text : `http://${text}`)
  if (!parts || parts.host === '' || !['http', 'https'].includes(parts.scheme)) {
    throw new Error(
      `the proxy in ${variable} cannot be used: it must read http://host:port or https://host:port`,
    )
  }
  const { hostname, port } = splitHost(parts.host, parts.scheme)
  return {
    hostname,
    port,
    tls: parts.scheme === 'https',
    ...(parts.userinfo === undefined ? {} : { authorization: `Basic ${basicCredentials(parts.userinfo)}` }),
  }
}

function usesProxy(host: string, port: number, noProxy: string): boolean {
  if (host === 'localhost' || isLoopback(host)) return false
  return !noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && matches(entry, host, port))
}

function isLoopback(host: string): boolean {
  return isIP(host) !== 0 && inSubnet(host, '127.0.0.0/8', '::1/128')
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true
  if (/^[^/]+\/\d+$/.test(entry)) return isIP(host) !== 0 && inSubnet(host, entry)
  const { name, onlyPort } = splitEntry(entry)
  if (name === '' || (onlyPort !== undefined && onlyPort !== String(port))) return false
  if (isIP(name) !== 0) return isIP(host) !== 0 && inSubnet(host, `${name}/${isIPv4(name) ? 32 : 128}`)
  if (name.startsWith('*.')) return host.endsWith(name.slice(1))
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`)
}

function splitEntry(entry: string): { name: string; onlyPort?: string } {
  if (isIPv6(entry)) return { name: entry }
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry)
  if (!match) return { name: entry }
  const [, name = '', onlyPort] = match
  const bare = name.startsWith('[') ? name.slice(1, -1) : name
  return onlyPort === undefined ? { name: bare } : { name: bare, onlyPort }
}

function inSubnet(address: string, ...subnets: readonly string[]): boolean {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [net = '', bits = ''] = subnet.split('/')
    const family = isIP(net)
    if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) continue
    list.addSubnet(net, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  }
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}
