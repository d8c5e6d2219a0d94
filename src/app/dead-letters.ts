/** `dead replay` and `dead drop` in the running program: on disk before they are answered. */
import * as z from 'zod/mini'
import { json, refused, type Reply, type Route } from '../control/reply.ts'
import { JournalError } from '../journal/error.ts'
import type { JournalOperations } from '../journal/operations.ts'
import { maxDeadLetters } from '../journal/store.ts'
import type { SinkSet } from './sink-set.ts'

const asked = z.object({
  ids: z.array(z.int().check(z.positive())).check(z.minLength(1), z.maxLength(maxDeadLetters)),
})

export function deadLetterRoutes(journal: JournalOperations, sinks: SinkSet): readonly Route[] {
  return (['replay', 'drop'] as const).map((kind) => ({
    method: 'POST',
    path: `/v1/dead/${kind}`,
    answer: async ({ body }): Promise<Reply> => {
      const parsed = z.safeParse(asked, body)
      if (!parsed.success) return refused(400, 'the numbers of the dead letters are missing')
      const { ids } = parsed.data
      const found = await journal.letters(ids)
      const names = new Set(found.map(({ sink }) => sink))
      if (kind === 'replay') {
        const gone = [...names].filter((name) => sinks.runner(name) === undefined)
        if (gone.length > 0) {
          return refused(
            409,
            `no sink runs under the name ${gone.join(', ')}: configure it, or drop its dead letters`,
          )
        }
      }
      const there = found.map(({ id }) => id)
      try {
        if (there.length > 0) await journal.commandLetters(kind, there)
      } catch (error) {
        if (!(error instanceof JournalError)) throw error
        return refused(503, error.message)
      }
      if (kind === 'replay') for (const name of names) sinks.runner(name)?.replayLetters()
      return json({ done: there.length, missing: ids.filter((id) => !there.includes(id)) })
    },
  }))
}
