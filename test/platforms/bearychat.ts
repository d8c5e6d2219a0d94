/**
 * A BearyChat incoming robot: a text is a must, what is above 8 KB in an attachment is cut.
 * https://github.com/bearyinnovative/bearychat-docs/blob/master/robots/incoming.md
 */
import * as z from 'zod/mini'
import type { Clock } from '../../src/domain/clock.ts'
import { found, jsonAnswer, platformDouble } from './double.ts'
import type { PlatformDouble } from './double.ts'

const message = z.object({
  text: z.string().check(z.minLength(1)),
  attachments: z.optional(z.array(z.object({ title: z.optional(z.string()), text: z.optional(z.string()) }))),
})

export function bearychat(
  clock: Pick<Clock, 'wallMs'>,
  known = '/=bw000/incoming/example-key',
): PlatformDouble {
  return platformDouble('hook.bearychat.com', clock, ({ path, json, show }) => {
    if (path !== known) return jsonAnswer({ code: 4, error: 'robot not found' }, 404)
    const read = z.safeParse(message, json)
    if (!read.success) return jsonAnswer({ code: 1, error: 'invalid payload' }, 400)
    const { text, attachments = [] } = read.data
    const more = attachments.flatMap((one) => [one.title ?? '', cut(one.text ?? '')])
    const shown = [text, ...more].filter((part) => part !== '').join('\n')
    show(shown, found(shown, /(?<!\w)@(<=[^=]+=>|\w+)/g))
    return jsonAnswer({ code: 0, result: null })
  })
}

function cut(text: string): string {
  return Buffer.from(text).subarray(0, 8_192).toString()
}
