/** An event as a point: what is a tag, what is a field, and the time that makes it a point of its own. */
import type { KubernetesEvent } from '../../domain/event.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import { UTC } from '../../gotime/location.ts'
import { eventAsQuotedText } from '../../sink-kit/event-json.ts'
import { eventTimeOf } from '../../sink-kit/event-time.ts'
import type { LineBuffer } from './line-buffer.ts'
import { fieldText, tagText } from './line-protocol.ts'

/**
 * - `original`: the tags of kube-eventer, the ids and names of single objects among them: a series an event
 * - `bounded`: those whose values repeat; what tells single objects apart is in fields
 */
export type TagSet = 'original' | 'bounded'

export interface PointSettings {
  /** A column a part of the event, in `events`; else the whole event as JSON, in `log/events`. */
  readonly withFields: boolean
  readonly tags: TagSet
  /** Absent: the source's name. */
  readonly clusterName: string | undefined
}

/** Adds the point's line. */
export function addPoint(lines: LineBuffer, occurrence: Occurrence, settings: PointSettings): void {
  if (settings.withFields) lines.text(pointWithFields(occurrence, settings))
  else addPointWithValue(lines, occurrence, settings)
  lines.endLine()
}

/** Tags come in the order of their names: a server sorts them otherwise itself. */
function addPointWithValue(
  lines: LineBuffer,
  occurrence: Occurrence,
  { tags, clusterName }: PointSettings,
): void {
  const { event, raw } = occurrence
  const { uid, podId, podName } = objectOf(event)
  const common = tag('cluster_name', clusterName ?? occurrence.cluster) + tag('hostname', event.source?.host)
  const isTag = tags === 'original'
  const own = isTag ? tag : field
  const ids = own('pod_id', podId) + own('pod_name', podName) + own('uid', uid)
  lines.text(`log/events${common}${isTag ? ids : ''} value="`)
  lines.bytes(eventAsQuotedText(raw))
  lines.text(`"${isTag ? '' : ids} ${timeOf(occurrence)}`)
}

function pointWithFields(occurrence: Occurrence, { tags, clusterName }: PointSettings): string {
  const { event } = occurrence
  const { involvedObject, metadata, source, message = '' } = event
  const { uid, podId } = objectOf(event)
  const isOriginal = tags === 'original'
  const allTags =
    tag('cluster_name', clusterName ?? occurrence.cluster) +
    tag('component', source?.component) +
    tag('hostname', source?.host) +
    tag('kind', involvedObject.kind) +
    tag('namespace_name', metadata.namespace) +
    (isOriginal ? tag('object_name', involvedObject.name) + tag('pod_id', podId) : '') +
    tag('reason', event.reason) +
    tag('type', event.type) +
    (isOriginal ? tag('uid', uid) : '')
  const own = isOriginal
    ? ''
    : `,count=${countOf(event)}i` +
      field('object_name', involvedObject.name) +
      field('pod_id', podId) +
      field('uid', uid)
  return `events${allTags} message="${fieldText(message)}"${own} ${timeOf(occurrence)}`
}

/** `,name=value`; nothing where there is no value. */
function tag(name: string, value: string | undefined): string {
  const text = value ? tagText(value) : ''
  return text === '' ? '' : `,${name}=${text}`
}

/** `,name="value"`; nothing where there is no value. */
function field(name: string, value: string | undefined): string {
  return value ? `,${name}="${fieldText(value)}"` : ''
}

function objectOf({ involvedObject, metadata }: KubernetesEvent): {
  readonly uid: string | undefined
  readonly podId: string | undefined
  readonly podName: string | undefined
} {
  const isPod = involvedObject.kind === 'Pod'
  return {
    uid: metadata.uid,
    podId: isPod ? involvedObject.uid : undefined,
    podName: isPod ? involvedObject.name : undefined,
  }
}

function countOf({ count, series }: KubernetesEvent): number {
  return Math.trunc(series?.count ?? count ?? 0)
}

/** How the API server writes a `metav1.Time`. */
const plainTime = /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ$/
const zeroTime = '0001-01-01T00:00:00Z'

/**
 * The event's time (`lastTimestamp`, else `eventTime`, else when the program first saw it), ns since 1970, and less than
 * a millisecond more. A server keeps one point a series and time, the one that came last: two states of an event, or two
 * events of the same tags, often have one second, and are told apart by what their versions add. A resend adds the same.
 */
function timeOf(occurrence: Occurrence): string {
  const { lastTimestamp, metadata } = occurrence.event
  const added = shareOf(metadata.resourceVersion ?? '')
  if (lastTimestamp && lastTimestamp !== zeroTime && plainTime.test(lastTimestamp)) {
    const seconds = Date.parse(lastTimestamp) / 1_000
    if (seconds > 0) return `${seconds}${String(added).padStart(9, '0')}`
  }
  return String(eventTimeOf(occurrence, UTC).unixNano() + BigInt(added))
}

const millisecondNs = 1_000_000

/** Below a million, and another one for any two versions that are less than a million apart. */
function shareOf(resourceVersion: string): number {
  if (/^\d+$/.test(resourceVersion)) return Number(resourceVersion.slice(-6))
  let share = 0
  for (const character of resourceVersion)
    share = (share * 31 + (character.codePointAt(0) ?? 0)) % millisecondNs
  return share
}
