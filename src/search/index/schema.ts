/** The index's file: what is in it, how it is opened, and when it is thrown away. It can always be made anew from the journal. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export const indexFileName = 'search.db'

/** Grows when the form changes: an index of another form is made anew. */
const version = 1

/** KiB of the file that each connection keeps in memory. */
const cacheKiB = 2_048

const tables = `
  -- journal: the salt of the journal that this is an index of. next_offset: what is indexed up to.
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

  CREATE TABLE object (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (kind, namespace, name)
  );
  CREATE TABLE reason (id INTEGER PRIMARY KEY, type TEXT NOT NULL, reason TEXT NOT NULL, UNIQUE (type, reason));
  CREATE TABLE node (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

  -- count: how often it happened since its state before, as Kubernetes counts. began_ms: of a first state that tells of
  -- more than one, when the event began, 0 if it does not tell: all of it counts in a period that holds the beginning,
  -- else one does. told_ms: the event's own time.
  CREATE TABLE occurrence (
    event_offset INTEGER PRIMARY KEY,
    arrived_at_ms INTEGER NOT NULL,
    told_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    began_ms INTEGER,
    object_id INTEGER NOT NULL,
    reason_id INTEGER NOT NULL,
    node_id INTEGER NOT NULL
  );
  CREATE INDEX occurrence_by_object ON occurrence (object_id);

  -- What each event said last.
  CREATE TABLE told (event_key PRIMARY KEY, count INTEGER NOT NULL, event_offset INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE owner (
    made TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL
  ) WITHOUT ROWID;

  -- Words as the program takes texts apart, so that the index finds what the journal itself would: nothing is left to do
  -- but to cut at blanks.
  CREATE VIRTUAL TABLE words USING fts5(
    message, reason, name, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0"
  );
`

export function hasIndex(dataDir: string): boolean {
  return existsSync(join(dataDir, indexFileName))
}

/** To read, beside whoever writes. Throws SQLite's error if it cannot be read. */
export function openIndexToRead(dataDir: string): DatabaseSync {
  const db = new DatabaseSync(join(dataDir, indexFileName), { readOnly: true, timeout: 1_000 })
  db.exec(`PRAGMA cache_size = -${cacheKiB}`)
  return db
}

/** To write: as it is if it is an index of this journal, else a new one. */
export function openIndexToWrite(dataDir: string, journal: Uint8Array): DatabaseSync {
  const path = join(dataDir, indexFileName)
  if (existsSync(path)) {
    try {
      const db = open(path)
      if (isIndexOf(db, journal)) return db
      db.close()
    } catch {
      // Damaged, or no database: nothing is lost with it.
    }
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
  }
  const db = open(path)
  db.exec('BEGIN IMMEDIATE')
  db.exec(tables)
  db.exec(`PRAGMA user_version = ${version}`)
  const set = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)')
  set.run('journal', journal)
  set.run('next_offset', 1)
  db.exec('COMMIT')
  return db
}

function open(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  db.exec('PRAGMA journal_mode = WAL')
  // A crash of the machine may take the last of it; what is missing is indexed again.
  db.exec('PRAGMA synchronous = NORMAL')
  db.exec(`PRAGMA cache_size = -${cacheKiB}`)
  return db
}

/** Whether the file has this form and belongs to this journal. */
export function isIndexOf(db: DatabaseSync, journal: Uint8Array): boolean {
  if (db.prepare('PRAGMA user_version').get()?.['user_version'] !== version) return false
  const salt = metaOf(db, 'journal')
  return salt instanceof Uint8Array && Buffer.compare(salt, journal) === 0
}

/** What is indexed lies below this offset. */
export function nextOffsetOf(db: DatabaseSync): number {
  return Number(metaOf(db, 'next_offset') ?? 1)
}

export function metaOf(db: DatabaseSync, key: 'journal' | 'next_offset'): unknown {
  return db.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.['value']
}
