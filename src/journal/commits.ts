/**
 * The commit loop: what was appended, settled or buried reaches the engine at most every 10 ms, in one piece.
 * When the engine cannot write, everything stays in memory, sources are asked to wait, and it goes on by itself.
 *
 *   state      a commit succeeds      a commit fails
 *   ok         ok                     busy: ok, again in 5 ms; full, io, damaged and not begun anew: failing
 *   failing    ok when there is room  failing, again after a backoff of at most 5 s
 */
import type { Clock, Timer } from '../domain/clock.ts'
import type { SourceState } from '../domain/source-journal.ts'
import type { JournalTelemetry } from '../telemetry/telemetry.ts'
import type { AgeClock } from './age-clock.ts'
import { JournalError } from './error.ts'
import type { DeadLetter, SettledOffsets } from './journal.ts'
import type { LetterWork } from './letters.ts'
import type { ReplayWork } from './replays.ts'
import { reportRunKey, type ReportRun, type ReportRunWork } from './report-runs.ts'
import type { CommitFailure, Store } from './store.ts'
import type { Tail } from './tail.ts'
import { textOf } from '../domain/text-of.ts'

const commitEveryMs = 10
const busyAgainMs = 5
/** Somebody holds the file for longer than any checkpoint does. */
const busyTooLongMs = 2000
const firstBackoffMs = 250
const maxBackoffMs = 5000
/** On a slow disk a commit may take at most a fifth of the main thread's time. */
const restPerCommit = 4
const maxRestMs = 1000
/** One commit takes about so much, so that it never holds the main thread for long. */
const maxCommitBytes = 2 * 1024 * 1024

/** What dead letters of one sink may take in memory while they cannot be committed, before it reads no further. */
const maxUnburiedBytes = 2 * 1024 * 1024
/** A letter counts with its text and about so much more. */
const letterOverheadBytes = 300

export interface CommitLimits {
  /** Raw bytes and occurrences that may wait to be committed before sources are asked to wait. */
  readonly maxWaitingBytes: number
  readonly maxWaitingCount: number
}

/** One call of `append`: its occurrences and the state that may only be committed with them. */
interface Append {
  readonly cluster: string
  readonly state: SourceState
  /** The offset after its last occurrence. */
  readonly nextOffset: number
  readonly bytes: number
}

interface Failure {
  readonly kind: CommitFailure
  readonly error: unknown
}

interface Settling {
  readonly snapshot: () => SettledOffsets
  dirty: boolean
}

export interface CommitParts {
  readonly dir: string
  readonly store: Store
  readonly tail: Tail
  readonly clock: Clock
  readonly age: AgeClock
  readonly telemetry: JournalTelemetry
  readonly limits: CommitLimits
  /** After each commit: housekeeping may look whether there is something to do. */
  readonly afterCommit: () => void
}

export class Commits {
  readonly #parts: CommitParts
  readonly #waiting: Append[] = []
  #waitingBytes = 0
  #committedOffset: number
  /** States as committed, and sinks' offsets as last seen: what a journal begun anew is filled with. */
  readonly #sources: Map<string, SourceState>
  readonly #sinks: Map<string, SettledOffsets>
  readonly #open = new Map<string, Settling>()
  /** Last offsets of sinks that were closed since the last commit. */
  readonly #closed = new Map<string, SettledOffsets>()
  #letters: DeadLetter[] = []
  /** What they take, by sink. */
  readonly #unburiedBytes = new Map<string, number>()
  #letterWork: LetterWork[] = []
  #replayWork: ReplayWork[] = []
  #reportRunWork: ReportRunWork[] = []
  readonly #reportRuns: Map<string, ReportRun>
  readonly #letterCounts: Map<string, number>
  /** They are to be counted anew. */
  #letterCountsStale = false
  #timer: Timer | undefined
  /** Why the file is to be replaced; until that has worked. */
  #damage: string | undefined
  #failing: CommitFailure | undefined
  #backoffMs = firstBackoffMs
  #busySinceMs: number | undefined
  /** How long the last commit took, and the one before it. */
  #lastTookMs = 0
  #tookBeforeMs = 0
  #readyWaiters: (() => void)[] = []
  #burialWaiters: (() => void)[] = []
  #stopped = false

