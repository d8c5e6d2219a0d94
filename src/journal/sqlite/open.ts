/** Opening `journal.db`: looked at first, brought up to date, or set aside and begun anew if it is damaged. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { SourceState } from '../../domain/source-journal.ts'
import type { JournalTelemetry } from '../../telemetry/telemetry.ts'
import { unpack } from '../block.ts'
import { JournalError } from '../error.ts'
import type { SettledOffsets } from '../journal.ts'
import type { StoreState } from '../store.ts'
import { textOf } from '../../domain/text-of.ts'
import { failureFrom } from './failure.ts'
import { freeBytes } from './filesystem.ts'
import { pageBytes } from './insert-blocks.ts'
import { emptyBeginning, endTakeOver, makeNew, saltBytes, takeOver, writeBeginning } from './take-over.ts'
import type { Beginning } from './take-over.ts'
import { createPrivate } from './lock.ts'
import { replayingSinks } from './letters.ts'
import type { ReportRun } from '../report-runs.ts'
import { sinksWithReplays } from './replays.ts'
import { readReportRuns } from './report-runs.ts'
import {
  blob,
  blockColumns,
  integer,
  RowDamaged,
  settledFrom,
  sourceStateFrom,
  storedBlock,
  text,
} from './rows.ts'
import type { Row } from './rows.ts'
import { applicationId, fileName, migrate, migrations, schemaVersion, setMeta } from './schema.ts'

export interface OpenedDatabase {
  readonly db: DatabaseSync
  readonly walMode: boolean
  readonly salt: Uint8Array
  readonly state: StoreState
  /** The last process closed it, or it is new. */
  readonly wasClean: boolean
}

export interface ConnectOptions {
  readonly dir: string
  readonly telemetry: JournalTelemetry
  /** The network file system that a directory lies on, `undefined` for a local one. */
  readonly networkFileSystem: (dir: string) => string | undefined
}

export interface OpenDatabaseOptions extends ConnectOptions {
  /** Wall clock, ms: names the file that is set aside. */
  readonly nowMs: number
}

/** Blocks looked at when the file is opened. */
const lastBlocks = 4
const magic = 'SQLite format 3\0'
/** A version that no release can have reached: the header is damaged. */
const absurdVersion = 10_000

interface Salvaged {
  readonly beginning: Beginning
  /** `undefined`: the file does not tell any more. */
  readonly occurrencesLost: number | undefined
}

/** Throws `JournalError`. The directory is there and locked. */
export function openDatabase(options: OpenDatabaseOptions): OpenedDatabase {
  const { dir } = options
  try {
    endTakeOver(dir)
    const damage = damageOfHeader(dir)
    if (damage !== undefined) return beginAnew(options, damage, nothingSalvaged())
    try {
      return openAsItIs(options)
    } catch (error) {
      if (error instanceof JournalError || failureFrom(error, () => freeBytes(dir)) !== 'damaged') throw error
      return beginAnew(options, textOf(error), salvage(dir))
    }
  } catch (error) {
    if (error instanceof JournalError) throw error
    const kind = failureFrom(error, () => freeBytes(dir)) === 'full' ? 'no-space' : 'cannot-open'
    throw new JournalError(kind, dir, textOf(error), { cause: error })
  }
}

/** A connection for the one writer, with the settings that hold for its life. */
export function connect(options: ConnectOptions): { readonly db: DatabaseSync; readonly walMode: boolean } {
  const { dir, telemetry } = options
  const { log } = telemetry
  const path = join(dir, fileName)
  createPrivate(path)
  // No waiting: the event loop would stand still. Whoever finds the file busy comes again.
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    const network = options.networkFileSystem(dir)
    db.exec(`PRAGMA page_size = ${pageBytes}`)
    db.exec('PRAGMA mmap_size = 0')
    db.exec('PRAGMA cache_size = -1024')
    const wanted = network === undefined ? 'WAL' : 'TRUNCATE'
    const mode = text(db.prepare(`PRAGMA journal_mode = ${wanted}`).get(), 'journal_mode')
    const walMode = mode === 'wal'
    if (network !== undefined) {
      log.info(
        'the data directory lies on a network file system: the journal goes without a write-ahead log',
        {
          dir,
          fileSystem: network,
        },
      )
    } else if (!walMode) {
      db.exec('PRAGMA journal_mode = TRUNCATE')
      log.info('the volume knows no write-ahead log: the journal goes without', { dir })
    }
    db.exec('PRAGMA synchronous = NORMAL')
    db.exec('PRAGMA wal_autocheckpoint = 0')
    db.exec(`PRAGMA journal_size_limit = ${8 * 1024 * 1024}`)
    return { db, walMode }
  } catch (error) {
    db.close()
    throw error
  }
}

