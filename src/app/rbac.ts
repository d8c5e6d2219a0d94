/** The least that a configuration must be allowed to do in each of its clusters: what to read, and where. */
import type { Config } from '../config/config.ts'
import { clustersOf, type SourceOptions } from '../domain/source-options.ts'
import { configMapRule, eventsRule, type PolicyRule } from '../kubernetes/rbac.ts'

/** Who runs the program. */
export interface Account {
  readonly namespace: string
  readonly name: string
}

/** What one cluster has to allow. */
export interface ClusterPrivilege {
  /** Names of the sources that watch it. */
  readonly sources: readonly string[]
  /** Rules in all namespaces. */
  readonly everywhere: readonly PolicyRule[]
  /** Rules by namespace. */
  readonly inNamespaces: ReadonlyMap<string, readonly PolicyRule[]>
}

/** One a cluster, in the order of the sources. Sources with the same access are one cluster; recordings need nothing. */
export function leastPrivileges(config: Config): readonly ClusterPrivilege[] {
  const clusters = Map.groupBy(clustersOf(config.sources), accessOf)
  // ConfigMaps are read from the cluster of the first source.
  return [...clusters.values()].map((sources, at) =>
    privilegeOf(sources, at === 0 ? configMapsOf(config) : []),
  )
}

/** The pod's own account is known to its own cluster alone, whatever address leads there. */
function accessOf({
  inClusterConfig,
  useServiceAccount,
  server,
  kubeconfig,
  context,
}: SourceOptions): string {
  return inClusterConfig ? 'pod' : JSON.stringify([useServiceAccount, server, kubeconfig, context])
}

interface ConfigMapName {
  readonly namespace: string
  readonly name: string
}

function configMapsOf(config: Config): readonly ConfigMapName[] {
  return config.sinks.flatMap(({ declaration, options }) => {
    const origin = declaration.template?.(options as never)?.origin
    return origin?.kind === 'configmap' ? [origin] : []
  })
}

function privilegeOf(
  sources: readonly SourceOptions[],
  configMaps: readonly ConfigMapName[],
): ClusterPrivilege {
  const watchesAll = sources.some(({ namespace }) => namespace === undefined)
  const inNamespaces = new Map<string, PolicyRule[]>()
  const allow = (namespace: string, rule: PolicyRule): void => {
    inNamespaces.set(namespace, [...(inNamespaces.get(namespace) ?? []), rule])
  }
  const watched = new Set(watchesAll ? [] : sources.flatMap(({ namespace }) => namespace ?? []))
  for (const namespace of watched) allow(namespace, eventsRule)
  for (const [namespace, used] of Map.groupBy(configMaps, (one) => one.namespace)) {
    allow(namespace, configMapRule([...new Set(used.map(({ name }) => name))].toSorted()))
  }
  return {
    sources: sources.map(({ cluster }) => cluster),
    everywhere: watchesAll ? [eventsRule] : [],
    inNamespaces,
  }
}
