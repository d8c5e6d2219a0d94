/** A sink's URL taken apart without changing a byte: endpoints sign, hash and match what stands there. */

/** The parts of `scheme://userinfo@host/path?query#fragment`, each as written. */
export interface RawUrl {
  /** In lower case. */
  readonly scheme: string
  /** `user:password` as written, still encoded; `undefined` if there is no `@`. */
  readonly userinfo: string | undefined
  /** `host[:port]` as written. */
  readonly host: string
  /** '' or from the first slash on. */
  readonly path: string
  /** Without the `?`; `undefined` if there is none. */
  readonly query: string | undefined
}

/** Takes `text` apart; `undefined` where it is not of the form `scheme://host…`. The fragment is dropped. */
export function splitUrl(text: string): RawUrl | undefined {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/.exec(text)
  if (!match) return undefined
  const [, scheme = '', authority = '', path = '', query] = match
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  return {
    scheme: scheme.toLowerCase(),
    userinfo: at === -1 ? undefined : authority.slice(0, at),
    host,
    path,
    query,
  }
}

/** `host[:port]` taken apart; the port falls back to the scheme's. IPv6 comes without its brackets. */
export function splitHost(host: string, scheme: string): { hostname: string; port: number } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(host)
  const name = match?.[1] ?? host
  const port = match?.[2]
  return {
    hostname: name.startsWith('[') ? name.slice(1, -1) : name,
    port: port ? Number(port) : scheme === 'https' ? 443 : 80,
  }
}

/** The pairs of a raw query that `keep` lets stay, in order and spelling; `undefined` if none stays. */
export function filterQuery(query: string | undefined, keep: (name: string) => boolean): string | undefined {
  if (query === undefined) return undefined
  const kept = query.split('&').filter((pair) => {
    // Go reads no pair with a semicolon, so it never was an option of the sink.
    if (pair.includes(';')) return true
    const name = decodeQuery(pair.split('=', 1)[0] ?? '')
    return name === undefined || keep(name)
  })
  return kept.length === 0 ? undefined : kept.join('&')
}

/**
 * Any URL, relative ones too, with the pairs of its query changed and all else as written: those that `keep` does
 * not let stay go, `added` come at the end.
 */
export function changeQuery(
  url: string,
  keep: (name: string) => boolean,
  added: readonly (readonly [name: string, value: string])[] = [],
): string {
  const [, start = '', query, fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(url) ?? []
  const pairs = added.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  const kept = filterQuery(query, keep)
  // A lone `?` is a part of the endpoint's spelling, as Go sends it; one whose options all went away is none.
  const changed = kept === '' && pairs.length > 0 ? pairs : [...(kept === undefined ? [] : [kept]), ...pairs]
  return `${start}${changed.length === 0 ? '' : `?${changed.join('&')}`}${fragment}`
}

/** Decodes a name or value of a query; `undefined` where its escapes are broken. */
export function decodeQuery(text: string): string | undefined {
  return decode(text.replaceAll('+', ' '))
}

/** Decodes percent escapes; `undefined` where they are broken. */
export function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Puts the parts together again. */
export function joinUrl(url: RawUrl): string {
  const userinfo = url.userinfo === undefined ? '' : `${url.userinfo}@`
  const query = url.query === undefined ? '' : `?${url.query}`
  return `${url.scheme}://${userinfo}${url.host}${url.path}${query}`
}

/**
 * What goes into the request line: path and query as written, but for characters that no URL may hold, which are
 * escaped. (Go sends those of a query raw; many servers refuse that.)
 */
export function requestTarget(url: RawUrl): string {
  const path = url.path === '' ? '/' : url.path.replace(/[^\w!$&'()*+,;=:@[\]%/.~-]+/g, escapeBytes)
  // oxlint-disable-next-line no-control-regex -- all that is no visible ASCII
  return url.query === undefined ? path : `${path}?${url.query.replace(/[^\u0021-\u007e]+/g, escapeBytes)}`
}

/** UTF-8 bytes as one character each, as a client that writes latin1 needs them. */
export function toLatin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function escapeBytes(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}
