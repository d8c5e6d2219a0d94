/**
 * The check of the whole file, as steps in the worker. Each is short or made of short statements, since SQLite's own
 * check of everything is one call: it cannot be ended, and without a write-ahead log nobody commits until it is done.
 */
import type { DatabaseSync } from 'node:sqlite'
import { BlockDamaged, checkSum } from '../block.ts'
import { pageBytes } from './insert-blocks.ts'
import { blockColumns, integer, RowDamaged, storedBlock, text } from './rows.ts'
import type { Row } from './rows.ts'

/** What is checked next. */
export type CheckStep =
  /** The header, the list of free pages, and every table that stays small. */
  | { readonly kind: 'structure' }
  /** Blocks from an offset on, and whether one is missing. */
  | { readonly kind: 'blocks'; readonly fromOffset: number }
  /** Rows of another table that may grow large. */
  | { readonly kind: 'rows'; readonly table: LargeTable; readonly afterId: number }
  /** That each page is used once. Keeps one view of the file throughout, so it takes a write-ahead log. */
  | { readonly kind: 'pages' }

export interface Checked {
  /** Why the file as a whole cannot be trusted any more. */
  readonly found?: string
  /** Offsets that cannot be read any more, inclusive; all others can. */
  readonly damaged: readonly { readonly from: number; readonly to: number; readonly why: string }[]
  /** `undefined`: that was all. */
  readonly next: CheckStep | undefined
}

type LargeTable = (typeof largeTables)[number]

/** Beside the blocks, in the order in which they are checked. */
const largeTables = ['dead_letter', 'settled_log', 'replay'] as const

/** A step that can be divided ends after so long. */
const maxStepMs = 50
/** SQLite never uses the page that holds this byte (https://www.sqlite.org/fileformat2.html#the_lock_byte_page). */
const lockByte = 0x40000000

export interface CheckOptions {
  readonly walMode: boolean
  readonly stepMs?: number
}

/** Throws what SQLite throws: damage that it finds itself is among it. */
export function check(db: DatabaseSync, step: CheckStep, options: CheckOptions): Checked {
  const { walMode, stepMs = maxStepMs } = options
  db.exec('PRAGMA cell_size_check = ON')
  switch (step.kind) {
    case 'structure':
      return { found: checkStructure(db), damaged: [], next: { kind: 'blocks', fromOffset: 1 } }
    case 'blocks':
      return checkBlocks(db, step.fromOffset, stepMs)
    case 'rows':
      return {
        damaged: [],
        next: checkRows(db, step.table, step.afterId, stepMs) ?? stepAfter(step, walMode),
      }
    case 'pages':
      return { found: checkPages(db), damaged: [], next: undefined }
  }
}

function checkStructure(db: DatabaseSync): string | undefined {
  const tables = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
  const small = tables.map((row) => text(row, 'name')).filter((name) => !large.has(name))
  // The free pages belong to the table of tables (https://www.sqlite.org/pragma.html#pragma_quick_check).
  for (const name of ['sqlite_schema', ...small]) {
    const found = db
      .prepare(`PRAGMA quick_check("${name}")`)
      .all()
      .map((row) => text(row, 'quick_check'))
    if (found.length !== 1 || found[0] !== 'ok') return found.join('; ')
  }
  return undefined
}

const large: ReadonlySet<string> = new Set(['block', ...largeTables])

function checkBlocks(db: DatabaseSync, fromOffset: number, stepMs: number): Checked {
  const untilMs = performance.now() + stepMs
  const damaged: { from: number; to: number; why: string }[] = []
  const oldest = db.prepare('SELECT first_offset FROM block ORDER BY first_offset LIMIT 1')
  const rows = db.prepare(`SELECT ${blockColumns} FROM block WHERE first_offset >= ? ORDER BY first_offset`)
  let expected = fromOffset
  let broken: { from: number; why: string } | undefined
  for (const row of rows.iterate(fromOffset)) {
    const offset = integer(row, 'first_offset')
    if (broken !== undefined) damaged.push({ ...broken, to: offset - 1 })
    else if (offset > expected) {
      // What lies before the oldest, retention has taken. This sees the file as the loop does.
      const from = Math.max(expected, integer(oldest.get(), 'first_offset'))
      if (from < offset) damaged.push({ from, to: offset - 1, why: 'blocks are missing' })
    }
    const why = damageOf(row)
    broken = why === undefined ? undefined : { from: offset, why }
    // The count of a damaged one may be wrong: only the next row tells where it ends.
    if (broken !== undefined) continue
    expected = offset + integer(row, 'count')
    if (performance.now() >= untilMs) return { damaged, next: { kind: 'blocks', fromOffset: expected } }
  }
  if (broken !== undefined) damaged.push({ ...broken, to: broken.from })
  return { damaged, next: { kind: 'rows', table: largeTables[0], afterId: 0 } }
}

function damageOf(row: Row): string | undefined {
  try {
    const block = storedBlock(row)
    return checkSum(block) === block.check ? undefined : 'the checksum is another'
  } catch (error) {
    if (error instanceof RowDamaged || error instanceof BlockDamaged) return error.message
    throw error
  }
}

/** `undefined`: that were all of the table. */
function checkRows(
  db: DatabaseSync,
  table: LargeTable,
  afterId: number,
  stepMs: number,
): CheckStep | undefined {
  const untilMs = performance.now() + stepMs
  for (const row of db.prepare(`SELECT * FROM ${table} WHERE id > ? ORDER BY id`).iterate(afterId)) {
    if (performance.now() >= untilMs) return { kind: 'rows', table, afterId: integer(row, 'id') }
  }
  return undefined
}

function stepAfter({ table }: { readonly table: LargeTable }, walMode: boolean): CheckStep | undefined {
  const following = largeTables[largeTables.indexOf(table) + 1]
  if (following !== undefined) return { kind: 'rows', table: following, afterId: 0 }
  return walMode ? { kind: 'pages' } : undefined
}

function checkPages(db: DatabaseSync): string | undefined {
  const pageCount = db.prepare('PRAGMA page_count')
  const freePages = db.prepare('PRAGMA freelist_count')
  let count = 0
  let free = 0
  let usedCount = 0
  let used = new Uint8Array()
  for (const row of db.prepare('SELECT pageno, pagetype FROM dbstat').iterate()) {
    if (usedCount === 0) {
      // Asked within the loop, these see the file as it does.
      count = integer(pageCount.get(), 'page_count')
      free = integer(freePages.get(), 'freelist_count')
      used = new Uint8Array(count + 1)
    }
    const page = integer(row, 'pageno')
    if (text(row, 'pagetype') === 'corrupted') return `page ${page} is not what it was`
    if (page < 1 || page > count) return `page ${page} is beyond the end`
    if (used[page] === 1) return `page ${page} is used twice`
    used[page] = 1
    usedCount += 1
  }
  const neverUsed = count > lockByte / pageBytes ? 1 : 0
  if (usedCount + free + neverUsed === count) return undefined
  return `${count} pages, of which ${usedCount} are used and ${free} are free`
}