/** The state that the tables hold; throws if they hold something that was never written. */
export function readState(db: DatabaseSync): { state: StoreState; salt: Uint8Array; wasClean: boolean } {
  const meta = new Map(
    db
      .prepare('SELECT key, value FROM meta')
      .all()
      .map((row) => [text(row, 'key'), row]),
  )
  const salt = blob(meta.get('salt'), 'value')
  const deadLetters = new Map<string, number>()
  for (const row of db.prepare('SELECT sink, count(*) AS held FROM dead_letter GROUP BY sink').iterate()) {
    deadLetters.set(text(row, 'sink'), integer(row, 'held'))
  }
  // Whatever follows looks there, so damage is met now, when a new file can still begin.
  db.prepare('SELECT first_offset, age_ms FROM block ORDER BY first_offset LIMIT 1').get()
  let nextOffset = integer(meta.get('next_offset'), 'value')
  let ageMs = integer(meta.get('age_ms'), 'value')
  const last = db.prepare(`SELECT ${blockColumns} FROM block ORDER BY first_offset DESC LIMIT ?`)
  for (const row of last.iterate(lastBlocks)) {
    const block = storedBlock(row)
    unpack(block)
    nextOffset = Math.max(nextOffset, block.firstOffset + block.count)
    ageMs = Math.max(ageMs, integer(row, 'age_ms'))
  }
  if (salt.byteLength !== saltBytes || nextOffset < 1)
    throw new RowDamaged('the salt or the offset is not ours')
  const state = {
    nextOffset,
    ageMs,
    sources: readSources(db),
    sinks: readSinks(db),
    deadLetters,
    replaying: replayingSinks(db),
    queued: sinksWithReplays(db),
    reportRuns: readReportRuns(db),
  }
  return { state, salt, wasClean: integer(meta.get('clean'), 'value') === 1 }
}

function openAsItIs(options: ConnectOptions): OpenedDatabase {
  const { dir } = options
  const opened = connect(options)
  try {
    const { db } = opened
    const version = schemaVersion(db)
    const tables = new Set(
      db
        .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
        .all()
        .map((row) => text(row, 'name')),
    )
    if (tables.size === 0 && version === 0) {
      // New, or killed before the first transaction ended.
      migrate(db)
      const beginning = emptyBeginning()
      writeBeginning(db, beginning)
      return { ...opened, ...beginning, wasClean: true }
    }
    const id = integer(db.prepare('PRAGMA application_id').get(), 'application_id')
    const ours = tables.has('meta') && tables.has('block')
    if (id !== applicationId) {
      if (ours) throw new RowDamaged('the header is not ours, the tables are')
      throw new JournalError('not-a-journal', dir)
    }
    if (version > absurdVersion || version < 0) throw new RowDamaged('the version is absurd')
    if (version > migrations.length) {
      throw new JournalError('too-new', dir, `its format is ${version}, known are 1 to ${migrations.length}`)
    }
    migrate(db)
    const read = readState(db)
    // Written here, where a full disk still gives up the reserve.
    setMeta(db, 'clean', 0)
    return { ...opened, ...read }
  } catch (error) {
    opened.db.close()
    throw error
  }
}

