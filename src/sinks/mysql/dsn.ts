/** The data source name of Go's MySQL driver, taken apart as that driver does: `user:password@tcp(host:port)/db?…`. */
import { isIP } from 'node:net'
import { decode, decodeQuery } from '../../sink-kit/raw-url.ts'

/** Where the server listens. */
export type Address =
  | {
      readonly kind: 'tcp'
      /** IPv6 without brackets. */
      readonly host: string
      readonly port: number
      /** 0: whichever the name has. */
      readonly family: 0 | 4 | 6
    }
  | { readonly kind: 'unix'; readonly path: string }

export interface Dsn {
  readonly user: string
  /** As written: it is never escaped. */
  readonly password: string
  readonly address: Address
  /** '' for none. */
  readonly database: string
  /** In order, values as written; parameters without a `=` do nothing and are left out. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

export type DsnResult =
  | { readonly ok: true; readonly dsn: Dsn }
  /** A sentence with its remedy, that shows nothing of the text: any part of it may be a password. */
  | { readonly ok: false; readonly problem: string }

const form = 'write user:password@tcp(host:3306)/database?parameter=value'

/** Follows `ParseDSN` of github.com/go-sql-driver/mysql: the last slash counts, the last `@`, the first `:`. */
export function readDsn(text: string): DsnResult {
  const slash = text.lastIndexOf('/')
  if (slash === -1) return refused(`has no slash before the name of the database; ${form}`)
  const before = text.slice(0, slash)
  const [, rawDatabase = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(text.slice(slash + 1)) ?? []
  const at = before.lastIndexOf('@')
  const account = at === -1 ? '' : before.slice(0, at)
  const colon = account.indexOf(':')
  const address = readAddress(before.slice(at + 1))
  if (typeof address === 'string') return refused(address)
  const database = decode(rawDatabase)
  if (database === undefined)
    return refused("has a '%' in the database's name that escapes nothing; write it as %25")
  return {
    ok: true,
    dsn: {
      user: colon === -1 ? account : account.slice(0, colon),
      password: colon === -1 ? '' : account.slice(colon + 1),
      address,
      database,
      parameters: parametersOf(query),
    },
  }
}

function refused(problem: string): DsnResult {
  return { ok: false, problem }
}

function parametersOf(query: string): (readonly [name: string, value: string])[] {
  return query.split('&').flatMap((pair) => {
    const equals = pair.indexOf('=')
    return equals === -1 ? [] : [[pair.slice(0, equals), pair.slice(equals + 1)] as const]
  })
}

/** `tcp(host:port)`; a sentence where it is no address. */
function readAddress(text: string): Address | string {
  const open = text.indexOf('(')
  const network = (open === -1 ? text : text.slice(0, open)) || 'tcp'
  if (open !== -1 && !text.endsWith(')')) {
    return text.includes(')', open)
      ? `has something after the address's closing bracket; a value with a slash is written with %2F, and ${form}`
      : `has no closing bracket after the address; ${form}`
  }
  const written = open === -1 ? '' : text.slice(open + 1, -1)
  switch (network) {
    case 'unix':
      return { kind: 'unix', path: written || '/tmp/mysql.sock' }
    case 'tcp':
    case 'tcp4':
    case 'tcp6': {
      if (written === '' && network !== 'tcp') return `names no host; write ${network}(host:3306)`
      const host = readHost(written || '127.0.0.1')
      if (host === undefined)
        return 'has an address that is none; write tcp(host:3306), or tcp([2001:db8::1]:3306)'
      return { kind: 'tcp', ...host, family: network === 'tcp' ? 0 : network === 'tcp4' ? 4 : 6 }
    }
    default:
      return `names a network that is none of tcp, tcp4, tcp6, unix; ${form}`
  }
}

function readHost(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain = '', port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? []
  // Without brackets an IPv6 address cannot carry a port: the driver takes all of it for the host.
  if (bracketed === undefined && plain === '')
    return isIP(text) === 6 ? { host: text, port: 3306 } : undefined
  const host = bracketed ?? plain
  const number = port === undefined ? 3306 : Number(port)
  return host !== '' && number > 0 && number < 65_536 ? { host, port: number } : undefined
}

/** `host:port`, or the socket's path: what people are shown of a server. */
export function shownAddress(address: Address): string {
  if (address.kind === 'unix') return address.path
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
}

/** A parameter's value, unescaped; `undefined` where its escapes are broken. */
export function parameterValue(written: string): string | undefined {
  return decodeQuery(written)
}
