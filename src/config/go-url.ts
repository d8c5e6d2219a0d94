/**
 * Go's `url.Parse`, `URL.String` and `URL.Query`. What stands behind `--sink` and `--source` was read by Go
 * for years, and the WHATWG parser of Node disagrees with it on scheme-less texts, passwords, hosts and escapes.
 */
import { isIPv6 } from 'node:net'
import type { UrlComponent } from './go-url-escape.ts'
import { escapeBytes, isEncoded, unescapeBytes } from './go-url-escape.ts'

/** The fields of Go's `url.URL`; texts that are no UTF-8 hold U+FFFD. */
export interface GoUrl {
  /** In lower case; '' if none. */
  readonly scheme: string
  /** Of `scheme:rest` without a slash, as written. */
  readonly opaque: string
  readonly user?: { readonly name: string; readonly password?: string }
  /** `host[:port]`, decoded. */
  readonly host: string
  /** Decoded. */
  readonly path: string
  /** As written, where that is not the default encoding of `path`; else ''. */
  readonly rawPath: string
  /** As written, without the `?`. */
  readonly rawQuery: string
  /** Decoded, without the `#`. */
  readonly fragment: string
  /** The whole URL as `URL.String()` spells it. */
  readonly text: string
}

/** Why Go refuses a text. None holds a part of the text, which may be secret. */
export type GoUrlFault =
  | 'control-character'
  | 'no-scheme'
  | 'colon-in-first-segment'
  | 'unclosed-bracket'
  | 'not-an-ipv6-address'
  | 'invalid-port'
  | 'invalid-userinfo'
  | 'invalid-escape'
  | 'invalid-host-character'

export type GoUrlResult =
  { readonly ok: true; readonly url: GoUrl } | { readonly ok: false; readonly fault: GoUrlFault }

/** Reads `text` as Go does. With http and https too, several colons in a host are let through, as Go 1.24 does. */
export function parseGoUrl(text: string): GoUrlResult {
  try {
    return { ok: true, url: parse(toBytes(text)) }
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, fault: error.fault }
    throw error
  }
}

/**
 * The pairs of a query in order, decoded. As in Go, pairs that hold `;` or do not decode are left out, and a
 * name without `=` has the value ''.
 */
export function parseGoQuery(rawQuery: string): readonly (readonly [name: string, value: string])[] {
  const pairs: [string, string][] = []
  for (const pair of toBytes(rawQuery).split('&')) {
    if (pair === '' || pair.includes(';')) continue
    const [rawName, rawValue] = cut(pair, '=')
    const name = unescapeBytes(rawName, 'query')
    const value = unescapeBytes(rawValue, 'query')
    if (name.ok && value.ok) pairs.push([fromBytes(name.bytes), fromBytes(value.bytes)])
  }
  return pairs
}

class Refusal extends Error {
  readonly fault: GoUrlFault

  constructor(fault: GoUrlFault) {
    super(fault)
    this.fault = fault
  }
}

function parse(whole: string): GoUrl {
  const [beforeFragment, rawFragment] = cut(whole, '#')
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(beforeFragment)) throw new Refusal('control-character')
  const fragment = unescaped(rawFragment, 'fragment')
  if (beforeFragment === '*') return build({ path: '*', fragment, rawFragment })

  const { scheme, rest: afterScheme } = cutScheme(beforeFragment)
  const [hierarchy, rawQuery] = cut(afterScheme, '?')
  // A lone `?` at the end is remembered, since `String()` prints it.
  const endsInQuestionMark = rawQuery === '' && afterScheme.endsWith('?')
  const known = { scheme, rawQuery, endsInQuestionMark, fragment, rawFragment }

  if (!hierarchy.startsWith('/')) {
    if (scheme !== '') return build({ ...known, opaque: hierarchy })
    if (cut(hierarchy, '/')[0].includes(':')) throw new Refusal('colon-in-first-segment')
  }
  const hasAuthority = hierarchy.startsWith('//') && (scheme !== '' || !hierarchy.startsWith('///'))
  if (!hasAuthority) {
    return build({ ...known, hidesAuthority: scheme !== '', ...pathOf(hierarchy) })
  }
  const slash = hierarchy.indexOf('/', 2)
  const authority = slash === -1 ? hierarchy.slice(2) : hierarchy.slice(2, slash)
  return build({
    ...known,
    ...authorityOf(authority),
    ...pathOf(slash === -1 ? '' : hierarchy.slice(slash)),
  })
}

function cutScheme(text: string): { scheme: string; rest: string } {
  if (text.startsWith(':')) throw new Refusal('no-scheme')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]
  if (scheme === undefined) return { scheme: '', rest: text }
  return { scheme: scheme.toLowerCase(), rest: text.slice(scheme.length + 1) }
}

function pathOf(rawPath: string): { path: string; rawPath: string } {
  const path = unescaped(rawPath, 'path')
  return { path, rawPath: escapeBytes(path, 'path') === rawPath ? '' : rawPath }
}

