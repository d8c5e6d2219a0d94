/**
 * The journal's worker: what would hold up the event loop. Reading old blocks, checkpoints, the full check.
 * `runJournalWorker` is called by the program's entry when it finds itself in a thread, since the whole program is
 * one file and a worker has to begin there too.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { DatabaseSync } from 'node:sqlite'
import type { SQLOutputValue } from 'node:sqlite'
import type { IdentityData } from './identities.ts'
import type { StoredLetter } from './journal.ts'
import type { LetterQuery } from './letters.ts'
import type { QueuedReplay, WaitingReplays } from './replays.ts'
import { check } from './sqlite/check.ts'
import type { Checked, CheckStep } from './sqlite/check.ts'
import { resultCode } from './sqlite/failure.ts'
import { readLetters } from './sqlite/letters.ts'
import { readReplays, readWaitingReplays } from './sqlite/replays.ts'
import { readOffsetSince } from './sqlite/offset-since.ts'
import { readBlocks, readDeadLetters, readIdentities, readNewest } from './sqlite/reading.ts'
import type { LetterRow, ReadResult } from './sqlite/reading.ts'
import { integer } from './sqlite/rows.ts'
import { textOf } from '../domain/text-of.ts'

/** What the worker can be asked for, and what it answers. */
export interface Jobs {
  read: { ask: { readonly fromOffset: number; readonly before: number }; answer: ReadResult }
  newest: {
    ask: { readonly sourceId: number; readonly before: number; readonly count: number }
    answer: readonly Uint8Array[]
  }
  identities: {
    ask: {
      readonly sourceId: number
      readonly fromOffset: number
      readonly before: number
      readonly seed: number
    }
    answer: IdentityData
  }
  deadLetters: { ask: { readonly sink: string; readonly limit: number }; answer: readonly LetterRow[] }
  letters: { ask: LetterQuery; answer: readonly StoredLetter[] }
  replays: {
    ask: { readonly sink: string; readonly afterId: number; readonly limit: number }
    answer: readonly QueuedReplay[]
  }
  waitingReplays: { ask: { readonly sink: string }; answer: WaitingReplays }
  offsetSince: { ask: { readonly sinceMs: number }; answer: number | undefined }
  checkpoint: { ask: Record<never, never>; answer: CheckpointResult }
  check: { ask: { readonly step: CheckStep; readonly walMode: boolean }; answer: Checked }
}

export type JobKind = keyof Jobs

export type Request = {
  [K in JobKind]: {
    readonly id: number
    readonly kind: K
    readonly ask: Jobs[K]['ask']
    /** Grows when the file was replaced: connections to the old one are closed. */
    readonly generation: number
  }
}[JobKind]

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: Jobs[JobKind]['answer'] }
  | {
      readonly id: number
      readonly ok: false
      readonly message: string
      readonly errcode: number | undefined
    }

export interface CheckpointResult {
  /** Frames in the write-ahead log, and how many of them are in the database now. */
  readonly frames: number
  readonly done: number
}

/** Marks a thread as the journal's among others that the program may start. */
export const journalRole = 'kube-eventer-journal'

export interface JournalWorkerData {
  readonly role: typeof journalRole
  readonly path: string
}

/** How long the last part of a checkpoint may wait for readers, ms. The writer cannot commit meanwhile. */
const restartTimeoutMs = 50

/** Does nothing on the main thread or in a thread of another role. */
export function runJournalWorker(): void {
  const port = parentPort
  const data: unknown = workerData
  if (isMainThread || port === null || !isJournalWorkerData(data)) return
  const { path } = data
  let db: DatabaseSync | undefined
  let generation = -1
  port.on('message', (request: Request | 'end') => {
    if (request === 'end') {
      db?.close()
      port.close()
      return
    }
    try {
      if (generation !== request.generation) {
        db?.close()
        db = undefined
        generation = request.generation
      }
      db ??= openToRead(path)
      const value = answerTo(request, db, path)
      const answer: Answer = { id: request.id, ok: true, value }
      port.postMessage(answer, transferable(value))
    } catch (error) {
      // A connection that has met an error is not trusted again.
      try {
        db?.close()
      } catch {
        // Nothing is lost with it.
      }
      db = undefined
      const message = textOf(error)
      const answer: Answer = { id: request.id, ok: false, message, errcode: resultCode(error) }
      port.postMessage(answer)
    }
  })
}

function answerTo(request: Request, db: DatabaseSync, path: string): Jobs[JobKind]['answer'] {
  switch (request.kind) {
    case 'read':
      return readBlocks(db, request.ask.fromOffset, request.ask.before)
    case 'newest':
      return readNewest(db, request.ask.sourceId, request.ask.before, request.ask.count)
    case 'identities': {
      const { sourceId, fromOffset, before, seed } = request.ask
      return readIdentities(db, sourceId, fromOffset, before, seed)
    }
    case 'deadLetters':
      return readDeadLetters(db, request.ask.sink, request.ask.limit)
    case 'letters':
      return readLetters(db, request.ask)
    case 'replays':
      return readReplays(db, request.ask)
    case 'waitingReplays':
      return readWaitingReplays(db, request.ask.sink)
    case 'offsetSince':
      return readOffsetSince(db, request.ask.sinceMs)
    case 'checkpoint':
      return checkpoint(path)
    case 'check':
      return check(db, request.ask.step, request.ask)
  }
}

function openToRead(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 1000 })
  db.exec('PRAGMA cache_size = -512')
  db.exec('PRAGMA mmap_size = 0')
  return db
}

/**
 * First what can be done beside the writer, which is nearly all of it; then, for an instant, with the writer kept
 * out: under constant load the log would otherwise never be done with, hence never be used from its start again.
 */
function checkpoint(path: string): CheckpointResult {
  const db = new DatabaseSync(path, { timeout: restartTimeoutMs })
  try {
    db.exec('PRAGMA wal_autocheckpoint = 0')
    db.exec('PRAGMA cache_size = -512')
    const passive = resultOf(db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get())
    if (passive.done >= passive.frames) return passive
    return resultOf(db.prepare('PRAGMA wal_checkpoint(RESTART)').get())
  } finally {
    db.close()
  }
}

function resultOf(row: Record<string, SQLOutputValue> | undefined): CheckpointResult {
  return { frames: integer(row, 'log'), done: integer(row, 'checkpointed') }
}

function transferable(value: Jobs[JobKind]['answer']): ArrayBuffer[] {
  if (typeof value !== 'object') return []
  if ('lines' in value) return [value.lines.buffer]
  if ('slots' in value) return [value.slots.buffer]
  return []
}

function isJournalWorkerData(value: unknown): value is JournalWorkerData {
  return (
    typeof value === 'object' &&
    value !== null &&
    'role' in value &&
    value.role === journalRole &&
    'path' in value &&
    typeof value.path === 'string'
  )
}
