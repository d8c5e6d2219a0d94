/**
 * A Teams workflow: a trigger that answers 202 before the flow has run, 4 requests a second, cards of 28 KB that it
 * posts a hundred a minute. What the flow cannot post is gone without a word.
 * https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
 * https://learn.microsoft.com/en-us/connectors/teams/
 */
import * as z from 'zod/mini'
import type { Clock } from '../../src/domain/clock.ts'
import { Window, jsonAnswer, platformDouble } from './double.ts'
import type { PlatformDouble } from './double.ts'

const mention = z.object({
  type: z.literal('mention'),
  text: z.string(),
  mentioned: z.object({ id: z.string(), name: z.string() }),
})
const message = z.object({
  type: z.literal('message'),
  attachments: z
    .array(
      z.object({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        content: z.object({
          type: z.literal('AdaptiveCard'),
          body: z.array(z.object({ type: z.literal('TextBlock'), text: z.string() })),
          msteams: z.optional(z.object({ entities: z.optional(z.array(mention)) })),
        }),
      }),
    )
    .check(z.minLength(1)),
})

export function teams(
  clock: Pick<Clock, 'wallMs'>,
  settings: { readonly isOn?: boolean } = {},
): PlatformDouble {
  const { isOn = true } = settings
  const trigger = new Window(4, 1_000)
  const posts = new Window(100, 60_000)
  const host = 'prod-12.westeurope.logic.azure.com:443'
  return platformDouble(host, clock, ({ path, query, body, json, saysJson, nowMs, show, loseSilently }) => {
    const refuse = (status: number, code: string, text: string) =>
      jsonAnswer({ error: { code, message: text } }, status)
    if (path !== '/workflows/0123456789abcdef/triggers/manual/paths/invoke')
      return refuse(404, 'WorkflowNotFound', 'The workflow could not be found.')
    if (query.get('sig') !== 'example-signature')
      return refuse(401, 'DirectApiAuthorizationRequired', 'The request must be authenticated.')
    if (!isOn)
      return refuse(400, 'WorkflowTriggerIsNotEnabled', "The workflow is not enabled: state 'Suspended'.")
    if (!trigger.admits(nowMs)) return refuse(429, 'TooManyRequests', 'Rate limit is exceeded.')
    const read = z.safeParse(message, json)
    if (!saysJson || !read.success)
      return refuse(
        400,
        'TriggerInputSchemaMismatch',
        'The input body for trigger manual did not match its schema.',
      )
    if (Buffer.byteLength(body) > 28_672) loseSilently('the flow failed: RequestEntityTooLarge')
    else if (!posts.admits(nowMs)) loseSilently('the flow failed: 429 of the connector')
    else {
      for (const { content } of read.data.attachments) {
        const text = content.body.map((part) => part.text).join('\n')
        const mentions = content.msteams?.entities ?? []
        show(
          text,
          mentions.filter((one) => text.includes(one.text)).map((one) => one.mentioned.id),
        )
      }
    }
    return { status: 202, headers: {}, body: '' }
  })
}
