/**
 * The journal for commands that only read, of a program that is stopped or, beside it, of one that runs: opened without
 * the lock, changed by nothing, and closed by whoever opened it. It runs on the caller's thread, which has no event loop
 * to protect.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DatabaseSync } from 'node:sqlite'
import { JournalError } from './error.ts'
import type { JournalSize } from './journal.ts'
import { readState } from './sqlite/open.ts'
import { integer } from './sqlite/rows.ts'
import { applicationId, fileName, migrations, schemaVersion } from './sqlite/schema.ts'
import type { StoreState } from './store.ts'
import { textOf } from '../domain/text-of.ts'

export interface StoppedJournal {
  /** What the last commit left. */
  readonly state: StoreState
  readonly size: JournalSize
  /** The journal's own secret: tells it from another one. */
  readonly salt: Uint8Array
  readonly db: DatabaseSync
  close(): void
}

/** Whether a journal lies there. */
export function hasJournal(dir: string): boolean {
  return existsSync(join(dir, fileName))
}

/** Throws `JournalError` `missing`, `too-new`, `too-old`, `not-a-journal` or `cannot-open`. */
export function openStopped(dir: string): StoppedJournal {
  if (!hasJournal(dir)) throw new JournalError('missing', dir)
  let db: DatabaseSync | undefined
  try {
    db = openToRead(join(dir, fileName))
    const id = integer(db.prepare('PRAGMA application_id').get(), 'application_id')
    if (id !== applicationId) throw new JournalError('not-a-journal', dir)
    const version = schemaVersion(db)
    const known = `its format is ${version}, known is ${migrations.length}`
    if (version > migrations.length) throw new JournalError('too-new', dir, known)
    if (version < migrations.length) throw new JournalError('too-old', dir, known)
    const { state, salt } = readState(db)
    const opened = db
    return { state, salt, size: sizeOf(db, state), db, close: () => opened.close() }
  } catch (error) {
    db?.close()
    if (error instanceof JournalError) throw error
    throw new JournalError('cannot-open', dir, textOf(error), { cause: error })
  }
}

function openToRead(path: string): DatabaseSync {
  try {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 2000 })
    try {
      db.prepare('PRAGMA user_version').get()
      return db
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    // To read beside a write-ahead log takes a side file, and there is none to be made in a directory that cannot be
    // written. Without a log the file is all there is.
    if (existsSync(`${path}-wal`)) throw error
    const url = pathToFileURL(path)
    url.searchParams.set('immutable', '1')
    return new DatabaseSync(url, { readOnly: true })
  }
}

/** The age is that of the last commit: time that passed since makes nothing older. */
function sizeOf(db: DatabaseSync, state: StoreState): JournalSize {
  const pages = integer(db.prepare('PRAGMA page_count').get(), 'page_count')
  const free = integer(db.prepare('PRAGMA freelist_count').get(), 'freelist_count')
  const page = integer(db.prepare('PRAGMA page_size').get(), 'page_size')
  const oldest = db.prepare('SELECT first_offset, age_ms FROM block ORDER BY first_offset LIMIT 1').get()
  return {
    bytes: (pages - free) * page,
    firstOffset: oldest === undefined ? state.nextOffset : integer(oldest, 'first_offset'),
    nextOffset: state.nextOffset,
    oldestAgeSeconds:
      oldest === undefined ? 0 : Math.max(0, (state.ageMs - integer(oldest, 'age_ms')) / 1000),
  }
}
