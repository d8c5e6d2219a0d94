/** How a new file takes the place of a damaged one, so that at no moment there is none. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { StoreState } from '../store.ts'
import { insertBlocks, insertBlockSql, pageBytes } from './insert-blocks.ts'
import { createPrivate } from './lock.ts'
import { applyReportRunWork } from './report-runs.ts'
import { fileName, migrate, setMeta } from './schema.ts'

/** What a new file begins with: nothing, or what could be told of its damaged predecessor. */
export interface Beginning {
  readonly salt: Uint8Array
  readonly state: StoreState
  /** Successive; they end before `state.nextOffset`. */
  readonly occurrences: readonly Occurrence[]
}

/** A file being made to take over from a damaged one. */
const newFileName = `${fileName}.new`
export const saltBytes = 32

/**
 * Writes a whole new file beside the damaged one. That one stays what it is until then: a disk that is full, or a
 * kill, must not leave nothing.
 */
export function makeNew(dir: string, beginning: Beginning): void {
  const path = join(dir, newFileName)
  removeNew(dir)
  try {
    createPrivate(path)
    const db = new DatabaseSync(path, { timeout: 0 })
    try {
      db.exec(`PRAGMA page_size = ${pageBytes}`)
      migrate(db)
      writeBeginning(db, beginning)
    } finally {
      db.close()
    }
  } catch (error) {
    removeNew(dir)
    throw error
  }
}

/** Puts the new file in the place of the damaged one. Answers where that one is now. */
export function takeOver(dir: string, nowMs: number): string {
  const aside = setAside(dir, nowMs)
  renameSync(join(dir, newFileName), join(dir, fileName))
  return aside
}

/** After a kill in the middle of it: a file that is whole stands alone already. */
export function endTakeOver(dir: string): void {
  const path = join(dir, newFileName)
  if (!existsSync(path)) return
  if (existsSync(join(dir, fileName)) || existsSync(`${path}-journal`)) removeNew(dir)
  else renameSync(path, join(dir, fileName))
}

function removeNew(dir: string): void {
  for (const suffix of ['', '-journal']) rmSync(join(dir, newFileName + suffix), { force: true })
}

/** Renames a damaged file and its side files. Of older damaged ones none is kept: each may be large. */
function setAside(dir: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const aside = `${fileName}.damaged-${stamp}`
  // The file itself last: a log left alone would be taken for that of the new one.
  const present = ['-wal', '-shm', '-journal', ''].filter((suffix) =>
    existsSync(join(dir, fileName + suffix)),
  )
  if (present.length === 0) return join(dir, aside)
  for (const old of readdirSync(dir).filter((name) => name.startsWith(`${fileName}.damaged-`))) {
    rmSync(join(dir, old), { force: true })
  }
  for (const suffix of present) renameSync(join(dir, fileName + suffix), join(dir, aside + suffix))
  return join(dir, aside)
}

export function writeBeginning(db: DatabaseSync, { salt, state, occurrences }: Beginning): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    setMeta(db, 'salt', salt)
    setMeta(db, 'clean', 0)
    setMeta(db, 'age_ms', state.ageMs)
    setMeta(db, 'next_offset', state.nextOffset)
    const source = db.prepare('INSERT INTO source (id, cluster, state) VALUES (?, ?, ?)')
    const sourceIds = new Map([...state.sources.keys()].map((cluster, index) => [cluster, index + 1]))
    for (const [cluster, sourceState] of state.sources) {
      source.run(sourceIds.get(cluster) ?? null, cluster, JSON.stringify(sourceState))
    }
    const sink = db.prepare('INSERT INTO sink (name, mark, ranges, seen_age_ms) VALUES (?, ?, ?, ?)')
    for (const [name, { mark, ranges }] of state.sinks)
      sink.run(name, mark, JSON.stringify(ranges), state.ageMs)
    applyReportRunWork(
      db,
      (state.reportRuns ?? []).map((run) => ({ kind: 'note', run })),
    )
    insertBlocks(
      db.prepare(insertBlockSql),
      occurrences,
      state.ageMs,
      (cluster) => sourceIds.get(cluster) ?? 0,
    )
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

export function emptyBeginning(): Beginning {
  return {
    salt: Uint8Array.from(randomBytes(saltBytes)),
    state: { nextOffset: 1, ageMs: 0, sources: new Map(), sinks: new Map(), deadLetters: new Map() },
    occurrences: [],
  }
}
