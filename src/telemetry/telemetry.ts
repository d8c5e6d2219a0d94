/**
 * What the rooms tell about themselves. Each method is one declaration: its log line and its metric are made
 * in one place, `telemetry/`, so that they cannot disagree. Texts passed in are free of secrets.
 */
import type { FilterReason } from '../domain/decision.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import type { RejectReason, RetryReason } from '../domain/outcome.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(message: string, fields?: Fields): void
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
}

/** Why a watch was started again; the label of the restart counter. */
export type WatchEnd =
  | 'timeout'
  | 'closed'
  | 'reset'
  | 'silent'
  | 'expired'
  | 'unauthorized'
  | 'forbidden'
  | 'throttled'
  | 'server-error'
  | 'unreachable'
  | 'protocol'

/** `watching` is the healthy one. One log line a change, however often it is told. */
export type SourceState =
  'starting' | 'listing' | 'watching' | 'retrying' | 'forbidden' | 'paused' | 'stopped'

export interface SourceTelemetry {
  readonly log: Logger
  /** Once an occurrence, filtered or not: the `eventer_*` counters. */
  occurrence(event: KubernetesEvent): void
  state(state: SourceState, detail?: string): void
  watchEnded(cause: WatchEnd): void
  /** A line of the watch that could not be used; the watch goes on. */
  lineIgnored(why: 'not-json' | 'unknown-type' | 'no-event' | 'too-long', detail: string): void
}

/** `flowing` is the healthy one. A held sink sends nothing but a probe. */
export type SinkState = 'opening' | 'flowing' | 'held' | 'stopped'
export type HoldReason = RetryReason | 'misconfigured' | 'cannot-open'

/** `given-up`: its next run came first. */
export type ReportOutcome = 'delivered' | 'rejected' | 'given-up'

export interface SinkLag {
  readonly events: number
  /** Age of the oldest unsettled occurrence, seconds; 0 if none. */
  readonly seconds: number
}

export interface SinkTelemetry {
  readonly log: Logger
  /** `latencyMs`: from arrival to settled. */
  delivered(count: number, latencyMs: number): void
  filtered(reason: FilterReason): void
  /** `detail`: what the destination said. */
  retried(reason: RetryReason, detail?: string): void
  dead(reason: RejectReason, detail: string): void
  /** Occurrences that retention took before this sink had them. */
  lost(count: number): void
  /** What became of a report. `detail`: why it was not told. */
  reported(outcome: ReportOutcome, fields: Fields, detail?: string): void
  /** Time one `send` took; `eventer_exporter_duration_milliseconds`. */
  sendTook(durationMs: number): void
  state(state: SinkState, reason?: HoldReason, detail?: string): void
  /** Asked at each scrape. */
  lagFrom(ask: () => SinkLag): void
}

export type JournalState = 'ok' | 'full' | 'degraded'

/** `part`: it cannot be read, and is passed over. `file`: it was set aside as a whole, and a new one begins. */
export type JournalDamage = 'part' | 'file'

export interface JournalTelemetry {
  readonly log: Logger
  committed(durationMs: number, occurrences: number): void
  state(state: JournalState, detail?: string): void
  /** Occurrences removed by retention (age, bytes) or by the memory engine's bound. */
  dropped(count: number, why: 'age' | 'bytes' | 'memory'): void
  /** Dead letters removed since there were too many, or too old. */
  deadLettersDropped(count: number, sink: string): void
  /** `occurrencesLost`: those that the journal does not have any more, as far as that can be told. */
  damaged(what: JournalDamage, occurrencesLost: number, fields?: Fields): void
  /** The room that retention leaves it; said once, when it is opened. */
  boundedTo(maxBytes: number): void
  /** Asked at each scrape. */
  sizeFrom(ask: () => { bytes: number; oldestAgeSeconds: number; nextOffset: number }): void
}

export interface ReadinessCheck {
  /** `source default`, `journal`, `sink webhook-…` */
  readonly name: string
  readonly ready: boolean
  readonly detail: string
}

export interface SourceReport {
  readonly cluster: string
  readonly state: SourceState
  /** '' if there is nothing to say. */
  readonly detail: string
  /** Since the start. */
  readonly occurrences: number
  /** ms since 1970; absent: none since the start. */
  readonly lastOccurrenceAtMs?: number
}

export interface LastError {
  /** ms since 1970. */
  readonly atMs: number
  readonly reason: RetryReason | RejectReason | HoldReason
  /** '' if there is nothing to say. */
  readonly detail: string
}

export interface SinkReport {
  readonly name: string
  readonly state: SinkState
  readonly holdReason?: HoldReason
  readonly detail: string
  /** Occurrences not settled; absent while nobody can tell. */
  readonly lagEvents?: number
  /** Age of the oldest of them, seconds. */
  readonly lagSeconds?: number
  /** Since the start, as all that follow. */
  readonly delivered: number
  readonly filtered: Readonly<Record<FilterReason, number>>
  readonly retried: number
  readonly dead: number
  readonly lost: number
  readonly lastError?: LastError
}

export interface TelemetryReport {
  /** The program's. */
  readonly version: string
  readonly sources: readonly SourceReport[]
  readonly journal: { readonly state: JournalState; readonly detail: string }
  readonly sinks: readonly SinkReport[]
  /** Sinks that can never run as they are configured. */
  readonly unusable: readonly { readonly where: string; readonly why: string }[]
}

export interface Telemetry {
  readonly log: Logger
  source(cluster: string): SourceTelemetry
  /** `exporter`: the original's name of the sink, the label of `eventer_exporter_duration_milliseconds`. */
  sink(name: string, exporter: string): SinkTelemetry
  /** A sink that can never run as it is configured: `/readyz` fails and a metric counts it. */
  sinkUnusable(origin: string, why: string): void
  /** A sink that was unusable runs, or is gone from the configuration. */
  forgetUnusable(origin: string): void
  /** The source is gone from the configuration: its metrics and its part in readiness go with it. */
  forgetSource(cluster: string): void
  /** The sink is gone from the configuration: its metrics and its part in readiness go with it. */
  forgetSink(name: string): void
  readonly journal: JournalTelemetry
  /** Everything that must be well for `/readyz`. */
  readiness(): readonly ReadinessCheck[]
  /** How everything stands, free of secrets. */
  report(): TelemetryReport
  /** Prometheus text format 0.0.4. */
  metricsText(): Promise<string>
  readonly metricsContentType: string
  close(): void
}
