/** The default engine: one SQLite file, written by the main thread in short transactions, read by the worker. */
import { open } from 'node:fs/promises'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Clock } from '../../domain/clock.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { JournalTelemetry } from '../../telemetry/telemetry.ts'
import { seedFrom } from '../identities.ts'
import type { IdentityData } from '../identities.ts'
import type { DeadLetter, SettledOffsets, StoredLetter } from '../journal.ts'
import type { LetterQuery } from '../letters.ts'
import type { QueuedReplay, WaitingReplays } from '../replays.ts'
import { settledLogEveryMs, settledLogRanges } from '../settled-log.ts'
import { maxDeadLetters } from '../store.ts'
import type { Chunk, CommitBatch, CommitFailure, Expired, ExpireLimits, Store, StoreState } from '../store.ts'
import { textOf } from '../../domain/text-of.ts'
import { WorkerClient } from '../worker-client.ts'
import { BackgroundCheck } from './background-check.ts'
import { failureFrom } from './failure.ts'
import { applyLetterWork } from './letters.ts'
import { applyReplayWork } from './replays.ts'
import { applyReportRunWork } from './report-runs.ts'
import { freeBytes } from './filesystem.ts'
import type { Lock } from './lock.ts'
import { insertBlocks, insertBlockSql, pageBytes } from './insert-blocks.ts'
import { connect, readState } from './open.ts'
import type { ConnectOptions, OpenedDatabase } from './open.ts'
import type { DamagedRange } from './reading.ts'
import { Reserve } from './reserve.ts'
import { Retention } from './retention.ts'
import type { RetentionBounds } from './retention.ts'
import { integer, RowDamaged, text } from './rows.ts'
import { fileName, schemaVersion, setMeta } from './schema.ts'
import { makeNew, takeOver } from './take-over.ts'

/** From so much write-ahead log on a checkpoint is made. */
const checkpointFromBytes = 4 * 1024 * 1024
/** After one that failed. */
const checkpointAgainMs = 1000
/** A commit writes so many pages beside its blocks: leaves of the tables it touches, the first page. */
const pagesPerCommit = 5
const usedBytesEveryMs = 100
/** After so many failures that are none of a full disk, the connection itself is suspected. */
const reconnectAfter = 3
/** Damaged parts that are remembered as told. */
const maxToldDamage = 1000

export interface SqliteStoreOptions {
  readonly dir: string
  readonly bounds: RetentionBounds
  readonly reserveBytes: number
  readonly networkFileSystem: ConnectOptions['networkFileSystem']
  readonly clock: Clock
  readonly telemetry: JournalTelemetry
  readonly workerEntry: URL
  readonly checkAfterMs: number
  /** The full check or a new connection found this: begin anew. */
  readonly onDamage: (why: string) => void
}

interface Statements {
  readonly begin: StatementSync
  readonly commit: StatementSync
  readonly insertBlock: StatementSync
  readonly saveSource: StatementSync
  readonly saveSink: StatementSync
  readonly logSettled: StatementSync
  readonly insertLetter: StatementSync
  readonly dropLetters: StatementSync
  readonly countLetters: StatementSync
  readonly oldest: StatementSync
  readonly pageCount: StatementSync
  readonly freePages: StatementSync
}

