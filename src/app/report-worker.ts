/**
 * Counts for a report on a thread of its own, which lives only for that: a day's journal is a second's work, for which
 * neither the event loop nor a sink that reads behind may wait.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { textOf } from '../domain/text-of.ts'
import { splitLines } from '../journal/block.ts'
import { parseEvent } from '../journal/late-reads.ts'
import { readWhere } from '../config/where.ts'
import { reportFromJournal, tallyOf, type ReportQuery } from './report.ts'
import {
  isReportThreadData,
  type FromReportThread,
  type JournalPart,
  type ReportThreadData,
  type ToReportThread,
} from './report-thread.ts'
import type { Tally } from '../report/report.ts'

/** Does nothing in a thread of another role. */
export function runReportWorker(): void {
  const port = parentPort
  const data: unknown = workerData
  if (port === null || !isReportThreadData(data)) return
  const { dataDir } = data
  const tell = (message: FromReportThread): void => port.postMessage(message)
  const attempt = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      tell({ kind: 'failed', message: textOf(error) })
    }
  }
  const query = queryOf(data)
  if (typeof query === 'string') return tell({ kind: 'refused', message: query })
  if (dataDir !== undefined) {
    attempt(() => tell({ kind: 'report', report: reportFromJournal(dataDir, query) }))
    return
  }
  const tally = tallyOf(query)
  port.on('message', (message: ToReportThread) =>
    attempt(() => {
      if (message.kind === 'end') {
        tell({ kind: 'report', report: tally.report() })
        port.close()
      } else {
        seePart(tally, message.part)
        tell({ kind: 'more' })
      }
    }),
  )
}

/** A text says what is wrong. */
function queryOf({ query, where }: ReportThreadData): ReportQuery | string {
  if (where === undefined) return query
  const read = readWhere(where)
  if (!read.ok) return read.problems.map(({ what, remedy }) => `${what}; ${remedy}`).join('; ')
  return { ...query, filter: read.filter }
}

function seePart(tally: Tally, { lines, blocks }: JournalPart): void {
  for (const { arrivedAtMs, start, end } of blocks) {
    for (const raw of splitLines(lines.subarray(start, end))) {
      const event = parseEvent(raw)
      if (event !== undefined) tally.see({ event, arrivedAtMs })
    }
  }
}
