/**
 * WhatsApp's Cloud API: a message every 6 s to one person, texts only within 24 hours of theirs, templates at any
 * time with parameters of one line.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
 */
import * as z from 'zod/mini'
import type { Clock } from '../../src/domain/clock.ts'
import { Window, jsonAnswer, lengthOf, platformDouble } from './double.ts'
import type { PlatformDouble } from './double.ts'

const template = z.object({
  name: z.string(),
  language: z.object({ code: z.string() }),
  components: z.array(
    z.object({
      type: z.literal('body'),
      parameters: z.array(z.object({ type: z.literal('text'), text: z.string() })),
    }),
  ),
})
const message = z.object({
  messaging_product: z.literal('whatsapp'),
  to: z.string(),
  type: z.enum(['text', 'template']),
  text: z.optional(z.object({ body: z.string() })),
  template: z.optional(template),
})

/** The template `kube_event`: a sentence around two parameters. */
const bodyOf = (first: string, second: string): string => `Kubernetes event: ${first}. Message: ${second}.`

export function whatsapp(
  clock: Pick<Clock, 'wallMs'>,
  settings: { readonly token?: string } = {},
): PlatformDouble {
  const { token = 'example-token' } = settings
  const window = new Window(1, 6_000)
  return platformDouble(
    'graph.facebook.com',
    clock,
    ({ path, headers, json, saysJson, nowMs, show, loseSilently }) => {
      const refuse = (status: number, code: number, text: string, details = text) =>
        jsonAnswer(
          {
            error: {
              message: `(#${code}) ${text}`,
              type: 'OAuthException',
              code,
              error_data: { messaging_product: 'whatsapp', details },
              fbtrace_id: 'AbCdEf123',
            },
          },
          status,
        )
      if (headers.authorization !== `Bearer ${token}`)
        return refuse(401, 190, 'Error validating access token: Session has expired')
      if (!/^\/v\d+\.0\/100000000000001\/messages$/.test(path))
        return refuse(400, 100, "Unsupported post request. Object with ID '1' does not exist")
      if (!saysJson || json === undefined) return refuse(400, 100, 'Invalid parameter')
      const read = z.safeParse(message, json)
      if (!read.success) return refuse(400, 131008, 'Required parameter is missing')
      const { to, type, text, template: own } = read.data
      if (to !== '15550100') return refuse(400, 131030, 'Recipient phone number not in allowed list')
      if (!window.admits(nowMs))
        return refuse(400, 131056, '(Business Account, Consumer Account) pair rate limit hit')
      const taken = jsonAnswer({ messaging_product: 'whatsapp', messages: [{ id: 'wamid.example' }] })
      if (type === 'text') {
        if (lengthOf(text?.body ?? '') > 4_096) return refuse(400, 100, 'Invalid parameter')
        // Told to a webhook of the account's owner, later.
        loseSilently('131047 Re-engagement message')
        return taken
      }
      if (own?.name !== 'kube_event')
        return refuse(404, 132001, 'Template name does not exist in the translation')
      const [first, second, ...more] = own.components.flatMap(({ parameters }) =>
        parameters.map((one) => one.text),
      )
      if (first === undefined || second === undefined || more.length > 0)
        return refuse(400, 132000, 'Number of parameters does not match the expected number of params')
      if (/[\n\t]| {5}/.test(`${first}${second}`))
        return refuse(
          400,
          132018,
          'Param text cannot have new-line/tab characters or more than 4 consecutive spaces',
        )
      const shown = bodyOf(first, second)
      if (lengthOf(shown) > 1_024) return refuse(400, 132005, 'Translated text too long')
      show(shown, [to])
      return taken
    },
  )
}
