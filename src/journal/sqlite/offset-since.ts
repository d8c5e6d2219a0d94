/** Where in the journal a time is. */
import type { DatabaseSync } from 'node:sqlite'
import { integer } from './rows.ts'

/** Occurrences of a block share the time of its first, and lie so close together at most. */
const blockSpanMs = 1000

/** The first offset of what arrived at `sinceMs` or later, to the second; `undefined`: nothing did. Reads all heads. */
export function readOffsetSince(db: DatabaseSync, sinceMs: number): number | undefined {
  const row = db
    .prepare('SELECT first_offset FROM block WHERE arrived_at_ms >= ? ORDER BY first_offset LIMIT 1')
    .get(sinceMs - blockSpanMs)
  return row === undefined ? undefined : integer(row, 'first_offset')
}
