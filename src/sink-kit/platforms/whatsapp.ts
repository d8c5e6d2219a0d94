/** WhatsApp's Cloud API. */
import { objectIn } from './readings.ts'
import type { AnswerObject, Reading, Row } from './row.ts'

export const whatsapp: Row = {
  name: 'whatsapp',
  hosts: ['graph.facebook.com'],
  sources: [
    'https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes',
    // One message every 6 s from a number to a user (131056).
    'https://developers.facebook.com/docs/whatsapp/cloud-api/overview',
    'https://developers.facebook.com/docs/graph-api/guides/error-handling',
  ],
  quotas: [{ messages: 1, perMs: 6_000 }],
  // By phone number.
  recipientInBody: true,
  throttledMs: 10_000,
  read: readWhatsapp,
  texts: [
    // 100 is a wrong parameter, and also a number's id that is wrong or not ours.
    [/object with id .* does not exist|missing permissions/i, 'refused'],
  ],
  codes: {
    // Token, permission, account.
    0: 'refused',
    3: 'refused',
    10: 'refused',
    33: 'refused',
    190: 'refused',
    200: 'refused',
    368: 'refused',
    131005: 'refused',
    131031: 'refused',
    131042: 'refused',
    131045: 'refused',
    133010: 'refused',
    // The recipient.
    130497: 'refused',
    131021: 'refused',
    131026: 'refused',
    131030: 'refused',
    // 24 hours have passed since the recipient wrote: only a template's message is taken.
    131047: 'refused',
    // The template is not there, paused or disabled.
    132001: 'refused',
    132015: 'refused',
    132016: 'refused',
    4: 'throttled',
    80007: 'throttled',
    130429: 'throttled',
    131048: 'throttled',
    131056: 'throttled',
    100: 'bad-message',
    131008: 'bad-message',
    131009: 'bad-message',
    131051: 'bad-message',
    132000: 'bad-message',
    132005: 'bad-message',
    132012: 'bad-message',
    132018: 'bad-message',
    1: 'server-error',
    2: 'server-error',
    131000: 'server-error',
    131016: 'server-error',
    131057: 'server-error',
  },
}

function readWhatsapp(_: string, answer: AnswerObject | undefined): Reading | undefined {
  const error = objectIn(answer, 'error')
  if (!error) return undefined
  const code = Number(error['code'])
  const details = objectIn(error, 'error_data')?.['details']
  const text = [String(error['message'] ?? ''), ...(details === undefined ? [] : [String(details)])].join(
    ': ',
  )
  // 200 to 299 are one permission each.
  return { kind: 'failed', code: String(code >= 200 && code < 300 ? 200 : code), text: `${code} ${text}` }
}
