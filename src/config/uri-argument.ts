/** What follows `--sink=` or `--source=`: a name, a colon, and a URL with variables of the environment in it. */
import type { Environment } from './expand-env.ts'
import { expandEnv } from './expand-env.ts'
import type { GoUrl, GoUrlFault } from './go-url.ts'
import { parseGoUrl } from './go-url.ts'

export interface UriArgument {
  /** What stands before the first colon; not expanded. */
  readonly name: string
  readonly url: GoUrl
  /**
   * Whether a `$` names no variable. `kept`: it stays, where the original removed it. `removed`: it would have
   * spoilt the host or the whole URL, so it goes, as in the original.
   */
  readonly unsetVariables: 'none' | 'kept' | 'removed'
}

export type UriArgumentResult =
  | { readonly ok: true; readonly argument: UriArgument }
  | { readonly ok: false; readonly name: string; readonly fault: GoUrlFault | 'no-name' }

/** Cuts at the first colon, expands, and reads the URL as Go does. `log`, `log:` have an empty one. */
export function readUriArgument(text: string, env: Environment): UriArgumentResult {
  const colon = text.indexOf(':')
  const name = colon === -1 ? text : text.slice(0, colon)
  if (name === '') return { ok: false, name, fault: 'no-name' }
  const unexpanded = colon === -1 ? '' : text.slice(colon + 1)

  const kept = expandEnv(unexpanded, env, 'keep')
  const parsed = parseGoUrl(kept.text)
  if (kept.unset === 0) {
    return parsed.ok
      ? { ok: true, argument: { name, url: parsed.url, unsetVariables: 'none' } }
      : { ok: false, name, fault: parsed.fault }
  }
  // No host holds a `$`: what reached its destination without the variable goes on doing so.
  if (parsed.ok && !parsed.url.host.includes('$')) {
    return { ok: true, argument: { name, url: parsed.url, unsetVariables: 'kept' } }
  }
  const removed = parseGoUrl(expandEnv(unexpanded, env, 'remove').text)
  return removed.ok
    ? { ok: true, argument: { name, url: removed.url, unsetVariables: 'removed' } }
    : { ok: false, name, fault: removed.fault }
}

/**
 * The host as it may be shown; '' where it may hold a part of a password, since in one that is not encoded a
 * `/`, `?` or `#` ends what Go takes for the host.
 */
export function shownHost(url: GoUrl): string {
  return `${url.path}${url.rawQuery}${url.fragment}`.includes('@') ? '' : url.host
}

/** What to show of a destination: no userinfo, path, query or fragment. `webhook https://hooks.example.test/…` */
export function displayOf({ name, url }: Pick<UriArgument, 'name' | 'url'>): string {
  const host = shownHost(url)
  if (host === '') return name
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`
  return `${name} ${scheme}//${host}${url.path === '' || url.path === '/' ? '' : '/…'}`
}

/** Why an argument cannot be read, in words that hold nothing of it, and what to do. */
export function describeFault(fault: GoUrlFault | 'no-name'): {
  readonly what: string
  readonly remedy: string
} {
  return faultTexts[fault]
}

const faultTexts: Readonly<
  Record<GoUrlFault | 'no-name', { readonly what: string; readonly remedy: string }>
> = {
  'no-name': {
    what: 'there is no name before the first colon',
    remedy: 'write NAME:URL, for example webhook:https://hooks.example.test/alerts',
  },
  'control-character': {
    what: 'the URL holds a control character, such as a line break',
    remedy: 'look for a line break at the end of the value or of a variable in it, or write %0A',
  },
  'no-scheme': {
    what: 'the URL starts with a colon',
    remedy: 'write NAME:URL with a single colon before the URL',
  },
  'colon-in-first-segment': {
    what: 'what stands before the first colon of the URL is no scheme',
    remedy: 'start the URL with https:// or http://, without spaces',
  },
  'unclosed-bracket': {
    what: "the host has a '[' without its ']'",
    remedy: 'write an IPv6 address as [2001:db8::1]:8080',
  },
  'not-an-ipv6-address': {
    what: 'what stands in brackets in the host is no IPv6 address',
    remedy: 'write an IPv6 address as [2001:db8::1]:8080, and any other host without brackets',
  },
  'invalid-port': {
    what: "what follows the host's colon is no port",
    remedy: 'write host:8080; in a password encode : as %3A, / as %2F, # as %23, ? as %3F and @ as %40',
  },
  'invalid-userinfo': {
    what: 'the user or password in the URL holds a character that must be encoded',
    remedy: 'percent-encode it: a space is %20, / is %2F, # is %23, ? is %3F, é is %C3%A9',
  },
  'invalid-escape': {
    what: "a '%' in the URL is not followed by two hexadecimal digits, or encodes what a host may not hold",
    remedy: "write a '%' itself as %25",
  },
  'invalid-host-character': {
    what: 'the host holds a character that no host may hold',
    remedy: 'look for a space, a backslash or a template that was not filled in',
  },
}
