/** Many occurrences counted by reason and object: what a digest tells. Pure. */
import type { Occurrence } from '../domain/occurrence.ts'
import { objectKeyOf } from '../domain/occurrence.ts'

/** What happened to one object for one reason. */
export interface DigestObject {
  /** `Pod shop/web-0`, `Node worker-1`; with more than one cluster `Pod prod: shop/web-0`. */
  readonly name: string
  readonly count: number
  /** The newest of its occurrences. */
  readonly newest: Occurrence
}

export interface DigestReason {
  readonly reason: string
  /** As in `Warning`. */
  readonly type: string
  readonly count: number
  readonly newest: Occurrence
  /** Newest first. */
  readonly objects: readonly DigestObject[]
}

export interface Digest {
  readonly count: number
  /** Different objects, whatever the reason. */
  readonly objectCount: number
  readonly oldest: Occurrence
  readonly newest: Occurrence
  /** Newest first. */
  readonly reasons: readonly DigestReason[]
}

interface CountedObject {
  readonly name: string
  count: number
  newest: Occurrence
}

interface CountedReason {
  readonly reason: string
  readonly type: string
  count: number
  newest: Occurrence
  readonly objects: Map<string, CountedObject>
}

/** Counts; newer is what the journal holds later. `undefined` of nothing. */
export function digestOf(occurrences: readonly Occurrence[]): Digest | undefined {
  const inOrder = occurrences.toSorted((a, b) => a.offset - b.offset)
  const oldest = inOrder[0]
  const newest = inOrder.at(-1)
  if (!oldest || !newest) return undefined
  const severalClusters = inOrder.some(({ cluster }) => cluster !== oldest.cluster)
  const reasons = new Map<string, CountedReason>()
  const objects = new Set<string>()
  for (const occurrence of inOrder) {
    const { event, cluster } = occurrence
    const objectKey = objectKeyOf(cluster, event)
    objects.add(objectKey)
    const counted = reasonIn(reasons, occurrence)
    counted.count++
    counted.newest = occurrence
    const object = counted.objects.get(objectKey)
    if (object) {
      object.count++
      object.newest = occurrence
    } else {
      const name = nameOf(occurrence, severalClusters)
      counted.objects.set(objectKey, { name, count: 1, newest: occurrence })
    }
  }
  return {
    count: inOrder.length,
    objectCount: objects.size,
    oldest,
    newest,
    reasons: newestFirst(reasons).map((reason) => ({ ...reason, objects: newestFirst(reason.objects) })),
  }
}

function reasonIn(reasons: Map<string, CountedReason>, occurrence: Occurrence): CountedReason {
  const { reason = '', type = '' } = occurrence.event
  const key = `${type} ${reason}`
  const known = reasons.get(key)
  if (known) return known
  const made: CountedReason = { reason, type, count: 0, newest: occurrence, objects: new Map() }
  reasons.set(key, made)
  return made
}

function newestFirst<Counted extends { readonly newest: Occurrence }>(map: Map<string, Counted>): Counted[] {
  return [...map.values()].toSorted((a, b) => b.newest.offset - a.newest.offset)
}

function nameOf({ event, cluster }: Occurrence, withCluster: boolean): string {
  const { kind = '', namespace = '', name = '' } = event.involvedObject
  const path = namespace === '' ? name : `${namespace}/${name}`
  return `${kind} ${withCluster ? `${cluster}: ` : ''}${path}`.trim()
}
