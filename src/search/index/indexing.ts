/** Brings an index up to its journal: a batch a transaction, so that a kill leaves the index as it was before a batch. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { KubernetesEvent } from '../../domain/event.ts'
import { scanOccurrences, type ScannedOccurrence } from '../../journal/sqlite/scanning.ts'
import { saidOwner } from '../../report/owners.ts'
import { beganAtMs, eventKeyOf, toldCount } from '../../report/recurrences.ts'
import { nodeOf } from '../../report/report.ts'
import { toldTimeOf } from '../../report/told-time.ts'
import { wordsOf } from '../terms.ts'
import { nextOffsetOf } from './schema.ts'

/** Occurrences of a transaction. */
const batchCount = 1_000
/** Names kept at hand with their numbers. */
const mostNames = 10_000
/** Rows removed in a step, so that no transaction grows large. */
const prunedCount = 5_000

export class Indexing {
  readonly #index: DatabaseSync
  readonly #journal: DatabaseSync
  readonly #addOccurrence: StatementSync
  readonly #addWords: StatementSync
  readonly #told: StatementSync
  readonly #setTold: StatementSync
  readonly #setOwner: StatementSync
  readonly #setMeta: StatementSync
  readonly #objects: Names
  readonly #reasons: Names
  readonly #nodes: Names
  #nextOffset: number

  constructor(index: DatabaseSync, journal: DatabaseSync) {
    this.#index = index
    this.#journal = journal
    this.#addOccurrence = index.prepare('INSERT INTO occurrence VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    this.#addWords = index.prepare('INSERT INTO words (rowid, message, reason, name) VALUES (?, ?, ?, ?)')
    this.#told = index.prepare('SELECT count FROM told WHERE event_key = ?')
    this.#setTold = index.prepare('INSERT OR REPLACE INTO told VALUES (?, ?, ?)')
    this.#setOwner = index.prepare('INSERT OR REPLACE INTO owner VALUES (?, ?, ?, ?)')
    this.#setMeta = index.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)')
    this.#objects = new Names(index, 'object', ['kind', 'namespace', 'name'])
    this.#reasons = new Names(index, 'reason', ['type', 'reason'])
    this.#nodes = new Names(index, 'node', ['name'])
    this.#nextOffset = nextOffsetOf(index)
  }

  /** What is indexed lies below this offset. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** Indexes the next batch; false if there was nothing. */
  step(): boolean {
    const batch: ScannedOccurrence[] = []
    scanOccurrences(this.#journal, this.#nextOffset, (occurrence) => {
      batch.push(occurrence)
      return batch.length < batchCount
    })
    const last = batch.at(-1)
    if (last === undefined) return false
    this.#index.exec('BEGIN IMMEDIATE')
    try {
      for (const occurrence of batch) this.#add(occurrence)
      this.#setMeta.run('next_offset', last.offset + 1)
      this.#index.exec('COMMIT')
    } catch (error) {
      if (this.#index.isTransaction) this.#index.exec('ROLLBACK')
      // What was rolled back is not known any more.
      for (const names of [this.#objects, this.#reasons, this.#nodes]) names.forget()
      throw error
    }
    this.#nextOffset = last.offset + 1
    return true
  }

  /** Removes what the journal has forgotten, a part of it; false if there was nothing. */
  prune(firstOffset: number): boolean {
    const rows = this.#index
      .prepare('SELECT event_offset FROM occurrence WHERE event_offset < ? ORDER BY event_offset LIMIT ?')
      .all(firstOffset, prunedCount)
    const last = rows.at(-1)?.['event_offset']
    if (typeof last !== 'number') return false
    this.#index.exec('BEGIN IMMEDIATE')
    try {
      this.#index.prepare('DELETE FROM occurrence WHERE event_offset <= ?').run(last)
      this.#index.prepare('DELETE FROM words WHERE rowid <= ?').run(last)
      // Looks at all of them: once, with the last part.
      if (rows.length < prunedCount) this.#index.prepare('DELETE FROM told WHERE event_offset <= ?').run(last)
      this.#index.exec('COMMIT')
    } catch (error) {
      if (this.#index.isTransaction) this.#index.exec('ROLLBACK')
      throw error
    }
    return true
  }

  #add({ offset, arrivedAtMs, event }: ScannedOccurrence): void {
    const { kind = '', namespace = '', name = '' } = event.involvedObject
    const { type = '', reason = '', message = '' } = event
    const { count, beganMs } = this.#countOf(event, offset)
    this.#addOccurrence.run(
      offset,
      arrivedAtMs,
      toldTimeOf(event, arrivedAtMs),
      count,
      beganMs,
      this.#objects.idOf([kind, namespace, name]),
      this.#reasons.idOf([type, reason]),
      this.#nodes.idOf([nodeOf(event)]),
    )
    this.#addWords.run(offset, wordsText(message), wordsText(reason), wordsText(name))
    const said = saidOwner(event)
    if (said) this.#setOwner.run(said.made, said.owner.kind, said.owner.namespace, said.owner.name)
  }

  #countOf(event: KubernetesEvent, offset: number): { count: number; beganMs: number | null } {
    const key = eventKeyOf(event)
    if (key === undefined) return { count: 1, beganMs: null }
    const count = toldCount(event)
    const before = this.#told.get(key)?.['count']
    const known = typeof before === 'number' ? before : undefined
    this.#setTold.run(key, Math.max(count, known ?? 0), offset)
    if (known !== undefined) return { count: Math.max(0, count - known), beganMs: null }
    return { count, beganMs: count > 1 ? beganAtMs(event) || 0 : null }
  }
}

function wordsText(text: string): string {
  return wordsOf(text).join(' ')
}

/** Texts and their numbers in one of the tables of names. */
class Names {
  readonly #find: StatementSync
  readonly #add: StatementSync
  readonly #known = new Map<string, number>()

  constructor(db: DatabaseSync, table: 'object' | 'reason' | 'node', columns: readonly string[]) {
    const where = columns.map((column) => `${column} = ?`).join(' AND ')
    this.#find = db.prepare(`SELECT id FROM ${table} WHERE ${where}`)
    this.#add = db.prepare(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    )
  }

  idOf(values: readonly string[]): number {
    const key = values.join('\n')
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const found = this.#find.get(...values)?.['id']
    const id = typeof found === 'number' ? found : Number(this.#add.run(...values).lastInsertRowid)
    if (this.#known.size >= mostNames) this.#known.clear()
    this.#known.set(key, id)
    return id
  }

  forget(): void {
    this.#known.clear()
  }
}
