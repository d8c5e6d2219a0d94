/** Whether a server whose address or CA changed is still the cluster we watched: it knows our newest events by uid. */
import type { KubernetesEvent } from '../domain/event.ts'
import type { ApiClient } from './api-client.ts'
import { ApiFault } from './api-fault.ts'
import { isEvent, lastWrittenMs } from './event-shape.ts'
import type { EventPaths } from './events-api.ts'
import { compareVersions } from './resource-version.ts'

/** kube-apiserver's `--event-ttl` as it is unless set; counted from the last time an event was written. */
const EVENT_TTL_MS = 3_600_000
/** How many events are asked for, and how many of one namespace: a deleted namespace takes all of its events along. */
const ASKED = 10
const ASKED_OF_ONE_NAMESPACE = 3

export interface Memory {
  /** The newest journaled events, newest first. */
  readonly newest: readonly KubernetesEvent[]
  readonly cursor: string
  readonly serverVersion: string
  /** ms since 1970. */
  readonly nowMs: number
}

/**
 * True if one of them is there with its uid; or if none is young enough to be there, and the server's version is not
 * below the cursor. Rejects as `ApiClient.get` does, but for a 404.
 */
export async function isSameCluster(
  memory: Memory,
  client: ApiClient,
  paths: EventPaths,
  signal: AbortSignal,
): Promise<boolean> {
  const { newest, nowMs } = memory
  for (const event of spread(newest)) {
    const { namespace = 'default', name = '', uid } = event.metadata
    if ((await uidOf(paths.named(namespace, name), client, signal)) === uid) return true
  }
  const young = newest.some((event) => nowMs - (lastWrittenMs(event) ?? nowMs) < EVENT_TTL_MS)
  return !young && compareVersions(memory.serverVersion, memory.cursor) >= 0
}

async function uidOf(path: string, client: ApiClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    const event: unknown = JSON.parse((await client.get(path, signal)).toString('utf8'))
    return isEvent(event) ? (event.metadata.uid ?? '') : undefined
  } catch (error) {
    if (error instanceof ApiFault && error.status === 404) return undefined
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Each event once (it may have been journaled in several states), no namespace more than its share. */
function spread(newest: readonly KubernetesEvent[]): readonly KubernetesEvent[] {
  const chosen = new Map<string, KubernetesEvent>()
  const perNamespace = new Map<string, number>()
  for (const event of newest) {
    const { namespace = '', name, uid } = event.metadata
    if (!name || !uid || chosen.has(uid)) continue
    const count = perNamespace.get(namespace) ?? 0
    if (count >= ASKED_OF_ONE_NAMESPACE) continue
    perNamespace.set(namespace, count + 1)
    chosen.set(uid, event)
    if (chosen.size === ASKED) break
  }
  return [...chosen.values()]
}
