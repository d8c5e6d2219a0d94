/** A report on a journal, read from its file: of a program that is stopped or, beside it, of one that runs. */
import type { FilterOptions } from '../domain/filter-options.ts'
import { resultCode } from '../journal/sqlite/failure.ts'
import { readOffsetSince } from '../journal/sqlite/offset-since.ts'
import { scanOccurrences } from '../journal/sqlite/scanning.ts'
import { openStopped, type StoppedJournal } from '../journal/stopped.ts'
import { Tally, type Grouping, type Report } from '../report/report.ts'
import { reportFromIndex } from '../search/index/counting.ts'
import { hasIndex, isIndexOf, nextOffsetOf, openIndexToRead } from '../search/index/schema.ts'
import { compileFilter } from '../stages/filter.ts'
import { selectionOfFilter } from './event-filter.ts'

export interface ReportQuery {
  /** From this moment on, ms since 1970, and up to that one, which is not in it. */
  readonly fromMs: number
  readonly toMs: number
  readonly by: Grouping
  /** Rows at most. */
  readonly top: number
  readonly filter: FilterOptions
}

/**
 * What is read before a period to know what its updates have grown from: Kubernetes forgets an event an hour after its
 * last update unless told otherwise, so that an older state of it is seldom one.
 */
const readBackMs = 3_600_000

/**
 * Where there is an index, what it has counted is added up; else the journal is read, some 100,000 events a second. On
 * the caller's thread. Throws `JournalError`.
 */
export function reportFromJournal(dataDir: string, query: ReportQuery): Report {
  const journal = openStopped(dataDir)
  try {
    return countedByIndex(dataDir, journal, query) ?? tallied(journal.db, query)
  } finally {
    journal.close()
  }
}

/** An index is half a second behind; one that is further behind, or is being made, is not waited for. */
const mostBehindMs = 2_000
const lookAgainMs = 50

/** `undefined` where no index can tell. */
function countedByIndex(
  dataDir: string,
  { salt, state }: StoppedJournal,
  query: ReportQuery,
): Report | undefined {
  const selection = selectionOfFilter(query.filter)
  if (selection === undefined || !hasIndex(dataDir)) return undefined
  let index
  try {
    index = openIndexToRead(dataDir)
    if (!isIndexOf(index, salt)) return undefined
    for (let waitedMs = 0; nextOffsetOf(index) < state.nextOffset; waitedMs += lookAgainMs) {
      if (waitedMs >= mostBehindMs) return undefined
      pause(lookAgainMs)
    }
    return reportFromIndex(index, { ...query, sinceMs: earliestFor(query), selection })
  } catch (error) {
    // One that is damaged, or just being made anew: the journal itself is asked.
    if (resultCode(error) === undefined) throw error
    return undefined
  } finally {
    index?.close()
  }
}

/** The caller's thread has nothing else to do. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** What a report is counted with, to be shown everything that arrived since `earliestFor`. */
export function tallyOf(query: ReportQuery): Tally {
  const { fromMs, toMs, by, top, filter } = query
  const passes = compileFilter(filter)
  return new Tally({
    fromMs,
    toMs,
    by,
    top,
    sinceMs: earliestFor(query),
    where: (event) => passes(event).pass,
  })
}

/** From when on the journal is read for a report, ms since 1970. */
export function earliestFor({ fromMs }: ReportQuery): number {
  return fromMs - readBackMs
}

function tallied(db: Parameters<typeof scanOccurrences>[0], query: ReportQuery): Report {
  const tally = tallyOf(query)
  const fromOffset = readOffsetSince(db, earliestFor(query))
  if (fromOffset !== undefined) {
    scanOccurrences(db, fromOffset, (occurrence) => {
      tally.see(occurrence)
      return true
    })
  }
  return tally.report()
}