  constructor(parts: CommitParts) {
    this.#parts = parts
    const { opened } = parts.store
    this.#committedOffset = opened.nextOffset
    this.#sources = new Map(opened.sources)
    this.#sinks = new Map(opened.sinks)
    this.#letterCounts = new Map(opened.deadLetters)
    this.#reportRuns = new Map((opened.reportRuns ?? []).map((run) => [reportRunKey(run), run]))
  }

  /** Everything below it is committed. */
  get committedOffset(): number {
    return this.#committedOffset
  }

  /** The state that is committed or about to be. */
  sourceState(cluster: string): SourceState | undefined {
    return this.#waiting.findLast((append) => append.cluster === cluster)?.state ?? this.#sources.get(cluster)
  }

  add(cluster: string, state: SourceState, nextOffset: number, bytes: number): void {
    this.#waiting.push({ cluster, state, nextOffset, bytes })
    this.#waitingBytes += bytes
    this.#schedule()
  }

  settled(sink: string): SettledOffsets | undefined {
    return this.#sinks.get(sink)
  }

  openSinks(): ReadonlySet<string> {
    return new Set(this.#open.keys())
  }

  /** False if the sink is open already. */
  openSink(sink: string, settled: SettledOffsets, snapshot: () => SettledOffsets): boolean {
    if (this.#open.has(sink)) return false
    this.#sinks.set(sink, settled)
    this.#open.set(sink, { snapshot, dirty: true })
    this.#closed.delete(sink)
    this.#schedule()
    return true
  }

  touch(sink: string): void {
    const settling = this.#open.get(sink)
    if (settling === undefined || settling.dirty) return
    settling.dirty = true
    this.#schedule()
  }

  /** Its offsets as they are now are the last; they are committed like the others. */
  closeSink(sink: string): void {
    const settling = this.#open.get(sink)
    if (settling === undefined) return
    const last = settling.snapshot()
    this.#sinks.set(sink, last)
    this.#closed.set(sink, last)
    this.#open.delete(sink)
    this.#schedule()
  }

  forgetSinks(sinks: readonly string[]): void {
    for (const sink of sinks) this.#sinks.delete(sink)
  }

  bury(letter: DeadLetter): void {
    this.#letters.push(letter)
    this.#countUnburied(letter, 1)
    this.#schedule()
  }

  /**
   * `undefined`: the sink may read on. Else too many of its dead letters wait to be committed: resolves after the next
   * commit that takes some, or when `signal` aborts.
   */
  buried(sink: string, signal: AbortSignal): Promise<void> | undefined {
    const bytes = this.#unburiedBytes.get(sink) ?? 0
    if (bytes <= maxUnburiedBytes || this.#stopped || signal.aborted) return undefined
    return waitIn(this.#burialWaiters, signal)
  }

  workOn(letters: LetterWork): void {
    this.#letterWork.push(letters)
    this.#schedule()
  }

  workOnReplays(work: ReplayWork): void {
    this.#replayWork.push(work)
    this.#schedule()
  }

  /** All that are known, committed or about to be. */
  get reportRuns(): readonly ReportRun[] {
    return [...this.#reportRuns.values()]
  }

  workOnReportRuns(work: ReportRunWork): void {
    if (work.kind === 'note') this.#reportRuns.set(reportRunKey(work.run), work.run)
    else this.#reportRuns.delete(reportRunKey(work))
    this.#reportRunWork.push(work)
    this.#schedule()
  }

  /** What could not be committed shall not be, later on. */
  withdraw(work: ReplayWork): void {
    this.#replayWork = this.#replayWork.filter((one) => one !== work)
  }

  /** Dead letters of a sink that are not committed yet, oldest first. */
  unburied(sink: string): readonly DeadLetter[] {
    return this.#letters.filter((letter) => letter.sink === sink)
  }

  deadLetterCount(sink: string): number {
    return (this.#letterCounts.get(sink) ?? 0) + this.unburied(sink).length
  }

  deadLettersDropped(dropped: ReadonlyMap<string, number>): void {
    for (const [sink, count] of dropped) {
      this.#letterCounts.set(sink, Math.max(0, (this.#letterCounts.get(sink) ?? 0) - count))
      this.#parts.telemetry.deadLettersDropped(count, sink)
    }
  }

  /** `undefined`: go on. Else resolves when there is room again, or `signal` aborts. */
  ready(signal: AbortSignal): Promise<void> | undefined {
    if (this.#takesMore() || signal.aborted) return undefined
    return waitIn(this.#readyWaiters, signal)
  }

  /** Commits all that waits; throws `JournalError` if it cannot be written now. */
  async flush(): Promise<void> {
    const { clock, store, dir } = this.#parts
    let failure: Failure | undefined
    do {
      this.#cancel()
      failure = this.#commitOnce()
      // Nothing else would try again: the timer was taken away above.
      if (this.#failing !== undefined && !this.#stopped) this.#again(this.#backoffMs)
      if (failure !== undefined && failure.kind !== 'busy') {
        throw new JournalError('cannot-write', dir, textOf(failure.error), { cause: failure.error })
      }
      if (failure !== undefined) await new Promise<void>((resolve) => clock.schedule(resolve, busyAgainMs))
    } while (failure !== undefined || this.#hasWork())
    await store.sync()
  }

  /** Ends the loop and everyone who waits for room. */
  stop(): void {
    this.#cancel()
    this.#stopped = true
    this.#releaseWaiters()
    this.#releaseBurialWaiters()
  }

  /**
   * The file is damaged: a new one begins with all that memory still has. Where that fails, the loop tries again
   * until it works, as with a commit. Never throws.
   */
  beginAnew(why: string): void {
    if (this.#damage !== undefined || this.#stopped) return
    this.#damage = why
    const failure = this.#replaceFile()
    if (failure !== undefined && this.#timer === undefined) this.#again(this.#backoffMs)
  }

  /**
   * Once, if it is to be replaced; `undefined` when there is nothing to do any more. The new file knows all that was
   * committed and is still in memory, so that its cursors are never ahead of what it holds.
   */
  #replaceFile(): Failure | undefined {
    const { store, tail, age, telemetry, dir } = this.#parts
    if (this.#damage === undefined) return undefined
    const nextOffset = this.#committedOffset
    const kept = tail.slice(tail.firstOffset, nextOffset)
    const lost = nextOffset - kept.length - Math.min(nextOffset, store.oldest()?.offset ?? nextOffset)
    const sinks = new Map<string, SettledOffsets>()
    for (const [sink, settled] of this.#sinks) sinks.set(sink, settledBelow(settled, nextOffset))
    const sources = new Map(this.#sources)
    let setAsideAs: string
    try {
      setAsideAs = store.replace(
        {
          nextOffset,
          ageMs: age.nowMs(),
          sources,
          sinks,
          deadLetters: new Map(),
          reportRuns: this.reportRuns,
        },
        kept,
      )
    } catch (error) {
      return this.#fail(store.failureOf(error) === 'full' ? 'full' : 'io', error)
    }
    let deadLettersLost = 0
    for (const count of this.#letterCounts.values()) deadLettersLost += count
    this.#letterCounts.clear()
    // Letters of the new file have the same numbers and are others.
    this.#letterWork = []
    // Their numbers are never used again: what ended is gone with the old file.
    this.#replayWork = this.#replayWork.filter(({ kind }) => kind === 'queue')
    telemetry.damaged('file', Math.max(0, lost), {
      dir,
      detail: this.#damage,
      setAsideAs,
      occurrencesKept: kept.length,
      deadLettersLost,
    })
    this.#damage = undefined
    return undefined
  }

  #hasWork(): boolean {
    if (this.#damage !== undefined) return true
    if (this.#waiting.length > 0 || this.#letters.length > 0 || this.#closed.size > 0) return true
    if (this.#letterWork.length > 0 || this.#replayWork.length > 0) return true
    if (this.#reportRunWork.length > 0) return true
    for (const settling of this.#open.values()) if (settling.dirty) return true
    return false
  }

  #takesMore(): boolean {
    const { limits, tail } = this.#parts
    if (this.#stopped) return true
    return (
      this.#failing === undefined &&
      this.#waitingBytes <= limits.maxWaitingBytes &&
      tail.nextOffset - this.#committedOffset <= limits.maxWaitingCount
    )
  }

  #releaseWaiters(): void {
    if (!this.#takesMore()) return
    const waiters = this.#readyWaiters
    this.#readyWaiters = []
    for (const waiter of waiters) waiter()
  }

  #countUnburied({ sink, raw }: DeadLetter, sign: 1 | -1): void {
    const bytes = sign * (raw.byteLength + letterOverheadBytes)
    this.#unburiedBytes.set(sink, (this.#unburiedBytes.get(sink) ?? 0) + bytes)
  }

  /** Each looks again whether it may go on. */
  #releaseBurialWaiters(): void {
    const waiters = this.#burialWaiters
    this.#burialWaiters = []
    for (const waiter of waiters) waiter()
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#failing !== undefined || this.#stopped) return
    // Two slow ones in a row are a slow disk; one alone is a hiccup, and a rest would only lengthen what a kill repeats.
    const tookMs = Math.min(this.#lastTookMs, this.#tookBeforeMs)
    const restMs = Math.min(maxRestMs, tookMs * restPerCommit)
    this.#again(Math.max(commitEveryMs, restMs))
  }

  #again(afterMs: number): void {
    this.#cancel()
    this.#timer = this.#parts.clock.schedule(() => {
      this.#timer = undefined
      this.#run()
    }, afterMs)
  }

  #cancel(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #run(): void {
    const failure = this.#commitOnce()
    if (this.#stopped || this.#timer !== undefined) return
    if (failure?.kind === 'busy') this.#again(busyAgainMs)
    else if (this.#failing !== undefined) {
      this.#again(this.#backoffMs)
      this.#backoffMs = Math.min(maxBackoffMs, this.#backoffMs * 2)
    } else if (this.#hasWork()) this.#schedule()
  }

  /** One commit, if there is anything to commit; `undefined` when it worked. */
  #commitOnce(): Failure | undefined {
    const { store, tail, clock, age, telemetry } = this.#parts
    const notReplaced = this.#replaceFile()
    if (notReplaced !== undefined) return notReplaced
    const taken = this.#take()
    const began = clock.monotonicMs()
    const sinks = this.#settledUpTo(taken.nextOffset)
    // A letter whose occurrence is not committed would come twice after a crash.
    const letters = this.#letters.filter((letter) => letter.offset < taken.nextOffset)
    const occurrences = tail.slice(this.#committedOffset, taken.nextOffset)
    const letterWork = this.#letterWork.slice()
    const replayWork = this.#replayWork.slice()
    const reportRunWork = this.#reportRunWork.slice()
    let dropped: ReadonlyMap<string, number>
    try {
      dropped = store.commit({
        occurrences,
        sources: taken.sources,
        sinks: sinks.settled,
        deadLetters: letters,
        ...(letterWork.length > 0 && { letterWork }),
        ...(replayWork.length > 0 && { replayWork }),
        ...(reportRunWork.length > 0 && { reportRunWork }),
        ageMs: age.nowMs(),
      })
    } catch (error) {
      return this.#failed(error)
    }
    this.#waiting.splice(0, taken.appends)
    this.#waitingBytes -= taken.bytes
    this.#committedOffset = taken.nextOffset
    for (const [cluster, state] of taken.sources) this.#sources.set(cluster, state)
    for (const [sink, settled] of sinks.settled) this.#sinks.set(sink, settled)
    for (const sink of sinks.complete) {
      this.#closed.delete(sink)
      const settling = this.#open.get(sink)
      if (settling !== undefined) settling.dirty = false
    }
    if (letters.length > 0) {
      this.#letters = this.#letters.filter((letter) => letter.offset >= taken.nextOffset)
      for (const letter of letters) {
        this.#countUnburied(letter, -1)
        this.#letterCounts.set(letter.sink, (this.#letterCounts.get(letter.sink) ?? 0) + 1)
      }
      this.deadLettersDropped(dropped)
      this.#releaseBurialWaiters()
    }
    this.#replayWork.splice(0, replayWork.length)
    this.#reportRunWork.splice(0, reportRunWork.length)
    if (letterWork.length > 0) {
      this.#letterWork.splice(0, letterWork.length)
      this.#letterCountsStale = true
    }
    if (this.#letterCountsStale) {
      try {
        for (const sink of this.#letterCounts.keys()) {
          this.#letterCounts.set(sink, store.letters?.count(sink) ?? 0)
        }
        this.#letterCountsStale = false
      } catch (error) {
        return this.#failed(error)
      }
    }
    tail.trim(this.#committedOffset, this.#wantedFrom())
    this.#tookBeforeMs = this.#lastTookMs
    this.#lastTookMs = clock.monotonicMs() - began
    telemetry.committed(this.#lastTookMs, occurrences.length)
    this.#worked()
    this.#parts.afterCommit()
    return undefined
  }

  /**
   * What every open sink has settled, and has been committed so, is not read again; kept any longer it would only
   * grow old on the heap, and what grows old is dear to collect.
   */
  #wantedFrom(): number {
    let wantedFrom = Number.POSITIVE_INFINITY
    for (const sink of this.#open.keys()) wantedFrom = Math.min(wantedFrom, this.#sinks.get(sink)?.mark ?? 0)
    return wantedFrom
  }

  /** The oldest appends, as many as one commit may carry; the state is that of the last one taken. */
  #take(): { nextOffset: number; appends: number; bytes: number; sources: Map<string, SourceState> } {
    const sources = new Map<string, SourceState>()
    let nextOffset = this.#committedOffset
    let appends = 0
    let bytes = 0
    for (const append of this.#waiting) {
      if (appends > 0 && bytes + append.bytes > maxCommitBytes) break
      sources.set(append.cluster, append.state)
      nextOffset = append.nextOffset
      bytes += append.bytes
      appends += 1
    }
    return { nextOffset, appends, bytes, sources }
  }

  /**
   * Sinks' offsets as they may stand beside occurrences below `nextOffset`. What a sink has settled beyond stays
   * for a later commit: an offset committed before its occurrence would skip another one after a crash.
   */
  #settledUpTo(nextOffset: number): { settled: Map<string, SettledOffsets>; complete: readonly string[] } {
    const { tail } = this.#parts
    const settled = new Map<string, SettledOffsets>()
    const complete: string[] = []
    const take = (sink: string, now: SettledOffsets): void => {
      const bounded = settledBelow(now, nextOffset)
      settled.set(sink, bounded)
      if (bounded === now || nextOffset === tail.nextOffset) complete.push(sink)
    }
    for (const [sink, last] of this.#closed) if (!this.#open.has(sink)) take(sink, last)
    for (const [sink, settling] of this.#open) if (settling.dirty) take(sink, settling.snapshot())
    return { settled, complete }
  }

  #failed(error: unknown): Failure {
    const { store, clock, telemetry, dir } = this.#parts
    let kind = store.failureOf(error)
    if (kind === 'busy') {
      this.#busySinceMs ??= clock.monotonicMs()
      if (clock.monotonicMs() - this.#busySinceMs < busyTooLongMs) return { kind, error }
      kind = 'io'
    }
    if (kind === 'damaged') {
      this.#damage ??= textOf(error)
      return this.#replaceFile() ?? { kind: 'busy', error }
    }
    telemetry.log.debug('a commit failed', { dir, detail: textOf(error) })
    return this.#fail(kind, error)
  }

  #fail(kind: CommitFailure, error: unknown): Failure {
    const { store, telemetry } = this.#parts
    if (this.#failing !== kind) telemetry.state(kind === 'full' ? 'full' : 'degraded', textOf(error))
    this.#failing = kind
    store.recover(kind)
    return { kind, error }
  }

  #worked(): void {
    this.#busySinceMs = undefined
    if (this.#failing !== undefined) {
      if (this.#failing === 'full' && !this.#parts.store.hasRoom()) return
      this.#failing = undefined
      this.#backoffMs = firstBackoffMs
      this.#parts.telemetry.state('ok')
    }
    this.#releaseWaiters()
  }
}

/** Resolves when it is called out of `waiters`, or `signal` aborts. */
function waitIn(waiters: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
    waiters.push(done)
  })
}

/** The same offsets, without what is at or above `nextOffset`; the very object if nothing is. */
export function settledBelow(settled: SettledOffsets, nextOffset: number): SettledOffsets {
  const last = settled.ranges.at(-1)
  if (settled.mark <= nextOffset && (last === undefined || last[1] < nextOffset)) return settled
  return {
    mark: Math.min(settled.mark, nextOffset),
    ranges: settled.ranges
      .filter(([from]) => from < nextOffset)
      .map(([from, to]) => [from, Math.min(to, nextOffset - 1)] as const),
  }
}
