// A stand-in for a Kubernetes API server: the demo's cluster, and the tests' one with faults switched on.
import { Answering, type RecordedRequest } from './answering.ts'
import { Cluster, placeOf } from './cluster.ts'
import { listen, type TlsFiles } from './listener.ts'
import { systemClock, type Clock } from '../domain/clock.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import type { Forbid } from './access.ts'
import type { Faults } from './faults.ts'
import type { ConfigMap } from './objects.ts'

export interface StandInOptions {
  /** 0, the default: any free one. */
  readonly port?: number
  /** Serve https. */
  readonly tls?: TlsFiles
  /** Bearer tokens that are known; others get 401, none 403. Absent: everyone may do everything. */
  readonly tokens?: readonly string[]
  readonly forbid?: Forbid
  /** Events not written for so long are deleted. Default: never. Kubernetes' own default is an hour. */
  readonly eventTtlMs?: number
  /** How often history older than one such period is forgotten. Default 300,000, as Kubernetes does; 0: never. */
  readonly compactEveryMs?: number
  /** The revision before the first change. Default 1. */
  readonly startRevision?: number
  readonly clock?: Clock
  /** How many of the newest requests are remembered. Default 1,000. */
  readonly rememberRequests?: number
}

export interface ApiServer {
  readonly url: string
  readonly port: number
  /** The newest resourceVersion given out. */
  readonly revision: number
  /** Events in the store. */
  readonly eventCount: number
  /** Creates or updates by namespace and name, tells the watches, and returns what is stored. Throws without a name. */
  put(event: KubernetesEvent): KubernetesEvent
  /** As `put` for each, without returning them. Returns how many there were. */
  putMany(events: Iterable<KubernetesEvent>): number
  /** Deletes an event; no-op if it is not there. */
  delete(namespace: string, name: string): void
  putConfigMap(configMap: ConfigMap): ConfigMap
  deleteConfigMap(namespace: string, name: string): void
  /** Lets the revision grow by itself, as other resources in the same etcd make it. Default 1. */
  advance(by?: number): void
  /** Forgets history older than `revision` (default: the newest): who needs it is answered 410. */
  compact(revision?: number): void
  /** Becomes a cluster restored from a backup: an older revision, no history. Connections are cut. */
  restore(to: { readonly revision: number; readonly events?: readonly KubernetesEvent[] }): void
  readonly faults: Faults
  /** The newest requests, oldest first. */
  readonly requests: readonly RecordedRequest[]
  /** Open watches, of a resource if one is named. */
  watches(resource?: string): number
  /** Open TCP connections. */
  connections(): number
  cutConnections(): void
  /** Refuses and cuts connections, keeping the store. */
  stop(): Promise<void>
  /** Listens again on the same port with the same store. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Starts the stand-in on the loopback address. Rejects if the port is taken. */
export async function startApiServer(options: StandInOptions = {}): Promise<ApiServer> {
  const clock = options.clock ?? systemClock
  const cluster = new Cluster({
    clock,
    startRevision: options.startRevision ?? 1,
    eventTtlMs: options.eventTtlMs ?? 0,
    compactEveryMs: options.compactEveryMs ?? 300_000,
  })
  const server = new Answering(cluster, clock, {
    rules: { tokens: options.tokens, forbid: options.forbid },
    rememberRequests: options.rememberRequests ?? 1000,
  })
  const listener = await listen(options.port ?? 0, options.tls, (request, response) => {
    server.handle(request, response)
  }).catch((error: unknown) => {
    cluster.close()
    throw error
  })
  const { events, configmaps } = cluster.collections
  const stop = async (): Promise<void> => {
    await listener.refuse()
    await listener.cut()
  }
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${listener.port}`,
    port: listener.port,
    get revision() {
      return cluster.revisions.current
    },
    get eventCount() {
      return events.size
    },
    put: (event) => cluster.putEvent(event, placeOf(event.metadata)).stored,
    putMany: (all) => {
      let count = 0
      for (const event of all) {
        cluster.putEvent(event, placeOf(event.metadata))
        count += 1
      }
      return count
    },
    delete: (namespace, name) => void events.delete(`${namespace}/${name}`),
    putConfigMap: (configMap) => cluster.putConfigMap(configMap, placeOf(configMap.metadata)).stored,
    deleteConfigMap: (namespace, name) => void configmaps.delete(`${namespace}/${name}`),
    advance: (by = 1) => {
      cluster.revisions.current += by
    },
    compact: (revision = cluster.revisions.current) => cluster.compact(revision),
    restore: ({ revision, events: restored }) => {
      cluster.restore(revision, restored)
      void listener.cut()
    },
    faults: {
      ...server.faults,
      refuseConnections: () => listener.refuse(),
      acceptConnections: () => listener.accept(),
      clear: () => {
        server.clearFaults()
        return listener.accept()
      },
    },
    requests: server.requests,
    watches: (resource) => server.openWatches(resource).length,
    connections: () => listener.connections(),
    cutConnections: () => void listener.cut(),
    stop,
    start: () => listener.accept(),
    close: async () => {
      cluster.close()
      await stop()
    },
  }
}
