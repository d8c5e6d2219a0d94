/** Events to Honeycomb, in the form of requests: one for each of a batch, since how they are grouped is free. */
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import type { Arrival, ExpectedRequest } from './requests.ts'

const isBatch = ({ path }: { readonly path: string }): boolean => /\/1\/batch\/[^/]+$/.test(path)

/** Each event of a recorded batch as a request of its own; other requests as they are. */
export function recordedBatch(
  request: ExpectedRequest,
  events: ReadonlyMap<string, KubernetesEvent>,
): readonly ExpectedRequest[] {
  if (!isBatch(request)) return [request]
  return pointsIn(request.body).map((point) => {
    const event = eventToldBy(point, events)
    return {
      ...request,
      body: JSON.stringify(point),
      isJsonByValue: true,
      ...(event !== undefined && { event }),
    }
  })
}

/** Each event of a batch that came. */
export function arrivedBatch(arrival: Arrival): readonly Arrival[] {
  if (!isBatch(arrival)) return [arrival]
  return pointsIn(arrival.body).map((point) => ({ ...arrival, body: JSON.stringify(point) }))
}

/** What is no list tells of nothing. */
function pointsIn(body: string): readonly unknown[] {
  const read = z.safeParse(z.array(z.unknown()), JSON.parse(body))
  return read.success ? read.data : []
}

const pointSchema = z.looseObject({
  Data: z.looseObject({ kind: z.string(), name: z.string(), reason: z.string(), message: z.string() }),
})

function eventToldBy(point: unknown, events: ReadonlyMap<string, KubernetesEvent>): string | undefined {
  const { Data: data } = z.parse(pointSchema, point)
  return [...events].find(
    ([, { involvedObject, reason = '', message = '' }]) =>
      involvedObject.kind === data.kind &&
      involvedObject.name === data.name &&
      reason === data.reason &&
      message === data.message,
  )?.[0]
}
