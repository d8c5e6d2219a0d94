/** A report on a journal, read from its file: of a program that is stopped or, beside it, of one that runs. */
import type { FilterOptions } from '../domain/filter-options.ts'
import { readOffsetSince } from '../journal/sqlite/offset-since.ts'
import { scanOccurrences } from '../journal/sqlite/scanning.ts'
import { openStopped } from '../journal/stopped.ts'
import { Tally, type Grouping, type Report } from '../report/report.ts'
import { compileFilter } from '../stages/filter.ts'

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

/** Reads on the caller's thread, some 100,000 events a second. Throws `JournalError`. */
export function reportFromJournal(dataDir: string, query: ReportQuery): Report {
  const journal = openStopped(dataDir)
  try {
    return tallied(journal.db, query)
  } finally {
    journal.close()
  }
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
