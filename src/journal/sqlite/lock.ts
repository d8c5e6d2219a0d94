/**
 * One process a directory: an exclusive transaction on a file of its own, held for life. The system takes it back
 * at any death, kill -9 included, and it can be seen by nobody who only reads the journal.
 */
import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { JournalError } from '../error.ts'
import { failureFrom } from './failure.ts'
import { freeBytes } from './filesystem.ts'
import { textOf } from '../../domain/text-of.ts'

export interface Lock {
  release(): void
}

/** Throws `JournalError` `locked`, `not-writable`, `no-space` or `cannot-open`. */
export function acquireLock(dir: string): Lock {
  const path = join(dir, 'lock.db')
  try {
    return lock(path)
  } catch (error) {
    const detail = textOf(error)
    switch (failureFrom(error, () => freeBytes(dir))) {
      case 'busy':
        throw new JournalError('locked', dir, '', { cause: error })
      case 'full':
        throw new JournalError('no-space', dir, detail, { cause: error })
      case 'damaged':
        // Its content is nothing; had somebody locked it, it would be busy.
        rmSync(path, { force: true })
        return lock(path)
      case 'io':
        throw new JournalError('cannot-open', dir, detail, { cause: error })
    }
  }
}

function lock(path: string): Lock {
  createPrivate(path)
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    throw error
  }
  return { release: () => db.close() }
}

/** Makes an empty file that only this user can read; SQLite gives its side files the same mode. */
export function createPrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
}
