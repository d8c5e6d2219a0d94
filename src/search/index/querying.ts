/** Where in the journal a search finds something, as an index knows it. */
import type { DatabaseSync } from 'node:sqlite'
import type { ObjectReference } from '../../domain/event.ts'
import type { Term } from '../terms.ts'

/** What an index can tell of an event without the journal: its reason and its object, each by itself. */
export interface Selection {
  readonly passesReason: (type: string, reason: string) => boolean
  readonly passesObject: (object: ObjectReference) => boolean
}

export interface Span {
  /** Arrived from this moment on, and before that one, ms since 1970; infinite for no bound. */
  readonly fromMs: number
  readonly toMs: number
}

/** So many objects are looked up one by one; of more the newest occurrences are looked through. */
const mostLookedUp = 500

/**
 * Offsets, newest first. What they stand for is read from the journal, which may have forgotten it, and looked at once
 * more: an index tells where to look.
 */
export function* offsetsIn(
  db: DatabaseSync,
  terms: readonly Term[],
  selection: Selection,
  { fromMs, toMs }: Span,
): Generator<number> {
  const reasons = passingReasons(db, selection)
  const objects = passingObjects(db, selection)
  if (reasons.size === 0 || objects.size === 0) return
  for (const row of candidates(db, terms, objects, firstOffsetSince(db, fromMs))) {
    const arrivedAtMs = Number(row['arrived_at_ms'])
    if (arrivedAtMs < fromMs || arrivedAtMs >= toMs) continue
    if (objects.has(Number(row['object_id'])) && reasons.has(Number(row['reason_id'])))
      yield Number(row['event_offset'])
  }
}

export function passingReasons(db: DatabaseSync, { passesReason }: Selection): ReadonlyMap<number, string> {
  const found = new Map<number, string>()
  for (const { id, type, reason } of db.prepare('SELECT id, type, reason FROM reason').iterate())
    if (passesReason(String(type), String(reason))) found.set(Number(id), String(reason))
  return found
}

export function passingObjects(
  db: DatabaseSync,
  { passesObject }: Selection,
): ReadonlyMap<number, ObjectReference> {
  const found = new Map<number, ObjectReference>()
  for (const row of db.prepare('SELECT id, kind, namespace, name FROM object').iterate()) {
    const object = {
      kind: String(row['kind']),
      namespace: String(row['namespace']),
      name: String(row['name']),
    }
    if (passesObject(object)) found.set(Number(row['id']), object)
  }
  return found
}

/**
 * An offset at or before the first of what arrived at `sinceMs` or later. Offsets grow with the time of arrival, but for
 * clocks that were set back: then too much is looked at.
 */
export function firstOffsetSince(db: DatabaseSync, sinceMs: number): number {
  if (!Number.isFinite(sinceMs)) return 0
  const at = db.prepare(
    'SELECT event_offset, arrived_at_ms FROM occurrence WHERE event_offset >= ? ORDER BY event_offset LIMIT 1',
  )
  const bounds = db
    .prepare('SELECT min(event_offset) AS low, max(event_offset) AS high FROM occurrence')
    .get()
  let low = Number(bounds?.['low'] ?? 0)
  let high = Number(bounds?.['high'] ?? 0)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const row = at.get(middle)
    if (row === undefined || Number(row['arrived_at_ms']) >= sinceMs - clockSlackMs) high = middle
    else low = Number(row['event_offset']) + 1
  }
  return low
}

/** How far a clock may have been set back without something being overlooked, ms. */
const clockSlackMs = 60_000

const columns = 'event_offset, arrived_at_ms, object_id, reason_id'

function candidates(
  db: DatabaseSync,
  terms: readonly Term[],
  objects: ReadonlyMap<number, unknown>,
  fromOffset: number,
): Iterable<Record<string, unknown>> {
  if (terms.length > 0) {
    const match = db.prepare(
      `SELECT ${columns} FROM words JOIN occurrence ON event_offset = words.rowid
       WHERE words MATCH ? AND words.rowid >= ? ORDER BY words.rowid DESC`,
    )
    return match.iterate(matchText(terms), fromOffset)
  }
  const among = objects.size <= mostLookedUp ? `object_id IN (${[...objects.keys()].join(',')}) AND` : ''
  return db
    .prepare(`SELECT ${columns} FROM occurrence WHERE ${among} event_offset >= ? ORDER BY event_offset DESC`)
    .iterate(fromOffset)
}

/** Terms as FTS5 takes them. A word has letters and digits alone, so that nothing in it is an operator. */
function matchText(terms: readonly Term[]): string {
  return terms.map(({ words, isPrefix }) => `"${words.join(' ')}"${isPrefix ? '*' : ''}`).join(' AND ')
}
