/** Events to Riemann, in the form of requests: one for each, since how they are grouped is free. */
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { startRiemann } from '../../../src/sinks/riemann/testing/server.ts'
import type { RiemannEvent, RiemannServer } from '../../../src/sinks/riemann/testing/server.ts'
import type { RecordedRequest } from './recording.ts'
import type { Arrival, ExpectedRequest } from './requests.ts'
import type { ListenerName, SinkUse } from './sinks.ts'
import { valuesOf } from './sinks.ts'

const place = { scheme: 'riemann', method: 'send', path: 'events', query: '' } as const

const attribute = z.looseObject({ key: z.string(), value: z.string() })
const messageSchema = z.looseObject({
  events: z.array(z.looseObject({ service: z.string(), attributes: z.array(attribute) })),
})

/** Where a command line's Riemann sink sends. */
export function riemannListener(argv: readonly string[]): ListenerName | undefined {
  const names = argv.map((argument) => /^--?sink=riemann:tcp:\/\/<(recorder2?)>/.exec(argument)?.[1])
  const found = names.find((name) => name !== undefined)
  return found === 'recorder' || found === 'recorder2' ? found : undefined
}

/** The events of a recording. */
export function recordedRiemannEvents(
  requests: readonly RecordedRequest[],
  argv: readonly string[],
  events: ReadonlyMap<string, KubernetesEvent>,
): ExpectedRequest[] {
  const listener = riemannListener(argv)
  if (listener === undefined) return []
  return requests.flatMap(({ riemann }) => {
    const read = z.safeParse(messageSchema, riemann)
    if (!read.success) return []
    return read.data.events.map((told) => {
      const uid = told.attributes.find(({ key }) => key === 'uid')?.value ?? ''
      const event = [...events].find(([, one]) => uidOf(one) === uid && serviceOf(one) === told.service)?.[0]
      return expectedEvent(listener, told, event)
    })
  })
}

/** What the original would have sent of an event that has a time. */
export function originalRiemannEvent(
  listener: ListenerName,
  sink: SinkUse,
  id: string,
  event: KubernetesEvent,
): ExpectedRequest {
  const { involvedObject, source = {}, message, type, count = 0, firstTimestamp } = event
  const tags = valuesOf(sink, 'tags')
  const attributes = {
    'api-version': involvedObject.apiVersion,
    component: source.component,
    'field-path': involvedObject.fieldPath,
    'first-timestamp': firstTimestamp ? secondsOf(firstTimestamp) : '',
    'last-timestamp': secondsOf(event.lastTimestamp ?? event.eventTime ?? ''),
    name: involvedObject.name,
    namespace: involvedObject.namespace,
    'resource-version': involvedObject.resourceVersion,
    uid: involvedObject.uid,
  }
  const told = {
    time: '<now-s>',
    state: type === 'Normal' ? 'ok' : 'warning',
    service: serviceOf(event),
    host: source.host || '<hostname>',
    ...(message && { description: message }),
    tags: tags.length > 0 ? tags : ['heapster'],
    ttl: Number(valuesOf(sink, 'ttl')[0] ?? 60),
    attributes: Object.entries(attributes).map(([key, value = '']) => ({ key, value })),
    time_micros: '<now-us>',
    metric_sint64: String(count),
  }
  return expectedEvent(listener, told, id)
}

function expectedEvent(
  listener: ListenerName,
  told: Readonly<Record<string, unknown>>,
  event: string | undefined,
): ExpectedRequest {
  return {
    ...place,
    listener,
    headers: {},
    body: bodyOf(told),
    isJsonByValue: true,
    ...(event !== undefined && { event }),
    fate: 'once',
    delivered: true,
  }
}

/** A server on the loopback address, which tells each event that its streams are told. */
export function startEventRecorder(
  listener: ListenerName,
  tell: (arrival: Arrival) => void,
  port: number,
): Promise<RiemannServer> {
  const stored = (event: RiemannEvent): void =>
    tell({ ...place, listener, headers: new Map(), body: bodyOf(event), status: 200, isTaken: true })
  return startRiemann({ port, stored })
}

/** In one order, whatever the bytes had: fields by their names, attributes as the protocol's client sorts them. */
function bodyOf(event: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(event).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(Object.fromEntries(fields))
}

function serviceOf({ involvedObject, reason = '' }: KubernetesEvent): string {
  return `${involvedObject.kind ?? ''}.${reason}`
}

function uidOf({ involvedObject }: KubernetesEvent): string {
  return involvedObject.uid ?? ''
}

function secondsOf(time: string): string {
  return String(Math.floor(Date.parse(time) / 1_000))
}
