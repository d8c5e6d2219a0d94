/** Reads `--source=kubernetes:URL?OPTIONS` into the options of a source. */
import type { SourceOptions } from '../domain/source-options.ts'
import type { Problem } from './config.ts'
import { parseGoBoolean } from './go-values.ts'
import { parseGoQuery } from './go-url.ts'
import { errorAt, isShowableType, quoteName, quotePlain, warningAt } from './problems.ts'
import { didYouMean } from './suggestion.ts'
import type { UriArgument } from './uri-argument.ts'

export type SourceWithoutLookBack = Omit<SourceOptions, 'lookBack'>

export interface ReadSource {
  /** Absent where a problem is an error. */
  readonly source?: SourceWithoutLookBack
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

const sourceOptionNames = sourceOptions.map(({ name }) => name)

/**
 * Follows the original's reading of its options (the first of repeated ones counts, kubeconfigs only outside
 * a cluster) and adds `cluster`, `fieldSelector` and `namespace`. Whether the cluster can be reached so is not
 * looked at.
 */
export function readSourceArgument(argument: UriArgument, where: string): ReadSource {
  const { name, url } = argument
  if (name !== 'kubernetes') return { problems: [unknownSource(name, where)] }

  const problems: Problem[] = []
  const pairs = parseGoQuery(url.rawQuery)
  problems.push(...questionableNames(pairs, where))
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
  if (!/^[A-Za-z0-9][\w.-]{0,62}$/.test(cluster)) {
    const remedy =
      'write 1 to 63 letters, digits, -, _ and ., starting with a letter or digit: cluster=staging'
    problems.push(errorAt(where, 'option cluster: this is no name', remedy))
  }
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
  return errorAt(where, what, 'the only source is kubernetes: kubernetes:https://kubernetes.default')
}

function questionableNames(
  pairs: readonly (readonly [name: string, value: string])[],
  where: string,
): readonly Problem[] {
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const [name] of pairs) {
    if (!sourceOptionNames.includes(name)) {
      const quoted = quoteName(name)
      const remedy =
        (quoted === undefined ? undefined : didYouMean(name, sourceOptionNames)) ??
        `a source has the options ${sourceOptionNames.join(', ')}`
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
