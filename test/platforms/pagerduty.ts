/**
 * PagerDuty's Events API v2: 120 events a minute and key, 512 KB, a summary of 1,024 characters.
 * https://developer.pagerduty.com/docs/send-alert-event
 * https://developer.pagerduty.com/docs/events-api-rate-limits
 */
import * as z from 'zod/mini'
import type { Clock } from '../../src/domain/clock.ts'
import { Window, jsonAnswer, lengthOf, platformDouble } from './double.ts'
import type { PlatformDouble } from './double.ts'

const event = z.object({
  routing_key: z.string(),
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedup_key: z.optional(z.string().check(z.maxLength(255))),
  payload: z.object({
    summary: z.string().check(z.minLength(1)),
    source: z.string().check(z.minLength(1)),
    severity: z.enum(['critical', 'error', 'warning', 'info']),
    custom_details: z.optional(z.record(z.string(), z.unknown())),
  }),
})

export const routingKey = '0123456789abcdef0123456789abcdef'

/** Shows the summary, and the message of the details in a line of its own. */
export function pagerduty(clock: Pick<Clock, 'wallMs'>): PlatformDouble {
  const window = new Window(120, 60_000)
  return platformDouble('events.pagerduty.com', clock, ({ path, body, json, nowMs, show }) => {
    const refuse = (...errors: readonly string[]) =>
      jsonAnswer({ status: 'invalid event', message: 'Event object is invalid', errors }, 400)
    if (path !== '/v2/enqueue') return jsonAnswer({ message: 'Not Found' }, 404)
    if (Buffer.byteLength(body) > 524_288) return jsonAnswer({ message: 'Request Entity Too Large' }, 413)
    if (json === undefined) return refuse('Event object cannot be parsed as JSON')
    const read = z.safeParse(event, json)
    if (!read.success)
      return refuse(
        ...read.error.issues.map(({ path: where }) => `'${where.join('.')}' is missing or invalid`),
      )
    const { routing_key: key, payload } = read.data
    if (key.length !== 32) return refuse("Length of 'routing_key' is incorrect (should be 32 characters)")
    if (key !== routingKey) return refuse('Invalid routing key')
    if (!window.admits(nowMs)) {
      const text = 'Requests for this service are arriving too quickly. Please retry later.'
      return jsonAnswer({ status: 'throttle exceeded', message: text }, 429)
    }
    if (lengthOf(payload.summary) > 1_024)
      return refuse("'payload.summary' is too long (maximum is 1024 characters)")
    show([payload.summary, ...Object.values(payload.custom_details ?? {}).map(String)].join('\n'))
    return jsonAnswer({ status: 'success', message: 'Event processed', dedup_key: 'example' }, 202)
  })
}
