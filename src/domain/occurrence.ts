/** An occurrence: one added or modified state of an event. What is counted, journaled and delivered. */
import type { KubernetesEvent } from './event.ts'

/** What a source hands to the journal. */
export interface NewOccurrence {
  readonly event: KubernetesEvent
  /** The event's JSON text as UTF-8, without a line break: the bytes as received wherever they serve. */
  readonly raw: Uint8Array
}

/** An occurrence with its place in the journal. */
export interface Occurrence extends NewOccurrence {
  /** Position in the journal, from 1, growing, without gaps while the journal lives. */
  readonly offset: number
  /** The name of the source it came from. */
  readonly cluster: string
  /** When the program received it, ms since 1970 by the wall clock. */
  readonly arrivedAtMs: number
}

/** Identity of an occurrence: the same state of the same event, however often it is told. */
export function identityOf(event: KubernetesEvent): string {
  return `${event.metadata.uid ?? ''}/${event.metadata.resourceVersion ?? ''}`
}

/**
 * The object that an event is about, as a key: its uid, else kind/namespace/name.
 * Occurrences with the same key are delivered in order.
 */
export function objectKeyOf(cluster: string, event: KubernetesEvent): string {
  const object = event.involvedObject
  if (object.uid) return `${cluster}/${object.uid}`
  return `${cluster}/${object.kind ?? ''}/${object.namespace ?? ''}/${object.name ?? ''}`
}
