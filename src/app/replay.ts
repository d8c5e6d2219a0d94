/** `replay` in the running program: a sink reads again what the journal holds since a time. */
import * as z from 'zod/mini'
import { json, refused, type Reply, type Route } from '../control/reply.ts'
import { JournalError } from '../journal/error.ts'
import type { Journal } from '../journal/journal.ts'
import type { JournalOperations } from '../journal/operations.ts'
import type { SinkSet } from './sink-set.ts'

const asked = z.object({ sink: z.string(), sinceMs: z.number(), dryRun: z.boolean() })

export function replayRoute(journal: Journal & JournalOperations, sinks: SinkSet): Route {
  return {
    method: 'POST',
    path: '/v1/replay',
    answer: async ({ body }): Promise<Reply> => {
      const parsed = z.safeParse(asked, body)
      if (!parsed.success) return refused(400, 'the sink or the time is missing')
      const { sink, sinceMs, dryRun } = parsed.data
      const runner = sinks.runner(sink)
      if (runner === undefined) return noSuchSink(sink, sinks)
      try {
        const fromOffset = await journal.offsetSince(sinceMs)
        const events = journal.size().nextOffset - fromOffset
        if (dryRun || events === 0) return json({ sink, fromOffset, events })
        runner.replayFrom(fromOffset)
        await journal.flush()
        return json({ sink, fromOffset, events })
      } catch (error) {
        if (!(error instanceof JournalError)) throw error
        return refused(503, error.message)
      }
    },
  }
}

export function noSuchSink(name: string, sinks: SinkSet): Reply {
  const names = sinks.facts().map((sink) => sink.name)
  return refused(404, `no sink runs under the name ${name}; those that run are ${names.join(', ')}`)
}
