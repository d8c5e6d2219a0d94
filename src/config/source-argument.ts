/** Reads `--source=kubernetes:URL?OPTIONS` and `--source=recording:FILE?OPTIONS` into the options of a source. */
import type { RecordingSourceOptions, SourceOptions } from '../domain/source-options.ts'
import type { Problem } from './config.ts'
import { parseGoBoolean } from './go-values.ts'
import { parseGoQuery } from './go-url.ts'
import { errorAt, isShowableType, quoteName, quotePlain, warningAt } from './problems.ts'
import { didYouMean } from './suggestion.ts'
import type { UriArgument } from './uri-argument.ts'

export type SourceWithoutLookBack = Omit<SourceOptions, 'lookBack'>

export interface ReadSource {
  /** Absent where a problem is an error. */
  readonly source?: SourceWithoutLookBack | RecordingSourceOptions
  readonly problems: readonly Problem[]
}

/** The options of a source, as `--help` tells them. */
export const sourceOptions: readonly { readonly name: string; readonly summary: string }[] = [
  { name: 'inClusterConfig', summary: "use the pod's own account (default true)" },
  { name: 'auth', summary: 'path of a kubeconfig, with inClusterConfig=false' },
  { name: 'localKubeConfig', summary: 'the same; where both are given, this one' },
  { name: 'context', summary: 'context of the kubeconfig (default its current one)' },
  { name: 'useServiceAccount', summary: "with inClusterConfig=false: the pod's token, if it can be read" },
  { name: 'insecure', summary: "do not verify the server's certificate" },
  {
    name: 'cluster',
    summary: 'name of the source, to which its place in the events belongs (default: default)',
  },
  { name: 'namespace', summary: 'watch one namespace only' },
  { name: 'fieldSelector', summary: 'watch less, as in fieldSelector=type%3DWarning' },
]

/** Those of a recording, `recording:FILE`. */
export const recordingOptions: readonly { readonly name: string; readonly summary: string }[] = [
  { name: 'speed', summary: 'how many times faster than recorded, or max: without waiting (default 1)' },
  {
    name: 'cluster',
    summary: 'name of the source, to which its place in the recording belongs (default: default)',
  },
]

/**
 * Follows the original's reading of its options (the first of repeated ones counts, kubeconfigs only outside
 * a cluster) and adds `cluster`, `fieldSelector` and `namespace`. Whether the cluster can be reached so is not
 * looked at.
 */
export function readSourceArgument(argument: UriArgument, where: string): ReadSource {
  const { name, url } = argument
  if (name === 'recording') return readRecordingArgument(argument, where)
  if (name !== 'kubernetes') return { problems: [unknownSource(name, where)] }

  const problems: Problem[] = []
  const pairs = parseGoQuery(url.rawQuery)
  problems.push(...questionableNames(pairs, namesOf(sourceOptions), where))
  const first = (option: string): string | undefined => pairs.find(([given]) => given === option)?.[1]
  const boolean = (option: string, otherwise: boolean): boolean => {
    const text = first(option)
    if (text === undefined) return otherwise
    const value = parseGoBoolean(text)
    if (value !== undefined) return value
    const what = `option ${option}: ${quotePlain(text)} is none of true, false`
    problems.push(errorAt(where, what, `write ${option}=true or ${option}=false`))
    return otherwise
  }

  const asksInCluster = boolean('inClusterConfig', true)
  const localKubeConfig = first('localKubeConfig')
  const kubeconfig = localKubeConfig || first('auth') || undefined
  // Outside a cluster the original takes an empty `localKubeConfig` for "the pod's own account".
  const inClusterConfig = asksInCluster || localKubeConfig === ''
  const context = first('context') || undefined
  const insecure = boolean('insecure', false)
  const useServiceAccount = boolean('useServiceAccount', false)
  const server = url.scheme !== '' && url.host !== '' ? `${url.scheme}://${url.host}` : ''

  if (inClusterConfig && kubeconfig !== undefined) {
    const what = "the kubeconfig is not used: inClusterConfig is true, so the pod's own account is"
    const remedy = 'add inClusterConfig=false to use the kubeconfig, or leave it out'
    problems.push(warningAt(where, what, remedy))
  }
  if (inClusterConfig && context !== undefined) {
    const what = "the context is not used: inClusterConfig is true, so the pod's own account is"
    problems.push(warningAt(where, what, 'add inClusterConfig=false, or leave it out'))
  }
  if (server !== '' && !(/^https?:/.test(server) && URL.canParse(server))) {
    const remedy = 'write kubernetes:https://HOST:PORT, or leave it out inside a cluster'
    problems.push(errorAt(where, 'the server is no https:// or http:// address', remedy))
  }
  if (server === '' && url.text.split('?')[0] !== '') {
    const what = 'the URL names no server, since it has no scheme and host, and is not used'
    problems.push(warningAt(where, what, 'write kubernetes:https://HOST:PORT, or nothing before the ?'))
  }

  const cluster = first('cluster') ?? 'default'
  problems.push(...clusterNameProblems(cluster, where))
  const namespace = first('namespace') || undefined
  if (namespace !== undefined && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) {
    const remedy =
      "name one namespace: namespace=shop; for several, watch all and use a sink's namespaces=a,b"
    problems.push(errorAt(where, 'option namespace: this is no name of a namespace', remedy))
  }
  const fieldSelector = first('fieldSelector') || undefined

  if (problems.some(({ severity }) => severity === 'error')) return { problems }
  const source: SourceWithoutLookBack = {
    cluster,
    server: localKubeConfig === '' && !asksInCluster ? '' : server,
    inClusterConfig,
    useServiceAccount,
    ...(!inClusterConfig && kubeconfig !== undefined && { kubeconfig }),
    ...(!inClusterConfig && context !== undefined && { context }),
    insecure,
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...(namespace !== undefined && { namespace }),
  }
  return { source, problems }
}

