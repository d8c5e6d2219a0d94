/** Reads `--sink=webhook:…` as the original does, and says where that surprises people. */
import type { FilterOptions } from '../../domain/filter-options.ts'
import { firstOf, repeatedOnes, valuesOf } from '../../sink-kit/argument-values.ts'
import { readNames, readReasons } from '../../sink-kit/filter-argument.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import { optionsInPath } from '../../sink-kit/options-in-path.ts'
import { present } from '../../sink-kit/present.ts'
import { filterQuery, joinUrl, splitUrl } from '../../sink-kit/raw-url.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'
import { connectionHeaders } from './options.ts'

/** What the original takes for its own in the URL's query. */
const ownNames: ReadonlySet<string> = new Set([
  'level',
  'namespaces',
  'kinds',
  'reason',
  'header',
  'method',
  'custom_body_configmap',
  'custom_body_configmap_namespace',
])

/** Those that do not add up: the first value counts. */
const singleNames = ['method', 'custom_body_configmap', 'level']

/** Options of the kit that its schema has, too. */
const schemaOptions = [
  'ca',
  'cert',
  'key',
  'serverName',
  'insecure',
  'platform',
  'escape',
  'template',
  'templateFile',
] as const

export function readWebhookArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const warnings = [...repeatedOnes(argument, singleNames)]
  const mistakes: string[] = []
  const method = readMethod(firstOf(argument, 'method'), warnings)
  const url = readUrl(argument, kit.forwardOptions ?? false, warnings)
  return {
    options: {
      url,
      method,
      headers: readHeaders(valuesOf(argument, 'header'), warnings),
      ...pickOptions(kit, schemaOptions),
      ...present({ templateConfigMap: readConfigMap(argument, warnings) }),
    },
    filter: {
      level: readLevel(firstOf(argument, 'level'), warnings, mistakes),
      ...present({
        namespaces: readNames(valuesOf(argument, 'namespaces')),
        kinds: readNames(valuesOf(argument, 'kinds')),
        reason: readReasons(valuesOf(argument, 'reason')),
      }),
    },
    warnings,
    mistakes,
    errors: unusedOptions(kit, [...schemaOptions, 'forwardOptions']),
  }
}

/** `namespace/name`, the namespace `default` where none is given. */
function readConfigMap(argument: SinkArgument, warnings: string[]): string | undefined {
  const name = firstOf(argument, 'custom_body_configmap')
  if (name === undefined) return undefined
  if (name === '') {
    warnings.push('option `custom_body_configmap` is empty: the default body is sent; name a ConfigMap')
    return undefined
  }
  const namespace = firstOf(argument, 'custom_body_configmap_namespace')
  return `${namespace || 'default'}/${name}`
}

/** The endpoint: what stands there without the sink's own options, in order and spelling. */
function readUrl(argument: SinkArgument, forwardOptions: boolean, warnings: string[]): string {
  const parts = splitUrl(argument.url)
  if (!parts) return argument.url
  warnings.push(...optionsInPath(argument.url, ownNames, `--sink=webhook:${parts.scheme}://${parts.host}/`))
  const query = forwardOptions ? parts.query : filterQuery(parts.query, (name) => !ownNames.has(name))
  return joinUrl({ ...parts, query })
}

function readMethod(given: string | undefined, warnings: string[]): string {
  // Go's http.NewRequest takes an empty method for GET.
  const method = given || 'GET'
  if (method === 'GET') {
    warnings.push(
      'events are sent with GET and a body, as kube-eventer does by default; ' +
        'most endpoints want `method=POST`',
    )
  } else if (method !== method.toUpperCase()) {
    warnings.push('methods are in capital letters: write `method=POST`')
  }
  return method
}

function readHeaders(values: readonly string[], warnings: string[]): Readonly<Record<string, string>> {
  const headers = new Map<string, readonly [name: string, value: string]>()
  for (const text of values) {
    const at = text.indexOf('=')
    if (at === -1) {
      warnings.push('a `header` without `=` is left out: write `header=Name=value`')
      continue
    }
    const name = text.slice(0, at)
    const key = name.toLowerCase()
    if (connectionHeaders.has(key)) {
      warnings.push(`the header ${name} belongs to the connection and is not sent: remove it`)
    } else headers.set(key, [name, text.slice(at + 1)])
  }
  return Object.fromEntries(headers.values())
}

function readLevel(
  level: string | undefined,
  warnings: string[],
  mistakes: string[],
): FilterOptions['level'] {
  if (level === 'Normal' || level === 'Warning') return level
  if (level === undefined) {
    warnings.push('without `level` all events are sent, Normal ones too; `level=Warning` sends warnings only')
    return 'all'
  }
  const mistake =
    `option \`level${isPlain(level) ? `=${level}` : ''}\` is none of Normal, Warning and is taken for Warning, as in kube-eventer; ` +
    'write `level=Warning`, or `level=Normal` for both'
  warnings.push(mistake)
  mistakes.push(mistake)
  return 'Warning'
}

/** What stands in the wrong place may be a secret: only what looks like a level is shown. */
function isPlain(text: string): boolean {
  return /^[A-Za-z,]{0,20}$/.test(text)
}
