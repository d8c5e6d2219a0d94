/** A report from an index: what was counted as it came in is added up, so that a day of a million events takes no second. */
import type { DatabaseSync } from 'node:sqlite'
import type { ObjectReference } from '../../domain/event.ts'
import { ownerOf, type Owner } from '../../report/owners.ts'
import {
  objectName,
  reportOf,
  shownTimes,
  type CountedGroup,
  type Grouping,
  type Report,
} from '../../report/report.ts'
import { firstOffsetSince, passingObjects, passingReasons, type Selection, type Span } from './querying.ts'

export interface IndexedReport extends Span {
  /** Of an event whose first known state tells of more than one, all count if it began since then; ms since 1970. */
  readonly sinceMs: number
  readonly by: Grouping
  /** Rows at most. */
  readonly top: number
  readonly selection: Selection
}

/** A group, and where its occurrences are. */
interface Group extends CountedGroup {
  readonly objects: Set<number>
  readonly reasonIds: Set<number>
  rows: number
  readonly node: number | undefined
}

/** Occurrences that are looked at for the times of a row: what happens in one second is one time. */
const mostLookedAt = 2_000
/** Rows of a group that are sorted to find its newest. */
const mostSorted = 5_000

export function reportFromIndex(db: DatabaseSync, query: IndexedReport): Report {
  const reasons = passingReasons(db, query.selection)
  const objects = passingObjects(db, query.selection)
  const from = firstOffsetSince(db, query.fromMs)
  const groups = new Map<string, Group>()
  const nameOf = naming(db, query.by, objects)
  for (const row of sums(db, query, from)) {
    const [object, reason, node] = [
      Number(row['object_id']),
      Number(row['reason_id']),
      Number(row['node_id']),
    ]
    const reasonText = reasons.get(reason)
    if (reasonText === undefined || !objects.has(object)) continue
    const key = nameOf(object, reasonText, node)
    let group = groups.get(key)
    if (!group) {
      group = {
        key,
        count: 0,
        reasons: new Map(),
        objects: new Set(),
        reasonIds: new Set(),
        rows: 0,
        node: query.by === 'node' ? node : undefined,
      }
      groups.set(key, group)
    }
    const count = Number(row['count'])
    group.count += count
    group.reasons.set(reasonText, (group.reasons.get(reasonText) ?? 0) + count)
    group.objects.add(object)
    group.reasonIds.add(reason)
    group.rows += Number(row['rows'])
  }
  return reportOf(query, [...groups.values()], (group) => timesOf(db, query, group, from))
}

/** With a moment in ms since 1970 as its parameter. */
const countSince = 'CASE WHEN began_ms IS NULL OR began_ms >= ? THEN count ELSE 1 END'

/** Counts by object, reason and, where asked for, node. */
function sums(
  db: DatabaseSync,
  { by, fromMs, toMs, sinceMs }: IndexedReport,
  fromOffset: number,
): Iterable<Record<string, unknown>> {
  const node = by === 'node' ? 'node_id' : '0 AS node_id'
  const grouped = by === 'node' ? 'object_id, reason_id, node_id' : 'object_id, reason_id'
  return db
    .prepare(
      `SELECT object_id, reason_id, ${node}, sum(${countSince}) AS count, count(*) AS rows FROM occurrence
       WHERE event_offset >= ? AND arrived_at_ms >= ? AND arrived_at_ms < ? AND count > 0 GROUP BY ${grouped}`,
    )
    .iterate(sinceMs, fromOffset, fromMs, toMs)
}

function naming(
  db: DatabaseSync,
  by: Grouping,
  objects: ReadonlyMap<number, ObjectReference>,
): (object: number, reason: string, node: number) => string {
  const objectOf = (id: number): ObjectReference => objects.get(id) ?? {}
  switch (by) {
    case 'object':
      return (object) => objectName(objectOf(object))
    case 'owner': {
      const owners = saidOwners(db)
      return (object) => objectName(ownerOf(objectOf(object), owners))
    }
    case 'reason':
      return (_object, reason) => reason
    case 'namespace':
      return (object) => objectOf(object).namespace ?? ''
    case 'node': {
      const nodes = new Map<number, string>()
      for (const { id, name } of db.prepare('SELECT id, name FROM node').iterate())
        nodes.set(Number(id), String(name))
      return (_object, _reason, node) => nodes.get(node) ?? ''
    }
  }
}

function saidOwners(db: DatabaseSync): (made: string) => Owner | undefined {
  const find = db.prepare('SELECT kind, namespace, name FROM owner WHERE made = ?')
  return (made) => {
    const row = find.get(made)
    return (
      row && { kind: String(row['kind']), namespace: String(row['namespace']), name: String(row['name']) }
    )
  }
}

/** The newest times of a group, in pairs. */
function timesOf(
  db: DatabaseSync,
  { fromMs, toMs, sinceMs }: IndexedReport,
  { objects, reasonIds, node, rows: groupRows }: Group,
  fromOffset: number,
): number[] {
  // Of many rows the newest are found sooner by going back from the end than by sorting all of them: a unary plus
  // keeps SQLite from looking them up by object.
  const object = groupRows > mostSorted ? '+object_id' : 'object_id'
  const rows = db
    .prepare(
      `SELECT told_ms, ${countSince} AS count FROM occurrence
       WHERE ${object} IN (${[...objects].join(',')}) AND reason_id IN (${[...reasonIds].join(',')})
         ${node === undefined ? '' : `AND node_id = ${node}`}
         AND event_offset >= ? AND arrived_at_ms >= ? AND arrived_at_ms < ? AND count > 0
       ORDER BY event_offset DESC LIMIT ?`,
    )
    .iterate(sinceMs, fromOffset, fromMs, toMs, mostLookedAt)
  const seconds = new Set<number>()
  const newest: number[][] = []
  for (const row of rows) {
    const toldMs = Number(row['told_ms'])
    seconds.add(Math.floor(toldMs / 1_000))
    newest.push([toldMs, Number(row['count'])])
    if (seconds.size > shownTimes) break
  }
  return newest.toReversed().flat()
}
