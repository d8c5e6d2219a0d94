/** Reading the journal from a place on, oldest first, for reports and searches: not on the thread that delivers. */
import type { DatabaseSync } from 'node:sqlite'
import type { KubernetesEvent } from '../../domain/event.ts'
import { BlockDamaged, splitLines, unpack } from '../block.ts'
import { parseEvent } from '../late-reads.ts'
import { blockColumns, integer, RowDamaged, storedBlock } from './rows.ts'

/** Rows fetched at once: a long read transaction would keep the write-ahead log from being reused. */
const pageRows = 16

export interface ScannedOccurrence {
  readonly offset: number
  readonly sourceId: number
  readonly arrivedAtMs: number
  readonly event: KubernetesEvent
}

/**
 * Calls `visit` for each occurrence from `fromOffset` on, until it answers `false`. What is damaged is left out: the
 * program tells of it.
 */
export function scanOccurrences(
  db: DatabaseSync,
  fromOffset: number,
  visit: (occurrence: ScannedOccurrence) => boolean,
): void {
  const rows = db.prepare(
    `SELECT ${blockColumns} FROM block WHERE first_offset >= ? ORDER BY first_offset LIMIT ?`,
  )
  const first = db.prepare(
    'SELECT first_offset FROM block WHERE first_offset <= ? ORDER BY first_offset DESC LIMIT 1',
  )
  // The block that holds it may begin before it.
  const holding = first.get(fromOffset)
  let from = holding === undefined ? fromOffset : integer(holding, 'first_offset')
  for (;;) {
    const page = rows.all(from, pageRows)
    for (const row of page) {
      from = integer(row, 'first_offset') + 1
      try {
        const block = storedBlock(row)
        const arrivedAtMs = integer(row, 'arrived_at_ms')
        for (const [index, raw] of splitLines(unpack(block)).entries()) {
          const offset = block.firstOffset + index
          const event = offset < fromOffset ? undefined : parseEvent(raw)
          if (event === undefined) continue
          if (!visit({ offset, sourceId: block.sourceId, arrivedAtMs, event })) return
        }
      } catch (error) {
        if (!(error instanceof BlockDamaged || error instanceof RowDamaged)) throw error
      }
    }
    if (page.length < pageRows) return
  }
}
