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
        const block = unpacked(row)
        for (const index of block.lines.keys()) {
          const occurrence = block.firstOffset + index < fromOffset ? undefined : occurrenceIn(block, index)
          if (occurrence && !visit(occurrence)) return
        }
      } catch (error) {
        if (!(error instanceof BlockDamaged || error instanceof RowDamaged)) throw error
      }
    }
    if (page.length < pageRows) return
  }
}

/** Occurrences by their offset, one after another: those that lie together are unpacked once. */
export class OccurrenceLookup {
  readonly #holding
  #block: Unpacked | undefined

  constructor(db: DatabaseSync) {
    this.#holding = db.prepare(
      `SELECT ${blockColumns} FROM block WHERE first_offset <= ? ORDER BY first_offset DESC LIMIT 1`,
    )
  }

  /** `undefined`: the journal has forgotten it, or cannot read it any more. */
  at(offset: number): ScannedOccurrence | undefined {
    if (!this.#block || !holds(this.#block, offset)) {
      const row = this.#holding.get(offset)
      if (row === undefined) return undefined
      try {
        this.#block = unpacked(row)
      } catch (error) {
        if (error instanceof BlockDamaged || error instanceof RowDamaged) return undefined
        throw error
      }
    }
    return holds(this.#block, offset)
      ? occurrenceIn(this.#block, offset - this.#block.firstOffset)
      : undefined
  }
}

interface Unpacked {
  readonly firstOffset: number
  readonly sourceId: number
  readonly arrivedAtMs: number
  readonly lines: readonly Uint8Array[]
}

function unpacked(row: Row): Unpacked {
  const block = storedBlock(row)
  const { firstOffset, sourceId } = block
  return {
    firstOffset,
    sourceId,
    arrivedAtMs: integer(row, 'arrived_at_ms'),
    lines: splitLines(unpack(block)),
  }
}

function holds({ firstOffset, lines }: Unpacked, offset: number): boolean {
  return offset >= firstOffset && offset < firstOffset + lines.length
}

/** `undefined` where what is stored is no event. */
function occurrenceIn(
  { firstOffset, sourceId, arrivedAtMs, lines }: Unpacked,
  index: number,
): ScannedOccurrence | undefined {
  const raw = lines[index]
  const event = raw && parseEvent(raw)
  return event && { offset: firstOffset + index, sourceId, arrivedAtMs, event }
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