export class SqliteStore implements Store {
  readonly engine = 'sqlite'
  readonly salt: Uint8Array
  readonly opened: StoreState
  readonly letters = {
    find: (query: LetterQuery): Promise<readonly StoredLetter[]> => this.#worker.run('letters', query),
    count: (sink: string): number => integer(this.#statements.countLetters.get(sink), 'held'),
  }
  readonly replays = {
    find: (sink: string, afterId: number, limit: number): Promise<readonly QueuedReplay[]> =>
      this.#worker.run('replays', { sink, afterId, limit }),
    waiting: (sink: string): Promise<WaitingReplays> => this.#worker.run('waitingReplays', { sink }),
  }
  readonly #options: SqliteStoreOptions
  readonly #lock: Lock
  readonly #reserve: Reserve
  /** Short jobs, and one for long ones that shall not keep the short ones waiting. */
  readonly #worker: WorkerClient
  readonly #longWorker: WorkerClient
  #db: DatabaseSync
  #walMode: boolean
  #statements: Statements
  #retention: Retention
  #sourceIds = new Map<string, number>()
  #clusters = new Map<number, string>()
  /** The offset after the last one stored. */
  #nextOffset: number
  #oldest: { readonly offset: number; readonly ageMs: number } | undefined
  /** When each sink's last row of `settled_log` was written, monotonic ms. */
  readonly #loggedAtMs = new Map<string, number>()
  #usedBytes = 0
  #freePageBytes = 0
  #usedAtMs = -Infinity
  #walBytes: number
  #checkpointing = false
  #nextCheckpointMs = 0
  #failures = 0
  /** Where the damaged file is while the new one in its place could not be opened yet. */
  #setAsideAs: string | undefined
  readonly #check: BackgroundCheck
  #toldDamage: { readonly from: number; readonly to: number }[] = []
  #suspected = false
  #closed = false

  constructor(database: OpenedDatabase, lock: Lock, options: SqliteStoreOptions) {
    const { dir, clock, workerEntry } = options
    this.#options = options
    this.#lock = lock
    this.salt = database.salt
    this.opened = database.state
    this.#nextOffset = database.state.nextOffset
    this.#db = database.db
    this.#walMode = database.walMode
    this.#statements = prepare(database.db)
    this.#retention = new Retention(database.db, options.bounds)
    this.#reserve = new Reserve(join(dir, 'reserve'), options.reserveBytes)
    this.#worker = new WorkerClient(workerEntry, join(dir, fileName), clock)
    this.#longWorker = new WorkerClient(workerEntry, join(dir, fileName), clock)
    this.#walBytes = statSync(join(dir, `${fileName}-wal`), { throwIfNoEntry: false })?.size ?? 0
    this.#look()
    void this.#reserve.ensure()
    this.#check = new BackgroundCheck({
      dir,
      clock,
      log: options.telemetry.log,
      step: (step) => this.#longWorker.run('check', { step, walMode: this.#walMode }),
      failureOf: (error) => this.failureOf(error),
      onDamagedPart: (part) => this.#tellDamage(part),
      onDamage: options.onDamage,
    })
    if (!database.wasClean) this.#check.start(options.checkAfterMs, 'the last run did not end cleanly')
  }

  commit(batch: CommitBatch): ReadonlyMap<string, number> {
    // A commit that failed may have been written all the same (seen after the connection was opened again).
    const occurrences = batch.occurrences.filter((occurrence) => occurrence.offset >= this.#nextOffset)
    const { begin, commit, saveSource, saveSink } = this.#statements
    let dropped: ReadonlyMap<string, number>
    let bytes = 0
    begin.run()
    try {
      bytes = insertBlocks(this.#statements.insertBlock, occurrences, batch.ageMs, (cluster) =>
        this.#sourceId(cluster),
      )
      for (const [cluster, state] of batch.sources) {
        saveSource.run(this.#sourceId(cluster), cluster, JSON.stringify(state))
      }
      for (const [sink, { mark, ranges }] of batch.sinks) {
        saveSink.run(sink, mark, JSON.stringify(ranges), batch.ageMs)
        this.#logSettled(sink, mark, ranges)
      }
      dropped = this.#bury(batch.deadLetters, batch.ageMs)
      if (batch.letterWork) applyLetterWork(this.#db, batch.letterWork)
      if (batch.replayWork) applyReplayWork(this.#db, batch.replayWork)
      if (batch.reportRunWork) applyReportRunWork(this.#db, batch.reportRunWork)
      commit.run()
    } catch (error) {
      this.#rollback()
      throw error
    }
    this.#failures = 0
    const first = occurrences[0]
    const last = occurrences.at(-1)
    if (last !== undefined) this.#nextOffset = last.offset + 1
    if (first !== undefined) this.#oldest ??= { offset: first.offset, ageMs: batch.ageMs }
    this.#walBytes += bytes + pagesPerCommit * pageBytes
    this.#measure(false)
    this.#checkpointIfDue()
    return dropped
  }

  failureOf(error: unknown): CommitFailure {
    return failureFrom(error, () => freeBytes(this.#options.dir))
  }

  recover(failure: CommitFailure): void {
    if (failure === 'full') {
      this.#reserve.release()
      // The log can be used again from its start once it is in the database.
      this.#walBytes = Math.max(this.#walBytes, checkpointFromBytes)
      this.#checkpointIfDue()
      return
    }
    this.#failures += 1
    if (this.#failures < reconnectAfter) return
    this.#failures = 0
    try {
      this.#reconnect()
    } catch (error) {
      if (this.failureOf(error) === 'damaged') return this.#options.onDamage(textOf(error))
      this.#options.telemetry.log.debug('the journal could not be opened again', { detail: textOf(error) })
    }
  }

  replace(state: StoreState, occurrences: readonly Occurrence[]): string {
    const { dir, clock, telemetry, networkFileSystem } = this.#options
    // Only this can fail for want of room, and it leaves everything as it was.
    if (this.#setAsideAs === undefined) makeNew(dir, { salt: this.salt, state, occurrences })
    this.#closeDatabase()
    this.#setAsideAs ??= takeOver(dir, clock.wallMs())
    this.#use(connect({ dir, telemetry, networkFileSystem }))
    const setAsideAs = this.#setAsideAs
    this.#setAsideAs = undefined
    this.#check.stop()
    this.#suspected = false
    this.#toldDamage = []
    this.#nextOffset = state.nextOffset
    return setAsideAs
  }

  hasRoom(): boolean {
    if (this.#reserve.exists()) return true
    void this.#reserve.ensure()
    this.#measure(true)
    return this.#freePageBytes >= this.#reserve.bytes
  }

  bytes(): number {
    return this.#usedBytes
  }

  overfull(): boolean {
    return this.#usedBytes > this.#options.bounds.maxBytes && this.#oldest !== undefined
  }

  oldest(): { readonly offset: number; readonly ageMs: number } | undefined {
    return this.#oldest
  }

  expire(limits: ExpireLimits): Expired {
    this.#measure(true)
    const expired = this.#retention.step(limits, this.#usedBytes, this.#nextOffset)
    this.#walBytes += pagesPerCommit * pageBytes
    if (expired.byAge + expired.byBytes > 0) {
      this.#findOldest()
      this.#measure(true)
    }
    this.#checkpointIfDue()
    const more = expired.more || (expired.byBytes > 0 && this.overfull())
    if (!more) void this.#reserve.ensure()
    return { ...expired, more }
  }

  async read(fromOffset: number, before: number): Promise<Chunk> {
    const { lines, blocks, nextOffset, damaged } = await this.#worker.run('read', { fromOffset, before })
    for (const part of damaged) this.#tellDamage(part)
    if (damaged.some(({ what }) => what === 'structure')) this.#suspectStructure()
    return {
      lines,
      nextOffset,
      blocks: blocks.map(({ sourceId, ...block }) => ({
        ...block,
        cluster: this.#clusters.get(sourceId) ?? '',
      })),
    }
  }

  async newest(cluster: string, before: number, count: number): Promise<readonly Uint8Array[]> {
    const sourceId = this.#sourceIds.get(cluster)
    if (sourceId === undefined) return []
    return this.#worker.run('newest', { sourceId, before, count })
  }

  async identities(cluster: string, fromOffset: number, before: number): Promise<IdentityData> {
    const sourceId = this.#sourceIds.get(cluster) ?? 0
    return this.#longWorker.run('identities', { sourceId, fromOffset, before, seed: seedFrom(this.salt) })
  }

  async offsetSince(sinceMs: number): Promise<number | undefined> {
    return this.#longWorker.run('offsetSince', { sinceMs })
  }

  async deadLetters(sink: string, limit: number): Promise<readonly DeadLetter[]> {
    const rows = await this.#worker.run('deadLetters', { sink, limit })
    return rows.map((row) => ({ ...row, sink }))
  }

  /** Off the main thread: a transaction with `synchronous=FULL` would hold up the event loop for the disk. */
  async sync(): Promise<void> {
    // Without a write-ahead log each commit has reached the disk when it returns.
    if (!this.#walMode || this.#closed) return
    for (const path of [join(this.#options.dir, `${fileName}-wal`), this.#options.dir]) {
      const file = await open(path, 'r')
      try {
        await file.sync()
      } finally {
        await file.close()
      }
    }
  }

  async close(clean: boolean, ageMs: number): Promise<void> {
    this.#closed = true
    this.#check.stop()
    // The last connection to close puts the log into the database and removes it: that shall be this one.
    await Promise.all([this.#worker.close(), this.#longWorker.close()])
    try {
      if (clean) {
        setMeta(this.#db, 'age_ms', ageMs)
        setMeta(this.#db, 'next_offset', this.#nextOffset)
        setMeta(this.#db, 'clean', 1)
      }
    } catch (error) {
      this.#options.telemetry.log.warn(
        'the journal could not be marked as closed; it is checked at the next start',
        {
          detail: textOf(error),
        },
      )
    }
    await this.#reserve.ensure()
    this.#closeDatabase()
    this.#lock.release()
  }

  #logSettled(sink: string, mark: number, ranges: SettledOffsets['ranges']): void {
    const nowMs = this.#options.clock.monotonicMs()
    if (nowMs - (this.#loggedAtMs.get(sink) ?? -Infinity) < settledLogEveryMs) return
    this.#loggedAtMs.set(sink, nowMs)
    const kept = JSON.stringify(ranges.slice(0, settledLogRanges))
    this.#statements.logSettled.run(sink, this.#options.clock.wallMs(), mark, kept)
  }

  #bury(letters: readonly DeadLetter[], ageMs: number): ReadonlyMap<string, number> {
    const dropped = new Map<string, number>()
    if (letters.length === 0) return dropped
    const { insertLetter, countLetters, dropLetters } = this.#statements
    for (const { sink, offset, cluster, reason, detail, diedAtMs, raw } of letters) {
      insertLetter.run(sink, offset, cluster, reason, detail, diedAtMs, ageMs, raw)
    }
    for (const sink of new Set(letters.map((letter) => letter.sink))) {
      const over = integer(countLetters.get(sink), 'held') - maxDeadLetters
      if (over <= 0) continue
      dropLetters.run(sink, over)
      dropped.set(sink, over)
    }
    return dropped
  }

  /** A source's number in the rows. It is given before its row is there: the same commit writes it. */
  #sourceId(cluster: string): number {
    const known = this.#sourceIds.get(cluster)
    if (known !== undefined) return known
    const id = Math.max(0, ...this.#clusters.keys()) + 1
    this.#sourceIds.set(cluster, id)
    this.#clusters.set(id, cluster)
    return id
  }

  #rollback(): void {
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    } catch (error) {
      this.#options.telemetry.log.debug('a rollback failed', { detail: textOf(error) })
    }
  }

  #reconnect(): void {
    const { dir, telemetry, networkFileSystem } = this.#options
    this.#closeDatabase()
    const connection = connect({ dir, telemetry, networkFileSystem })
    try {
      // Where somebody has deleted it, an empty one has just been made.
      if (schemaVersion(connection.db) === 0) throw new RowDamaged('the file is gone')
      const { state } = readState(connection.db)
      this.#use(connection)
      this.#nextOffset = Math.max(this.#nextOffset, state.nextOffset)
    } catch (error) {
      connection.db.close()
      throw error
    }
  }

  #use({ db, walMode }: Pick<OpenedDatabase, 'db' | 'walMode'>): void {
    this.#db = db
    this.#walMode = walMode
    this.#statements = prepare(db)
    this.#retention = new Retention(db, this.#options.bounds)
    this.#walBytes = 0
    this.#worker.fileReplaced()
    this.#longWorker.fileReplaced()
    this.#look()
  }

  /** What the tables say that is kept in memory too. */
  #look(): void {
    this.#sourceIds = new Map()
    this.#clusters = new Map()
    for (const row of this.#db.prepare('SELECT id, cluster FROM source').all()) {
      this.#sourceIds.set(text(row, 'cluster'), integer(row, 'id'))
      this.#clusters.set(integer(row, 'id'), text(row, 'cluster'))
    }
    this.#findOldest()
    this.#measure(true)
  }

  #findOldest(): void {
    const row = this.#statements.oldest.get()
    this.#oldest =
      row === undefined ? undefined : { offset: integer(row, 'first_offset'), ageMs: integer(row, 'age_ms') }
  }

  #measure(now: boolean): void {
    const nowMs = this.#options.clock.monotonicMs()
    if (!now && nowMs - this.#usedAtMs < usedBytesEveryMs) return
    this.#usedAtMs = nowMs
    const free = integer(this.#statements.freePages.get(), 'freelist_count')
    this.#usedBytes = (integer(this.#statements.pageCount.get(), 'page_count') - free) * pageBytes
    this.#freePageBytes = free * pageBytes
  }

  #checkpointIfDue(): void {
    const nowMs = this.#options.clock.monotonicMs()
    if (!this.#walMode || this.#checkpointing || this.#closed) return
    if (this.#walBytes < checkpointFromBytes || nowMs < this.#nextCheckpointMs) return
    this.#checkpointing = true
    void this.#checkpoint()
  }

  async #checkpoint(): Promise<void> {
    const { clock, telemetry } = this.#options
    const atStart = this.#walBytes
    try {
      const { frames, done } = await this.#worker.run('checkpoint', {})
      this.#walBytes = Math.max(0, this.#walBytes - atStart) + (frames - done) * pageBytes
    } catch (error) {
      this.#nextCheckpointMs = clock.monotonicMs() + checkpointAgainMs
      if (!this.#closed) telemetry.log.warn('a checkpoint of the journal failed', { detail: textOf(error) })
    }
    this.#checkpointing = false
  }

  /** Rows cannot be found: what is written now may not be found either. */
  #suspectStructure(): void {
    if (this.#suspected || this.#closed) return
    this.#suspected = true
    this.#check.start(0, 'parts of it cannot be found')
  }

  /** Each part once: several sinks may come by, and the check. */
  #tellDamage({ from, to, why }: Pick<DamagedRange, 'from' | 'to' | 'why'>): void {
    if (this.#toldDamage.some((told) => told.from <= from && to <= told.to)) return
    this.#toldDamage.push({ from, to })
    if (this.#toldDamage.length > maxToldDamage) this.#toldDamage.shift()
    const { telemetry, dir } = this.#options
    telemetry.damaged('part', to - from + 1, { dir, fromOffset: from, toOffset: to, detail: why })
  }

  #closeDatabase(): void {
    try {
      this.#db.close()
    } catch (error) {
      this.#options.telemetry.log.debug('the journal file could not be closed', { detail: textOf(error) })
    }
  }
}

function prepare(db: DatabaseSync): Statements {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    insertBlock: db.prepare(insertBlockSql),
    saveSource: db.prepare(
      `INSERT INTO source (id, cluster, state) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state`,
    ),
    saveSink: db.prepare(
      `INSERT INTO sink (name, mark, ranges, seen_age_ms) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
       mark = excluded.mark, ranges = excluded.ranges, seen_age_ms = excluded.seen_age_ms`,
    ),
    logSettled: db.prepare('INSERT INTO settled_log (sink, at_ms, mark, ranges) VALUES (?, ?, ?, ?)'),
    insertLetter: db.prepare(
      `INSERT INTO dead_letter (sink, event_offset, cluster, reason, detail, died_at_ms, age_ms, raw)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    countLetters: db.prepare('SELECT count(*) AS held FROM dead_letter WHERE sink = ?'),
    dropLetters: db.prepare(
      'DELETE FROM dead_letter WHERE id IN (SELECT id FROM dead_letter WHERE sink = ? ORDER BY id LIMIT ?)',
    ),
    oldest: db.prepare('SELECT first_offset, age_ms FROM block ORDER BY first_offset LIMIT 1'),
    pageCount: db.prepare('PRAGMA page_count'),
    freePages: db.prepare('PRAGMA freelist_count'),
  }
}
