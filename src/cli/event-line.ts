/** One event as one line for people. */
import * as z from 'zod/mini'
import { plain } from './table.ts'

/** As far as a line shows it. */
export const shownEvent = z.object({
  type: z.optional(z.string()),
  reason: z.optional(z.string()),
  message: z.optional(z.string()),
  count: z.optional(z.number()),
  involvedObject: z.object({
    kind: z.optional(z.string()),
    namespace: z.optional(z.string()),
    name: z.optional(z.string()),
  }),
})

export type ShownEvent = z.output<typeof shownEvent>

/** `Pod shop/web-0`, `Node worker-1` */
export function objectText({ kind = '', namespace = '', name = '' }: ShownEvent['involvedObject']): string {
  return plain(`${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`)
}

/** `at`: RFC 3339. Without a line break. */
export function eventLine(at: string, cluster: string, event: ShownEvent, colour: boolean): string {
  const type = plain(event.type ?? '-').padEnd(7)
  const shownType = colour && event.type === 'Warning' ? `\u001b[33m${type}\u001b[0m` : type
  const times = event.count !== undefined && event.count > 1 ? ` (×${event.count})` : ''
  const reason = plain(event.reason ?? '-')
  return [
    at.replace(/\.\d+Z$/, 'Z'),
    shownType,
    ...(cluster === 'default' ? [] : [cluster]),
    objectText(event.involvedObject),
    `${colour ? `\u001b[1m${reason}\u001b[0m` : reason}${times}:`,
    plain(event.message ?? ''),
  ].join('  ')
}
