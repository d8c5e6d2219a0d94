/** Events as they are journaled, for `tail`: costs nothing while nobody looks. */
import type { LineStream, Reply, Route } from '../control/reply.ts'
import { refused } from '../control/reply.ts'
import type { FilterOptions, Pattern } from '../domain/filter-options.ts'
import type { Occurrence } from '../domain/occurrence.ts'
import type { Journal } from '../journal/journal.ts'
import type { JournalOperations } from '../journal/operations.ts'
import { readNames, readReasons } from '../sink-kit/filter-argument.ts'
import { compileFilter, type Filter } from '../stages/filter.ts'
import { textOf } from '../domain/text-of.ts'

export function tailRoute(journal: Journal & JournalOperations): Route {
  return {
    method: 'GET',
    path: '/v1/tail',
    answer: ({ query }): Reply => {
      const level = query.get('level') ?? 'all'
      if (level !== 'all' && level !== 'Normal' && level !== 'Warning') {
        return refused(400, 'the level is none of all, Normal, Warning')
      }
      let filter: Filter
      try {
        filter = compileFilter(filterOf(level, query))
      } catch (error) {
        return refused(400, textOf(error))
      }
      return { kind: 'stream', start: (lines) => follow(journal, filter, lines) }
    },
  }
}

/** Names and expressions as the options of a sink take them. */
function filterOf(level: FilterOptions['level'], query: URLSearchParams): FilterOptions {
  const namespaces = readNames(query.getAll('namespace'))
  const kinds = readNames(query.getAll('kind'))
  const reason = readReasons(query.getAll('reason'))
  const object = query
    .getAll('object')
    .map((source): Pattern => ({ kind: 'regexp', source, anchored: false }))
  return {
    level,
    ...(namespaces && { namespaces }),
    ...(kinds && { kinds }),
    ...(reason && { reason }),
    ...(object.length > 0 && { object }),
  }
}

function follow(journal: Journal & JournalOperations, filter: Filter, lines: LineStream): () => void {
  let next = journal.size().nextOffset
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
