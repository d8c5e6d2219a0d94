/**
 * A Slack incoming webhook: one message a second, words for answers, blocks with their limits.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 * https://docs.slack.dev/reference/block-kit/blocks/section-block
 */
import * as z from 'zod/mini'
import type { Clock } from '../../src/domain/clock.ts'
import { Window, found, lengthOf, platformDouble, textAnswer } from './double.ts'
import type { PlatformDouble } from './double.ts'

const block = z.object({
  type: z.literal('section'),
  text: z.object({
    type: z.enum(['mrkdwn', 'plain_text']),
    text: z.string().check(z.refine((text) => text !== '' && lengthOf(text) <= 3_000)),
  }),
})
const attachment = z.object({ fallback: z.string(), title: z.string(), text: z.string() })
const message = z.object({
  text: z.optional(z.string()),
  attachments: z.optional(z.array(attachment)),
  blocks: z.optional(z.array(z.unknown())),
})

export function slack(
  clock: Pick<Clock, 'wallMs'>,
  settings: { readonly path?: string; readonly isArchived?: boolean } = {},
): PlatformDouble {
  const { path: known = '/services/T00000000/B00000000/example-key', isArchived = false } = settings
  const window = new Window(1, 1_000)
  return platformDouble('hooks.slack.com', clock, ({ path, json, saysJson, nowMs, show }) => {
    if (path !== known) return textAnswer('no_service', 404)
    if (isArchived) return textAnswer('channel_is_archived', 410)
    if (!window.admits(nowMs)) return textAnswer('rate_limited', 429, { 'retry-after': '1' })
    const read = z.safeParse(message, json)
    // Without the header the body is read as a form, which has no `payload`.
    if (!saysJson || !read.success) return textAnswer('invalid_payload', 400)
    const { text = '', attachments, blocks } = read.data
    if (attachments !== undefined) {
      for (const { title, text: more } of attachments) {
        if (lengthOf(more) > 40_000) return textAnswer('msg_too_long', 400)
        show([title, more].join('\n'), mentionsIn(more))
      }
      return textAnswer('ok')
    }
    if (blocks === undefined) {
      if (text === '') return textAnswer('no_text', 400)
      show(text.slice(0, 40_000), mentionsIn(text))
      return textAnswer('ok')
    }
    const parts = z.safeParse(z.array(block), blocks)
    if (!parts.success) return textAnswer('invalid_blocks', 400)
    show(
      parts.data.map((one) => one.text.text).join('\n'),
      parts.data.flatMap((one) => (one.text.type === 'mrkdwn' ? mentionsIn(one.text.text) : [])),
    )
    return textAnswer('ok')
  })
}

function mentionsIn(text: string): readonly string[] {
  return found(text, /<[@!]([A-Za-z0-9^]+)>/g)
}
