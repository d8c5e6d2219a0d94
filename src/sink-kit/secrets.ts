/**
 * Keeps secrets out of what people and machines see. Of a sink's URL everything but scheme and host is secret:
 * robots carry their keys in the path and in the query.
 */
import { decode, decodeQuery, splitUrl } from './raw-url.ts'
import type { RawUrl } from './raw-url.ts'

/** `https://hooks.example.test/…`: scheme and host, and a sign that there is more. */
export function displayUrl(url: string): string {
  const parts = splitUrl(url)
  if (!parts) return '…'
  const hasMore = !/^\/?$/.test(parts.path) || parts.query !== undefined
  return `${parts.scheme}://${parts.host}${hasMore ? '/…' : ''}`
}

/** Cuts every URL in a text down to what may be shown. */
export function redactUrlsIn(text: string): string {
  // A scheme without a bound would make this quadratic: a destination could stop the program with one long word.
  return text.replace(/[A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/[^\s"'<>\\]+/g, (url) => displayUrl(url))
}

/** Cleans a text: URLs are cut down, known secrets become `…`. */
export type Redactor = (text: string) => string

/**
 * A redactor that knows the secrets of one destination: path segments, query values and userinfo of `url`,
 * and `others` (header values, passwords), as written and decoded. A destination that echoes them in its
 * answer must not get them into a log.
 */
export function redactorFor(url: string, others: readonly string[] = []): Redactor {
  const parts = splitUrl(url)
  const secrets = [...(parts ? secretsOf(parts) : []), ...others.flatMap(wordsOf)]
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    // Shorter ones are no secrets worth hiding, and hiding them would mangle every text.
    .filter((secret) => secret.length >= shortestSecret)
  const longestFirst = [...new Set(secrets)].toSorted((a, b) => b.length - a.length)
  return (text) => {
    let clean = redactUrlsIn(text)
    for (const secret of longestFirst) clean = clean.replaceAll(secret, '…')
    return clean
  }
}

const shortestSecret = 4

function secretsOf(url: RawUrl): string[] {
  const segments = url.path.split('/')
  const values = (url.query ?? '').split('&').map((pair) => pair.slice(pair.indexOf('=') + 1))
  const user = (url.userinfo ?? '').split(':')
  const credentials = url.userinfo === undefined ? [] : [basicCredentials(url.userinfo)]
  return [
    ...segments.flatMap((segment) => [segment, decode(segment) ?? '']),
    ...values.flatMap((value) => [value, decodeQuery(value) ?? '']),
    ...user.flatMap((part) => [part, decode(part) ?? '']),
    ...credentials,
  ]
}

/** A header's value and its last word: `Bearer token` is secret because of `token`. */
function wordsOf(value: string): string[] {
  return [value, value.slice(value.lastIndexOf(' ') + 1)]
}

/** `user:password` of a URL, still encoded, as Basic credentials (RFC 7617). */
export function basicCredentials(userinfo: string): string {
  const colon = userinfo.indexOf(':')
  const user = colon === -1 ? userinfo : userinfo.slice(0, colon)
  const password = colon === -1 ? '' : userinfo.slice(colon + 1)
  return Buffer.from(`${decode(user) ?? user}:${decode(password) ?? password}`, 'utf8').toString('base64')
}
