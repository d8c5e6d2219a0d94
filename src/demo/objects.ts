// The objects the stand-in keeps, and how the API server completes one before storing it.
import { randomBytes } from 'node:crypto'
import type { KubernetesEvent, ObjectMeta } from '../domain/event.ts'

export type Resource = 'events' | 'configmaps'

/** Follows core/v1 `ConfigMap`. */
export interface ConfigMap {
  readonly kind?: string
  readonly apiVersion?: string
  readonly metadata: ObjectMeta
  readonly data?: Readonly<Record<string, string>>
  readonly binaryData?: Readonly<Record<string, string>>
  readonly immutable?: boolean
}

export type ApiObject = KubernetesEvent | ConfigMap

/** What only the server decides about an object. */
export interface Assigned {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly creationTimestamp: string
}

/** Fields that Go's structs always print are filled in; `kind` and `apiVersion` come first, as in a watch. */
export function completeEvent(event: KubernetesEvent, assigned: Assigned): KubernetesEvent {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...fields } = event
  return {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: completeMetadata(metadata, assigned),
    ...fields,
    source: event.source ?? {},
    firstTimestamp: event.firstTimestamp ?? null,
    lastTimestamp: event.lastTimestamp ?? null,
    eventTime: event.eventTime ?? null,
    reportingComponent: event.reportingComponent ?? '',
    reportingInstance: event.reportingInstance ?? '',
  }
}

export function completeConfigMap(configMap: ConfigMap, assigned: Assigned): ConfigMap {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...fields } = configMap
  return {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: completeMetadata(metadata, assigned),
    ...fields,
  }
}

function completeMetadata(metadata: ObjectMeta, assigned: Assigned): ObjectMeta {
  const { name: _n, namespace: _ns, uid: _u, resourceVersion: _v, creationTimestamp: _c, ...rest } = metadata
  const { name, namespace, uid, resourceVersion, creationTimestamp } = assigned
  return { name, namespace, uid, resourceVersion, creationTimestamp, ...rest }
}

/** `generateName` with the five characters that the API server appends. */
export function generatedName(prefix: string): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
  const letters = [...randomBytes(5)].map((byte) => alphabet.charAt(byte % alphabet.length))
  return prefix + letters.join('')
}

/** Kubernetes times have whole seconds. */
export function kubernetesTime(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`
}
