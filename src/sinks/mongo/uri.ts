/** A MongoDB connection string as Go's driver reads it, put into the words of the client library here. */
import { decode } from '../../sink-kit/raw-url.ts'
import type { TlsOptions } from '../../sink-kit/trust.ts'

/** A connection string taken apart; nothing is decoded. */
export interface MongoUri {
  readonly scheme: 'mongodb' | 'mongodb+srv'
  /** `user:password`, without the `@`; `undefined` for none. */
  readonly userinfo: string | undefined
  /** `host:port`, several with commas between. */
  readonly hosts: string
  /** The name after the slash, '' for none: where users are looked up, no more. */
  readonly database: string
  readonly options: readonly (readonly [name: string, value: string])[]
}

export type MongoUriResult =
  | { readonly ok: true; readonly uri: MongoUri }
  /** A sentence with its remedy, that shows nothing of the text: any part of it may be a password. */
  | { readonly ok: false; readonly problem: string }

export function readMongoUri(text: string): MongoUriResult {
  const match = /^(mongodb(?:\+srv)?):\/\/([^?]*)(?:\?(.*))?$/s.exec(text)
  if (!match) return refused('is no connection string; write mongodb://user:password@host:27017/')
  const [, scheme, rest = '', query = ''] = match
  const at = rest.lastIndexOf('@')
  const userinfo = at === -1 ? undefined : rest.slice(0, at)
  const slash = rest.indexOf('/', at + 1)
  const hosts = slash === -1 ? rest.slice(at + 1) : rest.slice(at + 1, slash)
  if (hosts === '' || hosts.split(',').includes('')) {
    return refused('names no host; write mongodb://host:27017/, several with commas between')
  }
  if (userinfo !== undefined && (/[/?#[\]@]/.test(userinfo) || decode(userinfo) === undefined)) {
    return refused(
      'has a character in user or password that must be escaped: write @ as %40, / as %2F, % as %25',
    )
  }
  const options = query.split('&').flatMap((pair) => {
    const equals = pair.indexOf('=')
    return equals === -1 ? [] : [[pair.slice(0, equals), pair.slice(equals + 1)] as const]
  })
  return {
    ok: true,
    uri: {
      scheme: scheme === 'mongodb' ? scheme : 'mongodb+srv',
      userinfo,
      hosts,
      database: slash === -1 ? '' : rest.slice(slash + 1),
      options,
    },
  }
}

function refused(problem: string): MongoUriResult {
  return { ok: false, problem }
}

/** What the client library is given. */
export interface ClientUri {
  /** Without anything about TLS, and without what the client library would refuse. */
  readonly text: string
  /** `undefined`: no TLS. */
  readonly tls: TlsOptions | undefined
  /** What does something else than one may think, each a sentence with its remedy. */
  readonly notes: readonly string[]
}

/**
 * Options by their name in small letters, as both drivers take them. A text: the client library's name for it. `read`:
 * it says how is read, and nothing is read.
 */
const passedOn: ReadonlyMap<string, string | 'read'> = new Map([
  ['appname', 'appName'],
  ['authmechanism', 'authMechanism'],
  ['authmechanismproperties', 'authMechanismProperties'],
  ['authsource', 'authSource'],
  ['connecttimeoutms', 'connectTimeoutMS'],
  ['directconnection', 'directConnection'],
  ['heartbeatfrequencyms', 'heartbeatFrequencyMS'],
  ['heartbeatintervalms', 'heartbeatFrequencyMS'],
  ['journal', 'journal'],
  ['loadbalanced', 'loadBalanced'],
  ['localthresholdms', 'localThresholdMS'],
  ['maxconnecting', 'maxConnecting'],
  ['maxidletimems', 'maxIdleTimeMS'],
  ['maxpoolsize', 'maxPoolSize'],
  ['maxstaleness', 'read'],
  ['maxstalenessseconds', 'read'],
  ['minpoolsize', 'minPoolSize'],
  ['readconcernlevel', 'read'],
  ['readpreference', 'read'],
  ['readpreferencetags', 'read'],
  ['replicaset', 'replicaSet'],
  ['retryreads', 'read'],
  ['retrywrites', 'retryWrites'],
  ['serverselectiontimeoutms', 'serverSelectionTimeoutMS'],
  ['sockettimeoutms', 'socketTimeoutMS'],
  ['srvmaxhosts', 'srvMaxHosts'],
  ['srvservicename', 'srvServiceName'],
  ['w', 'w'],
  ['waitqueuetimeoutms', 'waitQueueTimeoutMS'],
  ['wtimeout', 'wtimeoutMS'],
  ['wtimeoutms', 'wtimeoutMS'],
  ['zlibcompressionlevel', 'zlibCompressionLevel'],
])

/** What is longer does not come to an end within the time that a batch has. */
const selectionTimeoutMs = 3_000

/** `password` is the user's, where it does not stand in the connection string. */
export function clientUri(uri: MongoUri, kit: TlsOptions, password?: string): ClientUri {
  const kept = new Map<string, string>()
  const notes: string[] = []
  // A name that a DNS record stands for is asked for over TLS unless told otherwise.
  let wantsTls = uri.scheme === 'mongodb+srv'
  let fromUri: TlsOptions = {}
  for (const [name, value] of uri.options) {
    const known = passedOn.get(name.toLowerCase())
    if (known === 'read') continue
    if (known !== undefined) {
      kept.set(known, value)
      continue
    }
    switch (name.toLowerCase()) {
      case 'ssl':
      case 'tls':
        wantsTls = value === 'true'
        break
      case 'sslinsecure':
      case 'tlsinsecure':
      case 'tlsallowinvalidcertificates':
        if (value === 'true') fromUri = { ...fromUri, insecure: true }
        break
      case 'sslcertificateauthorityfile':
      case 'tlscafile':
        fromUri = { ...fromUri, ca: decode(value) ?? value }
        break
      case 'sslclientcertificatekeyfile':
      case 'tlscertificatekeyfile':
        fromUri = { ...fromUri, cert: decode(value) ?? value, key: decode(value) ?? value }
        break
      case 'sslclientcertificatekeypassword':
      case 'tlscertificatekeyfilepassword':
        fromUri = { ...fromUri, keyPassword: decode(value) ?? value }
        break
      case 'connect':
        if (value === 'direct') kept.set('directConnection', 'true')
        break
      case 'compressors':
        if (value.split(',').includes('zlib')) kept.set('compressors', 'zlib')
        if (value !== 'zlib') notes.push('of `compressors` only zlib is spoken: the others do nothing')
        break
      default:
        notes.push(
          `the option ${/^\w{1,40}$/.test(name) ? `\`${name}\` ` : ''}of the connection string does nothing`,
        )
    }
  }
  if (!kept.has('serverSelectionTimeoutMS')) kept.set('serverSelectionTimeoutMS', String(selectionTimeoutMs))
  const parts = { ...fromUri, ...kit }
  const tls = wantsTls || Object.keys(parts).length > 0 ? parts : undefined
  const options = [...kept, ['tls', String(tls !== undefined)]].map(([name, value]) => `${name}=${value}`)
  const user = uri.userinfo?.split(':', 1)[0]
  const userinfo = password === undefined ? uri.userinfo : `${user ?? ''}:${encodeURIComponent(password)}`
  const account = userinfo === undefined ? '' : `${userinfo}@`
  return {
    text: `${uri.scheme}://${account}${uri.hosts}/${uri.database}?${options.join('&')}`,
    tls,
    notes,
  }
}

/** `mongodb://host:27017`: what people are shown of a connection string. */
export function shownUri(text: string): string {
  const read = readMongoUri(text)
  return read.ok ? `${read.uri.scheme}://${read.uri.hosts}` : '…'
}
