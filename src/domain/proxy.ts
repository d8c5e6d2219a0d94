/**
 * Which proxy a connection goes through: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` as Go's
 * golang.org/x/net/http/httpproxy reads them, since that is what existing deployments were tried with. One decision
 * for sources and sinks; no sockets.
 */
import { isExempt } from './no-proxy.ts'

export interface Proxy {
  /** IPv6 without brackets. */
  readonly hostname: string
  readonly port: number
  /** The connection to the proxy itself is TLS. */
  readonly tls: boolean
  /** `Basic …` for `Proxy-Authorization`; secret. */
  readonly authorization?: string
}

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>

/** What a proxy's URL says. `unreadable` is what Go's net/url cannot parse either. */
export type ProxyUrl =
  | { readonly kind: 'proxy'; readonly proxy: Proxy }
  | { readonly kind: 'unsupported'; readonly scheme: string }
  | { readonly kind: 'unreadable' }

/** The environment names a proxy that cannot be used. Free of secrets: the value is never quoted. */
export class UnusableProxyError extends Error {
  override readonly name = 'UnusableProxyError'
  /** As it is set: `HTTPS_PROXY` or `https_proxy`. */
  readonly variable: string
  readonly what: string
  readonly remedy: string

  constructor(variable: string, problem: Exclude<ProxyUrl, { kind: 'proxy' }>) {
    const reason =
      problem.kind === 'unsupported' ? `${problem.scheme}:// is not supported` : 'it is no URL of a proxy'
    const remedy = `${correctForm}, or exempt the destination with NO_PROXY`
    const what = `the proxy in ${variable} cannot be used: ${reason}`
    super(`${what}; ${remedy}`)
    this.variable = variable
    this.what = what
    this.remedy = remedy
  }
}

const correctForm =
  "write http://host:port or https://host:port, a password's special characters percent-encoded"

/**
 * The proxy for a destination, `undefined` for a direct connection: to loopback always, to what `NO_PROXY` exempts,
 * and where Go takes the variable for unset (`proxyWarnings` tells that). `hostname` is an IPv6 address without
 * brackets. Throws `UnusableProxyError`.
 */
export function proxyFor(
  scheme: 'http' | 'https',
  hostname: string,
  port: number,
  env: Env,
): Proxy | undefined {
  const set = variableOf(env, scheme === 'https' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  if (set === undefined || isExempt(hostname, port, variableOf(env, 'NO_PROXY')?.value ?? ''))
    return undefined
  const read = readVariable(set.value)
  if (read.kind === 'proxy') return read.proxy
  if (isPassedOver(set.value, read)) return undefined
  throw new UnusableProxyError(set.name, read)
}

/** Variables that are set and passed over, one sentence each. Free of secrets. */
export function proxyWarnings(env: Env): readonly string[] {
  return ['HTTPS_PROXY', 'HTTP_PROXY'].flatMap((name) => {
    const set = variableOf(env, name)
    if (set === undefined || !isPassedOver(set.value, readVariable(set.value))) return []
    return [
      `${set.name} is set, cannot be read and is not used: connections go without a proxy; ${correctForm}`,
    ]
  })
}

/** Reads a URL that must name its scheme, as a kubeconfig's `proxy-url`. */
export function readProxyUrl(text: string): ProxyUrl {
  const [, scheme, userinfo = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(?:([^/?#]*)@)?[^/?#]/.exec(text) ?? []
  if (scheme === undefined) return { kind: 'unreadable' }
  // What Go's net/url refuses; `new URL` would repair it.
  if (/[\s\p{Cc}]/u.test(text) || !/^(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*$/.test(userinfo)) {
    return { kind: 'unreadable' }
  }
  if (!/^https?$/i.test(scheme)) return { kind: 'unsupported', scheme: scheme.toLowerCase() }
  if (!URL.canParse(text)) return { kind: 'unreadable' }
  const url = new URL(text)
  const tls = url.protocol === 'https:'
  const proxy = {
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    tls,
  }
  if (userinfo === '') return { kind: 'proxy', proxy }
  return { kind: 'proxy', proxy: { ...proxy, authorization: basic(url.username, url.password) } }
}

/** `http://proxy.example.test:3128`: what may be shown of a proxy. */
export function proxyAddress(proxy: Proxy): string {
  const host = proxy.hostname.includes(':') ? `[${proxy.hostname}]` : proxy.hostname
  return `${proxy.tls ? 'https' : 'http'}://${host}:${proxy.port}`
}

/** Upper case before lower; empty is not set. */
function variableOf(env: Env, name: string): { name: string; value: string } | undefined {
  for (const spelling of [name, name.toLowerCase()]) {
    const value = env[spelling]
    if (value) return { name: spelling, value }
  }
  return undefined
}

/** `host:port` stands for `http://host:port`. */
function readVariable(text: string): ProxyUrl {
  return readProxyUrl(text.includes('://') ? text : `http://${text}`)
}

/**
 * What Go's url.Parse fails at, with `http://` put before it too: with such a value (a line break at its end is the
 * usual one) existing deployments connect directly. Other broken URLs never led anywhere.
 */
function isPassedOver(text: string, read: ProxyUrl): boolean {
  return read.kind === 'unreadable' && (!text.includes('://') || /\p{Cc}|%(?![0-9A-Fa-f]{2})/u.test(text))
}

/** RFC 7617, from what is still percent-encoded. */
function basic(username: string, password: string): string {
  return `Basic ${Buffer.concat([bytes(username), Buffer.from(':'), bytes(password)]).toString('base64')}`
}

/** By bytes: an escape may stand for a byte that is no UTF-8. */
function bytes(encoded: string): Buffer {
  const decoded = encoded.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(decoded, 'latin1')
}
