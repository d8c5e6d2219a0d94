/** Queries on stored blocks. They run in the worker, on a connection that can only read. */
import type { DatabaseSync } from 'node:sqlite'
import { BlockDamaged, maxBlockCount, splitLines, unpack } from '../block.ts'
import { IdentityTable, maxIdentities } from '../identities.ts'
import type { IdentityData } from '../identities.ts'
import { identityOf } from '../../domain/occurrence.ts'
import { parseEvent } from '../late-reads.ts'
import { chunkBytes, chunkCount } from '../store.ts'
import { textOf } from '../../domain/text-of.ts'
import { resultCode } from './failure.ts'
import { blob, blockColumns, integer, RowDamaged, storedBlock, text } from './rows.ts'
import type { Row } from './rows.ts'

/** As `ChunkBlock`, with the source's number in place of its name. */
export interface ReadBlock {
  readonly firstOffset: number
  readonly count: number
  readonly arrivedAtMs: number
  readonly sourceId: number
  readonly start: number
  readonly end: number
}

/** Offsets that cannot be read any more, inclusive. */
export interface DamagedRange {
  readonly from: number
  readonly to: number
  /** `block`: what a row holds is not what was written. `structure`: rows cannot be found. */
  readonly what: 'block' | 'structure'
  readonly why: string
}

export interface ReadResult {
  readonly lines: Uint8Array<ArrayBuffer>
  readonly blocks: readonly ReadBlock[]
  readonly nextOffset: number
  readonly damaged: readonly DamagedRange[]
}

/** Rows fetched by one statement of a long scan: a long read transaction would keep the log from being reused. */
const scanRows = 64

interface Unpacked extends Omit<ReadBlock, 'start' | 'end'> {
  readonly lines: Uint8Array
}

/**
 * Blocks from the one that holds `fromOffset` on, below `before`. What is damaged is passed over and told; since
 * offsets are dense, so is what is missing without a word from SQLite.
 */
export function readBlocks(db: DatabaseSync, fromOffset: number, before: number): ReadResult {
  const rows = new BlockRows(db)
  const found: Unpacked[] = []
  const damaged: DamagedRange[] = []
  let bytes = 0
  let count = 0
  let at = fromOffset
  let next = rows.at(at, before)
  for (;;) {
    const first = next.row === undefined ? before : integer(next.row, 'first_offset')
    if (at < first) {
      // What lies before the oldest, retention has taken, maybe just now.
      const from = Math.max(at, rows.oldest() ?? before)
      if (from < first)
        damaged.push({ what: 'structure', why: 'blocks are missing', ...next.damage, from, to: first - 1 })
    }
    at = Math.max(at, first)
    if (next.row === undefined || bytes >= chunkBytes || count >= chunkCount) break
    try {
      const block = unpackRow(next.row)
      found.push(block)
      bytes += block.lines.byteLength
      count += block.count
      at = block.firstOffset + block.count
      next = rows.at(at, before)
    } catch (error) {
      if (!isDamage(error)) throw error
      // Its count may be wrong too: only the next row tells where it goes on.
      next = { ...rows.after(first, before), damage: { what: 'block', why: textOf(error) } }
    }
  }
  const lines = new Uint8Array(bytes)
  const blocks: ReadBlock[] = []
  let start = 0
  for (const { lines: part, ...block } of found) {
    lines.set(part, start)
    blocks.push({ ...block, start, end: start + part.byteLength })
    start += part.byteLength
  }
  return { lines, blocks, nextOffset: at, damaged }
}

/** Raw texts of the newest events of a source below `before`, newest first. */
export function readNewest(db: DatabaseSync, sourceId: number, before: number, count: number): Uint8Array[] {
  const newest: Uint8Array[] = []
  const rows = db.prepare(
    `SELECT ${blockColumns} FROM block WHERE source_id = ? AND first_offset < ? ORDER BY first_offset DESC LIMIT ?`,
  )
  let below = before
  while (newest.length < count) {
    const page = rows.all(sourceId, below, Math.min(scanRows, count))
    for (const row of page) {
      below = integer(row, 'first_offset')
      try {
        const block = unpackRow(row)
        const texts = splitLines(block.lines).slice(0, before - block.firstOffset)
        newest.push(...texts.toReversed().map((part) => Uint8Array.from(part)))
      } catch (error) {
        if (!isDamage(error)) throw error
      }
      if (newest.length >= count) break
    }
    if (page.length === 0) break
  }
  return newest.slice(0, count)
}

