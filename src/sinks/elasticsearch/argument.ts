/** Reads `--sink=elasticsearch:…` as the original does, and says where that surprises people. */
import { parseGoDuration } from '../../gotime/duration.ts'
import { firstOf, repeatedOnes, valuesOf } from '../../sink-kit/argument-values.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import { present } from '../../sink-kit/present.ts'
import { joinUrl, splitUrl } from '../../sink-kit/raw-url.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'

/** Options of the kit that this sink has a use for. */
const usedOptions = [
  'ca',
  'cert',
  'key',
  'serverName',
  'insecure',
  'apiKey',
  'dataStream',
  'indexTemplate',
  'gzip',
] as const

/** Those that do not add up: the first value counts. */
const singleNames = [
  'index',
  'ver',
  'esUserName',
  'esUserSecret',
  'maxRetries',
  'healthCheck',
  'sniff',
  'startupHealthcheckTimeout',
  'bulkWorkers',
  'cluster_name',
  'pipeline',
  'use_namespace',
  'sigv4',
]

/** Versions that the original refuses, and starts without the sink. */
const originalVersions = ['2', '5', '6', '7']

const mostWorkers = 256

export function readElasticsearchArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const warnings = [...repeatedOnes(argument, singleNames)]
  const mistakes: string[] = []
  const errors: string[] = []
  const first = (name: string): string | undefined => firstOf(argument, name)
  const filled = (name: string): string | undefined => first(name) || undefined
  warnOfNamespaces(first('use_namespace'), warnings, mistakes)
  const user = readUser(first('esUserName'), first('esUserSecret'), warnings, mistakes)
  const version = first('ver')
  const concurrency = readWorkers(first('bulkWorkers'), errors)
  readWhatHasNoEffect(first, errors)
  return {
    options: {
      ...pickOptions(kit, usedOptions),
      nodes: readNodes(argument, warnings),
      ...present({
        index: first('index'),
        cluster_name: first('cluster_name'),
        ver: version,
        pipeline: filled('pipeline'),
        ...user,
      }),
      // Any value switches it on, as in the original.
      use_namespace: first('use_namespace') !== undefined,
      sigv4: first('sigv4') === undefined ? 'auto' : 'true',
      sniff: first('sigv4') === undefined ? (first('sniff') ?? true) : false,
    },
    filter: { level: 'all' },
    warnings,
    mistakes,
    errors: [...errors, ...unusedOptions(kit, usedOptions)],
    originalRefuses: version !== undefined && !originalVersions.includes(version),
    ...(concurrency === undefined ? {} : { pace: { concurrency } }),
  }
}

/** `nodes` takes the place of the URL, of which scheme and host alone count. */
function readNodes(argument: SinkArgument, warnings: string[]): readonly string[] {
  const given = valuesOf(argument, 'nodes')
  // The original passes over what is no http URL, as long as there is another one.
  const usable = given.filter((text) => /^https?:\/\/[^/]/i.test(text))
  if (usable.length > 0) {
    if (usable.length < given.length) {
      warnings.push('one of `nodes` is no http or https URL and is left out: write nodes=http://host:9200')
    }
    return usable.map((text) => text.replace(/[?#].*$/s, '').replace(/\/+$/, ''))
  }
  if (given.length > 0) return given
  const parts = splitUrl(argument.url)
  if (!parts) return [argument.url]
  if (!/^\/?$/.test(parts.path)) {
    warnings.push(
      'the path of the URL is not used, as in kube-eventer: write it in `nodes=http://host:9200/path`',
    )
  }
  // Without them the original is refused by a cluster that asks for them.
  return [joinUrl({ ...parts, path: '', query: undefined })]
}

/** Both or none count, as in the original. */
function readUser(
  esUserName: string | undefined,
  esUserSecret: string | undefined,
  warnings: string[],
  mistakes: string[],
): { esUserName?: string; esUserSecret?: string } {
  if (esUserName !== undefined && esUserSecret !== undefined) {
    return esUserName === '' || esUserSecret === '' ? {} : { esUserName, esUserSecret }
  }
  if (esUserName !== undefined || esUserSecret !== undefined) {
    const [given, missing] =
      esUserName === undefined ? ['esUserSecret', 'esUserName'] : ['esUserName', 'esUserSecret']
    const mistake = `option \`${given}\` has no effect without \`${missing}\`: give both`
    warnings.push(mistake)
    mistakes.push(mistake)
  }
  return {}
}

function readWorkers(text: string | undefined, errors: string[]): number | undefined {
  if (text === undefined) return undefined
  if (!isInteger(text)) {
    errors.push('option `bulkWorkers` is no whole number: write bulkWorkers=5')
    return undefined
  }
  return Math.min(Math.max(Number(text), 1), mostWorkers)
}

/** Retries, health checks and the wait for a cluster at start are the program's own; what is no value is refused as before. */
function readWhatHasNoEffect(first: (name: string) => string | undefined, errors: string[]): void {
  const maxRetries = first('maxRetries')
  if (maxRetries !== undefined && !isInteger(maxRetries)) {
    errors.push('option `maxRetries` is no whole number: remove it, events are retried anyway')
  }
  const healthCheck = first('healthCheck')
  if (healthCheck !== undefined && !/^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(healthCheck)) {
    errors.push('option `healthCheck` is neither true nor false: remove it')
  }
  const wait = first('startupHealthcheckTimeout')
  if (wait !== undefined && !parseGoDuration(`${wait}s`).ok) {
    errors.push('option `startupHealthcheckTimeout` is no number of seconds: remove it')
  }
}

function warnOfNamespaces(value: string | undefined, warnings: string[], mistakes: string[]): void {
  if (value === undefined || /^(?:1|t|T|TRUE|true|True)$/.test(value)) return
  const mistake =
    'any value of `use_namespace` puts namespaces into the names of indices, as in kube-eventer: ' +
    'remove it, or write `use_namespace=true`'
  warnings.push(mistake)
  mistakes.push(mistake)
}

function isInteger(text: string): boolean {
  return /^[+-]?\d+$/.test(text)
}
