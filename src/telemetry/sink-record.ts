/** What one sink tells: each method is its counter and its log line together. */
import type { Clock } from '../domain/clock.ts'
import type { FilterReason } from '../domain/decision.ts'
import type { RejectReason, RetryReason } from '../domain/outcome.ts'
import type { DurationSum } from './eventer-metrics.ts'
import { labelsOf } from './exposition.ts'
import { Histogram, durationBoundsSeconds, latencyBoundsSeconds } from './histogram.ts'
import { redact } from './redact.ts'
import { Seldom, leftOut } from './seldom.ts'
import type {
  Fields,
  HoldReason,
  LastError,
  Logger,
  ReadinessCheck,
  ReportOutcome,
  SinkLag,
  SinkReport,
  SinkState,
  SinkTelemetry,
} from './telemetry.ts'

export class SinkRecord implements SinkTelemetry {
  readonly log: Logger
  readonly name: string
  /** `{sink="…"}` */
  readonly labels: string
  readonly latency: Histogram
  readonly sendDuration: Histogram
  readonly filteredBy: Record<FilterReason, number> = {
    level: 0,
    namespace: 0,
    kind: 0,
    reason: 0,
    message: 0,
    object: 0,
  }
  readonly retriedBy: Record<RetryReason, number> = {
    unreachable: 0,
    throttled: 0,
    refused: 0,
    'server-error': 0,
    timeout: 0,
    stopped: 0,
  }
  readonly deadBy: Record<RejectReason, number> = {
    'bad-message': 0,
    'template-failed': 0,
    'retried-too-long': 0,
  }
  readonly reportsBy: Record<ReportOutcome, number> = { delivered: 0, rejected: 0, 'given-up': 0 }
  deliveredCount = 0
  lostCount = 0
  currentState: SinkState = 'opening'
  holdReason: HoldReason | undefined
  #detail = ''
  #lastError: LastError | undefined
  #askLag: (() => SinkLag) | undefined
  readonly #clock: Clock
  readonly #seldom: Seldom
  readonly #exporter: DurationSum

  constructor(name: string, log: Logger, clock: Clock, exporter: DurationSum) {
    this.name = name
    this.log = log
    this.labels = labelsOf({ sink: name })
    this.latency = new Histogram(latencyBoundsSeconds, { sink: name })
    this.sendDuration = new Histogram(durationBoundsSeconds, { sink: name })
    this.#clock = clock
    this.#seldom = new Seldom(clock)
    this.#exporter = exporter
  }

  delivered(count: number, latencyMs: number): void {
    this.deliveredCount += count
    this.latency.observe(latencyMs / 1000, count)
  }

  filtered(reason: FilterReason): void {
    this.filteredBy[reason]++
  }

  retried(reason: RetryReason, detail = ''): void {
    this.retriedBy[reason]++
    this.#lastError = { atMs: this.#clock.wallMs(), reason, detail }
  }

  dead(reason: RejectReason, detail: string): void {
    this.deadBy[reason]++
    this.#lastError = { atMs: this.#clock.wallMs(), reason, detail }
    this.#seldom.say(reason, (notSaid) =>
      this.log.error('an event was given up and kept as a dead letter', {
        reason,
        detail,
        ...leftOut(notSaid),
      }),
    )
  }

  lost(count: number): void {
    if (count === 0) return
    this.lostCount += count
    this.#seldom.say('lost', () =>
      this.log.error('the journal let events go before this sink had them', {
        count,
        total: this.lostCount,
      }),
    )
  }

  reported(outcome: ReportOutcome, fields: Fields, detail = ''): void {
    this.reportsBy[outcome]++
    if (outcome === 'delivered') this.log.info('a report was told', fields)
    else this.log.error(reportTexts[outcome], { ...fields, ...(detail && { detail }) })
  }

  sendTook(durationMs: number): void {
    this.#exporter.add(durationMs)
    this.sendDuration.observe(durationMs / 1000)
  }

  state(state: SinkState, reason?: HoldReason, detail = ''): void {
    const heldFor = state === 'held' ? reason : undefined
    this.#detail = detail
    if (heldFor) this.#lastError = { atMs: this.#clock.wallMs(), reason: heldFor, detail }
    if (state === this.currentState && heldFor === this.holdReason) return
    this.currentState = state
    this.holdReason = heldFor
    const fields = { state, ...(reason && { reason }), ...(detail && { detail }) }
    if (state === 'held') {
      this.log[needsHands.has(reason) ? 'error' : 'warn'](
        'sink is held; its events wait in the journal',
        fields,
      )
    } else {
      this.log[state === 'opening' ? 'debug' : 'info'](`sink ${stateTexts[state]}`, fields)
    }
  }

  lagFrom(ask: () => SinkLag): void {
    this.#askLag = ask
  }

  /** `undefined` while nobody can tell: before it is opened, after it is closed. */
  lag(): SinkLag | undefined {
    try {
      return this.#askLag?.()
    } catch (error) {
      // One sink that cannot tell must not cost the whole scrape.
      this.#seldom.say('lag', () => this.log.warn('the lag of the sink cannot be told', { error }))
      return undefined
    }
  }

  forgetLag(): void {
    this.#askLag = undefined
  }

  report(): SinkReport {
    const lag = this.lag()
    return {
      name: this.name,
      state: this.currentState,
      ...(this.holdReason && { holdReason: this.holdReason }),
      detail: redact(this.#detail),
      ...(lag && { lagEvents: lag.events, lagSeconds: lag.seconds }),
      delivered: this.deliveredCount,
      filtered: { ...this.filteredBy },
      retried: sum(this.retriedBy),
      dead: sum(this.deadBy),
      lost: this.lostCount,
      ...(this.#lastError && {
        lastError: { ...this.#lastError, detail: redact(this.#lastError.detail) },
      }),
    }
  }

  check(): ReadinessCheck {
    const detail = [this.currentState, this.holdReason, this.#detail].filter(Boolean).join(': ')
    return { name: `sink ${this.name}`, ready: this.currentState === 'flowing', detail }
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0)
}

export const sinkStates = ['opening', 'flowing', 'held', 'stopped'] as const satisfies readonly SinkState[]

const stateTexts: Readonly<Record<Exclude<SinkState, 'held'>, string>> = {
  opening: 'is opening',
  flowing: 'delivers',
  stopped: 'has stopped',
}

const reportTexts: Readonly<Record<Exclude<ReportOutcome, 'delivered'>, string>> = {
  rejected: 'a report was refused for good and is not told',
  'given-up': 'a report could not be told before the next one and is given up',
}

/** These do not pass by themselves: somebody has to change something. */
const needsHands: ReadonlySet<HoldReason | undefined> = new Set<HoldReason | undefined>([
  'misconfigured',
  'cannot-open',
  'refused',
])
