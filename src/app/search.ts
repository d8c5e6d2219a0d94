/** Searches a journal, read from its file: of a program that is stopped or, beside it, of one that runs. */
import type { KubernetesEvent } from '../domain/event.ts'
import { resultCode } from '../journal/sqlite/failure.ts'
import {
  clustersIn,
  OccurrenceLookup,
  scanOccurrences,
  type ScannedOccurrence,
} from '../journal/sqlite/scanning.ts'
import { searchOccurrences, type FoundOccurrence } from '../journal/sqlite/searching.ts'
import { openStopped, type StoppedJournal } from '../journal/stopped.ts'
import { offsetsIn } from '../search/index/querying.ts'
import { hasIndex, isIndexOf, nextOffsetOf, openIndexToRead } from '../search/index/schema.ts'
import { matchesTerms, searchedTexts, type Term } from '../search/terms.ts'
import { compileSelection, selectionOfIndex, type EventSelection } from './event-filter.ts'

export interface SearchQuery {
  readonly terms: readonly Term[]
  readonly selection: EventSelection
  /** Arrived from this moment on, ms since 1970, and before that one. */
  readonly fromMs: number
  readonly toMs: number
  /** So many at most, the newest. */
  readonly limit: number
}

/**
 * Oldest first. Where there is an index it tells where to look; else the whole journal is read if it must be. On the
 * caller's thread. Throws `JournalError`, or `SelectionError`.
 */
export function searchJournal(dataDir: string, query: SearchQuery): FoundOccurrence[] {
  const passes = compileSelection(query.selection)
  const matches = (event: KubernetesEvent): boolean =>
    passes(event).pass && matchesTerms(query.terms, searchedTexts(event))
  const journal = openStopped(dataDir)
  try {
    const { fromMs, toMs, limit } = query
    const found =
      foundByIndex(dataDir, journal, query, matches) ??
      searchOccurrences(journal.db, { mustHold: '', fromMs, toMs, matches, limit })
    return found.toReversed()
  } finally {
    journal.close()
  }
}

/** Newest first; `undefined` where no index can tell. */
function foundByIndex(
  dataDir: string,
  { db, salt }: StoppedJournal,
  { terms, selection, fromMs, toMs, limit }: SearchQuery,
  matches: (event: KubernetesEvent) => boolean,
): FoundOccurrence[] | undefined {
  const indexed = selectionOfIndex(selection)
  if (indexed === undefined || !hasIndex(dataDir)) return undefined
  let index
  try {
    index = openIndexToRead(dataDir)
    if (!isIndexOf(index, salt)) return undefined
    const clusters = clustersIn(db)
    const told = ({ offset, sourceId, arrivedAtMs, event }: ScannedOccurrence): FoundOccurrence => ({
      offset,
      cluster: clusters.get(sourceId) ?? '',
      arrivedAtMs,
      event,
    })
    const isWanted = ({ arrivedAtMs, event }: ScannedOccurrence): boolean =>
      arrivedAtMs >= fromMs && arrivedAtMs < toMs && matches(event)
    // What is not indexed yet is looked through.
    const newest: FoundOccurrence[] = []
    scanOccurrences(db, nextOffsetOf(index), (occurrence) => {
      if (isWanted(occurrence)) newest.push(told(occurrence))
      if (newest.length > 2 * limit) newest.splice(0, newest.length - limit)
      return true
    })
    const found = newest.toReversed().slice(0, limit)
    const lookup = new OccurrenceLookup(db)
    if (found.length >= limit) return found
    for (const offset of offsetsIn(index, terms, indexed, { fromMs, toMs })) {
      const occurrence = lookup.at(offset)
      if (occurrence && isWanted(occurrence)) found.push(told(occurrence))
      if (found.length >= limit) break
    }
    return found
  } catch (error) {
    // One that is damaged, or just being made anew: the journal itself is asked.
    if (resultCode(error) === undefined) throw error
    return undefined
  } finally {
    index?.close()
  }
}
