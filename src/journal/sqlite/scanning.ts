/** Reading the journal from a place on, oldest first, for reports and searches: not on the thread that delivers. */
import type { DatabaseSync } from 'node:sqlite'
import type { KubernetesEvent } from '../../domain/event.ts'
import { BlockDamaged, splitLines, unpack } from '../block.ts'
import { parseEvent } from '../late-reads.ts'
import { blockColumns, integer, RowDamaged, storedBlock, text } from './rows.ts'
import type { Row } from './rows.ts'

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
        for (const occurrence of occurrencesIn(row)) {
          if (occurrence === undefined || occurrence.offset < fromOffset) continue
          if (!visit(occurrence)) return
        }
      } catch (error) {
        if (!(error instanceof BlockDamaged || error instanceof RowDamaged)) throw error
      }
    }
    if (page.length < pageRows) return
  }
}

/** Occurrences by their offset, one after another: those that lie together are read once. */
export class OccurrenceLookup {
  readonly #holding
  #block:
    { readonly firstOffset: number; readonly found: readonly (ScannedOccurrence | undefined)[] } | undefined

  constructor(db: DatabaseSync) {
    this.#holding = db.prepare(
      `SELECT ${blockColumns} FROM block WHERE first_offset <= ? ORDER BY first_offset DESC LIMIT 1`,
    )
  }

  /** `undefined`: the journal has forgotten it, or cannot read it any more. */
  at(offset: number): ScannedOccurrence | undefined {
    const block = this.#block
    if (block && offset >= block.firstOffset && offset < block.firstOffset + block.found.length)
      return block.found[offset - block.firstOffset]
    const row = this.#holding.get(offset)
    if (row === undefined) return undefined
    try {
      this.#block = { firstOffset: integer(row, 'first_offset'), found: occurrencesIn(row) }
    } catch (error) {
      if (error instanceof BlockDamaged || error instanceof RowDamaged) return undefined
      throw error
    }
    return this.#block.found[offset - this.#block.firstOffset]
  }
}

function occurrencesIn(row: Row): (ScannedOccurrence | undefined)[] {
  const block = storedBlock(row)
  const arrivedAtMs = integer(row, 'arrived_at_ms')
  return splitLines(unpack(block)).map((raw, index) => {
    const event = parseEvent(raw)
    return event && { offset: block.firstOffset + index, sourceId: block.sourceId, arrivedAtMs, event }
  })
}

/** The names of sources by their numbers. */
export function clustersIn(db: DatabaseSync): ReadonlyMap<number, string> {
  return new Map(
    db
      .prepare('SELECT id, cluster FROM source')
      .all()
      .map((row) => [integer(row, 'id'), text(row, 'cluster')] as const),
  )
}
