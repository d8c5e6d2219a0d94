/**
 * Telegram's Bot API: one message a second in a chat, 20 a minute in a group, 4,096 characters.
 * https://core.telegram.org/bots/api#sendmessage
 * https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 */
import * as z from 'zod/mini'
import type { Clock } from '../../src/domain/clock.ts'
import { Window, admittedByAll, found, jsonAnswer, platformDouble } from './double.ts'
import type { PlatformDouble } from './double.ts'

const message = z.object({
  chat_id: z.optional(z.union([z.string(), z.number()])),
  text: z.optional(z.string()),
})

export function telegram(
  clock: Pick<Clock, 'wallMs'>,
  settings: { readonly wasKicked?: boolean; readonly chats?: readonly string[] } = {},
): PlatformDouble {
  const { wasKicked = false, chats = ['-1001000000001'] } = settings
  const windows = new Map<string, readonly Window[]>()
  return platformDouble('api.telegram.org', clock, ({ path, json, saysJson, nowMs, show }) => {
    const refuse = (code: number, description: string, parameters?: unknown) =>
      jsonAnswer({ ok: false, error_code: code, description, ...(parameters ? { parameters } : {}) }, code)
    const [, token = '', method = ''] = /^\/bot([^/]+)\/([^/]+)$/.exec(path) ?? []
    if (!/^\d+:/.test(token) || method !== 'sendMessage') return refuse(404, 'Not Found')
    if (token !== '100000001:example-token') return refuse(401, 'Unauthorized')
    if (saysJson && json === undefined) return refuse(400, "Bad Request: can't parse JSON object")
    const read = z.safeParse(message, saysJson ? json : {})
    if (!read.success) return refuse(400, 'Bad Request: object expected as reply markup')
    const { chat_id: chat = '', text = '' } = read.data
    if (chat === '') return refuse(400, 'Bad Request: chat_id is empty')
    if (!chats.includes(String(chat))) return refuse(400, 'Bad Request: chat not found')
    if (wasKicked) return refuse(403, 'Forbidden: bot was kicked from the supergroup chat')
    const ofChat = windows.get(String(chat)) ?? [new Window(1, 1_000), new Window(20, 60_000)]
    windows.set(String(chat), ofChat)
    if (!admittedByAll(ofChat, nowMs))
      return refuse(429, 'Too Many Requests: retry after 35', { retry_after: 35 })
    if (text.trim() === '') return refuse(400, 'Bad Request: message text is empty')
    // Counted in UTF-16 units, as its entities are.
    if (text.length > 4_096) return refuse(400, 'Bad Request: message is too long')
    show(text, found(text, /(?<!\w)@([A-Za-z]\w+)/g))
    return jsonAnswer({ ok: true, result: { message_id: 7, chat: { id: chat }, text } })
  })
}
