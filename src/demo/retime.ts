// Moves the times in a recorded event to where they fall when it is played.
import type { KubernetesEvent } from '../domain/event.ts'

/** How moments of a recording fall on those of its play. */
export interface Timeline {
  /** When the recording begins, ms since 1970. */
  readonly recordedStartMs: number
  /** The moment of the play for one of the recording, both ms since 1970. */
  at(recordedMs: number): number
}

/**
 * After its beginning the recording's time runs `speed` times faster, so that no event lies in the future; what
 * was before the beginning keeps its distance to it.
 */
export function timeline(recordedStartMs: number, playedStartMs: number, speed: number | 'max'): Timeline {
  const factor = speed === 'max' ? Infinity : speed
  return {
    recordedStartMs,
    at: (recordedMs) => {
      const sinceMs = recordedMs - recordedStartMs
      return playedStartMs + (sinceMs > 0 ? sinceMs / factor : sinceMs)
    },
  }
}

/** The event with all of its own times moved, each as precise as it was. */
export function retimed(event: KubernetesEvent, times: Timeline): KubernetesEvent {
  const moved = <T extends string | null | undefined>(time: T): T | string =>
    time ? movedTime(time, times) : time
  const { metadata, series } = event
  return {
    ...event,
    metadata: { ...metadata, creationTimestamp: moved(metadata.creationTimestamp) },
    firstTimestamp: moved(event.firstTimestamp),
    lastTimestamp: moved(event.lastTimestamp),
    eventTime: moved(event.eventTime),
    ...(series ? { series: { ...series, lastObservedTime: moved(series.lastObservedTime) } } : {}),
  }
}

function movedTime(time: string, times: Timeline): string {
  const recordedMs = Date.parse(time)
  if (Number.isNaN(recordedMs)) return time
  const text = new Date(times.at(recordedMs)).toISOString()
  // Times of Kubernetes are whole seconds, or have six digits (`MicroTime`).
  return time.includes('.') ? text.replace('Z', '000Z') : `${text.slice(0, 19)}Z`
}