/** Identities of a source's occurrences in `[fromOffset, before)`; of the newest million if there are more. */
export function readIdentities(
  db: DatabaseSync,
  sourceId: number,
  fromOffset: number,
  before: number,
  seed: number,
): IdentityData {
  const table = new IdentityTable(seed)
  const from = Math.max(fromOffset, before - maxIdentities)
  const rows = db.prepare(
    `SELECT ${blockColumns} FROM block
     WHERE source_id = ? AND first_offset > ? AND first_offset < ? ORDER BY first_offset LIMIT ?`,
  )
  // The block that holds the first offset begins before it, by less than a block can hold.
  let after = from - maxBlockCount
  for (;;) {
    const page = rows.all(sourceId, after, before, scanRows)
    for (const row of page) {
      after = integer(row, 'first_offset')
      try {
        const block = unpackRow(row)
        for (const [index, raw] of splitLines(block.lines).entries()) {
          if (block.firstOffset + index < from) continue
          const event = parseEvent(raw)
          if (event !== undefined) table.add(identityOf(event))
        }
      } catch (error) {
        // What cannot be looked up may be told again, which is the lesser evil.
        if (!isDamage(error)) throw error
      }
    }
    if (page.length < scanRows) return table.data()
  }
}

export interface LetterRow {
  readonly offset: number
  readonly cluster: string
  readonly raw: Uint8Array
  readonly reason: string
  readonly detail: string
  readonly diedAtMs: number
}

export function readDeadLetters(db: DatabaseSync, sink: string, limit: number): LetterRow[] {
  const rows = db.prepare(
    `SELECT event_offset, cluster, reason, detail, died_at_ms, raw
     FROM dead_letter WHERE sink = ? ORDER BY id DESC LIMIT ?`,
  )
  return rows.all(sink, limit).map((row) => ({
    offset: integer(row, 'event_offset'),
    cluster: text(row, 'cluster'),
    raw: blob(row, 'raw'),
    reason: text(row, 'reason'),
    detail: text(row, 'detail'),
    diedAtMs: integer(row, 'died_at_ms'),
  }))
}

interface Found {
  readonly row: Row | undefined
  /** What was stepped over to find it. */
  readonly damage?: Pick<DamagedRange, 'what' | 'why'>
}

/** Finds rows by offset, also in a table some of whose pages cannot be read. */
class BlockRows {
  readonly #oldest
  readonly #holding
  readonly #following

  constructor(db: DatabaseSync) {
    this.#oldest = db.prepare('SELECT first_offset FROM block ORDER BY first_offset LIMIT 1')
    this.#holding = db.prepare(
      `SELECT ${blockColumns} FROM block WHERE first_offset <= ? ORDER BY first_offset DESC LIMIT 1`,
    )
    this.#following = db.prepare(
      `SELECT ${blockColumns} FROM block WHERE first_offset >= ? AND first_offset < ?
       ORDER BY first_offset LIMIT 1`,
    )
  }

  oldest(): number | undefined {
    try {
      const row = this.#oldest.get()
      return row === undefined ? undefined : integer(row, 'first_offset')
    } catch (error) {
      if (isDamage(error)) return 1
      throw error
    }
  }

  /** The block that holds `offset`, else the next one below `before`. */
  at(offset: number, before: number): Found {
    try {
      const row = this.#holding.get(offset)
      if (row !== undefined && integer(row, 'first_offset') + integer(row, 'count') > offset) return { row }
      return { row: this.#next(offset, before) }
    } catch (error) {
      if (!isDamage(error)) throw error
      return this.#stepOver(offset, before, error)
    }
  }

  /** The next block that begins behind `offset`. */
  after(offset: number, before: number): Found {
    try {
      return { row: this.#next(offset + 1, before) }
    } catch (error) {
      if (!isDamage(error)) throw error
      return this.#stepOver(offset + 1, before, error)
    }
  }

  /** Looks ever further on for a page that can be read. */
  #stepOver(offset: number, before: number, why: unknown): Found {
    const damage = { what: 'structure', why: textOf(why) } as const
    for (let step = 1; offset + step < before; step *= 2) {
      try {
        return { row: this.#next(offset + step, before), damage }
      } catch (error) {
        if (!isDamage(error)) throw error
      }
    }
    return { row: undefined, damage }
  }

  #next(offset: number, before: number): Row | undefined {
    const row = this.#following.get(offset, before)
    // Keys out of order would lead back, again and again.
    if (row !== undefined && integer(row, 'first_offset') < offset)
      throw new RowDamaged('a key is out of order')
    return row
  }
}

function unpackRow(row: Row): Unpacked {
  const block = storedBlock(row)
  const lines = unpack(block)
  const { firstOffset, count, sourceId } = block
  return { firstOffset, count, sourceId, arrivedAtMs: integer(row, 'arrived_at_ms'), lines }
}

function isDamage(error: unknown): boolean {
  if (error instanceof BlockDamaged || error instanceof RowDamaged) return true
  const code = resultCode(error)
  // SQLITE_CORRUPT, and a page that the file ends before.
  return code !== undefined && ((code & 0xff) === 11 || code === 522)
}
