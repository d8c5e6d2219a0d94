/** How a destination's URL is reached: its route, proxies among it, and the TLS that all its connections share. */
import type { Env } from '../domain/proxy.ts'
import { proxyFor } from '../domain/proxy.ts'
import type { Route, TlsSettings } from './dial.ts'
import { splitHost } from './raw-url.ts'
import type { RawUrl } from './raw-url.ts'
import type { TlsOptions } from './trust.ts'
import { loadSecureContext } from './trust.ts'

/** Throws an `Error` where the environment names a proxy that cannot be used. */
export function routeTo(url: RawUrl, env: Env): Route {
  const { hostname, port } = splitHost(url.host, url.scheme)
  const scheme = url.scheme === 'https' ? 'https' : 'http'
  return { scheme, hostname, port, proxy: proxyFor(scheme, hostname, port, env) }
}

/** Reads the files of `tls` once, when the first connection needs them. */
export function tlsSettings(tls: TlsOptions, env: Env): TlsSettings {
  let made: ReturnType<typeof loadSecureContext> | undefined
  return {
    context: () => {
      if (!made) {
        made = loadSecureContext(tls, env)
        // What failed is tried again at the next connection.
        made.catch(() => (made = undefined))
      }
      return made
    },
    ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
    ...(tls.insecure === undefined ? {} : { insecure: tls.insecure }),
  }
}

export function isHttp(scheme: string): boolean {
  return scheme === 'http' || scheme === 'https'
}
