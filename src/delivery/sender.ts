/**
 * The sending half of a pump: takes from the lanes what may leave now, hands it to the sink, and makes of each outcome
 * what becomes of its occurrence. When to send is decided by the sink's health, its batches and its quota.
 */
import type { Clock } from '../domain/clock.ts'
import type { Occurrence } from '../domain/occurrence.ts'
import type { Outcome, RejectReason } from '../domain/outcome.ts'
import type { Step } from '../sink-kit/quota.ts'
import type { SinkReport } from '../sink-kit/report.ts'
import type { Pace, Sink } from '../sink-kit/sink.ts'
import type { SinkTelemetry } from '../telemetry/telemetry.ts'
import type { Entry, Lane, Lanes } from './lanes.ts'
import type { QuotaLedgers } from './quota-ledgers.ts'
import { QuotaPace, type QuotaUse } from './quota-pace.ts'
import { ReportQueue, type ToldReport, type WaitingReport } from './report-queue.ts'
import { setAsideForMs, treatmentOf, triesBeforeSetAside, tryAgainAfterMs } from './retry-policy.ts'
import { SendSlot } from './send-slot.ts'
import { SinkHealth, type Failure, type Hold } from './sink-health.ts'

export interface SenderParts {
  readonly pace: Pace
  readonly lanes: Lanes
  readonly telemetry: SinkTelemetry
  readonly clock: Clock
  /** For jitter; 0 to 1. */
  readonly random: () => number
  readonly quotas: QuotaLedgers
  /** The occurrence is done with. */
  readonly settle: (entry: Entry) => void
  /** It is rejected for good. */
  readonly bury: (entry: Entry, reason: RejectReason, detail: string) => void
  readonly isRetriedTooLong: (occurrence: Occurrence, retriedMs: number) => boolean
  /** An answer came: more may be sent. */
  readonly wake: () => void
}

/** How the reading half stands. */
export interface Supply {
  /** More is on its way from the disk. */
  readonly reading: boolean
  /** Nothing is left to be read. */
  readonly complete: boolean
  /** Nothing more can be read until something is settled. */
  readonly full: boolean
  /** Nothing will come any more: no use to wait for it. */
  readonly draining: boolean
}

export class Sender {
  readonly #parts: SenderParts
  readonly #health: SinkHealth
  readonly #slots: SendSlot[]
  readonly #reports: ReportQueue
  #sink: Sink | undefined
  #quota: QuotaPace | undefined
  /** When the quota lets the next message leave, monotonic ms. */
  #quotaUntilMs: number | undefined
  #lingerUntilMs: number | undefined

  constructor(parts: SenderParts) {
    this.#parts = parts
    const { pace, random } = parts
    this.#health = new SinkHealth(pace.concurrency, random)
    this.#slots = Array.from({ length: pace.concurrency }, () => this.#newSlot())
    this.#reports = new ReportQueue(parts.wake)
  }

  /** The sink is open. */
  attach(sink: Sink): void {
    this.#sink = sink
    if (sink.quota)
      this.#quota = new QuotaPace(this.#parts.quotas.join(sink.quota), sink.digest !== undefined)
    this.#parts.telemetry.state('flowing')
  }

  get isAttached(): boolean {
    return this.#sink !== undefined
  }

  get isSending(): boolean {
    return this.#slots.some((slot) => slot.busy)
  }

  /** While it lasts, nothing but a probe is sent. */
  get hold(): Hold | undefined {
    return this.#health.hold
  }

  /** One message may tell all that waits. */
  get canDigest(): boolean {
    return this.#quota?.canDigest ?? false
  }

  /** When the quota lets the next message leave, monotonic ms; `undefined` if it is not what is waited for. */
  get quotaUntilMs(): number | undefined {
    return this.#quotaUntilMs
  }

  /** Has the sink tell a report beside its events, until it is told or `signal` aborts. Never rejects. */
  tellReport(report: SinkReport, signal: AbortSignal): Promise<ToldReport> {
    return this.#reports.add(report, signal)
  }

  /** How the destination's quota stands; empty without one. */
  quotaUse(): readonly QuotaUse[] {
    return this.#quota?.use(this.#parts.clock.monotonicMs()) ?? []
  }