/** Whether the file can be read is not looked at. */
function readRecordingArgument({ url }: UriArgument, where: string): ReadSource {
  const pairs = parseGoQuery(url.rawQuery)
  const first = (option: string): string | undefined => pairs.find(([given]) => given === option)?.[1]
  const problems: Problem[] = [...questionableNames(pairs, namesOf(recordingOptions), where)]
  const file = url.path
  if (file === '' || url.host !== '' || url.scheme !== '') {
    const what = file === '' && url.host === '' ? 'it names no file' : 'what it names is no path of a file'
    problems.push(errorAt(where, what, 'write recording:FILE, as in recording:/data/incident.ndjson.gz'))
  }
  const speed = parseSpeed(first('speed') ?? '1')
  if (speed === undefined) {
    const what = `option speed: ${quotePlain(first('speed') ?? '')} is neither a number above 0 nor max`
    problems.push(errorAt(where, what, 'write speed=60 for a minute in a second, or speed=max'))
  }
  const cluster = first('cluster') ?? 'default'
  problems.push(...clusterNameProblems(cluster, where))
  if (speed === undefined || problems.some(({ severity }) => severity === 'error')) return { problems }
  return { source: { cluster, file, speed }, problems }
}

function parseSpeed(text: string): number | 'max' | undefined {
  if (text === 'max') return text
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  return speed > 0 && Number.isFinite(speed) ? speed : undefined
}

function clusterNameProblems(cluster: string, where: string): readonly Problem[] {
  if (/^[A-Za-z0-9][\w.-]{0,62}$/.test(cluster)) return []
  const remedy = 'write 1 to 63 letters, digits, -, _ and ., starting with a letter or digit: cluster=staging'
  return [errorAt(where, 'option cluster: this is no name', remedy)]
}

function namesOf(options: readonly { readonly name: string }[]): readonly string[] {
  return options.map(({ name }) => name)
}

/** Positions belong to names, so each source needs its own. */
export function duplicateClusterProblems(
  sources: readonly { readonly cluster: string; readonly where: string }[],
): readonly Problem[] {
  return sources.flatMap(({ cluster, where }, position) => {
    const earlier = sources.slice(0, position).find((other) => other.cluster === cluster)
    if (!earlier) return []
    const what = `the name ${cluster} is taken by ${earlier.where}`
    return [errorAt(where, what, 'give each source a name of its own: kubernetes:URL?cluster=NAME')]
  })
}

function unknownSource(name: string, where: string): Problem {
  const what = `there is no source ${isShowableType(name) ? name : 'of this name'}`
  const remedy = 'write kubernetes:https://kubernetes.default for a cluster, or recording:FILE'
  return errorAt(where, what, remedy)
}

function questionableNames(
  pairs: readonly (readonly [name: string, value: string])[],
  names: readonly string[],
  where: string,
): readonly Problem[] {
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const [name] of pairs) {
    if (!names.includes(name)) {
      const quoted = quoteName(name)
      const remedy =
        (quoted === undefined ? undefined : didYouMean(name, names)) ??
        `a source has the options ${names.join(', ')}`
      problems.push(
        warningAt(where, `there is no option ${quoted ?? 'of this name'}: it does nothing`, remedy),
      )
    } else if (seen.has(name)) {
      problems.push(
        warningAt(where, `option ${name} is given more than once: the first counts`, `give ${name} once`),
      )
    }
    seen.add(name)
  }
  return problems
}
