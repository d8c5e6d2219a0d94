/** The table of dead letters: read by whoever has a connection, changed within a commit of the one writer. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { StoredLetter } from '../journal.ts'
import type { LetterQuery, LetterWork } from '../letters.ts'
import { blob, integer, text } from './rows.ts'

export function readLetters(db: DatabaseSync, query: LetterQuery): StoredLetter[] {
  const conditions: string[] = []
  const values: SQLInputValue[] = []
  if (query.sink !== undefined) {
    conditions.push('sink = ?')
    values.push(query.sink)
  }
  if (query.replaying) conditions.push('replaying = 1')
  if (query.afterId !== undefined) {
    conditions.push('id > ?')
    values.push(query.afterId)
  }
  if (query.ids !== undefined) {
    conditions.push('id IN (SELECT value FROM json_each(?))')
    values.push(JSON.stringify(query.ids))
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
  const order = query.afterId === undefined ? 'DESC' : 'ASC'
  return db
    .prepare(
      `SELECT id, sink, event_offset, cluster, reason, detail, died_at_ms, replaying, raw
       FROM dead_letter ${where} ORDER BY id ${order} LIMIT ?`,
    )
    .all(...values, query.limit)
    .map((row) => ({
      id: integer(row, 'id'),
      sink: text(row, 'sink'),
      offset: integer(row, 'event_offset'),
      cluster: text(row, 'cluster'),
      reason: text(row, 'reason'),
      detail: text(row, 'detail'),
      diedAtMs: integer(row, 'died_at_ms'),
      replaying: integer(row, 'replaying') === 1,
      raw: blob(row, 'raw'),
    }))
}

/** Sinks that have letters to be sent again. */
export function replayingSinks(db: DatabaseSync): ReadonlySet<string> {
  const rows = db.prepare('SELECT DISTINCT sink FROM dead_letter WHERE replaying = 1').all()
  return new Set(rows.map((row) => text(row, 'sink')))
}

/** Within a transaction. Seldom, so its statements are made when they are wanted. */
export function applyLetterWork(db: DatabaseSync, work: readonly LetterWork[]): void {
  for (const one of work) {
    switch (one.kind) {
      case 'replay':
        db.prepare('UPDATE dead_letter SET replaying = 1 WHERE id IN (SELECT value FROM json_each(?))').run(
          JSON.stringify(one.ids),
        )
        break
      case 'drop':
        db.prepare('DELETE FROM dead_letter WHERE id IN (SELECT value FROM json_each(?))').run(
          JSON.stringify(one.ids),
        )
        break
      case 'delivered':
        db.prepare('DELETE FROM dead_letter WHERE id = ?').run(one.id)
        break
      case 'died':
        db.prepare(
          'UPDATE dead_letter SET replaying = 0, reason = ?, detail = ?, died_at_ms = ? WHERE id = ?',
        ).run(one.reason, one.detail, one.diedAtMs, one.id)
        break
    }
  }
}
