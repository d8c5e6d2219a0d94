/** Queries on stored blocks. They run in the worker, on a connection that can only read. */
import type { DatabaseSync } from 'node:sqlite'
import { BlockDamaged, maxBlockCount, splitLines, unpack } from '../block.ts'
import { IdentityTable, maxIdentities } from '../identities.ts'
import type { IdentityData } from '../identities.ts'
import { identityOf } from '../../domain/occurrence.ts'
import { parseEvent } from '../late-reads.ts'
import { chunkBytes, chunkCount } from '../store.ts'
import { resultCode } from './failure.ts'
import { blob, integer, RowDamaged, text } from './rows.ts'
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
  readonly why: string
}

export interface ReadResult {
  readonly lines: Uint8Array<ArrayBuffer>
  readonly blocks: readonly ReadBlock[]
  readonly nextOffset: number
  readonly damaged: readonly DamagedRange[]
}

const columns = 'first_offset, count, arrived_at_ms, source_id, codec, check_sum, data'
/** Rows fetched by one statement of a long scan: a long read transaction would keep the log from being reused. */
const scanRows = 64

interface Unpacked extends Omit<ReadBlock, 'start' | 'end'> {
  readonly lines: Uint8Array
}

/** Blocks from the one that holds `fromOffset` on, below `before`. A damaged one is passed over and told. */
export function readBlocks(db: DatabaseSync, fromOffset: number, before: number): ReadResult {
  const rows = new BlockRows(db)
  const found: Unpacked[] = []
  const damaged: DamagedRange[] = []
  let bytes = 0
  let count = 0
  let at = fromOffset
  while (at < before && bytes < chunkBytes && count < chunkCount) {
    const row = rows.at(at, before, damaged)
    if (row === undefined) {
      at = before
      break
    }
    const firstOffset = integer(row, 'first_offset')
    const held = integer(row, 'count')
    try {
      const block = unpackRow(row)
      found.push(block)
      bytes += block.lines.byteLength
      count += held
    } catch (error) {
      if (!isDamage(error)) throw error
      damaged.push({ from: Math.max(at, firstOffset), to: firstOffset + held - 1, why: String(error) })
    }
    at = firstOffset + held
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
    `SELECT ${columns} FROM block WHERE source_id = ? AND first_offset < ? ORDER BY first_offset DESC LIMIT ?`,
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
    `SELECT ${columns} FROM block
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

/** `undefined`: the file is sound. Else what SQLite found. Reads all of it. */
export function check(db: DatabaseSync): string | undefined {
  const found = db
    .prepare('PRAGMA quick_check(3)')
    .all()
    .map((row) => text(row, 'quick_check'))
  return found.length === 1 && found[0] === 'ok' ? undefined : found.join('; ')
}

/** Finds rows by offset, also in a table some of whose pages cannot be read. */
class BlockRows {
  readonly #holding
  readonly #following

  constructor(db: DatabaseSync) {
    this.#holding = db.prepare(
      `SELECT ${columns} FROM block WHERE first_offset <= ? ORDER BY first_offset DESC LIMIT 1`,
    )
    this.#following = db.prepare(
      `SELECT ${columns} FROM block WHERE first_offset >= ? AND first_offset < ? ORDER BY first_offset LIMIT 1`,
    )
  }

  /** The block that holds `offset`, else the next one below `before`. Steps over what is damaged, ever wider. */
  at(offset: number, before: number, damaged: DamagedRange[]): Row | undefined {
    try {
      return this.#find(offset, before)
    } catch (error) {
      if (!isDamage(error)) throw error
      for (let step = 1; ; step *= 2) {
        const probe = Math.min(offset + step, before)
        const row = probe < before ? this.#tryFollowing(probe, before) : undefined
        if (row === 'damaged') continue
        const next = row === undefined ? before : integer(row, 'first_offset')
        damaged.push({ from: offset, to: next - 1, why: String(error) })
        return row
      }
    }
  }

  #find(offset: number, before: number): Row | undefined {
    const row = this.#holding.get(offset)
    if (row !== undefined && integer(row, 'first_offset') + integer(row, 'count') > offset) return row
    return this.#following.get(offset, before)
  }

  #tryFollowing(offset: number, before: number): Row | undefined | 'damaged' {
    try {
      const row = this.#following.get(offset, before)
      if (row !== undefined) integer(row, 'count')
      return row
    } catch (error) {
      if (isDamage(error)) return 'damaged'
      throw error
    }
  }
}

function unpackRow(row: Row): Unpacked {
  const count = integer(row, 'count')
  return {
    firstOffset: integer(row, 'first_offset'),
    count,
    arrivedAtMs: integer(row, 'arrived_at_ms'),
    sourceId: integer(row, 'source_id'),
    lines: unpack(integer(row, 'codec'), blob(row, 'data'), integer(row, 'check_sum'), count),
  }
}

function isDamage(error: unknown): boolean {
  if (error instanceof BlockDamaged || error instanceof RowDamaged) return true
  const code = resultCode(error)
  // SQLITE_CORRUPT, and a page that the file ends before.
  return code !== undefined && ((code & 0xff) === 11 || code === 522)
}
