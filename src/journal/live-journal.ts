/** The journal itself, whatever the engine: sources append to the tail, sinks read from it, the loop commits. */
import type { Clock } from '../domain/clock.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import { identityOf } from '../domain/occurrence.ts'
import type { NewOccurrence, Occurrence } from '../domain/occurrence.ts'
import type { IdentitySet, SourceJournal, SourceState } from '../domain/source-journal.ts'
import type { JournalTelemetry } from '../telemetry/telemetry.ts'
import { AgeClock } from './age-clock.ts'
import { asOneLine } from './block.ts'
import { Brake } from './brake.ts'
import { Commits, settledBelow } from './commits.ts'
import type { CommitLimits } from './commits.ts'
import { JournalError } from './error.ts'
import { Housekeeping } from './housekeeping.ts'
import { IdentityTable, seedFrom } from './identities.ts'
import type {
  DeadLetter,
  Journal,
  JournalSize,
  LetterReader,
  SettledOffsets,
  SinkReader,
  StoredLetter,
} from './journal.ts'
import { LateReads, parseEvent } from './late-reads.ts'
import type { ReplayEvent, ReplayReader, ReplayWork, WaitingReplays } from './replays.ts'
import type { ReportRun, ReportRunWork } from './report-runs.ts'
import type { Chunk, Store } from './store.ts'
import { Tail } from './tail.ts'
import type { JournalOperations } from './operations.ts'
import { textOf } from '../domain/text-of.ts'

export interface LiveJournalOptions {
  /** For messages; '' for the memory engine. */
  readonly dir: string
  readonly clock: Clock
  readonly telemetry: JournalTelemetry
  readonly tailBytes: number
  readonly limits: CommitLimits
}

const nothing: readonly Occurrence[] = Object.freeze([])

export class LiveJournal implements Journal, JournalOperations {
  readonly engine: Journal['engine']
  readonly salt: Uint8Array
  readonly #options: LiveJournalOptions
  readonly #store: Store
  readonly #tail: Tail
  readonly #age: AgeClock
  readonly #brake: Brake
  readonly #commits: Commits
  readonly #housekeeping: Housekeeping
  readonly #sources = new Map<string, SourceJournal>()
  readonly #lateReads = new Set<LateReads>()
  readonly #listeners = new Set<() => void>()
  /** Identity sets that somebody still holds: what is appended goes into them too. */
  readonly #identitySets = new Map<string, Set<WeakRef<IdentityTable>>>()
  /** Since the start: a sink that is opened again may have letters to send. */
  #commandedReplay = false
  #queuedReplay = false
  #closed = false

