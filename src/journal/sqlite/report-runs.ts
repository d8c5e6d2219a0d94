/** The table of reports' last runs: a few rows, read when the file is opened, written within commits. */
import type { DatabaseSync } from 'node:sqlite'
import type { ReportRun, ReportRunWork } from '../report-runs.ts'
import { integer, text } from './rows.ts'

export function readReportRuns(db: DatabaseSync): readonly ReportRun[] {
  return db
    .prepare('SELECT report, sink, schedule, due_ms FROM report_run')
    .all()
    .map((row) => ({
      report: text(row, 'report'),
      sink: text(row, 'sink'),
      schedule: text(row, 'schedule'),
      dueMs: integer(row, 'due_ms'),
    }))
}

/** Within a transaction. */
export function applyReportRunWork(db: DatabaseSync, work: readonly ReportRunWork[]): void {
  const note = db.prepare(
    'INSERT OR REPLACE INTO report_run (report, sink, schedule, due_ms) VALUES (?, ?, ?, ?)',
  )
  const forget = db.prepare('DELETE FROM report_run WHERE report = ? AND sink = ?')
  for (const one of work) {
    if (one.kind === 'forget') forget.run(one.report, one.sink)
    else note.run(one.run.report, one.run.sink, one.run.schedule, one.run.dueMs)
  }
}
