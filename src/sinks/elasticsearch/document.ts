/**
 * What lands in the index: one document an occurrence, in the original's form, and the action line before it. The
 * id is made of the occurrence's own identity, so that a resend writes the same document to the same place.
 */
import type { KubernetesEvent } from '../../domain/event.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import { firstTimeOf, lastTimeOf } from './event-times.ts'
import { Lines } from './lines.ts'
import { RawFields } from './raw-fields.ts'
import type { RawFieldName } from './raw-fields.ts'

export interface DocumentSettings {
  /** Base of the indices' names. */
  readonly index: string
  /** The event's namespace is a part of the index's name. */
  readonly useNamespace: boolean
  /** Write to this data stream, and to no index. */
  readonly dataStream: string | undefined
  /** Absent: the name of the source. */
  readonly clusterName: string | undefined
  readonly pipeline: string | undefined
}

/** A bulk request's body, and what its lines are. */
export interface BulkBody {
  readonly bytes: Buffer
  /** Where the lines of each document end. */
  readonly ends: readonly number[]
  /** The index of each document, or the data stream. */
  readonly indices: readonly string[]
}

/** Bytes that a document needs beyond its event's own. */
const extraBytes = 768

const fields = new RawFields()

/** `typed`: the server's documents have types (Elasticsearch before 7). */
export function bulkBody(batch: readonly Occurrence[], settings: DocumentSettings, typed: boolean): BulkBody {
  const lines = new Lines(batch.reduce((sum, { raw }) => sum + raw.length + extraBytes, 0))
  const actions = actionLines(settings, typed)
  const ends: number[] = []
  const indices: string[] = []
  for (const occurrence of batch) {
    const lastTime = lastTimeOf(occurrence)
    const index = indexOf(occurrence.event, lastTime, settings)
    lines.text(actions(index, occurrence))
    writeDocument(lines, occurrence, lastTime, settings)
    ends.push(lines.length)
    indices.push(index)
  }
  return { bytes: lines.end(), ends, indices }
}

/** `heapster-2024.05.06`, the day of the event's last time in UTC; with its namespace `heapster-shop-2024.05.06`. */
export function indexOf(
  event: KubernetesEvent,
  lastTime: string,
  { dataStream, index, useNamespace }: DocumentSettings,
): string {
  if (dataStream !== undefined) return dataStream
  const namespace = useNamespace ? event.metadata.namespace : undefined
  const day = lastTime.slice(0, lastTime.indexOf('T')).replaceAll('-', '.')
  return namespace ? `${index}-${namespace}-${day}` : `${index}-${day}`
}

/** The lines before each document. Beginnings are kept: a batch has few indices. */
function actionLines(
  { dataStream, pipeline }: DocumentSettings,
  typed: boolean,
): (index: string, occurrence: Occurrence) => string {
  const begins = new Map<string, string>()
  const type = typed ? ',"_type":"events"' : ''
  const end = `${type}${pipeline === undefined ? '' : `,"pipeline":${JSON.stringify(pipeline)}`}}}\n`
  // A data stream takes new documents only; one that is there already is answered with 409.
  const operation = dataStream === undefined ? 'index' : 'create'
  return (index, occurrence) => {
    let begin = begins.get(index)
    if (begin === undefined) {
      begin = `{"${operation}":{"_index":${JSON.stringify(index)},"_id":`
      begins.set(index, begin)
    }
    return `${begin}${quoted(documentId(occurrence))}${end}`
  }
}

/** `uid.resourceVersion`. An event without them has only its place in the journal, which outlives a resend. */
export function documentId({ event: { metadata }, cluster, offset, arrivedAtMs }: Occurrence): string {
  const { uid, resourceVersion } = metadata
  return uid && resourceVersion ? `${uid}.${resourceVersion}` : `${cluster}.${offset}.${arrivedAtMs}`
}

function writeDocument(
  lines: Lines,
  occurrence: Occurrence,
  lastTime: string,
  { clusterName, dataStream }: DocumentSettings,
): void {
  const { event, raw } = occurrence
  fields.read(raw)
  const field = (name: RawFieldName, otherwise: string): void => {
    const { start, end } = fields.spans[name]
    if (end !== 0) lines.bytes(raw, start, end)
    else lines.text(event[name] === undefined ? otherwise : JSON.stringify(event[name]))
  }
  const { involvedObject } = event
  const isPod = involvedObject.kind === 'Pod'
  lines.text(dataStream === undefined ? '{"Count":' : `{"@timestamp":"${lastTime}","Count":`)
  field('count', '0')
  lines.text(',"Metadata":')
  field('metadata', '{}')
  lines.text(',"InvolvedObject":')
  field('involvedObject', '{}')
  lines.text(',"Source":')
  field('source', '{}')
  lines.text(
    `,"FirstOccurrenceTimestamp":"${firstTimeOf(occurrence)}","LastOccurrenceTimestamp":"${lastTime}","Message":`,
  )
  field('message', '""')
  lines.text(',"Reason":')
  field('reason', '""')
  lines.text(',"Type":')
  field('type', '""')
  lines.text(
    `,"EventTags":{"cluster_name":${quoted(clusterName ?? occurrence.cluster)}` +
      `,"eventID":${quoted(event.metadata.uid ?? '')},"hostname":${quoted(event.source?.host ?? '')}` +
      (isPod
        ? `,"pod_id":${quoted(involvedObject.uid ?? '')},"pod_name":${quoted(involvedObject.name ?? '')}}}\n`
        : '}}\n'),
  )
}

/** Names, as nearly all texts here are: nothing to escape. */
const needsNoEscape = /^[\w .:/-]*$/

function quoted(text: string): string {
  return needsNoEscape.test(text) ? `"${text}"` : JSON.stringify(text)
}
