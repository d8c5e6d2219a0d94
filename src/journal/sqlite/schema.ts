/** The tables of `journal.db`, and how an older file becomes a current one. */
import type { DatabaseSync } from 'node:sqlite'
import { firstReplayId } from '../replays.ts'
import { integer } from './rows.ts'

export const fileName = 'journal.db'

/** "kubE" in the file's header (`PRAGMA application_id`): tells ours from other programs' databases. */
export const applicationId = 0x6b756245

/** One step: from the version that is its index to the next. It runs in a transaction. */
export type Migration = (db: DatabaseSync) => void

/** Never change a step that was released: add one. */
export const migrations: readonly Migration[] = [
  (db) =>
    db.exec(`
      -- salt, clean, age_ms, next_offset
      CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

      -- state: JSON of the cursor and what belongs to it
      CREATE TABLE source (id INTEGER PRIMARY KEY, cluster TEXT NOT NULL UNIQUE, state TEXT NOT NULL);

      -- One row is a micro-batch of one source. data comes last, so that scanning the rest does not touch it.
      -- age_ms: the age clock when it was committed. check_sum: CRC-32 of data and of its place. codec: 0 NDJSON, 1 zstd of it.
      CREATE TABLE block (
        first_offset INTEGER PRIMARY KEY,
        count INTEGER NOT NULL,
        arrived_at_ms INTEGER NOT NULL,
        age_ms INTEGER NOT NULL,
        source_id INTEGER NOT NULL,
        codec INTEGER NOT NULL,
        check_sum INTEGER NOT NULL,
        data BLOB NOT NULL
      );

      -- ranges: JSON [[from, to], …]. seen_age_ms: the age clock when it was last open.
      CREATE TABLE sink (
        name TEXT PRIMARY KEY,
        mark INTEGER NOT NULL,
        ranges TEXT NOT NULL,
        seen_age_ms INTEGER NOT NULL
      ) WITHOUT ROWID;

      CREATE TABLE dead_letter (
        id INTEGER PRIMARY KEY,
        sink TEXT NOT NULL,
        event_offset INTEGER NOT NULL,
        cluster TEXT NOT NULL,
        reason TEXT NOT NULL,
        detail TEXT NOT NULL,
        died_at_ms INTEGER NOT NULL,
        age_ms INTEGER NOT NULL,
        raw BLOB NOT NULL
      );
      CREATE INDEX dead_letter_by_sink ON dead_letter (sink, id);
    `),
  (db) =>
    db.exec(`
      -- replaying: 1 from the command to send it again until it is delivered or has died again
      ALTER TABLE dead_letter ADD COLUMN replaying INTEGER NOT NULL DEFAULT 0;
      CREATE INDEX dead_letter_replaying ON dead_letter (sink, id) WHERE replaying = 1;
    `),
  (db) =>
    db.exec(`
      -- What was settled for a sink, a row a second at most: tells when. ranges as in sink, fewer of them.
      CREATE TABLE settled_log (
        id INTEGER PRIMARY KEY,
        sink TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        mark INTEGER NOT NULL,
        ranges TEXT NOT NULL
      );
    `),
  (db) =>
    db.exec(`
      -- What a sink was commanded to send. bytes: of raw. No number is used twice, not even in the file that takes over
      -- from a damaged one: numbers begin with the time at which the table was made.
      CREATE TABLE replay (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sink TEXT NOT NULL,
        cluster TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        raw BLOB NOT NULL
      );
      CREATE INDEX replay_by_sink ON replay (sink, id, bytes);
      INSERT INTO sqlite_sequence (name, seq)
        VALUES ('replay', max(${firstReplayId}, CAST(unixepoch('subsec') * 1000 AS INTEGER) * 256));
    `),
  (db) =>
    db.exec(`
      -- The last run of a report that a sink is done with. schedule: as it was written.
      CREATE TABLE report_run (
        report TEXT NOT NULL,
        sink TEXT NOT NULL,
        schedule TEXT NOT NULL,
        due_ms INTEGER NOT NULL,
        PRIMARY KEY (report, sink)
      ) WITHOUT ROWID;
    `),
]

export function schemaVersion(db: DatabaseSync): number {
  return integer(db.prepare('PRAGMA user_version').get(), 'user_version')
}

/** Brings the file to the version that `steps` end with; one transaction, so that a kill leaves the old one. */
export function migrate(db: DatabaseSync, steps: readonly Migration[] = migrations): void {
  const from = schemaVersion(db)
  if (from >= steps.length) return
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const step of steps.slice(from)) step(db)
    db.exec(`PRAGMA application_id = ${applicationId}`)
    db.exec(`PRAGMA user_version = ${steps.length}`)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

export function setMeta(db: DatabaseSync, key: 'salt', value: Uint8Array): void
export function setMeta(db: DatabaseSync, key: 'clean' | 'age_ms' | 'next_offset', value: number): void
export function setMeta(db: DatabaseSync, key: string, value: number | Uint8Array): void {
  db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value)
}
