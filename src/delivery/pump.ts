/**
 * The pump of one sink: reads the journal at the sink's offset, filters, sends, and settles what came of it.
 * It pulls: while the sink is held or slow it does not read, and nothing is lost since the journal waits.
 */
import type { Clock, Timer } from '../domain/clock.ts'
import { objectKeyOf, type Occurrence } from '../domain/occurrence.ts'
import type { RejectReason } from '../domain/outcome.ts'
import type { Journal, SinkReader } from '../journal/journal.ts'
import type { SinkReport } from '../sink-kit/report.ts'
import type { Pace, Sink } from '../sink-kit/sink.ts'
import type { Filter } from '../stages/filter.ts'
import type { SinkLag, SinkTelemetry } from '../telemetry/telemetry.ts'
import { Lanes, type Entry } from './lanes.ts'
import { LetterReplay } from './letter-replay.ts'
import { isOwnCopy, isReplay } from './own-copy.ts'
import { QuotaLedgers } from './quota-ledgers.ts'
import type { QuotaUse } from './quota-pace.ts'
import { ReplayQueue } from './replay-queue.ts'
import type { ToldReport } from './report-queue.ts'
import { Sender } from './sender.ts'
import { SettledTracker } from './settled-offsets.ts'
import { textOf } from '../domain/text-of.ts'

export interface PumpOptions {
  /** The sink's name: its offset in the journal belongs to it. */
  readonly name: string
  readonly pace: Pace
  readonly filter: Filter
  readonly journal: Journal
  readonly telemetry: SinkTelemetry
  readonly clock: Clock
  /** For jitter; 0 to 1. */
  readonly random: () => number
  /** Shared by pumps whose sinks may write to the same destination; absent: this one has it for itself. */
  readonly quotas?: QuotaLedgers
}

/** Outstanding occurrences a sink may have, so that a few that wait do not stop the others, and memory is bounded. */
const maxOutstanding = 2_048
const maxOutstandingBytes = 4 * 1_048_576
const maxSettledRanges = 1_024
/** What one read asks for: little, since what waits in the journal's memory need not wait here too. */
const readCount = 64
const readBytes = 512 * 1_024
/** A read that failed is repeated after this time. */
const readAgainAfterMs = 1_000
/** Of what was commanded to be sent, before new events have their turn. */
const leastReplaysATurn = 16
const mostReplaysATurn = 256
/** What has a copy of its own is retried so long where its sink would retry as long as the journal keeps it. */
const retryLetterForMs = 3_600_000
/** At a stop, an occurrence or a sink that may be tried again this soon is waited for. */
const drainWaitsMs = 2_000

export class Pump {
  readonly name: string
  readonly #options: PumpOptions
  readonly #reader: SinkReader
  readonly #settled: SettledTracker
  readonly #sender: Sender
  readonly #lanes = new Lanes()
  readonly #letters: LetterReplay
  readonly #replays: ReplayQueue
  readonly #stopListening: () => void
  #nextRead: number
  /** Of the journal's occurrences, since the start. */
  #settledCount = 0
  #reading = false
  /** Grows when reading begins elsewhere: what was asked for before is of no use. */
  #readRound = 0
  #readAgainAtMs = 0
  #wakeQueued = false
  #timer: { due: number; timer: Timer } | undefined
  #drained: (() => void) | undefined
  #finished: (() => void) | undefined
  #stopped = false

