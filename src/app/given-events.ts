/** Events as people give them: what kubectl prints as JSON or YAML, one or a list, or the lines of a recording. */
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../domain/event.ts'
import { textOf } from '../domain/text-of.ts'
import { SAMPLE_EVENTS, type SampleEvent } from '../template/sample-events.ts'
import { describeJsonFault, jsonFault } from '../template/json-fault.ts'

/** Those that need no file. */
export const builtInEvents: readonly SampleEvent[] = SAMPLE_EVENTS

export type GivenEvents =
  | { readonly ok: true; readonly events: readonly KubernetesEvent[] }
  /** What is wrong with the text, with its line. */
  | { readonly ok: false; readonly problem: string }

/** What is wrong with one value; becomes the problem of the whole text. */
class NoEvent extends Error {}

/** At least one event where it is ok. Never throws for what the text holds. */
export async function readGivenEvents(text: string): Promise<GivenEvents> {
  try {
    const values = text.trimStart().startsWith('{') ? readJson(text) : await readYaml(text)
    const events = values.flatMap((value) => eventsIn(value))
    return events.length === 0 ? { ok: false, problem: 'it holds no event' } : { ok: true, events }
  } catch (error) {
    if (!(error instanceof NoEvent)) throw error
    return { ok: false, problem: error.message }
  }
}

/** One value, or one a line. */
function readJson(text: string): readonly unknown[] {
  const whole = jsonFault(text)
  if (whole === undefined) return [JSON.parse(text)]
  const lines = text.split('\n')
  const first = lines.find((line) => line.trim() !== '') ?? ''
  if (jsonFault(first) !== undefined) throw new NoEvent(`it is no JSON: ${describeJsonFault(whole)}`)
  return lines.flatMap((line, index): readonly unknown[] => {
    if (line.trim() === '') return []
    const fault = jsonFault(line)
    if (fault === undefined) return [JSON.parse(line)]
    throw new NoEvent(`a line is no JSON: ${describeJsonFault({ ...fault, line: index + 1 })}`)
  })
}

async function readYaml(text: string): Promise<readonly unknown[]> {
  const { parseAllDocuments } = await import('yaml')
  return [...parseAllDocuments(text)].map((document): unknown => {
    const [error] = document.errors
    if (error) throw new NoEvent(`it is no YAML: ${error.message.split('\n')[0]}`)
    try {
      return document.toJS()
    } catch (fault) {
      throw new NoEvent(`it is no YAML: ${textOf(fault)}`)
    }
  })
}

/** A list's items, a recorded change's object, an event. */
function eventsIn(value: unknown): readonly KubernetesEvent[] {
  // What stands between two `---` of YAML may be nothing.
  if (value === null) return []
  if (!isRecord(value)) throw new NoEvent('it is no event, and no list of events')
  if (Array.isArray(value['items'])) return value['items'].flatMap((item: unknown) => eventsIn(item))
  if (value['type'] === 'BOOKMARK') return []
  if (isRecord(value['object'])) return eventsIn(value['object'])
  return [eventOf(isNewForm(value) ? fromNewForm(value) : value)]
}

const text = z.optional(z.nullable(z.string()))
const reference = z.looseObject({ kind: text, namespace: text, name: text, uid: text, fieldPath: text })
const texts = z.optional(z.nullable(z.record(z.string(), z.string())))

/** As far as templates rely on it; other fields pass as they are. */
const coreEvent = z.looseObject({
  metadata: z.looseObject({
    name: text,
    namespace: text,
    uid: text,
    resourceVersion: text,
    creationTimestamp: text,
    labels: texts,
    annotations: texts,
  }),
  involvedObject: reference,
  reason: text,
  message: text,
  type: text,
  count: z.optional(z.nullable(z.int())),
  firstTimestamp: text,
  lastTimestamp: text,
  eventTime: text,
  action: text,
  source: z.optional(z.nullable(z.looseObject({ component: text, host: text }))),
  related: z.optional(z.nullable(reference)),
  series: z.optional(z.nullable(z.looseObject({ count: z.optional(z.int()), lastObservedTime: text }))),
  reportingComponent: text,
  reportingInstance: text,
})

function eventOf(value: Readonly<Record<string, unknown>>): KubernetesEvent {
  const result = coreEvent.safeParse(value)
  if (result.success) return value as unknown as KubernetesEvent
  const [issue] = result.error.issues
  const kind = typeof value['kind'] === 'string' ? value['kind'] : 'object'
  const place = issue?.path.join('.') ?? ''
  throw new NoEvent(`this ${kind} is no event: ${place} is not there, or not what an event has there`)
}

/** events.k8s.io has the same event with other names of fields. */
function isNewForm(value: Readonly<Record<string, unknown>>): boolean {
  return typeof value['apiVersion'] === 'string' && value['apiVersion'].startsWith('events.k8s.io/')
}

/** As the API server shows it to those who ask for core/v1. */
function fromNewForm(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const {
    regarding,
    note,
    reportingController,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...same
  } = value
  return {
    ...same,
    apiVersion: 'v1',
    involvedObject: regarding ?? {},
    message: note,
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    count: deprecatedCount,
    reportingComponent: reportingController,
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
