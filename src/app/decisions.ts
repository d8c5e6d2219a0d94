/** What the filters that run now say of events: what `explain` asks the running program. */
import * as z from 'zod/mini'
import { json, refused, type Reply, type Route } from '../control/reply.ts'
import type { SinkSet } from './sink-set.ts'

/** As far as filters look at an event. */
const text = z.optional(z.string())
const asked = z.object({
  events: z.array(
    z.object({
      metadata: z.object({ name: text, namespace: text, uid: text }),
      involvedObject: z.object({ kind: text, namespace: text, name: text, uid: text }),
      type: text,
      reason: text,
      message: text,
    }),
  ),
})

export function decisionsRoute(sinks: SinkSet): Route {
  return {
    method: 'POST',
    path: '/v1/decisions',
    answer: ({ body }): Reply => {
      const parsed = z.safeParse(asked, body)
      if (!parsed.success) return refused(400, 'these are no events')
      return json({ decisions: parsed.data.events.map((event) => sinks.decisions(event)) })
    },
  }
}
