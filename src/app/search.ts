/** Searches a journal, read from its file: of a program that is stopped or, beside it, of one that runs. */
import { searchOccurrences, type FoundOccurrence } from '../journal/sqlite/searching.ts'
import { openStopped } from '../journal/stopped.ts'
import { matchesTerms, type Term } from '../search/terms.ts'
import { compileSelection, type EventSelection } from './event-filter.ts'

export interface SearchQuery {
  readonly terms: readonly Term[]
  readonly selection: EventSelection
  /** Arrived from this moment on, ms since 1970, and before that one. */
  readonly fromMs: number
  readonly toMs: number
  /** So many at most, the newest. */
  readonly limit: number
}

/** Oldest first. Reads the whole journal if it must, on the caller's thread. Throws `JournalError`, or an `Error` about the selection. */
export function searchJournal(dataDir: string, query: SearchQuery): FoundOccurrence[] {
  const { terms, selection, fromMs, toMs, limit } = query
  const passes = compileSelection(selection)
  const journal = openStopped(dataDir)
  try {
    const found = searchOccurrences(journal.db, {
      mustHold: '',
      fromMs,
      toMs,
      matches: (event) =>
        passes(event).pass &&
        matchesTerms(terms, [event.message ?? '', event.reason ?? '', event.involvedObject.name ?? '']),
      limit,
    })
    return found.toReversed()
  } finally {
    journal.close()
  }
}