function beginAnew(options: OpenDatabaseOptions, why: string, salvaged: Salvaged): OpenedDatabase {
  const { dir, telemetry, nowMs } = options
  const { beginning, occurrencesLost } = salvaged
  makeNew(dir, beginning)
  const aside = takeOver(dir, nowMs)
  const { nextOffset, sources } = beginning.state
  telemetry.damaged('file', occurrencesLost ?? 0, {
    dir,
    ...(occurrencesLost === undefined && { lost: 'nobody can tell how much' }),
    detail: why,
    setAsideAs: aside,
    nextOffset,
    sourcesKept: [...sources.keys()],
  })
  return { ...connect(options), ...beginning, wasClean: true }
}

/** Why the file cannot be a database; `undefined` if it may be one, or is not there, or is empty with no log. */
function damageOfHeader(dir: string): string | undefined {
  const path = join(dir, fileName)
  const size = statSync(path, { throwIfNoEntry: false })?.size
  const hasLog = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
  if (size === undefined || size === 0) return hasLog ? 'it is empty, its write-ahead log is not' : undefined
  const header = Buffer.alloc(magic.length)
  const file = openSync(path, 'r')
  try {
    readSync(file, header, 0, header.length, 0)
  } finally {
    closeSync(file)
  }
  return header.toString('latin1') === magic ? undefined : 'it does not begin as a database does'
}

/**
 * What can still be read of a damaged file: with the cursors the watches resume where they were, with the salt
 * derived sinks keep their names, and offsets go on growing, so that sinks see what they lost.
 */
function salvage(dir: string): Salvaged {
  const empty = emptyBeginning()
  let db: DatabaseSync
  try {
    db = new DatabaseSync(join(dir, fileName), { readOnly: true, timeout: 0 })
  } catch {
    return nothingSalvaged()
  }
  const ifReadable = <T>(read: () => T, otherwise: T): T => {
    try {
      return read()
    } catch {
      return otherwise
    }
  }
  const metaOf = (key: string): Row | undefined => db.prepare('SELECT value FROM meta WHERE key = ?').get(key)
  const salt = ifReadable(() => blob(metaOf('salt'), 'value'), empty.salt)
  const sources = ifReadable(() => readSources(db), new Map<string, SourceState>())
  const sinks = ifReadable(() => readSinks(db), new Map<string, SettledOffsets>())
  const reportRuns = ifReadable(() => readReportRuns(db), new Array<ReportRun>())
  const ageMs = ifReadable(() => integer(metaOf('age_ms'), 'value'), 0)
  let nextOffset = ifReadable(() => integer(metaOf('next_offset'), 'value'), 1)
  const firstOffset = ifReadable(
    () =>
      integer(
        db.prepare('SELECT first_offset FROM block ORDER BY first_offset LIMIT 1').get(),
        'first_offset',
      ),
    undefined,
  )
  const afterLast = ifReadable(
    () =>
      integer(
        db.prepare('SELECT first_offset + count AS next FROM block ORDER BY first_offset DESC LIMIT 1').get(),
        'next',
      ),
    1,
  )
  nextOffset = Math.max(1, nextOffset, afterLast)
  for (const { mark, ranges } of sinks.values()) {
    nextOffset = Math.max(nextOffset, mark, (ranges.at(-1)?.[1] ?? 0) + 1)
  }
  ifReadable(() => db.close(), undefined)
  return {
    beginning: {
      salt: salt.byteLength === saltBytes ? salt : empty.salt,
      state: { nextOffset, ageMs, sources, sinks, deadLetters: new Map(), reportRuns },
      occurrences: [],
    },
    occurrencesLost: firstOffset === undefined ? undefined : nextOffset - firstOffset,
  }
}

/** Of a file in which nothing can be found. */
function nothingSalvaged(): Salvaged {
  return { beginning: emptyBeginning(), occurrencesLost: undefined }
}

function readSources(db: DatabaseSync): ReadonlyMap<string, SourceState> {
  const rows = db.prepare('SELECT cluster, state FROM source').all()
  return new Map(rows.map((row) => [text(row, 'cluster'), sourceStateFrom(text(row, 'state'))]))
}

function readSinks(db: DatabaseSync): ReadonlyMap<string, SettledOffsets> {
  const rows = db.prepare('SELECT name, mark, ranges FROM sink').all()
  return new Map(
    rows.map((row) => [text(row, 'name'), settledFrom(integer(row, 'mark'), text(row, 'ranges'))]),
  )
}
