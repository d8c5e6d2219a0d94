/** The `--sink` arguments of a recording as the original reads them: where each sends, and which events it wants. */
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import type { Recording } from './recording.ts'

/** One of the recorder's listeners. */
export type ListenerName = 'recorder' | 'recorder2' | 'broker' | 'database' | 'influxdb'

export interface SinkUse {
  /** What stands before the first colon. */
  readonly name: string
  /** Where it sends, if that is a listener of the recorder. */
  readonly target?: SinkTarget
  /** The URL's options, decoded, in order. */
  readonly options: readonly (readonly [name: string, value: string])[]
}

export interface SinkTarget {
  readonly listener: ListenerName
  readonly scheme: 'http' | 'https'
  readonly userinfo: string | undefined
  readonly path: string
  /** As the original sends it: variables expanded, unset ones gone. */
  readonly query: string
  /** The same with the `$` that names no variable left in its place. */
  readonly queryWithUnsetVariables: string
}

/** The sinks in the order of the command line. */
export function sinksOf({ argv, env }: Pick<Recording, 'argv' | 'env'>): SinkUse[] {
  return argv.flatMap((argument) => {
    const value = /^--?sink=(.*)$/s.exec(argument)?.[1]
    return value === undefined ? [] : [readSink(value, env)]
  })
}

function readSink(value: string, env: Recording['env']): SinkUse {
  const colon = value.indexOf(':')
  if (colon === -1) return { name: value, options: [] }
  const name = value.slice(0, colon)
  const written = value.slice(colon + 1)
  const url = expand(written, env, () => '')
  const options = optionsOf(/\?([^#]*)/.exec(url)?.[1] ?? '')
  const [, scheme = '', userinfo, listener, path = '', query = ''] =
    /^(https?):\/\/(?:([^@/?#]*)@)?<(recorder2?)>([^?#]*)(?:\?([^#]*))?/.exec(
      endpointOf(url, options, env),
    ) ?? []
  if (listener !== 'recorder' && listener !== 'recorder2') return { name, options }
  // Of a sink whose URL tells no endpoint none of the query is sent.
  const kept = endpointOf(url, options, env) === url ? expand(written, env, (whole) => whole) : ''
  return {
    name,
    options,
    target: {
      listener,
      // DingTalk's sink sends over https whatever its URL says.
      scheme: scheme === 'https' || name === 'dingtalk' ? 'https' : 'http',
      userinfo,
      path: path === '' ? '/' : path,
      query,
      queryWithUnsetVariables: /\?([^#]*)/.exec(kept)?.[1] ?? '',
    },
  }
}

/** Where a sink sends whose URL does not tell it. */
function endpointOf(url: string, options: SinkUse['options'], env: Recording['env']): string {
  return (
    options.find(([name]) => name === 'ke.endpoint' || name === 'apihost')?.[1] ?? env['SLS_ENDPOINT'] ?? url
  )
}

/** Go's `os.ExpandEnv` for the forms that URLs have: `$NAME`, `${NAME}`, `$5`. */
function expand(text: string, env: Recording['env'], unset: (whole: string) => string): string {
  return text.replace(/\$(?:\{([^}]*)\}|(\d|\w+))/g, (whole, braced?: string, plain?: string) => {
    const name = braced ?? plain ?? ''
    return Object.hasOwn(env, name) ? (env[name] ?? '') : unset(whole)
  })
}

function optionsOf(query: string): (readonly [string, string])[] {
  return query
    .split('&')
    .filter((pair) => pair !== '' && !pair.includes(';'))
    .map((pair) => {
      const at = pair.indexOf('=')
      return at === -1
        ? ([decode(pair), ''] as const)
        : ([decode(pair.slice(0, at)), decode(pair.slice(at + 1))] as const)
    })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** The values of an option; of a repeated one the original takes the first. */
export function valuesOf({ options }: SinkUse, name: string): string[] {
  return options.filter(([key]) => key === name).map(([, value]) => value)
}

/** How filters are read. */
export interface FilterReading {
  /** Of a repeated option every value counts, not the first alone. */
  readonly addsUp: boolean
  /** A name with a regexp character is an expression for whole names. */
  readonly hasExpressions: boolean
}

const asOriginal: FilterReading = { addsUp: false, hasExpressions: false }

/** Whether a webhook lets the event pass, by default the original's. */
export function wants(sink: SinkUse, event: KubernetesEvent, reading: FilterReading = asOriginal): boolean {
  const [level] = valuesOf(sink, 'level')
  const types = level === 'Normal' ? ['Normal', 'Warning'] : ['Warning']
  if (level !== undefined && !types.includes(event.type ?? '')) return false
  const { namespace, kind } = event.involvedObject
  const isName = (one: string, value: string): boolean =>
    reading.hasExpressions && isExpression(one) ? isFound(`^(?:${one})$`, value) : one === value
  return (
    isListed(sink, 'namespaces', namespace, reading, isName) &&
    isListed(sink, 'kinds', kind, reading, isName) &&
    isListed(sink, 'reason', event.reason, reading, isFound)
  )
}

/** Whether a name has a regexp character. */
export function isExpression(name: string): boolean {
  return /[*+?()[\]{}|^$\\]/.test(name)
}

function isListed(
  sink: SinkUse,
  option: string,
  value: string | undefined,
  { addsUp }: FilterReading,
  matches: (one: string, value: string) => boolean,
): boolean {
  const values = valuesOf(sink, option)
  if (values.length === 0) return true
  if (!value) return false
  return (addsUp ? values : values.slice(0, 1))
    .filter((list) => list !== '')
    .flatMap((list) => list.split(','))
    .some((one) => matches(one, value))
}

/** One that is no expression is found nowhere. Recordings have none that JavaScript reads otherwise than Go. */
function isFound(expression: string, value: string): boolean {
  try {
    return new RegExp(expression, 'u').test(value)
  } catch {
    return false
  }
}
