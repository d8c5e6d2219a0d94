/** The table of what sinks were commanded to send: read by the worker, changed within a commit of the one writer. */
import type { DatabaseSync } from 'node:sqlite'
import type { QueuedReplay, ReplayWork, WaitingReplays } from '../replays.ts'
import { blob, integer, text } from './rows.ts'

/** One read brings about so much text. */
const bytesAtOnce = 512 * 1024

/** Oldest first; at least one if there is any. */
export function readReplays(
  db: DatabaseSync,
  query: { readonly sink: string; readonly afterId: number; readonly limit: number },
): QueuedReplay[] {
  const found: QueuedReplay[] = []
  let bytes = 0
  const rows = db.prepare('SELECT id, cluster, raw FROM replay WHERE sink = ? AND id > ? ORDER BY id LIMIT ?')
  for (const row of rows.iterate(query.sink, query.afterId, query.limit)) {
    const raw = blob(row, 'raw')
    bytes += raw.byteLength
    if (found.length > 0 && bytes > bytesAtOnce) break
    found.push({ id: integer(row, 'id'), cluster: text(row, 'cluster'), raw })
  }
  return found
}

export function readWaitingReplays(db: DatabaseSync, sink: string): WaitingReplays {
  const row = db
    .prepare('SELECT count(*) AS waiting, coalesce(sum(bytes), 0) AS bytes FROM replay WHERE sink = ?')
    .get(sink)
  return { count: integer(row, 'waiting'), bytes: integer(row, 'bytes') }
}

/** Sinks that have some to send. */
export function sinksWithReplays(db: DatabaseSync): ReadonlySet<string> {
  return new Set(
    db
      .prepare('SELECT DISTINCT sink FROM replay')
      .all()
      .map((row) => text(row, 'sink')),
  )
}

/** Within a transaction. */
export function applyReplayWork(db: DatabaseSync, work: readonly ReplayWork[]): void {
  const insert = db.prepare('INSERT INTO replay (sink, cluster, bytes, raw) VALUES (?, ?, ?, ?)')
  const remove = db.prepare('DELETE FROM replay WHERE id = ?')
  for (const one of work) {
    if (one.kind === 'done') remove.run(one.id)
    else for (const { cluster, raw } of one.events) insert.run(one.sink, cluster, raw.byteLength, raw)
  }
}
