/** What SQLite's result codes mean for the journal (https://www.sqlite.org/rescode.html). */
import { BlockDamaged } from '../block.ts'
import type { CommitFailure } from '../store.ts'
import { RowDamaged } from './rows.ts'

const busy = 5
const locked = 6
const corrupt = 11
const full = 13
const notADatabase = 26
const shortRead = 522

/** The (extended) result code, `undefined` if the error is none of SQLite's. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode : undefined
}

/** `free`: bytes free on the volume, asked only if the code leaves it open. */
export function failureFrom(error: unknown, free: () => number): CommitFailure {
  if (error instanceof BlockDamaged || error instanceof RowDamaged) return 'damaged'
  const code = resultCode(error)
  if (code === undefined) return 'io'
  if (code === shortRead) return 'damaged'
  switch (code & 0xff) {
    case busy:
    case locked:
      return 'busy'
    case full:
      return 'full'
    case corrupt:
    case notADatabase:
      return 'damaged'
    default:
      // The shared memory file and others say "I/O error" where there is no room.
      return free() < noRoomBytes ? 'full' : 'io'
  }
}

const noRoomBytes = 1024 * 1024
