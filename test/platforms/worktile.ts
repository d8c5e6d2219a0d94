/** A Worktile incoming webhook, and the small proxy in front of it that people publish. */
import * as z from 'zod/mini'
import type { Clock } from '../../src/domain/clock.ts'
import { jsonAnswer, platformDouble } from './double.ts'
import type { PlatformDouble } from './double.ts'

const message = z.union([
  z.object({ text: z.string().check(z.minLength(1)) }),
  z.object({
    attachment: z.object({ fallback: z.string(), title: z.optional(z.string()), text: z.string() }),
  }),
])

export function worktile(clock: Pick<Clock, 'wallMs'>): PlatformDouble {
  return platformDouble('hook.worktile.com', clock, ({ path, json, saysJson, show }) => {
    if (path !== '/incoming/example-key') return jsonAnswer({ code: 404, message: 'Not Found' }, 404)
    const read = z.safeParse(message, json)
    if (!saysJson || !read.success) return jsonAnswer({ code: 400, message: 'Bad Request' }, 400)
    const told = read.data
    show('text' in told ? told.text : [told.attachment.title ?? '', told.attachment.text].join('\n'))
    return jsonAnswer({ code: 200, data: true })
  })
}

/**
 * The proxy: it takes a body for text, drops every brace, quote and comma, makes line breaks of `\n`, and passes the
 * rest on. It looks at no header, and always answers the same.
 */
export function worktileProxy(clock: Pick<Clock, 'wallMs'>, onward: PlatformDouble): PlatformDouble {
  return platformDouble('10.2.3.235:10010', clock, ({ method, body, show }) => {
    const taken = jsonAnswer({ status: 'success' })
    if (method !== 'POST') return taken
    const text = body.replaceAll(/[{}",]/g, '').replaceAll('\\n', '\n')
    onward.receive({
      method: 'POST',
      target: '/incoming/example-key',
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body: JSON.stringify({
        attachment: {
          fallback: 'Kubernetes Event Driven',
          color: '#51bcb6',
          title: 'Kubernetes Event Driven',
          text,
        },
      }),
    })
    show(text)
    return taken
  })
}
