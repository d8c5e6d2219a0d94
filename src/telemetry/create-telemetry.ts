/** Puts the log, the records of each room and the metrics together: the one implementation of `Telemetry`. */
import type { Clock } from '../domain/clock.ts'
import { EventerMetrics } from './eventer-metrics.ts'
import { metricsContentType, renderMetrics } from './exposition.ts'
import { JournalRecord } from './journal-record.ts'
import { type LogDestination, stderrDestination } from './log-destination.ts'
import { type LogFormat, type LogLevel, RootLogger } from './logger.ts'
import { ownMetrics } from './own-metrics.ts'
import { processMetrics } from './process-metrics.ts'
import { redact } from './redact.ts'
import { SinkRecord } from './sink-record.ts'
import { SourceRecord } from './source-record.ts'
import type { ReadinessCheck, Telemetry } from './telemetry.ts'

export interface TelemetryOptions {
  readonly clock: Clock
  /** Log lines below it are not written. */
  readonly level: LogLevel
  /** `logFormatFor(process.stderr.isTTY, process.env)` */
  readonly format: LogFormat
  /** False: no `eventer_events_*` metrics. */
  readonly eventMetrics: boolean
  /** Where log lines go; absent: standard error. */
  readonly destination?: LogDestination
  /** The program's version. */
  readonly version: string
  /** Series of one `eventer_events_*` metric before an object's name becomes `_other`; absent: 10,000. */
  readonly maxSeries?: number
}

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { clock, level, format, version, destination = stderrDestination() } = options
  const root = new RootLogger({ clock, level, format, destination })
  const sources = new Map<string, SourceRecord>()
  const sinks = new Map<string, SinkRecord>()
  const unusableSinks = new Map<string, string>()

  const eventer = new EventerMetrics(
    {
      wallMs: () => clock.wallMs(),
      sourcesReadAtMs: () => [...sources.values()].map((source) => source.readAtMs()),
      seriesFull: (metric) =>
        root.warn(
          'a metric has as many series as it may have: further ones are counted under the name _other',
          {
            metric,
            remedy: 'nothing is lost but the names; --event-metrics=false turns these metrics off',
          },
        ),
    },
    options,
  )
  const journal = new JournalRecord(root.child({ component: 'journal' }), clock, (durationMs) =>
    eventer.committed(durationMs),
  )
  const metrics = [
    ...eventer.metrics(),
    ...ownMetrics({
      version,
      sources,
      sinks,
      journal,
      unusableSinks,
      logLines: root.lines,
      logLinesDropped: () => destination.dropped ?? 0,
    }),
    ...processMetrics(),
  ]

  return {
    log: root,
    journal,
    metricsContentType,

    source(cluster) {
      const known = sources.get(cluster)
      if (known) return known
      const created = new SourceRecord(cluster, root.child({ source: cluster }), clock, (event) =>
        eventer.occurrence(event),
      )
      sources.set(cluster, created)
      return created
    },

    sink(name, exporter) {
      const known = sinks.get(name)
      if (known) return known
      const created = new SinkRecord(name, root.child({ sink: name }), clock, eventer.exporter(exporter))
      sinks.set(name, created)
      return created
    },

    sinkUnusable(origin, why) {
      if (unusableSinks.get(origin) === why) return
      unusableSinks.set(origin, why)
      root.error('a sink cannot run as it is configured; the others do', { origin, why })
    },

    forgetUnusable: (origin) => void unusableSinks.delete(origin),

    forgetSource: (cluster) => void sources.delete(cluster),

    forgetSink(name) {
      sinks.get(name)?.forgetLag()
      sinks.delete(name)
    },

    readiness() {
      const checks: ReadinessCheck[] = [...sources.values()].map((source) => source.check())
      if (sources.size === 0)
        checks.push({ name: 'source', ready: false, detail: 'none has been started yet' })
      checks.push(journal.check())
      for (const sink of sinks.values()) checks.push(sink.check())
      for (const [origin, why] of unusableSinks) {
        checks.push({ name: `sink ${origin}`, ready: false, detail: `unusable: ${why}` })
      }
      // Anybody who reaches the port can read it.
      return checks.map((check) => ({ ...check, name: redact(check.name), detail: redact(check.detail) }))
    },

    report() {
      return {
        version,
        sources: [...sources.values()].map((source) => source.report()),
        journal: journal.report(),
        sinks: [...sinks.values()].map((sink) => sink.report()),
        unusable: [...unusableSinks].map(([where, why]) => ({ where: redact(where), why: redact(why) })),
      }
    },

    async metricsText() {
      return renderMetrics(metrics)
    },

    close() {
      journal.forgetSize()
      for (const sink of sinks.values()) sink.forgetLag()
    },
  }
}
