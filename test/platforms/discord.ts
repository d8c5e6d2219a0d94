/**
 * A Discord webhook: 5 messages in two seconds, 30 a minute, 2,000 characters, mentions as `allowed_mentions` says.
 * https://discord.com/developers/docs/resources/webhook#execute-webhook
 */
import * as z from 'zod/mini'
import type { Clock } from '../../src/domain/clock.ts'
import { Window, admittedByAll, found, jsonAnswer, lengthOf, platformDouble } from './double.ts'
import type { PlatformDouble } from './double.ts'

const embed = z.object({
  title: z.string().check(z.refine((text) => lengthOf(text) <= 256)),
  description: z.string().check(z.refine((text) => text !== '' && lengthOf(text) <= 4_096)),
})
const message = z.object({
  content: z.optional(z.string()),
  embeds: z.optional(z.array(embed)),
  allowed_mentions: z.optional(
    z.object({ parse: z.optional(z.array(z.string())), users: z.optional(z.array(z.string())) }),
  ),
})

export function discord(clock: Pick<Clock, 'wallMs'>): PlatformDouble {
  const windows = [new Window(5, 2_000), new Window(30, 60_000)]
  return platformDouble('discord.com', clock, ({ path, json, saysJson, nowMs, show }) => {
    const refuse = (status: number, code: number, text: string, errors?: unknown) =>
      jsonAnswer({ message: text, code, ...(errors === undefined ? {} : { errors }) }, status)
    const [, id = '', token = ''] = /^\/api\/webhooks\/([^/]+)\/([^/]+)$/.exec(path) ?? []
    if (!/^\d+$/.test(id)) return jsonAnswer({ webhook_id: [`Value "${id}" is not snowflake.`] }, 400)
    if (id !== '100000000000000001') return refuse(404, 10015, 'Unknown Webhook')
    if (token !== 'example-token') return refuse(401, 50027, 'Invalid Webhook Token')
    if (!admittedByAll(windows, nowMs)) {
      const body = { message: 'You are being rate limited.', retry_after: 0.64, global: false }
      return jsonAnswer(body, 429, { 'retry-after': '1', 'x-ratelimit-scope': 'user' })
    }
    if (!saysJson) return refuse(400, 50035, 'Invalid Form Body')
    if (json === undefined) return refuse(400, 50109, 'The request body contains invalid JSON.')
    const read = z.safeParse(message, json)
    if (!read.success) return refuse(400, 50035, 'Invalid Form Body')
    const { content = '', embeds = [], allowed_mentions: allowed } = read.data
    // Mentions in an embed reach nobody.
    for (const { title, description } of embeds) show([title, description].join('\n'))
    if (content === '' && embeds.length > 0) return { status: 204, headers: {}, body: '' }
    if (content === '') return refuse(400, 50006, 'Cannot send an empty message')
    if (lengthOf(content) > 2_000) {
      const error = { code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 2000 or fewer in length.' }
      return refuse(400, 50035, 'Invalid Form Body', { content: { _errors: [error] } })
    }
    // A webhook that says nothing mentions users only.
    const everyone = allowed?.parse?.includes('everyone') === true
    show(content, [
      ...found(content, /<@(\d+)>/g).filter(
        (user) => allowed === undefined || allowed.parse?.includes('users') || allowed.users?.includes(user),
      ),
      ...(everyone ? found(content, /@(everyone|here)\b/g) : []),
    ])
    return { status: 204, headers: {}, body: '' }
  })
}