  /** When there is something to look at again, monotonic ms. */
  nextDueMs(): number | undefined {
    let due: number | undefined
    const earliest = (ms: number | undefined): void => {
      if (ms !== undefined && (due === undefined || ms < due)) due = ms
    }
    for (const slot of this.#slots) earliest(slot.deadlineMs)
    earliest(this.#lingerUntilMs)
    earliest(this.#quotaUntilMs)
    // While something is in flight, its end is what is waited for: a wait that is over would fire without a pause.
    const somethingWaits = this.#parts.lanes.outstandingCount > 0 || this.#reports.waits
    if (this.#health.hold && somethingWaits && !this.isSending) earliest(this.#health.hold.untilMs)
    if (!this.#health.hold) earliest(this.#reports.nextDueMs(this.#parts.clock.monotonicMs()))
    return due
  }

  checkDeadlines(nowMs: number): void {
    for (const slot of this.#slots) slot.checkDeadline(nowMs)
  }

  /** Nothing more is sent: no use to wait for a batch or a quota. */
  stopWaiting(): void {
    this.#lingerUntilMs = undefined
    this.#quotaUntilMs = undefined
  }

  /** Aborts what is in flight; its outcomes are not told. */
  close(): void {
    for (const slot of this.#slots) slot.close()
    this.#reports.close()
    this.#quota?.close(this.#parts.clock.monotonicMs())
  }

  /** Sends what may leave now; nothing before the sink is open. */
  send(supply: Supply, nowMs: number): void {
    const sink = this.#sink
    if (sink === undefined) return
    const { lanes, pace } = this.#parts
    const hold = this.#health.hold
    this.#quotaUntilMs = undefined
    if (hold) {
      this.#lingerUntilMs = undefined
      if (nowMs < hold.untilMs || this.isSending) return
      if (!this.#quotaLets(this.#quota?.probeStep(nowMs))) return
      const probe = lanes.takeProbe()
      const slot = this.#slots[0]
      const report = this.#reports.next(nowMs)
      if (probe.length > 0 && slot) this.#start(sink, slot, probe, nowMs)
      else if (report && slot) this.#startReport(sink, slot, report, nowMs)
      return
    }
    for (const slot of this.#slots) {
      if (slot.busy) continue
      // One message that somebody waits for at a set time: it goes before the events.
      const report = this.#reports.next(nowMs)
      if (report) {
        if (!this.#quotaLets(this.#quota?.probeStep(nowMs))) return
        this.#startReport(sink, slot, report, nowMs)
        continue
      }
      if (!this.#batchMayLeave(supply, nowMs)) return
      // What is on its way from the disk waits too: without it a digest would be taken for a few single ones.
      if (supply.reading && this.canDigest) return
      const step = this.#quota?.step(lanes.waitingCount, supply.draining, nowMs)
      if (!this.#quotaLets(step)) return
      if (step?.kind === 'digest') {
        this.#startDigest(sink, slot, supply, nowMs)
        continue
      }
      const batch = lanes.take(this.#quota ? 1 : pace.batchCount, pace.batchBytes)
      if (batch.length === 0) return
      this.#lingerUntilMs = undefined
      this.#start(sink, slot, batch, nowMs)
    }
  }

  /** A batch that is not full waits for `lingerMs` at most, unless nothing more can come. */
  #batchMayLeave({ draining, full }: Supply, nowMs: number): boolean {
    const { batchCount, lingerMs } = this.#parts.pace
    const { waitingCount } = this.#parts.lanes
    if (waitingCount === 0) return false
    const isFull = waitingCount >= batchCount || full
    if (batchCount === 1 || lingerMs === 0 || isFull || draining) return true
    this.#lingerUntilMs ??= nowMs + lingerMs
    return nowMs >= this.#lingerUntilMs
  }

  /** Without a quota everything may leave. */
  #quotaLets(step: Step | undefined): boolean {
    if (step?.kind !== 'wait') return true
    this.#quotaUntilMs = step.untilMs
    return false
  }

  #start(sink: Sink, slot: SendSlot, batch: Entry[], nowMs: number): void {
    const epoch = this.#health.epoch
    this.#quota?.began()
    const send = (signal: AbortSignal) =>
      sink.send(
        batch.map((entry) => entry.occurrence),
        signal,
      )
    slot.start(send, batch.length, nowMs, (outcomes) => {
      this.#quota?.ended(outcomes, this.#parts.clock.monotonicMs())
      this.#finish(batch, outcomes, epoch, nowMs)
      if (slot.abandoned) this.#slots[this.#slots.indexOf(slot)] = this.#newSlot()
      this.#parts.wake()
    })
  }

  #startReport(sink: Sink, slot: SendSlot, waiting: WaitingReport, nowMs: number): void {
    const epoch = this.#health.epoch
    this.#quota?.began()
    this.#reports.began(waiting)
    const send = async (signal: AbortSignal): Promise<readonly Outcome[]> => [
      (await sink.report?.(waiting.report, signal)) ?? tellsNone,
    ]
    slot.start(send, 1, nowMs, (outcomes) => {
      this.#quota?.ended(outcomes, this.#parts.clock.monotonicMs())
      this.#finishReport(waiting, outcomes[0] ?? tellsNone, epoch, nowMs)
      if (slot.abandoned) this.#slots[this.#slots.indexOf(slot)] = this.#newSlot()
      this.#parts.wake()
    })
  }

  /** One message for all that waits, or for the oldest of it where so many are not taken. */
  #startDigest(sink: Sink, slot: SendSlot, supply: Supply, nowMs: number): void {
    const quota = this.#quota
    if (!quota) return
    const batch = this.#parts.lanes.takeAll(quota.digestCount)
    const isComplete = this.#parts.lanes.readyCount === 0 && supply.complete
    const epoch = this.#health.epoch
    quota.began()
    const send = async (signal: AbortSignal): Promise<readonly Outcome[]> => {
      const outcome = await sink.digest?.(
        batch.map((entry) => entry.occurrence),
        signal,
      )
      return outcome ? [outcome] : []
    }
    slot.start(send, 1, nowMs, (outcomes) => {
      quota.ended(outcomes, this.#parts.clock.monotonicMs())
      this.#finishDigest(quota, batch, outcomes[0], { epoch, startedMs: nowMs, isComplete })
      if (slot.abandoned) this.#slots[this.#slots.indexOf(slot)] = this.#newSlot()
      this.#parts.wake()
    })
  }

  #newSlot(): SendSlot {
    return new SendSlot(this.#parts.pace.timeoutMs)
  }

  #finish(batch: readonly Entry[], outcomes: readonly Outcome[], epoch: number, startedMs: number): void {
    const nowMs = this.#parts.clock.monotonicMs()
    const wallMs = this.#parts.clock.wallMs()
    this.#parts.telemetry.sendTook(nowMs - startedMs)
    /** Lanes that must wait, with the time: the latest that any of their entries asks for. */
    let aside: Map<Lane, number> | undefined
    for (let at = 0; at < batch.length; at++) {
      const entry = batch[at]
      const outcome = outcomes[at]
      if (!entry || !outcome) continue
      if (outcome.kind === 'delivered') {
        this.#parts.settle(entry)
        this.#parts.telemetry.delivered(1, wallMs - entry.occurrence.arrivedAtMs)
        this.#quota?.singleSettled()
        this.#succeeded()
      } else if (outcome.kind === 'rejected') {
        this.#parts.bury(entry, outcome.reason, outcome.detail ?? '')
        this.#quota?.singleSettled()
        this.#succeeded()
      } else {
        const untilMs = this.#failed(entry, outcome, epoch, nowMs)
        if (untilMs !== undefined) {
          aside ??= new Map()
          aside.set(entry.lane, Math.max(aside.get(entry.lane) ?? 0, untilMs))
        }
      }
    }
    for (const { lane } of batch) this.#parts.lanes.release(lane, aside?.get(lane))
  }

  /** All of them are settled by it, or none. */
  #finishDigest(
    quota: QuotaPace,
    batch: readonly Entry[],
    outcome: Outcome | undefined,
    { epoch, startedMs, isComplete }: { epoch: number; startedMs: number; isComplete: boolean },
  ): void {
    const { clock, telemetry } = this.#parts
    const nowMs = clock.monotonicMs()
    const wallMs = clock.wallMs()
    const first = batch[0]
    telemetry.sendTook(nowMs - startedMs)
    let asideUntilMs: number | undefined
    if (outcome?.kind === 'delivered') {
      for (const entry of batch) {
        this.#parts.settle(entry)
        telemetry.delivered(1, wallMs - entry.occurrence.arrivedAtMs)
      }
      quota.digestDelivered(isComplete, nowMs)
      this.#succeeded()
      telemetry.log.info('more waited than the quota lets through: told as one digest', {
        events: batch.length,
      })
    } else if (outcome?.kind === 'rejected') {
      quota.digestRejected(batch.length)
      telemetry.log.warn('a digest was not taken: a smaller one is tried', {
        events: batch.length,
        detail: outcome.detail ?? '',
      })
      this.#succeeded()
    } else if (outcome && first) {
      if (outcome.reason === 'refused') quota.digestRefused()
      else asideUntilMs = this.#failed(first, outcome, epoch, nowMs)
    }
    for (const { lane } of batch) this.#parts.lanes.release(lane, asideUntilMs)
  }

  #finishReport(waiting: WaitingReport, outcome: Outcome, epoch: number, startedMs: number): void {
    const nowMs = this.#parts.clock.monotonicMs()
    this.#parts.telemetry.sendTook(nowMs - startedMs)
    if (outcome.kind !== 'retry') {
      this.#reports.settled(waiting, outcome)
      this.#succeeded()
      return
    }
    const treatment = treatmentOf[outcome.reason]
    if (treatment === 'leave') return this.#reports.waitUntil(waiting, nowMs)
    waiting.tries++
    const outOfTries = waiting.tries >= triesBeforeSetAside
    const { hold } = this.#learn({ ...outcome, offset: waiting.place, outOfTries, epoch }, nowMs)
    if (hold) return this.#reports.waitUntil(waiting, hold.untilMs, outcome.detail ?? outcome.reason)
    const afterMs =
      treatment === 'try-again' && !outOfTries
        ? tryAgainAfterMs(waiting.tries, this.#parts.random)
        : setAsideForMs(waiting.timesSetAside++, this.#parts.random)
    this.#reports.waitUntil(waiting, nowMs + afterMs, outcome.detail ?? outcome.reason)
  }

  #succeeded(): void {
    if (!this.#health.succeeded()) return
    this.#quota?.recovered()
    this.#parts.lanes.wakeAll()
    this.#parts.telemetry.state('flowing')
  }

  /** Answers until when the occurrence is set aside, monotonic ms; `undefined`: it may go on at once. */
  #failed(
    entry: Entry,
    outcome: Extract<Outcome, { kind: 'retry' }>,
    epoch: number,
    nowMs: number,
  ): number | undefined {
    const treatment = treatmentOf[outcome.reason]
    if (treatment === 'leave') return undefined
    this.#parts.telemetry.retried(outcome.reason, outcome.detail)
    entry.firstFailedMs ??= nowMs
    const tooLong = this.#parts.isRetriedTooLong(entry.occurrence, nowMs - entry.firstFailedMs)
    entry.tries++
    const outOfTries = entry.tries >= triesBeforeSetAside
    const failure = { ...outcome, offset: entry.occurrence.offset, outOfTries, epoch }
    const { hold, wasHeld } = this.#learn(failure, nowMs)
    if (tooLong) {
      this.#parts.bury(entry, 'retried-too-long', outcome.detail ?? outcome.reason)
      return undefined
    }
    // A probe that failed steps back, so that the next probe is another one: it may be this one's fault.
    if (wasHeld && hold) return hold.untilMs + (hold.untilMs - nowMs)
    if (treatment === 'hold-sink') return undefined
    if (treatment === 'try-again' && !outOfTries) {
      return nowMs + tryAgainAfterMs(entry.tries, this.#parts.random)
    }
    entry.tries = 0
    return nowMs + setAsideForMs(entry.timesSetAside++, this.#parts.random)
  }

  /** What a failure says about the sink. */
  #learn(
    failure: Pick<Failure, 'reason' | 'offset' | 'outOfTries' | 'epoch'> & {
      readonly afterMs?: number
      readonly detail?: string
    },
    nowMs: number,
  ): { readonly hold: Hold | undefined; readonly wasHeld: boolean } {
    const { reason, offset, outOfTries, epoch, afterMs, detail = '' } = failure
    const wasHeld = this.#health.hold !== undefined
    const held = this.#health.failed({ reason, offset, outOfTries, epoch, afterMs, detail }, nowMs)
    const hold = this.#health.hold
    if (held && hold) {
      this.#parts.telemetry.state('held', hold.reason, hold.detail)
      // It was the sink's fault, not that of those who were set aside before it was known.
      if (!wasHeld) this.#parts.lanes.wakeAll()
    }
    return { hold, wasHeld }
  }
}

/** What a sink without reports would answer: the configuration names none. */
const tellsNone: Outcome = { kind: 'rejected', reason: 'bad-message', detail: 'the sink tells no reports' }
