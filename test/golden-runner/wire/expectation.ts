/** What is expected of a run, taken from its recording. The rules rewrite it; the comparison reads it. */
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { answerTo } from './answers.ts'
import { recordedCloudEvents } from './eventbridge.ts'
import { recordedLines, recordedSeries, writesPoints } from './influxdb.ts'
import { recordedBatch } from './honeycomb.ts'
import { recordedMessages } from './kafka.ts'
import { recordedInserts } from './mongo.ts'
import { recordedRows } from './mysql.ts'
import { originalRequest } from './original-webhook.ts'
import { recordedRiemannEvents } from './riemann.ts'
import type { RecordedAnswer, RecordedPage, RecordedRequest, Recording } from './recording.ts'
import type { ExpectedRequest } from './requests.ts'
import { recordedDocuments, searchEngineVersion } from './search-engine.ts'
import { sinksOf } from './sinks.ts'
import { recordedLogs, withoutClientsLog } from './sls.ts'
import type { SinkUse } from './sinks.ts'
import type { Step } from './timeline.ts'

/**
 * - `success`, `failure`: ends by itself
 * - `runs`: ends only when it is told to
 * - `killed`: a SIGTERM of the script ends it at once
 * - `stops`: a SIGTERM of the script ends it in good order
 */
export type End = 'success' | 'failure' | 'runs' | 'killed' | 'stops'

export interface WireExpectation {
  // What the run is given; no rule changes it.
  readonly argv: readonly string[]
  readonly tz: string
  readonly events: ReadonlyMap<string, KubernetesEvent>
  readonly answers: readonly RecordedAnswer[]
  readonly configmaps: Recording['configmaps']
  readonly sinks: readonly SinkUse[]
  readonly steps: readonly Step[]
  /** The original met a closed port where its sink should have been. */
  readonly recorderIsClosed: boolean
  /** Events that the original could not render, and lost. */
  readonly failedRenderings: number

  // What is expected.
  readonly end: End
  readonly requests: readonly ExpectedRequest[]
  /** Events that become dead letters. */
  readonly givenUp: number
  /** Handshakes that the program breaks off: so many, or more. */
  readonly refusedHandshakes: { readonly count: number; readonly orMore: boolean }
  /** The recorder's closed port is opened after a while. */
  readonly recorderOpens: boolean
  /** Standard output as values of JSON lines, in order. */
  readonly jsonLines?: readonly unknown[]
  /** Standard output as text. */
  readonly stdout?: string
  readonly pages: readonly RecordedPage[]
  /** How long, at most, it may take until all has arrived, ms. */
  readonly patienceMs: number
}

const usualPatienceMs = 15_000

/** What the recording itself expects, before any rule. */
export function expectationOf(
  recording: Recording,
  events: ReadonlyMap<string, KubernetesEvent>,
  steps: readonly Step[],
): WireExpectation {
  const { answers, argv, configmaps, env, log, pages = [], stdout } = recording
  const requests = recordedLogs(recording.requests)
  const said = withoutClientsLog(stdout)
  const tz = env.TZ ?? ''
  const sinks = sinksOf(recording)
  const handshakes = requests.filter(({ tlsError }) => tlsError !== undefined).length
  const answered = answerTo(answers)
  return {
    argv,
    tz,
    events,
    answers,
    configmaps,
    sinks,
    steps,
    recorderIsClosed: log.some((line) =>
      /dial tcp <(?:recorder2?|broker)>: connect: connection refused/.test(line),
    ),
    failedRenderings: log.filter((line) => line.includes('Failed to renderTemplate')).length,
    end: endOf(recording),
    givenUp: 0,
    requests: [
      ...requests
        .filter(({ method }) => method !== undefined)
        .map((request) =>
          expectedRequest(request, { events, sinks, tz, status: answered(asAsked(request))?.status ?? 200 }),
        )
        .flatMap((request) =>
          searchEngineVersion(answers) === undefined
            ? recordedBatch(request, events)
            : recordedDocuments(request, events),
        )
        .flatMap((request) => recordedCloudEvents(request, events))
        .flatMap((request) => (writesPoints(sinks) ? recordedLines(request, events) : [request])),
      ...recordedSeries(recording, events),
      ...recordedMessages(requests, events),
      ...recordedInserts(requests, argv, events),
      ...recordedRiemannEvents(requests, argv, events),
      ...recordedRows(recording, sinks, events),
    ],
    refusedHandshakes: { count: handshakes, orMore: false },
    recorderOpens: false,
    ...(said === undefined ? {} : { stdout: said }),
    pages,
    patienceMs: usualPatienceMs,
  }
}

function endOf({ exit, measured }: Recording): End {
  if (measured?.exit !== undefined) return 'killed'
  if (exit === undefined) return 'runs'
  return exit.code === 0 ? 'success' : 'failure'
}

function asAsked(request: RecordedRequest): { method: string; target: string; body: string } {
  const { method = '', path = '', query, body } = request
  return { method, target: query ? `${path}?${query}` : path, body: typeof body === 'string' ? body : '' }
}

function expectedRequest(
  request: RecordedRequest,
  about: Pick<WireExpectation, 'events' | 'sinks' | 'tz'> & { readonly status: number },
): ExpectedRequest {
  const { method = '', path = '', query = '', body } = request
  const { '(listener)': listener, ...headers } = request.headers ?? {}
  const text = typeof body === 'string' ? body : ''
  const event = eventToldBy(text, about)
  return {
    listener: listener === 'recorder2' ? 'recorder2' : 'recorder',
    scheme: request.scheme === 'https' ? 'https' : 'http',
    method,
    path,
    query,
    headers,
    body: text,
    ...(about.sinks.some(namesItsEvent) && { isJsonByValue: true }),
    ...(event === undefined ? {} : { event }),
    fate: 'once',
    // The original counts a 200 alone.
    delivered: about.status === 200,
  }
}

/** Its messages name the event that they tell. */
function namesItsEvent({ name }: SinkUse): boolean {
  return name === 'dingtalk' || name === 'wechat' || name === 'sls'
}

/** The event whose default body this is, or whose name a message tells. */
function eventToldBy(
  body: string,
  { events, sinks, tz }: Pick<WireExpectation, 'events' | 'sinks' | 'tz'>,
): string | undefined {
  if (sinks.some(namesItsEvent)) {
    return [...events].find(([, { metadata }]) => body.includes(metadata.name ?? '\0'))?.[0]
  }
  const sink = sinks.find(({ name, target }) => name === 'webhook' && target !== undefined)
  if (sink?.target === undefined) return undefined
  for (const [id, event] of events) {
    if (originalRequest(sink, sink.target, event, tz).body === body) return id
  }
  return undefined
}

/** What orders requests: events of one object come in order. */
export function objectOf(event: KubernetesEvent): string {
  const { uid, kind = '', namespace = '', name = '' } = event.involvedObject
  return uid ?? `${kind}/${namespace}/${name}`
}
