// urlParse and urlJoin: a URL as a dictionary of its parts, read as Go's net/url does.

import type { MaybeValue } from '../values/model.ts'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed } from '../execute/callable.ts'
import { bytesOf, stringOf } from '../go-string.ts'
import { quote } from '../strconv/quote.ts'
import { ANY_MAP, CallError, STRING } from '../values/type.ts'
import { dictValue, stringValue } from '../values/value.ts'
import { entriesOf, kindName, textOf } from './convert.ts'

interface UrlParts {
  readonly scheme: string
  readonly opaque: string
  readonly userinfo: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly fragment: string
}

class UrlProblem extends Error {}

/** The part with its escapes resolved. */
function unescaped(text: string): string {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text)?.[0]
  if (bad !== undefined) throw new UrlProblem(`invalid URL escape ${quote(bad)}`)
  const bytes: number[] = []
  for (let at = 0; at < text.length;) {
    if (text[at] === '%') {
      bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16))
      at += 3
    } else {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
      bytes.push(...bytesOf(character))
      at += character.length
    }
  }
  return stringOf(Uint8Array.from(bytes))
}

/** A part with everything escaped but what may stand in it. */
function escaped(text: string, allowed: RegExp): string {
  return Array.from(bytesOf(text), (byte) => {
    const character = String.fromCodePoint(byte)
    return byte < 0x80 && allowed.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

const IN_USERINFO = /[A-Za-z0-9\-_.~$&+,;=]/
const IN_PATH = /[A-Za-z0-9\-_.~$&+,/:;=@]/
const IN_FRAGMENT = /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/

function parseUrl(text: string): UrlParts {
  const hash = text.indexOf('#')
  const beforeHash = hash === -1 ? text : text.slice(0, hash)
  const fragment = hash === -1 ? '' : unescaped(text.slice(hash + 1))
  if (/[^ -~\u0080-\uffff]/.test(beforeHash)) throw new UrlProblem('invalid control character in URL')
  if (beforeHash.startsWith(':')) throw new UrlProblem('missing protocol scheme')
  const schemeEnd = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(beforeHash)?.[0].length ?? 0
  const scheme = beforeHash.slice(0, Math.max(0, schemeEnd - 1)).toLowerCase()
  const afterScheme = beforeHash.slice(schemeEnd)
  const mark = afterScheme.indexOf('?')
  const query = mark === -1 ? '' : afterScheme.slice(mark + 1)
  const rest = mark === -1 ? afterScheme : afterScheme.slice(0, mark)
  const none = { opaque: '', userinfo: '', host: '' }
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...none, scheme, opaque: rest, path: '', query, fragment }
    const [segment = ''] = rest.split('/')
    if (segment.includes(':')) throw new UrlProblem('first path segment in URL cannot contain colon')
  }
  if (!rest.startsWith('//') || (scheme === '' && rest.startsWith('///'))) {
    return { ...none, scheme, path: unescaped(rest), query, fragment }
  }
  const slash = rest.indexOf('/', 2)
  const authority = rest.slice(2, slash === -1 ? undefined : slash)
  const path = unescaped(slash === -1 ? '' : rest.slice(slash))
  const at = authority.lastIndexOf('@')
  const userinfo = at === -1 ? '' : userinfoText(authority.slice(0, at))
  return { scheme, opaque: '', userinfo, host: hostText(authority.slice(at + 1)), path, query, fragment }
}

/** Name and password, each escaped anew. */
function userinfoText(text: string): string {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) throw new UrlProblem('net/url: invalid userinfo')
  const colon = text.indexOf(':')
  const parts = colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)]
  return parts.map((part) => escaped(unescaped(part), IN_USERINFO)).join(':')
}

function hostText(text: string): string {
  const port = /:([^:\]]*)$/.exec(text)?.[1]
  if (port !== undefined && !/^[0-9]*$/.test(port)) {
    throw new UrlProblem(`invalid port ${quote(`:${port}`)} after host`)
  }
  if (/[ "<>\\^`{|}]/.test(text))
    throw new UrlProblem(`invalid character ${quote(/[ "<>\\^`{|}]/.exec(text)?.[0] ?? '')} in host name`)
  return unescaped(text)
}

function hostname(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host)?.[1]
  return bracketed ?? host.replace(/:[0-9]*$/, '')
}

function parsed(text: string): MaybeValue {
  try {
    const parts = parseUrl(text)
    const entries = { ...parts, hostname: hostname(parts.host) }
    return dictValue(new Map(Object.entries(entries).map(([key, part]) => [key, stringValue(part)])))
  } catch (error) {
    if (!(error instanceof UrlProblem)) throw error
    throw new CallError(`unable to parse url: parse ${quote(text)}: ${error.message}`)
  }
}

function joined(dict: MaybeValue): string {
  const entries = entriesOf(dict)
  const part = (key: string): string => {
    const value = entries.get(key)
    if (!entries.has(key)) return ''
    if (value?.kind === 'string') return value.value
    throw new CallError(`unable to parse ${key} key, must be of type string, but ${kindName(value)} found`)
  }
  const [scheme, opaque, host, path] = [part('scheme'), part('opaque'), part('host'), part('path')]
  const query = part('query') === '' ? '' : `?${part('query')}`
  const fragment = part('fragment') === '' ? '' : `#${escaped(part('fragment'), IN_FRAGMENT)}`
  const start = scheme === '' ? '' : `${scheme}:`
  if (opaque !== '') return start + opaque + query + fragment
  const userinfo = part('userinfo') === '' ? '' : `${userinfoText(part('userinfo'))}@`
  const hasAuthority = scheme !== '' || host !== '' || userinfo !== ''
  const slashes = hasAuthority && (host !== '' || path !== '' || userinfo !== '') ? '//' : ''
  const separator = path !== '' && !path.startsWith('/') && host !== '' ? '/' : ''
  return start + slashes + userinfo + host + separator + escaped(path, IN_PATH) + query + fragment
}

export const URL_FUNCTIONS: readonly TemplateFunction[] = [
  fixed('urlParse', [STRING], ([text]) => parsed(textOf(text))),
  fixed('urlJoin', [ANY_MAP], ([dict]) => stringValue(joined(dict))),
]
