/** PagerDuty's Events API v2. */
import { fine } from './readings.ts'
import type { AnswerObject, Reading, Row } from './row.ts'

export const pagerduty: Row = {
  name: 'pagerduty',
  hosts: ['events.pagerduty.com', 'events.eu.pagerduty.com'],
  sources: [
    // 202, 400, 429; 512 KB; a summary of 1,024 characters.
    'https://developer.pagerduty.com/docs/events-api-v2-overview',
    'https://developer.pagerduty.com/docs/send-alert-event',
    // About 120 a minute and integration key, over the last 60 s; after 429 wait 30 s.
    'https://developer.pagerduty.com/docs/events-api-rate-limits',
  ],
  quotas: [{ messages: 120, perMs: 60_000 }],
  // By integration key.
  recipientInBody: true,
  maxBodyBytes: 524_288,
  throttledMs: 30_000,
  read: readPagerduty,
  texts: [
    // A key that is wrong, missing or of the wrong length is a 400 as well.
    [/(routing|service)[ _]key/i, 'refused'],
  ],
  codes: {
    'invalid event': 'bad-message',
    'throttle exceeded': 'throttled',
  },
}

function readPagerduty(_: string, answer: AnswerObject | undefined): Reading | undefined {
  const status = answer?.['status']
  if (typeof status !== 'string') return undefined
  if (status === 'success') return fine
  const errors = answer?.['errors']
  const more = Array.isArray(errors) ? errors.map(String) : []
  return {
    kind: 'failed',
    code: status,
    text: [status, String(answer?.['message'] ?? ''), ...more].join('; '),
  }
}
