/** Whether a parsed JSON value is an event that the program can work with, and which of its times says how old it is. */
import type { KubernetesEvent } from '../domain/event.ts'

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A core/v1 Event: an object with `metadata.resourceVersion` and `involvedObject`. An item of a list carries no
 * `kind`, so that none is as good as the right one.
 */
export function isEvent(value: unknown): value is KubernetesEvent {
  if (!isRecord(value)) return false
  if (value.kind !== undefined && value.kind !== 'Event') return false
  const metadata = value.metadata
  return isRecord(metadata) && typeof metadata.resourceVersion === 'string' && isRecord(value.involvedObject)
}

/** Event time: `lastTimestamp`, else `eventTime`, else when it was created; undefined if none can be read. ms since 1970. */
export function eventTimeMs(event: KubernetesEvent): number | undefined {
  return timeOf(event.lastTimestamp) ?? timeOf(event.eventTime) ?? timeOf(event.metadata.creationTimestamp)
}

/** When the event was last written as far as it tells: what its time to live counts from. ms since 1970. */
export function lastWrittenMs(event: KubernetesEvent): number | undefined {
  const times = [
    timeOf(event.lastTimestamp),
    timeOf(event.series?.lastObservedTime),
    timeOf(event.eventTime),
    timeOf(event.metadata.creationTimestamp),
  ].filter((time) => time !== undefined)
  return times.length === 0 ? undefined : Math.max(...times)
}

function timeOf(text: string | null | undefined): number | undefined {
  if (!text) return undefined
  const timeMs = Date.parse(text)
  return Number.isNaN(timeMs) ? undefined : timeMs
}
