// The stand-in's cluster: events and ConfigMaps in one store, with expiry and compaction by the clock.
import { completeConfigMap, completeEvent, kubernetesTime } from './objects.ts'
import { Collection, Revisions, serialise, type StoredState } from './store.ts'
import type { Clock, Timer } from '../domain/clock.ts'
import type { KubernetesEvent, ObjectMeta } from '../domain/event.ts'
import type { ApiObject, ConfigMap, Resource } from './objects.ts'

export interface ClusterOptions {
  readonly clock: Clock
  /** The revision before the first change. */
  readonly startRevision: number
  /** Events not written for so long are deleted; 0: never. */
  readonly eventTtlMs: number
  /** How often history older than one such period is compacted; 0: never by itself. */
  readonly compactEveryMs: number
}

interface Place {
  readonly namespace: string
  readonly name: string
}

interface Expiry {
  readonly key: string
  readonly revision: number
  readonly atMs: number
}

export class Cluster {
  readonly revisions: Revisions
  readonly collections: Readonly<Record<Resource, Collection>>
  readonly #clock: Clock
  readonly #options: ClusterOptions
  /** In the order in which they fall due, as every event lives equally long. */
  #expiries: Expiry[] = []
  #expiryTimer: Timer | undefined
  #compaction: Timer | undefined

  constructor(options: ClusterOptions) {
    this.#options = options
    this.#clock = options.clock
    this.revisions = new Revisions(options.startRevision)
    this.collections = {
      events: new Collection(this.revisions),
      configmaps: new Collection(this.revisions),
    }
    if (options.compactEveryMs > 0) this.#compactLater(options.startRevision)
  }

  putEvent(event: KubernetesEvent, place: Place): { stored: KubernetesEvent; state: StoredState } {
    const result = this.collections.events.put(event, place, this.#now(), completeEvent)
    this.#expireLater(result.state)
    return result
  }

  putConfigMap(configMap: ConfigMap, place: Place): { stored: ConfigMap; state: StoredState } {
    return this.collections.configmaps.put(configMap, place, this.#now(), completeConfigMap)
  }

  /** Puts what came over the wire, completed as its resource is. */
  store(resource: Resource, object: ApiObject, place: Place): StoredState {
    if (resource === 'configmaps') return this.putConfigMap(object, place).state
    const involvedObject = 'involvedObject' in object ? object.involvedObject : {}
    return this.putEvent({ ...object, involvedObject }, place).state
  }

  /** Forgets history older than `revision`; watches and lists that need it are answered 410. */
  compact(revision: number): void {
    this.revisions.compacted = Math.max(this.revisions.compacted, Math.min(revision, this.revisions.current))
    for (const collection of Object.values(this.collections)) collection.compact(this.revisions.compacted)
  }

  /**
   * As after a restore from a backup: an older revision, no history. Without `events` the store is what it was
   * at `revision`, or, where history does not reach back so far, what has not changed since; with them, each is
   * stored under the version it has, `revision` at most.
   */
  restore(revision: number, events: readonly KubernetesEvent[] | undefined): void {
    const { configmaps } = this.collections
    const eventStates = events
      ? events.map((event) => this.#restored(event, revision))
      : statesAt(this.collections.events, revision)
    const configMapStates = statesAt(configmaps, revision)
    this.revisions.current = revision
    this.revisions.compacted = revision
    this.collections.events.reset(eventStates)
    configmaps.reset(configMapStates)
    this.#expiries = []
    this.#expiryTimer?.cancel()
    this.#expiryTimer = undefined
    const { keys, get } = this.collections.events.present()
    for (const key of keys) {
      const state = get(key)
      if (state) this.#expireLater(state)
    }
  }

  /** Stops the clock's timers; the store stays readable. */
  close(): void {
    this.#expiryTimer?.cancel()
    this.#compaction?.cancel()
  }

  #restored(event: KubernetesEvent, revision: number): StoredState {
    const { namespace = 'default', name = '', uid = `restored-${name}` } = event.metadata
    const given = Number(event.metadata.resourceVersion ?? revision)
    const own = Math.min(given, revision)
    const creationTimestamp = event.metadata.creationTimestamp || this.#now()
    const assigned = { namespace, name, uid, resourceVersion: String(own), creationTimestamp }
    const json = JSON.stringify(completeEvent(event, assigned))
    return { key: `${namespace}/${name}`, ...assigned, revision: own, ...serialise('ADDED', json) }
  }

  #expireLater(state: StoredState): void {
    const { eventTtlMs } = this.#options
    if (eventTtlMs <= 0) return
    const atMs = this.#clock.monotonicMs() + eventTtlMs
    this.#expiries.push({ key: state.key, revision: state.revision, atMs })
    this.#expiryTimer ??= this.#clock.schedule(() => this.#expire(), eventTtlMs)
  }

  #expire(): void {
    const nowMs = this.#clock.monotonicMs()
    const due = this.#expiries.findIndex(({ atMs }) => atMs > nowMs)
    const expired = this.#expiries.splice(0, due < 0 ? this.#expiries.length : due)
    const { events } = this.collections
    for (const { key, revision } of expired) {
      // An event that was written again since lives on.
      if (events.get(key)?.revision === revision) events.delete(key)
    }
    const next = this.#expiries[0]
    this.#expiryTimer = next && this.#clock.schedule(() => this.#expire(), next.atMs - nowMs)
  }

  #compactLater(revision: number): void {
    this.#compaction = this.#clock.schedule(() => {
      // The API server compacts to where it was one period ago.
      this.compact(revision)
      this.#compactLater(this.revisions.current)
    }, this.#options.compactEveryMs)
  }

  #now(): string {
    return kubernetesTime(this.#clock.wallMs())
  }
}

/** Where an object goes that says so itself. */
export function placeOf(metadata: ObjectMeta): Place {
  if (!metadata.name) throw new Error('an object without metadata.name cannot be stored; give it one')
  return { namespace: metadata.namespace || 'default', name: metadata.name }
}

function statesAt(collection: Collection, revision: number): StoredState[] {
  const { keys, get } = collection.snapshot(revision) ?? collection.present()
  return keys.flatMap((key) => {
    const state = get(key)
    return state && state.revision <= revision ? [state] : []
  })
}
