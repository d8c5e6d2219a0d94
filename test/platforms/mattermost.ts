/**
 * A Mattermost server with its rate limit on: 10 requests a second after a burst of 100; a text above 16,383
 * characters becomes several posts.
 * https://developers.mattermost.com/integrate/webhooks/incoming/
 * https://github.com/mattermost/mattermost/blob/master/server/channels/app/webhook.go
 */
import * as z from 'zod/mini'
import type { Clock } from '../../src/domain/clock.ts'
import { found, jsonAnswer, platformDouble, textAnswer } from './double.ts'
import type { PlatformDouble } from './double.ts'

const attachment = z.object({ title: z.optional(z.string()), text: z.optional(z.string()) })
const message = z.object({ text: z.optional(z.string()), attachments: z.optional(z.array(attachment)) })
const perSecond = 10
const burst = 100
const charactersAPost = 16_383

export function mattermost(clock: Pick<Clock, 'wallMs'>): PlatformDouble {
  let tokens = burst
  let filledAtMs = clock.wallMs()
  return platformDouble('chat.example.test', clock, ({ path, json, nowMs, show }) => {
    const refuse = (status: number, id: string, text: string) =>
      jsonAnswer(
        { id, message: text, detailed_error: '', request_id: 'example', status_code: status },
        status,
      )
    tokens = Math.min(burst, tokens + ((nowMs - filledAtMs) / 1_000) * perSecond)
    filledAtMs = nowMs
    if (tokens < 1) return textAnswer('limit exceeded', 429, { 'x-ratelimit-reset': '1' })
    tokens -= 1
    // The header does not matter unless it says that the body is a form.
    const read = z.safeParse(message, json)
    if (!read.success)
      return refuse(400, 'web.incoming_webhook.parse.app_error', 'Unable to parse incoming data.')
    const { text = '', attachments } = read.data
    if (text === '' && attachments === undefined)
      return refuse(400, 'web.incoming_webhook.text.app_error', 'No text specified.')
    if (path !== '/hooks/examplekey')
      return refuse(400, 'web.incoming_webhook.invalid.app_error', 'Invalid webhook.')
    const more = (attachments ?? []).flatMap((one) => [one.title ?? '', one.text ?? ''])
    const characters = [...[text, ...more].filter((part) => part !== '').join('\n')]
    for (let at = 0; at < characters.length; at += charactersAPost) {
      const post = characters.slice(at, at + charactersAPost).join('')
      show(post, found(post, /(?<![\w.])@([a-z][\w.-]*)/g))
    }
    return textAnswer('ok')
  })
}
