/** Events as they are journaled, for `tail`: costs nothing while nobody looks. */
import type { LineStream, Reply, Route } from '../control/reply.ts'
import { refused } from '../control/reply.ts'
import type { Occurrence } from '../domain/occurrence.ts'
import type { Journal } from '../journal/journal.ts'
import type { JournalOperations } from '../journal/operations.ts'
import type { Filter } from '../stages/filter.ts'
import { sleep, type Clock } from '../domain/clock.ts'
import { textOf } from '../domain/text-of.ts'
import { compileSelection } from './event-filter.ts'

/** A disk that is full keeps nobody from looking at what comes in. */
const flushedWithinMs = 1_000

export function tailRoute(journal: Journal & JournalOperations, clock: Clock): Route {
  return {
    method: 'GET',
    path: '/v1/tail',
    answer: async ({ query }): Promise<Reply> => {
      let filter: Filter
      try {
        filter = compileSelection({
          level: query.get('level') ?? undefined,
          namespace: query.getAll('namespace'),
          kind: query.getAll('kind'),
          name: query.getAll('name'),
          reason: query.getAll('reason'),
          object: query.getAll('object'),
        })
      } catch (error) {
        return refused(400, textOf(error))
      }
      // What is older than the stream is on disk when it begins: `search` reads it there, and misses nothing.
      const from = journal.size().nextOffset
      const waited = new AbortController()
      await Promise.race([journal.flush(), sleep(clock, flushedWithinMs, waited.signal)])
      waited.abort()
      return { kind: 'stream', start: (lines) => follow(journal, filter, from, lines) }
    },
  }
}

/** Tells what passes from offset `from` on. */
function follow(
  journal: Journal & JournalOperations,
  filter: Filter,
  from: number,
  lines: LineStream,
): () => void {
  let next = from
  let missed = 0
  let queued = false
  const tellMissed = (): void => {
    if (missed > 0 && lines.write(JSON.stringify({ missed }))) missed = 0
  }
  const tell = (): void => {
    queued = false
    for (const occurrence of journal.recent(next)) {
      next = occurrence.offset + 1
      if (!filter(occurrence.event).pass) continue
      tellMissed()
      if (missed > 0 || !lines.write(lineOf(occurrence))) missed += 1
    }
  }
  lines.onDrained(tellMissed)
  tell()
  return journal.onAppend(() => {
    // Many are appended in one turn of the loop; the source shall not wait for any of them to be told.
    if (queued) return
    queued = true
    queueMicrotask(tell)
  })
}

/** The event's text as it came from the API server, with its place around it. */
function lineOf({ offset, cluster, arrivedAtMs, raw }: Occurrence): string {
  const place = JSON.stringify({ offset, cluster, arrivedAt: new Date(arrivedAtMs).toISOString() })
  const event = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8')
  return `${place.slice(0, -1)},"event":${event}}`
}
