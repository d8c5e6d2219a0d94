/** Opens the journal: on disk in the directory given, in memory without one. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../domain/clock.ts'
import type { JournalTelemetry } from '../telemetry/telemetry.ts'
import { makeWritable } from './directory.ts'
import { JournalError } from './error.ts'
import type { Journal } from './journal.ts'
import type { JournalOperations } from './operations.ts'
import { LiveJournal } from './live-journal.ts'
import { MemoryStore } from './memory/store.ts'
import { networkFileSystem } from './sqlite/filesystem.ts'
import { acquireLock } from './sqlite/lock.ts'
import { openDatabase } from './sqlite/open.ts'
import { SqliteStore } from './sqlite/store.ts'
import { textOf } from '../domain/text-of.ts'

const mebibyte = 1024 * 1024

export interface OpenJournalOptions {
  /** Data directory, made if it is not there; `undefined`: in memory. `choosePlace` finds it. */
  readonly dir: string | undefined
  /** A module that calls `runJournalWorker()` when loaded in a thread: the program's own entry. */
  readonly workerEntry: URL
  readonly clock: Clock
  readonly telemetry: JournalTelemetry
  /** Retention by age, in running time. Default 72 h. */
  readonly maxAgeMs?: number
  /** Retention by bytes really used on disk. Default 512 MiB. */
  readonly maxBytes?: number
  /** Bound of the memory engine's blocks. Default 48 MiB. */
  readonly maxMemoryBytes?: number
  /** Raw text kept as live objects for sinks that keep up. Default 4 MiB. */
  readonly tailBytes?: number
  /** What may wait to be committed before sources are asked to wait. Default 8 MiB and 20,000. */
  readonly maxWaitingBytes?: number
  readonly maxWaitingCount?: number
  /** Room kept for the day the disk is full. Default 8 MiB; 0: none. */
  readonly reserveBytes?: number
  /** Names the network file system that a directory lies on: there the journal goes without WAL. Default: statfs. */
  readonly networkFileSystem?: (dir: string) => string | undefined
  /** After an unclean stop the whole file is checked so long after the start. Default 5 s. */
  readonly checkAfterMs?: number
}

/** Rejects with `JournalError`. */
export async function openJournal(options: OpenJournalOptions): Promise<Journal & JournalOperations> {
  const { dir, clock, telemetry } = options
  const live = {
    dir: dir ?? '',
    clock,
    telemetry,
    tailBytes: options.tailBytes ?? 4 * mebibyte,
    limits: {
      maxWaitingBytes: options.maxWaitingBytes ?? 8 * mebibyte,
      maxWaitingCount: options.maxWaitingCount ?? 20_000,
    },
  }
  const maxAgeMs = options.maxAgeMs ?? 72 * 3_600_000
  if (dir === undefined) {
    const maxBytes = Math.min(options.maxMemoryBytes ?? 48 * mebibyte, options.maxBytes ?? Infinity)
    telemetry.boundedTo(maxBytes)
    return new LiveJournal(new MemoryStore({ maxBytes, maxAgeMs }), live)
  }
  const maxBytes = options.maxBytes ?? 512 * mebibyte
  telemetry.boundedTo(maxBytes)
  prepareDirectory(dir)
  const lock = acquireLock(dir)
  try {
    const database = openWithRoom(dir, options)
    // The check runs long after the journal is made; it cannot find anything before.
    let journal: LiveJournal | undefined
    const store = new SqliteStore(database, lock, {
      dir,
      bounds: { maxAgeMs, maxBytes },
      reserveBytes: options.reserveBytes ?? 8 * mebibyte,
      clock,
      telemetry,
      networkFileSystem: options.networkFileSystem ?? networkFileSystem,
      workerEntry: options.workerEntry,
      checkAfterMs: options.checkAfterMs ?? 5000,
      onDamage: (why) => journal?.beginAnew(why),
    })
    journal = new LiveJournal(store, live)
    return journal
  } catch (error) {
    lock.release()
    throw error
  }
}

function prepareDirectory(dir: string): void {
  try {
    makeWritable(dir)
  } catch (error) {
    throw new JournalError('not-writable', dir, textOf(error), { cause: error })
  }
}

/** On a full disk the reserve is given up to begin at all. */
function openWithRoom(dir: string, options: OpenJournalOptions): ReturnType<typeof openDatabase> {
  const { clock, telemetry } = options
  const how = {
    dir,
    telemetry,
    nowMs: clock.wallMs(),
    networkFileSystem: options.networkFileSystem ?? networkFileSystem,
  }
  try {
    return openDatabase(how)
  } catch (error) {
    if (!(error instanceof JournalError) || error.kind !== 'no-space') throw error
    rmSync(join(dir, 'reserve'), { force: true })
    return openDatabase(how)
  }
}
