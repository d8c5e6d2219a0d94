// What a rendering is about: the event as it was sent, and what the template sees in another way.

import type { KubernetesEvent } from '../../domain/event.ts'
import type { Location } from '../../gotime/location.ts'
import type { Time } from '../../gotime/time.ts'

/** How the data of a template differs from what the API server sent. */
export interface EventData {
  readonly event: KubernetesEvent
  readonly local: Location
  /** Of `.LastTimestamp`; undefined: as it was sent. */
  readonly lastTimestamp: (() => Time) | undefined
  /** Whether `"` is deleted from `.Message`. */
  readonly dropsQuotes: boolean
}