interface ByteUser {
  readonly name: string
  readonly password?: string
}

function authorityOf(authority: string): { host: string; user?: ByteUser } {
  const at = authority.lastIndexOf('@')
  const host = hostOf(authority.slice(at + 1))
  if (at === -1) return { host }
  const userinfo = authority.slice(0, at)
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) throw new Refusal('invalid-userinfo')
  const [rawName, rawPassword] = cut(userinfo, ':')
  const name = unescaped(rawName, 'userinfo')
  if (!userinfo.includes(':')) return { host, user: { name } }
  return { host, user: { name, password: unescaped(rawPassword, 'userinfo') } }
}

function hostOf(rawHost: string): string {
  const bracket = rawHost.lastIndexOf('[')
  if (bracket > 0) throw new Refusal('not-an-ipv6-address')
  if (bracket === 0) return ipLiteralOf(rawHost)
  const colon = rawHost.lastIndexOf(':')
  if (colon !== -1) checkPort(rawHost.slice(colon))
  return unescaped(rawHost, 'host')
}

function ipLiteralOf(rawHost: string): string {
  const end = rawHost.lastIndexOf(']')
  if (end === -1) throw new Refusal('unclosed-bracket')
  const port = rawHost.slice(end + 1)
  checkPort(port)
  const literal = rawHost.slice(1, end)
  const zoneAt = literal.indexOf('%25')
  const address = unescaped(zoneAt === -1 ? literal : literal.slice(0, zoneAt), 'host')
  const zone = zoneAt === -1 ? '' : unescaped(literal.slice(zoneAt), 'zone')
  if (!isIPv6(address) || zone === '%') throw new Refusal('not-an-ipv6-address')
  return `[${address}${zone}]${port}`
}

function checkPort(port: string): void {
  if (!/^(:[0-9]*)?$/.test(port)) throw new Refusal('invalid-port')
}

interface UrlParts {
  readonly scheme?: string
  readonly opaque?: string
  readonly user?: ByteUser
  readonly host?: string
  readonly path?: string
  readonly rawPath?: string
  readonly rawQuery?: string
  readonly endsInQuestionMark?: boolean
  /** `scheme:/path`: no `//` was written. */
  readonly hidesAuthority?: boolean
  readonly fragment: string
  readonly rawFragment: string
}

/** From byte strings to the texts that the rest of the program sees. */
function build(parts: UrlParts): GoUrl {
  const { scheme = '', opaque = '', host = '', path = '', rawPath = '', rawQuery = '', fragment } = parts
  const user = parts.user && {
    name: fromBytes(parts.user.name),
    ...(parts.user.password !== undefined && { password: fromBytes(parts.user.password) }),
  }
  return {
    scheme,
    opaque: fromBytes(opaque),
    ...(user && { user }),
    host: fromBytes(host),
    path: fromBytes(path),
    rawPath: fromBytes(rawPath),
    rawQuery: fromBytes(rawQuery),
    fragment: fromBytes(fragment),
    text: fromBytes(spell(parts)),
  }
}

/** Follows `URL.String()`. */
function spell(parts: UrlParts): string {
  const { scheme = '', opaque = '', user, host = '', path = '', rawQuery = '', fragment } = parts
  let text = scheme === '' ? '' : `${scheme}:`
  if (opaque !== '') {
    text += opaque
  } else {
    const omitsHost = parts.hidesAuthority === true && host === '' && user === undefined
    if ((scheme !== '' || host !== '' || user) && !omitsHost) {
      if (host !== '' || path !== '' || user) text += '//'
      if (user) text += `${spellUser(user)}@`
      text += escapeBytes(host, 'host')
    }
    const escapedPath = escaped(path, parts.rawPath ?? '', 'path')
    if (escapedPath !== '' && !escapedPath.startsWith('/') && host !== '') text += '/'
    if (text === '' && cut(escapedPath, '/')[0].includes(':')) text += './'
    text += escapedPath
  }
  if (parts.endsInQuestionMark || rawQuery !== '') text += `?${rawQuery}`
  if (fragment !== '') text += `#${escaped(fragment, parts.rawFragment, 'fragment')}`
  return text
}

function spellUser(user: ByteUser): string {
  const name = escapeBytes(user.name, 'userinfo')
  return user.password === undefined ? name : `${name}:${escapeBytes(user.password, 'userinfo')}`
}

/** The spelling the user chose if it is a valid one, else the default. */
function escaped(decoded: string, raw: string, component: 'path' | 'fragment'): string {
  if (raw !== '' && isEncoded(raw, component)) return raw
  return component === 'path' && decoded === '*' ? '*' : escapeBytes(decoded, component)
}

function unescaped(text: string, component: UrlComponent): string {
  const result = unescapeBytes(text, component)
  if (!result.ok) throw new Refusal(result.fault)
  return result.bytes
}

function cut(text: string, separator: string): readonly [before: string, after: string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}

function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function fromBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
