/** The deliberate differences where events go to a search engine: versions, mappings, ids, and what is refused. */
import type { Rule } from './rule.ts'
import type { WireExpectation } from './wire/expectation.ts'
import type { ExpectedRequest } from './wire/requests.ts'
import { isDocument, originalDocument, searchEngineVersion } from './wire/search-engine.ts'
import { valuesOf } from './wire/sinks.ts'
import type { SinkUse } from './wire/sinks.ts'
import { createdWhileRunning } from './wire/timeline.ts'

const defect = (row: string) => ({ page: 'golden/wire/README.md, Plain defects', row }) as const
const fixed = (what: string) =>
  ({ page: 'compatibility.md', row: `Other sinks: fixed outright: ${what}` }) as const

const requestsAndTypes = defect(
  'elasticsearch: up to four requests an event before the bulk; item errors are invisible; `use_namespace=false` switches it on; version 7 still sends `_type`, and no mapping',
)

export const searchEngineRules: readonly Rule<WireExpectation>[] = [
  {
    id: 'search-engines-of-today-are-supported',
    source: fixed('the missing Elasticsearch 8'),
    applies: (run) => run.end === 'failure' && engines(run).some((sink) => !hasOriginalVersion(sink)),
    rewrite: withDocuments,
  },
  {
    id: 'several-search-engines-run-side-by-side',
    source: defect('two elasticsearch sinks: panic at start'),
    applies: (run) => run.end === 'failure' && engines(run).length > 1,
    rewrite: withDocuments,
  },
  {
    id: 'search-engine-that-is-away-at-the-start-is-tried-again',
    source: defect(
      'a sink that cannot be reached at start is left out for the life of the process; alone, it ends it',
    ),
    applies: (run) => run.end === 'failure' && engines(run).length === 1,
    rewrite: withDocuments,
  },
  {
    id: 'what-only-looks-is-free',
    source: requestsAndTypes,
    applies: (run) => isEngine(run) && run.requests.some(isLook),
    rewrite: (run) => ({ ...run, requests: run.requests.filter((request) => !isLook(request)) }),
  },
  {
    id: 'documents-have-ids-of-their-own',
    source: fixed('ids that duplicate on a resend'),
    applies: isEngine,
    rewrite: (run) =>
      mapActions(run, (action, request) => {
        const { uid, resourceVersion } = run.events.get(request.event ?? '')?.metadata ?? {}
        return { ...action, _id: `${uid}.${resourceVersion}` }
      }),
  },
  {
    id: 'documents-have-no-type-where-servers-have-none',
    source: requestsAndTypes,
    applies: (run) => isEngine(run) && majorOf(run) >= 7,
    rewrite: (run) => mapActions(run, ({ _type, ...action }) => action),
  },
  {
    id: 'mappings-are-in-a-template',
    source: fixed('options that are documented and ignored (Elasticsearch mappings)'),
    applies: (run) => isEngine(run) && majorOf(run) >= 6,
    rewrite: (run) => ({
      ...run,
      requests: [
        // An index is asked for without a body: what it is made of stands in the template.
        ...run.requests.map((request) => (isIndexMade(request) ? { ...request, body: '' } : request)),
        ...engines(run).flatMap((sink) => templateOf(sink)),
      ],
    }),
  },
  {
    id: 'mappings-are-those-of-events',
    source: fixed('options that are documented and ignored (Elasticsearch mappings)'),
    applies: (run) => isEngine(run) && majorOf(run) < 6,
    rewrite: (run) => ({
      ...run,
      requests: run.requests.map((request) =>
        isIndexMade(request) ? { ...request, body: mappingOfEvents(request.body) } : request,
      ),
    }),
  },
  {
    id: 'refused-documents-become-dead-letters',
    source: requestsAndTypes,
    applies: (run) => isEngine(run) && run.answers.some(refusesDocuments),
    rewrite: (run) => ({
      ...run,
      givenUp: run.requests.filter(isDocument).length,
      // They come in batches that grow smaller, until each is told from the others.
      requests: run.requests.map((request) =>
        isDocument(request) ? { ...request, fate: 'unsettled', delivered: false } : request,
      ),
    }),
  },
]

function isEngine({ answers, sinks }: WireExpectation): boolean {
  return searchEngineVersion(answers) !== undefined && sinks.some(({ name }) => name === 'elasticsearch')
}

function engines(run: WireExpectation): readonly SinkUse[] {
  return run.sinks.filter(({ name }) => name === 'elasticsearch')
}

function majorOf({ answers }: WireExpectation): number {
  return Number(searchEngineVersion(answers)?.split('.')[0])
}

function hasOriginalVersion(sink: SinkUse): boolean {
  return ['2', '5', '6', '7'].includes(valuesOf(sink, 'ver')[0] ?? '5')
}

function isLook({ method }: ExpectedRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

function isIndexMade({ method, path }: ExpectedRequest): boolean {
  return method === 'PUT' && !path.startsWith('/_')
}

function refusesDocuments({ path, body }: WireExpectation['answers'][number]): boolean {
  return (
    path === '/_bulk' && typeof body === 'object' && body !== null && 'errors' in body && body.errors === true
  )
}

/** It runs, and tells each event. */
function withDocuments(run: WireExpectation): WireExpectation {
  const requests = new Map<string, ExpectedRequest>()
  for (const sink of engines(run)) {
    const { target } = sink
    if (target === undefined) continue
    for (const id of createdWhileRunning(run.steps)) {
      const event = run.events.get(id)
      if (event === undefined) continue
      // An index is made once for all of its documents.
      for (const request of originalDocument(sink, target, id, event))
        requests.set(JSON.stringify(request), request)
    }
  }
  return { ...run, end: 'runs', requests: [...run.requests, ...requests.values()] }
}

function mapActions(
  run: WireExpectation,
  change: (action: Record<string, unknown>, request: ExpectedRequest) => Record<string, unknown>,
): WireExpectation {
  return {
    ...run,
    requests: run.requests.map((request) => {
      if (!isDocument(request)) return request
      const [{ index }, document]: [{ index: Record<string, unknown> }, unknown] = JSON.parse(request.body)
      return { ...request, body: JSON.stringify([{ index: change(index, request) }, document]) }
    }),
  }
}

function templateOf(sink: SinkUse): ExpectedRequest[] {
  if (sink.target === undefined) return []
  return [
    {
      listener: sink.target.listener,
      scheme: sink.target.scheme,
      method: 'PUT',
      path: `/_template/kube-eventer-${valuesOf(sink, 'index')[0] ?? 'heapster'}`,
      query: '',
      headers: { 'Content-Type': 'application/json' },
      body: '<some-text>',
      fate: 'once',
      delivered: false,
    },
  ]
}

/** Of the mapping, the part of events: the rest is of metrics, which are no events. */
function mappingOfEvents(body: string): string {
  const { mappings } = JSON.parse(body)
  const { _default_, events } = mappings
  const { selfLink: _gone, ...metadata } = events.properties.Metadata.properties
  // What says what is so anyway is left out; who wrote which field is kept, and not searched.
  const plain: unknown = JSON.parse(
    JSON.stringify({
      ...events,
      properties: {
        ...events.properties,
        Metadata: { properties: { ...metadata, managedFields: { type: 'object', enabled: false } } },
      },
    }).replaceAll('"type":"string","index":"analyzed"', '"type":"string"'),
  )
  return JSON.stringify({ mappings: { _default_, events: plain } })
}
