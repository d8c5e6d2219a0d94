/** An event as JSON text within other texts, as the original writes it. */
import type { KubernetesEvent } from '../domain/event.ts'

/**
 * The event indented by one blank a level, without `kind` and `apiVersion`: what Go's client keeps of it. Its values are
 * those that the API server sent, in its order.
 */
export function indentedEvent(event: KubernetesEvent): string {
  return JSON.stringify({ ...event, kind: undefined, apiVersion: undefined }, null, 1)
}
