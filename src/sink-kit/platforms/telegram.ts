/** Telegram's Bot API. */
import { fine, objectIn, secondsAsMs } from './readings.ts'
import type { AnswerObject, Reading, Row } from './row.ts'

export const telegram: Row = {
  name: 'telegram',
  hosts: ['api.telegram.org'],
  sources: [
    'https://core.telegram.org/bots/api#making-requests',
    // One a second in a chat, 20 a minute in a group.
    'https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this',
    // The descriptions beside 400 and 403, and `parameters.retry_after`.
    'https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp',
  ],
  quotas: [
    { messages: 1, perMs: 1_000 },
    { messages: 20, perMs: 60_000 },
  ],
  // By chat.
  recipientInBody: true,
  throttledMs: 5_000,
  read: readTelegram,
  texts: [
    // 400 is the code of a chat that is not there, too.
    [
      /chat not found|chat_id is empty|peer_id_invalid|upgraded to a supergroup|message thread not found/i,
      'refused',
    ],
    [/not enough rights|have no rights|need administrator rights|write_forbidden|topic_closed/i, 'refused'],
  ],
  codes: {
    400: 'bad-message',
    401: 'refused',
    403: 'refused',
    404: 'refused',
    429: 'throttled',
  },
}

function readTelegram(_: string, answer: AnswerObject | undefined): Reading | undefined {
  if (answer?.['ok'] === true) return fine
  if (answer?.['ok'] !== false) return undefined
  const code = String(answer['error_code'] ?? '')
  const text = `${code} ${String(answer['description'] ?? '')}`.trim()
  const afterMs = secondsAsMs(objectIn(answer, 'parameters')?.['retry_after'])
  return { kind: 'failed', code, text, ...(afterMs === undefined ? {} : { afterMs }) }
}