  constructor(store: Store, options: LiveJournalOptions) {
    const { clock, telemetry } = options
    this.#options = options
    this.#store = store
    this.engine = store.engine
    this.salt = store.salt
    this.#age = new AgeClock(clock, store.opened.ageMs)
    this.#brake = new Brake(clock)
    this.#tail = new Tail(options.tailBytes, store.opened.nextOffset)
    this.#commits = new Commits({
      dir: options.dir,
      store,
      tail: this.#tail,
      clock,
      age: this.#age,
      telemetry,
      limits: options.limits,
      afterCommit: () => this.#housekeeping.afterCommit(),
    })
    this.#housekeeping = new Housekeeping({
      store,
      clock,
      age: this.#age,
      telemetry,
      commits: this.#commits,
      eachTick: () => {
        for (const reads of this.#lateReads) reads.dropIfIdle(idleChunksMs)
      },
    })
    telemetry.sizeFrom(() => this.size())
  }

  source(cluster: string): SourceJournal {
    const known = this.#sources.get(cluster)
    if (known !== undefined) return known
    const source: SourceJournal = {
      state: () => this.#commits.sourceState(cluster),
      append: (occurrences, state) => this.#append(cluster, occurrences, state),
      nextOffset: () => this.#tail.nextOffset,
      ready: (signal) => this.#commits.ready(signal) ?? this.#brake.ready(this.#tail.nextOffset, signal),
      identitiesSince: (fromOffset) => this.#identitiesSince(cluster, fromOffset),
      newest: (count) => this.#newest(cluster, count),
    }
    this.#sources.set(cluster, source)
    return source
  }

  openReader(sink: string, snapshot: () => SettledOffsets): SinkReader {
    const nextOffset = this.#tail.nextOffset
    const settledAtOpen = settledBelow(
      this.#commits.settled(sink) ?? { mark: nextOffset, ranges: [] },
      nextOffset,
    )
    if (!this.#commits.openSink(sink, settledAtOpen, snapshot)) {
      throw new Error(`journal: the sink "${sink}" has a reader already; its name must be its own`)
    }
    const late = new LateReads({
      store: this.#store,
      tail: this.#tail,
      clock: this.#options.clock,
      log: this.#options.telemetry.log,
    })
    this.#lateReads.add(late)
    const follower = this.#brake.follow(settledAtOpen.mark)
    const closed = new AbortController()
    const close = (): void => {
      if (closed.signal.aborted) return
      closed.abort()
      late.close()
      this.#brake.leave(follower, this.#tail.nextOffset)
      this.#lateReads.delete(late)
      this.#commits.closeSink(sink)
    }
    const read: SinkReader['read'] = (fromOffset, maxCount, maxBytes) => {
      if (closed.signal.aborted || fromOffset >= this.#tail.nextOffset) return nothing
      const wait = this.#commits.buried(sink, closed.signal)
      if (wait !== undefined) return wait.then(() => read(fromOffset, maxCount, maxBytes))
      const from = Math.max(fromOffset, this.#firstOffset())
      if (from >= this.#tail.firstOffset) {
        const answer = this.#tail.read(from, maxCount, maxBytes)
        this.#brake.read(follower, from + answer.length, this.#tail.nextOffset)
        return answer
      }
      return late.atHand(from, maxCount, maxBytes) ?? late.read(from, maxCount, maxBytes)
    }
    return {
      settledAtOpen,
      read,
      touch: () => this.#commits.touch(sink),
      bury: (letter) => this.#commits.bury({ ...letter, raw: Uint8Array.from(letter.raw), sink }),
      ...this.#letterReader(sink),
      ...this.#replayReader(sink),
      close,
    }
  }

  onAppend(listener: () => void): () => void {
    // A wrapper of its own, so that the same function given twice is two listeners.
    const own = (): void => listener()
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  recent(fromOffset: number): readonly Occurrence[] {
    return this.#tail.slice(Math.max(fromOffset, this.#tail.firstOffset), this.#tail.nextOffset)
  }

  async offsetSince(sinceMs: number): Promise<number> {
    // What is only in memory yet cannot be searched.
    await this.flush()
    const { nextOffset } = this.#tail
    return Math.max(this.#firstOffset(), (await this.#store.offsetSince(sinceMs)) ?? nextOffset)
  }

  async letters(ids: readonly number[]): Promise<readonly StoredLetter[]> {
    return (await this.#store.letters?.find({ ids, limit: ids.length })) ?? []
  }

  async commandLetters(kind: 'replay' | 'drop', ids: readonly number[]): Promise<void> {
    if (kind === 'replay') this.#commandedReplay = true
    this.#commits.workOn({ kind, ids })
    await this.flush()
  }

  async queueReplay(sink: string, events: readonly ReplayEvent[]): Promise<void> {
    const work: ReplayWork = { kind: 'queue', sink, events }
    this.#queuedReplay = true
    this.#commits.workOnReplays(work)
    try {
      await this.flush()
    } catch (error) {
      this.#commits.withdraw(work)
      throw error
    }
  }

  async waitingReplays(sink: string): Promise<WaitingReplays> {
    return (await this.#store.replays?.waiting(sink)) ?? { count: 0, bytes: 0 }
  }

  reportRuns(): readonly ReportRun[] {
    return this.#commits.reportRuns
  }

  async workOnReportRuns(work: ReportRunWork): Promise<void> {
    this.#commits.workOnReportRuns(work)
    await this.flush()
  }

  storedFrom(fromOffset: number): Promise<Chunk> {
    return this.#store.read(fromOffset, this.#commits.committedOffset)
  }

  size(): JournalSize {
    const oldest = this.#store.oldest()
    return {
      bytes: this.#store.bytes(),
      firstOffset: this.#firstOffset(),
      nextOffset: this.#tail.nextOffset,
      oldestAgeSeconds: oldest === undefined ? 0 : Math.max(0, (this.#age.nowMs() - oldest.ageMs) / 1000),
    }
  }

  async deadLetters(sink: string, limit: number): Promise<readonly DeadLetter[]> {
    const unburied = this.#commits.unburied(sink).toReversed()
    const stored = await this.#store.deadLetters(sink, limit)
    // A commit may have gone between.
    const known = new Set(stored.map((letter) => letter.offset))
    return [...unburied.filter((letter) => !known.has(letter.offset)), ...stored].slice(0, limit)
  }

  deadLetterCount(sink: string): number {
    return this.#commits.deadLetterCount(sink)
  }

  async flush(): Promise<void> {
    if (this.#closed) throw new JournalError('closed', this.#options.dir)
    await this.#commits.flush()
  }

  /** Never rejects: what could not be written is said in the log. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#housekeeping.stop()
    for (const reads of this.#lateReads) reads.close()
    let clean = true
    try {
      await this.#commits.flush()
    } catch (error) {
      clean = false
      this.#options.telemetry.log.error('the journal could not write its last part before the stop', {
        uncommittedOccurrences: this.#tail.nextOffset - this.#commits.committedOffset,
        detail: textOf(error),
      })
    }
    this.#commits.stop()
    this.#listeners.clear()
    await this.#store.close(clean, this.#age.nowMs())
  }

  /** A full check found the file damaged: begin anew with what memory holds. */
  beginAnew(why: string): void {
    if (!this.#closed) this.#commits.beginAnew(why)
  }

  #letterReader(sink: string): { readonly letters?: LetterReader } {
    const { letters, opened } = this.#store
    if (letters === undefined) return {}
    return {
      letters: {
        waitedAtOpen: this.#commandedReplay || (opened.replaying?.has(sink) ?? false),
        next: async (afterId, limit) => {
          if (afterId === 0) await this.#committed()
          return letters.find({ sink, replaying: true, afterId, limit })
        },
        delivered: (id) => this.#commits.workOn({ kind: 'delivered', id, sink }),
        died: (id, reason, detail, diedAtMs) =>
          this.#commits.workOn({ kind: 'died', id, reason, detail, diedAtMs }),
      },
    }
  }

  #replayReader(sink: string): { readonly replays?: ReplayReader } {
    const { replays, opened } = this.#store
    if (replays === undefined) return {}
    return {
      replays: {
        waitedAtOpen: this.#queuedReplay || (opened.queued?.has(sink) ?? false),
        next: async (afterId, limit) => {
          if (afterId === 0) await this.#committed()
          return replays.find(sink, afterId, limit)
        },
        done: (id) => this.#commits.workOnReplays({ kind: 'done', id }),
      },
    }
  }

  /** What ended is gone from the file, so that a first read does not bring it back; unless nothing can be written now. */
  async #committed(): Promise<void> {
    if (!this.#closed) await this.#commits.flush().catch(() => {})
  }

  #firstOffset(): number {
    return this.#store.oldest()?.offset ?? this.#tail.firstOffset
  }

  #append(cluster: string, occurrences: readonly NewOccurrence[], state: SourceState): void {
    const arrivedAtMs = this.#options.clock.wallMs()
    const identitySets = this.#liveIdentitySets(cluster)
    let offset = this.#tail.nextOffset
    let bytes = 0
    for (const { event, raw } of occurrences) {
      this.#tail.push({ offset, cluster, arrivedAtMs, event, raw: asOneLine(raw) })
      offset += 1
      bytes += raw.byteLength
      for (const set of identitySets) set.add(identityOf(event))
    }
    this.#commits.add(cluster, state, offset, bytes)
    if (occurrences.length > 0) for (const listener of this.#listeners) listener()
  }

  #liveIdentitySets(cluster: string): readonly IdentityTable[] {
    const refs = this.#identitySets.get(cluster)
    if (refs === undefined) return []
    const live: IdentityTable[] = []
    for (const ref of refs) {
      const set = ref.deref()
      if (set === undefined) refs.delete(ref)
      else live.push(set)
    }
    if (refs.size === 0) this.#identitySets.delete(cluster)
    return live
  }

  async #identitiesSince(cluster: string, fromOffset: number): Promise<IdentitySet> {
    const set = new IdentityTable(seedFrom(this.salt))
    const refs = this.#identitySets.get(cluster) ?? new Set()
    this.#identitySets.set(cluster, refs.add(new WeakRef(set)))
    // What is not committed is in the tail; what the tail does not hold is committed.
    const before = this.#tail.firstOffset
    for (const occurrence of this.#tail.slice(Math.max(before, fromOffset), this.#tail.nextOffset)) {
      if (occurrence.cluster === cluster) set.add(identityOf(occurrence.event))
    }
    if (fromOffset < before) set.addAll(await this.#store.identities(cluster, fromOffset, before))
    return set
  }

  async #newest(cluster: string, count: number): Promise<readonly KubernetesEvent[]> {
    const before = this.#tail.firstOffset
    const newest = this.#tail
      .slice(before, this.#tail.nextOffset)
      .filter((occurrence) => occurrence.cluster === cluster)
      .slice(-count)
      .map((occurrence) => occurrence.event)
      .toReversed()
    if (newest.length >= count) return newest.slice(0, count)
    for (const raw of await this.#store.newest(cluster, before, count - newest.length)) {
      const event = parseEvent(raw)
      if (event !== undefined) newest.push(event)
    }
    return newest
  }
}

const idleChunksMs = 5000
