/** Events to EventBridge of Alibaba Cloud, in the form of requests: one for each of a batch, and signed as its request is. */
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { signatureFor } from '../../../src/sinks/eventbridge/testing/event-bus.ts'
import type { Arrival, ExpectedRequest } from './requests.ts'
import type { SinkUse } from './sinks.ts'
import { valuesOf } from './sinks.ts'

const isBatch = ({ path }: { readonly path: string }): boolean => path === '/openapi/putEvents'

const batchSchema = z.array(
  z.looseObject({
    id: z.string(),
    data: z.looseObject({ metadata: z.looseObject({ uid: z.string() }) }),
  }),
)

/** What the recorder has to know to recompute signatures: of the first sink that puts events. */
export function eventSecretOf(sinks: readonly SinkUse[]): string | undefined {
  const sink = sinks.find(({ name }) => name === 'eventbridge')
  return sink && valuesOf(sink, 'accessKeySecret')[0]
}

/** Each event of a recorded batch as a request of its own; other requests as they are. */
export function recordedCloudEvents(
  request: ExpectedRequest,
  events: ReadonlyMap<string, KubernetesEvent>,
): readonly ExpectedRequest[] {
  if (!isBatch(request)) return [request]
  return z.parse(batchSchema, JSON.parse(request.body)).map((cloudEvent) => {
    const { uid } = cloudEvent.data.metadata
    const event = [...events].find(([, { metadata }]) => metadata.uid === uid)?.[0]
    return {
      ...request,
      body: JSON.stringify(cloudEvent),
      isJsonByValue: true,
      ...(event !== undefined && { event }),
    }
  })
}

/** Each event of a batch that came. What varies is a placeholder where it is as it has to be. */
export function arrivedCloudEvents(arrival: Arrival, secret: string): readonly Arrival[] {
  if (!isBatch(arrival)) return [arrival]
  const headers = withPlaceholders(arrival, secret)
  const batch = z.parse(batchSchema, JSON.parse(arrival.body))
  // The original has four at most in a request.
  if (batch.length > 4) return [arrival]
  return batch.map(({ id, ...cloudEvent }) => ({
    ...arrival,
    headers,
    body: JSON.stringify({ ...cloudEvent, id: isUuid.test(id) ? '<uuid>' : id }),
  }))
}

const isUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function withPlaceholders({ method, path, headers }: Arrival, secret: string): ReadonlyMap<string, string> {
  const [, key = '', signature = ''] = /^(acs:[^:]*:)(.*)$/.exec(headers.get('authorization') ?? '') ?? []
  if (signature !== signatureFor(method, path, headers, secret)) return headers
  const isRecent = Math.abs(Date.parse(headers.get('date') ?? '') - Date.now()) < 600_000
  const isNonce = /^[0-9a-f]{32}$/.test(headers.get('x-acs-signature-nonce') ?? '')
  return new Map([
    ...headers,
    ['authorization', `${key}<signature>`],
    ...(isRecent ? ([['date', '<now-http>']] as const) : []),
    ...(isNonce ? ([['x-acs-signature-nonce', '<nonce>']] as const) : []),
  ])
}
