/** When an event says that it happened. */
import type { KubernetesEvent } from '../domain/event.ts'

/** The newest time that it tells, as far as it tells one; else when it came. ms since 1970. */
export function toldTimeOf(
  { series, lastTimestamp, eventTime }: KubernetesEvent,
  arrivedAtMs: number,
): number {
  const toldMs = Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? '')
  return Number.isNaN(toldMs) ? arrivedAtMs : toldMs
}
