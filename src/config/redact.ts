/**
 * The command line as it may be logged. Everything is hidden that is not known to be harmless: in a sink's URL
 * userinfo, path, fragment, and of the query all but the values of a few options.
 */
import { isIP } from 'node:net'
import type { FlagDeclaration } from './go-flags.ts'
import { readValue, splitFlag } from './go-flags.ts'
import { flags } from './flag-table.ts'
import { parseGoUrl } from './go-url.ts'
import { isShowableType } from './problems.ts'
import { shownHost } from './uri-argument.ts'

const hidden = '…'

/**
 * One line, `--sink=webhook:https://hooks.example.test/…?level=Warning&key=…`. `argv` is what follows the
 * program's name and the subcommand; variables of the environment are shown by name, not by value.
 */
export function redactCommandLine(argv: readonly string[]): string {
  const shown: string[] = []
  let at = 0
  for (; at < argv.length; at++) {
    const argument = argv[at] ?? ''
    const flag = splitFlag(argument)
    if (flag.kind === 'malformed') {
      shown.push(hidden)
      continue
    }
    // Nothing is parsed behind these two, so nothing is known of it.
    if (flag.kind !== 'flag') break
    const dashes = argument.startsWith('--') ? '--' : '-'
    const name = /^[A-Za-z][\w.-]{0,39}$/.test(flag.name) ? `${dashes}${flag.name}` : hidden
    const declaration = flags.find((declared) => declared.name === flag.name)
    if (flag.value !== undefined) {
      shown.push(`${name}=${redactValue(flag.value, declaration)}`)
      continue
    }
    shown.push(name)
    const following = argv[at + 1]
    const takesNext = declaration ? declaration.kind !== 'boolean' : following?.startsWith('-') === false
    if (takesNext && following !== undefined) {
      shown.push(redactValue(following, declaration))
      at++
    }
  }
  const rest = argv.slice(at).map((argument) => (argument === '--' ? '--' : hidden))
  return [...shown, ...rest].join(' ')
}

function redactValue(value: string, declaration: FlagDeclaration | undefined): string {
  if (!declaration) return hidden
  switch (declaration.name) {
    case 'sink':
    case 'source':
      return redactUriArgument(value)
    case 'data-dir':
    case 'config':
    case 'c':
      return /^[\w./~-]*$/.test(value) ? value : hidden
    case 'look-back':
      return value === 'all' || readValue(value, 'duration') !== undefined ? value : hidden
    case 'healthz-ip':
      return isIP(value) > 0 || value === 'localhost' || value === '' ? value : hidden
    default:
      return declaration.kind !== 'text' && readValue(value, declaration.kind) !== undefined ? value : hidden
  }
}

/** A `--sink` or `--source` value without its secrets: `webhook:https://hooks.example.test/…?key=…`. */
export function redactUriArgument(argument: string): string {
  const colon = argument.indexOf(':')
  const name = colon === -1 ? argument : argument.slice(0, colon)
  if (!isShowableType(name)) return hidden
  if (colon === -1) return name
  const parsed = parseGoUrl(argument.slice(colon + 1))
  if (!parsed.ok) return `${name}:${hidden}`
  const { scheme, opaque, user, path, rawQuery, fragment } = parsed.url
  const host = shownHost(parsed.url)
  const place = host === '' ? '' : `//${user ? `${hidden}@` : ''}${host}`
  // What stands before the first colon is a scheme only if it is one that somebody uses: `u:p@tcp(h)` has none.
  const isScheme = place !== '' && /^(https?|mongodb(\+srv)?|tcp|ssl|unix)$/.test(scheme)
  const rest = [
    path !== '' && path !== '/',
    opaque !== '',
    place === '' && scheme !== '',
    place === '' && user,
  ]
  return [
    `${name}:`,
    isScheme ? `${scheme}:` : '',
    place,
    rest.some(Boolean) ? (place === '' ? hidden : `/${hidden}`) : path,
    rawQuery === '' ? '' : `?${rawQuery.split('&').map(redactPair).join('&')}`,
    fragment === '' ? '' : `#${hidden}`,
  ].join('')
}

/** Kubernetes knows no capitals in names, most secrets have some. */
const lowerNames = /^[a-z0-9.,-]{0,253}$/
const names = /^[\w.,-]{0,253}$/
const truth = /^(true|false|t|f|1|0)$/i
const path = /^(\.{0,2}|~)\/[\w./-]+$/
const word = /^[a-z-]{1,16}$/
// Written without its letter: one that is not ASCII makes the whole bundle take twice its size in memory.
const amount = /^[0-9.]+(ns|us|\u00b5s|ms|s|m|h)?$/

/** Options whose value may be shown where it is of this form. */
const harmlessValues: ReadonlyMap<string, RegExp> = new Map([
  ['level', /^(normal|warning)?$/i],
  ['namespaces', lowerNames],
  ['kinds', /^[A-Za-z,]{0,253}$/],
  ['method', /^(get|post|put|patch|delete|head)?$/i],
  ['custom_body_configmap', lowerNames],
  ['custom_body_configmap_namespace', lowerNames],
  ['ke.name', names],
  ['ke.timeout', amount],
  ['ke.retryFor', amount],
  ['ke.linger', amount],
  ['ke.batchCount', amount],
  ['ke.batchBytes', amount],
  ['ke.concurrency', amount],
  ['ke.insecure', truth],
  ['ke.expireAfter', amount],
  ['ke.database', names],
  ['ke.collection', names],
  ['ke.clusterScoped', truth],
  ['ke.forwardOptions', truth],
  ['ke.format', word],
  ['ke.escape', word],
  ['ke.platform', word],
  ['inClusterConfig', truth],
  ['useServiceAccount', truth],
  ['insecure', truth],
  ['auth', path],
  ['localKubeConfig', path],
  ['cluster', names],
  ['namespace', lowerNames],
  ['fieldSelector', /^[\w.,=!-]{0,253}$/],
])

/** Options whose name may be shown, never their value. Any other name may be a secret itself, as in a MySQL DSN. */
const harmlessNames: ReadonlySet<string> = new Set(
  [
    'access_token key token header label labels reason sign msg_type cluster_id region corp_id',
    'corp_secret agent_id to_user brokers eventstopic compression user password insecuressl',
    'cacert cert nodes index ver sniff healthCheck maxRetries bulkWorkers esUserName',
    'esUserSecret table db pw retention withfields project logStore topic regionId internal',
    'accountId dataset writekey apihost ke.ca ke.cert ke.key ke.serverName ke.template',
    'ke.templateFile ke.message ke.object ke.reason ke.namespaces ke.kinds',
  ].flatMap((line) => line.split(' ')),
)

function redactPair(pair: string): string {
  const equals = pair.indexOf('=')
  const name = equals === -1 ? pair : pair.slice(0, equals)
  const harmless = harmlessValues.get(name)
  if (harmless) {
    if (equals === -1) return name
    const value = pair.slice(equals + 1)
    return `${name}=${harmless.test(value) ? value : hidden}`
  }
  return harmlessNames.has(name) && equals !== -1 ? `${name}=${hidden}` : hidden
}
