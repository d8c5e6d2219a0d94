/** Events that the original was given and never told: the requests that it would have made of them. */
import { objectOf } from './expectation.ts'
import type { WireExpectation } from './expectation.ts'
import type { ExpectedRequest, Fate } from './requests.ts'
import { originalRequest } from './original-webhook.ts'
import { wants } from './sinks.ts'
import type { FilterReading } from './sinks.ts'
import { createdWhileRunning } from './timeline.ts'

/**
 * Adds, for each webhook, a request for every event that was created while the program ran, that the webhook wants,
 * and that it was not told. The requests are in the order of the events; those of each sink stand together.
 */
export function withLostEvents(
  run: WireExpectation,
  { fate = 'once', reading }: { readonly fate?: Fate; readonly reading?: FilterReading } = {},
): WireExpectation {
  const created = createdWhileRunning(run.steps)
  const added: ExpectedRequest[] = []
  for (const sink of run.sinks) {
    const { target } = sink
    if (sink.name !== 'webhook' || target === undefined) continue
    for (const id of created) {
      const event = run.events.get(id)
      if (event === undefined || !wants(sink, event, reading)) continue
      const isTold = run.requests.some(
        (request) =>
          request.event === id && request.listener === target.listener && request.path === target.path,
      )
      if (isTold) continue
      const { listener, scheme } = target
      const request = originalRequest(sink, target, event, run.tz)
      added.push({ listener, scheme, ...request, event: id, fate, delivered: true })
    }
  }
  return { ...run, requests: [...run.requests, ...added] }
}

/** Of the unsettled requests of one object at one place only the first must come: the others wait behind it. */
export function waitsBehind(run: WireExpectation): WireExpectation {
  const created = createdWhileRunning(run.steps)
  const positionOf = ({ event }: ExpectedRequest): number =>
    event === undefined ? -1 : created.indexOf(event)
  const first = new Map<string, number>()
  const laneOf = (request: ExpectedRequest): string | undefined => {
    const event = request.event === undefined ? undefined : run.events.get(request.event)
    return event && `${request.listener} ${request.path} ${objectOf(event)}`
  }
  for (const request of run.requests) {
    const lane = laneOf(request)
    if (lane === undefined || request.fate !== 'unsettled') continue
    first.set(lane, Math.min(first.get(lane) ?? Infinity, positionOf(request)))
  }
  return {
    ...run,
    requests: run.requests.map((request) => {
      const lane = laneOf(request)
      const isBehind =
        request.fate === 'unsettled' &&
        lane !== undefined &&
        positionOf(request) > (first.get(lane) ?? Infinity)
      return isBehind ? { ...request, fate: 'behind' } : request
    }),
  }
}
