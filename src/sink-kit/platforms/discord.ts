/** Discord's webhooks. */
import { secondsAsMs } from './readings.ts'
import type { AnswerObject, Reading, Row } from './row.ts'

export const discord: Row = {
  name: 'discord',
  hosts: ['discord.com', 'discordapp.com'],
  sources: [
    'https://discord.com/developers/docs/resources/webhook#execute-webhook',
    'https://discord.com/developers/docs/topics/rate-limits',
    'https://discord.com/developers/docs/topics/opcodes-and-status-codes#json',
    // 5 in two seconds a webhook, 30 a minute a channel: in no document, told by Discord's people.
    'https://github.com/discord/discord-api-docs/issues/367',
  ],
  quotas: [
    { messages: 5, perMs: 2_000 },
    { messages: 30, perMs: 60_000 },
  ],
  throttledMs: 2_000,
  read: readDiscord,
  codes: {
    10003: 'refused',
    10015: 'refused',
    10016: 'refused',
    40001: 'refused',
    50001: 'refused',
    50008: 'refused',
    50013: 'refused',
    50014: 'refused',
    50027: 'refused',
    // A forum wants `thread_name` or `thread_id`.
    220001: 'refused',
    220003: 'refused',
    40067: 'refused',
    webhook_id: 'refused',
    40005: 'bad-message',
    50006: 'bad-message',
    50035: 'bad-message',
    50109: 'bad-message',
    200000: 'bad-message',
    200001: 'bad-message',
    240000: 'bad-message',
    20016: 'throttled',
    20028: 'throttled',
    20029: 'throttled',
    130000: 'throttled',
    retry_after: 'throttled',
  },
}

function readDiscord(_: string, answer: AnswerObject | undefined): Reading | undefined {
  if (!answer) return undefined
  const text = String(answer['message'] ?? '')
  const afterMs = secondsAsMs(answer['retry_after'])
  if (afterMs !== undefined) return { kind: 'failed', code: 'retry_after', text, afterMs }
  const code = answer['code']
  if (typeof code === 'number') return { kind: 'failed', code: String(code), text: `${code} ${text}`.trim() }
  // An id in the URL that is no id: a 400 that is the URL's fault.
  const wrongId = answer['webhook_id']
  if (Array.isArray(wrongId))
    return { kind: 'failed', code: 'webhook_id', text: `webhook_id: ${wrongId.join(' ')}` }
  return undefined
}