  /** Opens the sink's place in the journal at once: a new sink starts at now, not when its destination answers. */
  constructor(options: PumpOptions) {
    this.name = options.name
    this.#options = options
    this.#reader = options.journal.openReader(options.name, () => this.#settled.snapshot())
    this.#settled = new SettledTracker(this.#reader.settledAtOpen)
    this.#nextRead = this.#settled.mark
    this.#letters = new LetterReplay({
      letters: this.#reader.letters,
      wake: () => this.#wake(),
      readFailed: (error) => this.#readFailed(error),
      wallMs: () => options.clock.wallMs(),
    })
    const { concurrency, batchCount } = options.pace
    this.#replays = new ReplayQueue({
      replays: this.#reader.replays,
      turn: Math.min(mostReplaysATurn, Math.max(leastReplaysATurn, 2 * concurrency * batchCount)),
      wake: () => this.#wake(),
      readFailed: (error) => this.#readFailed(error),
      wallMs: () => options.clock.wallMs(),
    })
    this.#sender = new Sender({
      ...options,
      lanes: this.#lanes,
      quotas: options.quotas ?? new QuotaLedgers(undefined),
      settle: (entry) => this.#settle(entry),
      bury: (entry, reason, detail) => this.#bury(entry, reason, detail),
      isRetriedTooLong: (occurrence, retriedMs) => this.#isRetriedTooLong(occurrence, retriedMs),
      wake: () => this.#wake(),
    })
    this.#stopListening = options.journal.onAppend(() => this.#wake())
    options.telemetry.lagFrom(() => this.lag())
    options.telemetry.state('opening')
    // So that a new sink's place is in the journal before its first event is.
    this.#reader.touch()
    this.#wake()
  }

  /** The sink is open: sending begins. */
  attach(sink: Sink): void {
    this.#sender.attach(sink)
    this.#wake()
  }

  lag(): SinkLag {
    const events =
      this.#options.journal.size().nextOffset - this.#settled.mark - this.#settled.settledAboveMark
    const oldest = this.#lanes.oldest()
    const ageMs = oldest ? this.#options.clock.wallMs() - oldest.arrivedAtMs : 0
    return { events: Math.max(0, events), seconds: Math.max(0, ageMs / 1_000) }
  }

  /** How its destination's quota stands; empty without one. */
  quotaUse(): readonly QuotaUse[] {
    return this.#sender.quotaUse()
  }

  /**
   * Somebody commanded to tell again what the journal has from `offset` on: of all that is settled there nothing is
   * settled any more. What is outstanding stays so and is not taken twice.
   */
  replayFrom(offset: number): void {
    if (offset >= this.#nextRead) return
    this.#settled.unsettleFrom(offset)
    this.#nextRead = offset
    this.#readRound++
    this.#reader.touch()
    this.#wake()
  }

  /** Somebody commanded to send dead letters of this sink again. */
  replayLetters(): void {
    this.#letters.lookAgain()
  }

  /** Somebody commanded the sink to send what the journal does not have. */
  replayQueued(): void {
    this.#replays.lookOn()
  }

  /** Tells a report beside the events, under the sink's quota and health; resolves when it is known what became of it. */
  tellReport(report: SinkReport, signal: AbortSignal): Promise<ToldReport> {
    if (this.#stopped) return Promise.resolve({ kind: 'stopped' })
    const told = this.#sender.tellReport(report, signal)
    this.#wake()
    return told
  }

  /**
   * Resolves when everything in the journal is settled, or what is left waits for its time or for the sink.
   * To be called when nothing is appended any more.
   */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve
      this.#wake()
    })
  }

  /**
   * Begins nothing more, and resolves when all that is in flight has its answer: whoever opens the sink's place
   * after `stop` repeats nothing. Bounded by the timeout of a send.
   */
  finish(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve()
      this.#finished = resolve
      this.#sender.stopWaiting()
      this.#wake()
    })
  }

  /** Ends the pump: sends in flight are aborted; what they were sending is not settled. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#stopListening()
    this.#timer?.timer.cancel()
    this.#sender.close()
    this.#options.telemetry.state('stopped')
    this.#drained?.()
    this.#finished?.()
    this.#reader.close()
  }

  #wake(): void {
    // Many occurrences arrive and many answers come back in one turn of the loop: one run serves them all.
    if (this.#wakeQueued || this.#stopped) return
    this.#wakeQueued = true
    queueMicrotask(() => {
      this.#wakeQueued = false
      if (!this.#stopped) this.#run()
    })
  }

  #run(): void {
    const nowMs = this.#options.clock.monotonicMs()
    this.#lanes.wake(nowMs)
    this.#sender.checkDeadlines(nowMs)
    if (this.#finished) {
      if (!this.#sender.isSending) this.#finished()
    } else {
      this.#fill(nowMs)
      this.#sender.send(
        {
          reading: this.#reading || this.#replays.reading,
          complete: this.#nextRead >= this.#options.journal.size().nextOffset,
          full: this.#isFull(),
          draining: this.#drained !== undefined,
        },
        nowMs,
      )
    }
    this.#armTimer(nowMs)
    this.#checkDrained()
  }

  // Reading

  #fill(nowMs: number): void {
    this.#fillOwnCopies(nowMs)
    const { concurrency, batchCount } = this.#options.pace
    // A held sink needs a next probe, or the one that failed would hold it alone for as long as it fails.
    const enough = this.#sender.hold
      ? 1
      : // A digest tells everything, so all that fits is read.
        this.#sender.canDigest
        ? Number.POSITIVE_INFINITY
        : Math.max(readCount / 2, 2 * concurrency, 2 * batchCount)
    while (!this.#reading && nowMs >= this.#readAgainAtMs && this.#lanes.readyCount < enough) {
      if (this.#isFull()) return
      const { nextOffset } = this.#options.journal.size()
      if (this.#nextRead >= nextOffset) return
      const answer = this.#reader.read(this.#nextRead, Math.max(readCount, batchCount), readBytes)
      if (answer instanceof Promise) {
        this.#readLater(answer, nextOffset)
        return
      }
      this.#admit(answer, nextOffset)
    }
  }

  /** What a person asked for: the filters have been asked before, or are not to be. At a stop it waits on the disk. */
  #fillOwnCopies(nowMs: number): void {
    if (this.#drained || nowMs < this.#readAgainAtMs || this.#isFull()) return
    const add = (copy: Occurrence): void => this.#lanes.add(this.#laneOf(copy), copy)
    for (const letter of this.#letters.fill()) add(letter)
    const wait = this.#lanes.readyCount > 0 || this.#nextRead < this.#options.journal.size().nextOffset
    for (const replay of this.#replays.takeTurn({ wait, settled: this.#settledCount })) add(replay)
  }

  #isFull(): boolean {
    return (
      this.#lanes.outstandingCount >= Math.max(maxOutstanding, 4 * this.#options.pace.batchCount) ||
      this.#lanes.outstandingBytes >= Math.max(maxOutstandingBytes, 2 * this.#options.pace.batchBytes) ||
      this.#settled.rangeCount >= maxSettledRanges
    )
  }

  #readLater(answer: Promise<readonly Occurrence[]>, nextOffset: number): void {
    this.#reading = true
    const round = this.#readRound
    answer.then(
      (occurrences) => {
        this.#reading = false
        if (this.#stopped) return
        if (round === this.#readRound) this.#admit(occurrences, nextOffset)
        this.#wake()
      },
      (error: unknown) => {
        this.#reading = false
        this.#readFailed(error)
      },
    )
  }

  #readFailed(error: unknown): void {
    if (this.#stopped) return
    this.#options.telemetry.log.warn('the journal could not be read; it is read again', {
      error: textOf(error),
    })
    this.#readAgainAtMs = this.#options.clock.monotonicMs() + readAgainAfterMs
    this.#wake()
  }

  /** `nextOffset`: where the journal ended when these were asked for. */
  #admit(occurrences: readonly Occurrence[], nextOffset: number): void {
    const first = occurrences[0]
    const last = occurrences.at(-1)
    if (!first || !last) {
      // All that was there is gone. To ask for it again would never end, nor would a stop that waits for it.
      this.#skip(this.#nextRead, nextOffset - 1)
      this.#nextRead = nextOffset
      return
    }
    if (first.offset > this.#nextRead) this.#skip(this.#nextRead, first.offset - 1)
    let settledAny = false
    for (const occurrence of occurrences) {
      if (this.#settled.has(occurrence.offset) || this.#lanes.has(occurrence.offset)) continue
      const decision = this.#options.filter(occurrence.event)
      if (decision.pass) {
        this.#lanes.add(this.#laneOf(occurrence), occurrence)
      } else {
        this.#options.telemetry.filtered(decision.reason)
        this.#settled.settle(occurrence.offset)
        settledAny = true
      }
    }
    this.#nextRead = last.offset + 1
    if (settledAny) this.#reader.touch()
  }

  /** What it must not overtake has the same lane. */
  #laneOf({ offset, cluster, event }: Occurrence): string {
    return this.#options.pace.order === 'any' ? String(offset) : objectKeyOf(cluster, event)
  }

  /** What retention took before this sink had it. */
  #skip(from: number, to: number): void {
    const lost = this.#settled.settleRange(from, to)
    this.#reader.touch()
    if (lost > 0) this.#options.telemetry.lost(lost)
  }

  #isRetriedTooLong(occurrence: Occurrence, retriedMs: number): boolean {
    const { pace, journal } = this.#options
    const { offset } = occurrence
    // Longer than the journal keeps it, it would only be kept here, and all of its object's behind it.
    if (pace.retryForMs === 'journal' && isOwnCopy(occurrence)) return retriedMs > retryLetterForMs
    return pace.retryForMs === 'journal' ? offset < journal.size().firstOffset : retriedMs > pace.retryForMs
  }

  #settle(entry: Entry): void {
    this.#lanes.settle(entry)
    if (isReplay(entry.occurrence)) return this.#replays.done(entry.occurrence)
    if (isOwnCopy(entry.occurrence)) return this.#letters.delivered(entry.occurrence)
    this.#settledCount++
    this.#settled.settle(entry.occurrence.offset)
    this.#reader.touch()
  }

  #bury(entry: Entry, reason: RejectReason, detail: string): void {
    const { offset, cluster, raw } = entry.occurrence
    if (isOwnCopy(entry.occurrence) && !isReplay(entry.occurrence)) {
      this.#lanes.settle(entry)
      this.#letters.died(entry.occurrence, reason, detail)
    } else {
      // The same commit has the letter and the end of what it was: neither is lost, nor twice.
      this.#reader.bury({ offset, cluster, raw, reason, detail, diedAtMs: this.#options.clock.wallMs() })
      this.#settle(entry)
    }
    this.#options.telemetry.dead(reason, detail)
  }

  // Waiting

  #armTimer(nowMs: number): void {
    const due = this.#nextDueMs()
    // A timer that fires for nothing is cheaper than one cancelled and made anew for each event.
    if (due === undefined || (this.#timer && this.#timer.due <= due)) return
    this.#timer?.timer.cancel()
    const timer = this.#options.clock.schedule(
      () => {
        this.#timer = undefined
        this.#run()
      },
      Math.max(1, Math.ceil(due - nowMs)),
    )
    this.#timer = { due, timer }
  }

  #nextDueMs(): number | undefined {
    let due = this.#sender.nextDueMs()
    const earliest = (ms: number | undefined): void => {
      if (ms !== undefined && (due === undefined || ms < due)) due = ms
    }
    earliest(this.#lanes.nextDueMs)
    if (this.#readAgainAtMs > this.#options.clock.monotonicMs()) earliest(this.#readAgainAtMs)
    return due
  }

  #checkDrained(): void {
    if (!this.#drained || this.#reading || this.#sender.isSending) return
    if (this.#sender.isAttached && !this.#finished && this.#moreComesSoon()) return
    this.#drained()
    this.#drained = undefined
  }

  #moreComesSoon(): boolean {
    const nowMs = this.#options.clock.monotonicMs()
    const { hold, quotaUntilMs } = this.#sender
    if (hold) return hold.untilMs - nowMs <= drainWaitsMs && this.#lanes.outstandingCount > 0
    if (quotaUntilMs !== undefined) {
      // What a journal in memory holds is lost at the stop: then the stop waits as long as it is let.
      const isKept = this.#options.journal.engine !== 'memory'
      return !isKept || quotaUntilMs - nowMs <= drainWaitsMs
    }
    if (this.#lanes.readyCount > 0) return true
    const dueMs = this.#lanes.nextDueMs
    if (dueMs !== undefined && dueMs - nowMs <= drainWaitsMs) return true
    return !this.#isFull() && this.#nextRead < this.#options.journal.size().nextOffset
  }
}
