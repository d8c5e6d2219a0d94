// The forms in which a stored object is shown: as core/v1, as events.k8s.io/v1, or its metadata only.
import { objectBytes, parseObject, type ChangeType, type StoredState } from './store.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import type { ApiObject, Resource } from './objects.ts'

export interface View {
  readonly listKind: string
  readonly listApiVersion: string
  /** As an item of a list. */
  item(state: StoredState): Buffer
  /** As the answer to a request for it. */
  object(state: StoredState): Buffer
  /** As a line of a watch, with its line break. */
  line(type: ChangeType, state: StoredState): Buffer
  /** The bookmark that ends the initial events of a streaming list. */
  initialEventsEnd(revision: number): Buffer
}

const kinds: Readonly<Record<Resource, string>> = { events: 'Event', configmaps: 'ConfigMap' }
const end = Buffer.from('}\n')
const open = Buffer.from('{')

/** Sends slices of the stored bytes: nothing is parsed or serialised again. */
function coreView(resource: Resource): View {
  const kind = kinds[resource]
  const typed = `{"kind":"${kind}","apiVersion":"v1",`.length
  return {
    listKind: `${kind}List`,
    listApiVersion: 'v1',
    // Items of a list carry neither kind nor apiVersion; objects in a watch do.
    item: (state) => Buffer.concat([open, objectBytes(state).subarray(typed)]),
    object: objectBytes,
    line: (type, state) => {
      const head = Buffer.from(`{"type":"${type}","object":`)
      if (state.objectAt === head.length && state.line.subarray(0, head.length).equals(head))
        return state.line
      return Buffer.concat([head, objectBytes(state), end])
    },
    initialEventsEnd: (revision) =>
      bookmark({
        kind,
        apiVersion: 'v1',
        metadata: endAnnotation(revision),
        ...(resource === 'events' ? emptyEvent : {}),
      }),
  }
}

/** A view that needs the object itself: parses each. */
function convertedView(
  names: { readonly kind: string; readonly apiVersion: string; readonly itemsAreTyped: boolean },
  convert: (object: ApiObject) => object,
  emptyFields: object,
): View {
  const { kind, apiVersion } = names
  const typed = (state: StoredState): object => ({ kind, apiVersion, ...convert(parseObject(state)) })
  const json = (value: object): Buffer => Buffer.from(JSON.stringify(value))
  return {
    listKind: `${kind}List`,
    listApiVersion: apiVersion,
    item: (state) => json(names.itemsAreTyped ? typed(state) : convert(parseObject(state))),
    object: (state) => json(typed(state)),
    line: (type, state) => Buffer.from(`${JSON.stringify({ type, object: typed(state) })}\n`),
    initialEventsEnd: (revision) =>
      bookmark({ kind, apiVersion, metadata: endAnnotation(revision), ...emptyFields }),
  }
}

const partialView = convertedView(
  { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', itemsAreTyped: true },
  ({ metadata }) => ({ metadata }),
  {},
)

const newEventsView = convertedView(
  { kind: 'Event', apiVersion: 'events.k8s.io/v1', itemsAreTyped: false },
  (object) => ('involvedObject' in object ? asNewEvent(object) : object),
  { eventTime: null, regarding: {}, deprecatedSource: {} },
)

const coreViews: Readonly<Record<Resource, View>> = {
  events: coreView('events'),
  configmaps: coreView('configmaps'),
}

/** What the path's API group and the request's `Accept` ask for. */
export function viewFor(resource: Resource, group: string, accept: string): View {
  if (/;\s*as=PartialObjectMetadata(List)?\b/.test(accept)) return partialView
  return group === 'events.k8s.io' ? newEventsView : coreViews[resource]
}

/** events.k8s.io/v1 has other names for the same fields. */
function asNewEvent(event: KubernetesEvent): object {
  const { metadata, eventTime, series, action, reason, type, related } = event
  return {
    metadata,
    eventTime: eventTime ?? null,
    series: series ?? undefined,
    reportingController: event.reportingComponent || undefined,
    reportingInstance: event.reportingInstance || undefined,
    action,
    reason,
    regarding: event.involvedObject,
    related: related ?? undefined,
    note: event.message,
    type,
    deprecatedSource: event.source ?? {},
    deprecatedFirstTimestamp: event.firstTimestamp ?? null,
    deprecatedLastTimestamp: event.lastTimestamp ?? null,
    deprecatedCount: event.count,
  }
}

const emptyEvent = {
  involvedObject: {},
  source: {},
  firstTimestamp: null,
  lastTimestamp: null,
  eventTime: null,
  reportingComponent: '',
  reportingInstance: '',
}

function endAnnotation(revision: number): object {
  return { resourceVersion: String(revision), annotations: { 'k8s.io/initial-events-end': 'true' } }
}

function bookmark(object: object): Buffer {
  return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
}
