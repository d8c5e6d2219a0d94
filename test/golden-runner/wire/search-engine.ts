/**
 * Documents to a search engine, in the form of requests: one for each of a bulk request. What only looks is no
 * request, since it changes nothing.
 */
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { SearchEngineDouble } from '../../../src/sinks/elasticsearch/testing/search-engine.ts'
import type { Arrival, ExpectedRequest } from './requests.ts'
import type { RecordedAnswer } from './recording.ts'
import type { SinkTarget, SinkUse } from './sinks.ts'
import { valuesOf } from './sinks.ts'

/** The version of the server that stands in the recorder's place; `undefined`: none does. */
export function searchEngineVersion(answers: readonly RecordedAnswer[]): string | undefined {
  const answer = answers.find(({ fake }) => fake === 'elasticsearch')
  return answer && String(answer['version'])
}

export function searchEngineFor(answers: readonly RecordedAnswer[]): SearchEngineDouble | undefined {
  const version = searchEngineVersion(answers)
  if (version === undefined) return undefined
  const pipelines = ['my-pipe']
  return new SearchEngineDouble({ version, pipelines })
}

/** Each document of a bulk request as a request of its own; other requests as they are. */
export function recordedDocuments(
  request: ExpectedRequest,
  events: ReadonlyMap<string, KubernetesEvent>,
): readonly ExpectedRequest[] {
  // Bodies are the program's own, and what is made before the documents is not counted as delivered.
  if (request.path !== '/_bulk') return [{ ...request, isJsonByValue: true, delivered: false }]
  return documentsIn(request.body).map((body) => {
    const event = eventOf(body, events)
    return {
      ...request,
      path: pathOf(body),
      body,
      isJsonByValue: true,
      ...(event !== undefined && { event }),
    }
  })
}

/** What arrived in one request, which was answered with `said`. */
export function arrivedDocuments(arrival: Arrival, said: string): readonly Arrival[] {
  if (arrival.method === 'GET' || arrival.method === 'HEAD') return []
  if (arrival.path !== '/_bulk') return [arrival]
  const statuses = [...said.matchAll(/"status":(\d+)/g)].map(([, status]) => Number(status))
  return documentsIn(arrival.body).map((body, at) => {
    const status = arrival.status === 200 ? statuses[at] : arrival.status
    return { ...arrival, path: pathOf(body), body, status, isTaken: status === 200 || status === 201 }
  })
}

/** What the original would have sent to an engine that takes it: index, alias and document, of an event with a time. */
export function originalDocument(
  sink: SinkUse,
  target: SinkTarget,
  id: string,
  event: KubernetesEvent,
): readonly ExpectedRequest[] {
  const base = valuesOf(sink, 'index')[0] ?? 'heapster'
  const { metadata, involvedObject, source = {}, message = '', reason = '', type = '', count = 0 } = event
  const time = (event.lastTimestamp ?? event.eventTime ?? '').replace(/\.?0*Z$/, (end) =>
    end.startsWith('.') ? 'Z' : end,
  )
  const index = `${base}-${time.slice(0, 10).replaceAll('-', '.')}`
  const isPod = involvedObject.kind === 'Pod'
  const request = {
    listener: target.listener,
    scheme: target.scheme,
    query: '',
    isJsonByValue: true,
    fate: 'once',
  } as const
  return [
    { ...request, method: 'PUT', path: `/${index}`, headers: {}, body: '', delivered: false },
    {
      ...request,
      method: 'POST',
      path: '/_aliases',
      headers: {},
      body: JSON.stringify({ actions: [{ add: { alias: `${base}-events`, index } }] }),
      delivered: false,
    },
    {
      ...request,
      method: 'POST',
      path: bulkPath(index),
      headers: { 'Content-Type': 'application/x-ndjson' },
      body: JSON.stringify([
        { index: { _index: index, _id: '' } },
        {
          Count: count,
          Metadata: metadata,
          InvolvedObject: involvedObject,
          Source: source,
          FirstOccurrenceTimestamp: event.firstTimestamp ?? '0001-01-01T00:00:00Z',
          LastOccurrenceTimestamp: time,
          Message: message,
          Reason: reason,
          Type: type,
          EventTags: {
            cluster_name: valuesOf(sink, 'cluster_name')[0] ?? 'default',
            eventID: metadata.uid,
            hostname: source.host ?? '',
            ...(isPod && { pod_id: involvedObject.uid, pod_name: involvedObject.name }),
          },
        },
      ]),
      event: id,
      delivered: true,
    },
  ]
}

/** Of a document's request; the events of one object come in their order in each index. */
function bulkPath(index: string): string {
  return `/_bulk ${index}`
}

function pathOf(body: string): string {
  return bulkPath(/"_index":"([^"]*)"/.exec(body)?.[1] ?? '')
}

/** Whether the request tells a document. */
export function isDocument({ path }: Pick<ExpectedRequest, 'path'>): boolean {
  return path.startsWith(bulkPath(''))
}

/** Action and document as one text each, whatever the order in which the request told them. */
function documentsIn(body: string): string[] {
  const lines = body.trimEnd().split('\n')
  const pairs: string[] = []
  for (let at = 0; at + 1 < lines.length; at += 2) pairs.push(`[${lines[at]},${lines[at + 1]}]`)
  return pairs
}

function eventOf(body: string, events: ReadonlyMap<string, KubernetesEvent>): string | undefined {
  return [...events].find(([, { metadata }]) => body.includes(metadata.uid ?? '\0'))?.[0]
}
