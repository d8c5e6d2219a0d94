/** What retention removes from the tables, a few rows a step: the freed pages are used again by what comes. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { maxDeadLetterAgeMs, maxSinkIdleMs } from '../store.ts'
import type { Expired, ExpireLimits } from '../store.ts'
import { integer, text } from './rows.ts'
import { setMeta } from './schema.ts'

/** A step removes at most so many rows, and about so many bytes of blocks. */
const rowsPerStep = 64
const bytesPerStep = 2 * 1024 * 1024
/** Rows of the log of settled offsets that a step looks at. */
const logRowsPerStep = 256
/** Open sinks are marked as seen so often: after a kill, a sink may seem idle for this much longer. */
const seenEveryMs = 3_600_000
/** A journal at rest notes its age so often: a kill makes what it holds younger by at most this. */
const noteEveryMs = 600_000
/** Nothing else is known of the pages that a row takes: its head, its place in the page. */
const rowOverheadBytes = 40

export interface RetentionBounds {
  readonly maxAgeMs: number
  readonly maxBytes: number
}

export class Retention {
  readonly #db: DatabaseSync
  readonly #bounds: RetentionBounds
  readonly #oldest: StatementSync
  readonly #deleteBlocks: StatementSync
  readonly #oldestLetters: StatementSync
  readonly #deleteLetter: StatementSync
  readonly #idleSinks: StatementSync
  readonly #deleteSink: StatementSync
  readonly #deleteReplays: StatementSync
  readonly #seeSink: StatementSync
  readonly #forgetSettled: StatementSync
  /** Sinks that are gone and had replays left: these go with them, in steps. */
  readonly #orphans: string[]
  #seenAtMs = 0
  #notedAtMs = 0

  constructor(db: DatabaseSync, bounds: RetentionBounds) {
    this.#db = db
    this.#bounds = bounds
    this.#oldest = db.prepare(
      'SELECT first_offset, count, age_ms, length(data) AS size FROM block ORDER BY first_offset LIMIT ?',
    )
    this.#deleteBlocks = db.prepare('DELETE FROM block WHERE first_offset <= ?')
    // Of what is gone nobody asks when it was settled. Only the oldest rows are looked at: they go first.
    this.#forgetSettled = db.prepare(
      `DELETE FROM settled_log WHERE id IN (
         SELECT id FROM (SELECT id, mark FROM settled_log ORDER BY id LIMIT ?)
         WHERE mark < (SELECT coalesce(min(first_offset), 9007199254740991) FROM block))`,
    )
    this.#oldestLetters = db.prepare('SELECT id, sink, age_ms FROM dead_letter ORDER BY id LIMIT ?')
    this.#deleteLetter = db.prepare('DELETE FROM dead_letter WHERE id = ?')
    this.#idleSinks = db.prepare('SELECT name FROM sink WHERE seen_age_ms < ?')
    this.#deleteSink = db.prepare('DELETE FROM sink WHERE name = ?')
    this.#deleteReplays = db.prepare(
      'DELETE FROM replay WHERE id IN (SELECT id FROM replay WHERE sink = ? ORDER BY id LIMIT ?)',
    )
    this.#orphans = db
      .prepare('SELECT DISTINCT sink FROM replay WHERE sink NOT IN (SELECT name FROM sink)')
      .all()
      .map((row) => text(row, 'sink'))
    this.#seeSink = db.prepare('UPDATE sink SET seen_age_ms = ? WHERE name = ?')
  }

  /** One transaction. `bytesUsed`: what the file really uses now. */
  step(limits: ExpireLimits, bytesUsed: number, nextOffset: number): Expired {
    const { ageMs } = limits
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const blocks = this.#expireBlocks(ageMs, bytesUsed)
      const letters = this.#expireLetters(ageMs)
      const sinks = this.#expireSinks(limits)
      const moreReplays = this.#expireReplays(limits)
      if (blocks.byAge + blocks.byBytes > 0) this.#forgetSettled.run(logRowsPerStep)
      if (blocks.byAge + blocks.byBytes > 0 || ageMs - this.#notedAtMs >= noteEveryMs) {
        // With all blocks gone, nothing else would know where offsets and the age clock go on.
        setMeta(this.#db, 'next_offset', nextOffset)
        setMeta(this.#db, 'age_ms', ageMs)
        this.#notedAtMs = ageMs
      }
      this.#db.exec('COMMIT')
      return { ...blocks, ...letters, sinks, more: blocks.more || letters.more || moreReplays }
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  #expireBlocks(ageMs: number, bytesUsed: number): { byAge: number; byBytes: number; more: boolean } {
    const over = bytesUsed - this.#bounds.maxBytes
    let byAge = 0
    let byBytes = 0
    let bytes = 0
    let last: number | undefined
    const rows = this.#oldest.all(rowsPerStep)
    for (const row of rows) {
      if (bytes >= bytesPerStep) break
      const tooOld = integer(row, 'age_ms') < ageMs - this.#bounds.maxAgeMs
      if (!tooOld && bytes >= over) break
      if (tooOld) byAge += integer(row, 'count')
      else byBytes += integer(row, 'count')
      bytes += integer(row, 'size') + rowOverheadBytes
      last = integer(row, 'first_offset')
    }
    if (last === undefined) return { byAge, byBytes, more: false }
    this.#deleteBlocks.run(last)
    const all = last === rows.at(-1)?.['first_offset']
    return { byAge, byBytes, more: bytes >= bytesPerStep || (all && rows.length === rowsPerStep) }
  }

  #expireLetters(ageMs: number): { deadLetters: ReadonlyMap<string, number>; more: boolean } {
    const deadLetters = new Map<string, number>()
    let removed = 0
    for (const row of this.#oldestLetters.all(rowsPerStep)) {
      if (integer(row, 'age_ms') >= ageMs - maxDeadLetterAgeMs) break
      this.#deleteLetter.run(integer(row, 'id'))
      const sink = text(row, 'sink')
      deadLetters.set(sink, (deadLetters.get(sink) ?? 0) + 1)
      removed += 1
    }
    return { deadLetters, more: removed === rowsPerStep }
  }

  /** Of sinks that are gone. */
  #expireReplays({ openSinks }: ExpireLimits): boolean {
    const sink = this.#orphans[0]
    if (sink === undefined) return false
    // It may have come back.
    if (openSinks.has(sink) || Number(this.#deleteReplays.run(sink, rowsPerStep).changes) < rowsPerStep)
      this.#orphans.shift()
    return this.#orphans.length > 0
  }

  #expireSinks({ ageMs, openSinks }: ExpireLimits): readonly string[] {
    if (ageMs - this.#seenAtMs >= seenEveryMs) {
      for (const sink of openSinks) this.#seeSink.run(ageMs, sink)
      this.#seenAtMs = ageMs
    }
    const gone: string[] = []
    for (const row of this.#idleSinks.all(ageMs - maxSinkIdleMs)) {
      const sink = text(row, 'name')
      if (openSinks.has(sink)) continue
      this.#deleteSink.run(sink)
      gone.push(sink)
      this.#orphans.push(sink)
    }
    return gone
  }
}
