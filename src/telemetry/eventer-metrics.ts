/**
 * The `eventer_*` metrics of kube-eventer: names, labels, types and help are what dashboards and alerts already
 * use. It worked in ticks (every 30 s: take all events, hand them to all sinks); this program streams, so three of
 * them get the meaning that keeps an alert on them useful:
 * - `eventer_manager_last_time_seconds`, the last tick, told that the main loop still turned whether or not there
 *   were events. Answering a scrape proves that: it is the time of the scrape.
 * - `eventer_scraper_last_time_seconds`, the last tick that asked the source, is the time up to which every source
 *   was being read: now while all watch, else when the first of those that do not stopped; 0 before. So it stays
 *   fresh in a quiet cluster and goes stale when a watch is away. The last event's own time is
 *   `kube_eventer_source_last_occurrence_timestamp_seconds`.
 * - `eventer_scraper_duration_milliseconds`, the time to take a batch in, is the time of a journal's commit.
 */
import type { KubernetesEvent } from '../domain/event.ts'
import { EventCounter, maxNamedSeries } from './event-counters.ts'
import { type Metric, labelsOf } from './exposition.ts'
import { abnormalReasonOf } from './reasons.ts'

/** What this file needs to know of the rest at a scrape. */
export interface EventerContext {
  wallMs(): number
  /** When each source was last being read, ms since 1970; `now` if it is, 0 if it never was. */
  sourcesReadAtMs(): readonly number[]
  /** Said once a metric. */
  seriesFull(metric: string): void
}

export interface EventerOptions {
  /** False: no `eventer_events_*` (`--event-metrics=false`). */
  readonly eventMetrics: boolean
  /** Series of one metric before a name becomes `_other`; less in tests. */
  readonly maxSeries?: number
}

export class EventerMetrics {
  readonly #context: EventerContext
  readonly #eventMetrics: boolean
  readonly #errors: EventCounter
  readonly #warnings: EventCounter
  readonly #normals: EventCounter
  readonly #exporters = new Map<string, DurationSum>()
  readonly #commits = new DurationSum('')
  #occurrences = 0

  constructor(context: EventerContext, { eventMetrics, maxSeries = maxNamedSeries }: EventerOptions) {
    const counter = (metric: string): EventCounter =>
      new EventCounter(maxSeries, () => context.seriesFull(metric))
    this.#context = context
    this.#eventMetrics = eventMetrics
    this.#errors = counter('eventer_events_error_total')
    this.#warnings = counter('eventer_events_warning_total')
    this.#normals = counter('eventer_events_normal_total')
  }

  occurrence(event: KubernetesEvent): void {
    this.#occurrences++
    if (!this.#eventMetrics) return
    const { kind = '', name = '', namespace = '' } = event.involvedObject
    const abnormal = abnormalReasonOf(event)
    if (abnormal !== undefined) {
      this.#errors.count({ kind, name, namespace, reason: abnormal })
    } else if (event.type === 'Warning') {
      this.#warnings.count({ kind, name, namespace, reason: event.reason ?? '' })
    } else {
      // The event's own namespace here, not its object's: for a node's event that is `default`, not ''.
      this.#normals.count({ kind, namespace: event.metadata.namespace ?? '', reason: event.reason ?? '' })
    }
  }

  committed(durationMs: number): void {
    this.#commits.add(durationMs)
  }

  /** The sum for one kind of sink; sinks of the same kind share it, as the label has no room for more. */
  exporter(exporter: string): DurationSum {
    const known = this.#exporters.get(exporter)
    if (known) return known
    const created = new DurationSum(labelsOf({ exporter }))
    this.#exporters.set(exporter, created)
    return created
  }

  metrics(): readonly Metric[] {
    const named = ['kind', 'name', 'namespace', 'reason']
    return [
      {
        name: 'eventer_events_error_total',
        type: 'counter',
        help: 'Occurrences of events that mean something is broken; reason is the class of the fault.',
        labels: named,
        collect: (write) => this.#errors.write(write),
      },
      {
        name: 'eventer_events_normal_total',
        type: 'counter',
        help: 'Occurrences of events that are neither a known fault nor of type Warning.',
        labels: ['kind', 'namespace', 'reason'],
        collect: (write) => this.#normals.write(write),
      },
      {
        name: 'eventer_events_warning_total',
        type: 'counter',
        help: 'Occurrences of events of type Warning that are no known fault.',
        labels: named,
        collect: (write) => this.#warnings.write(write),
      },
      {
        name: 'eventer_exporter_duration_milliseconds',
        type: 'summary',
        help: 'Time spent exporting events to sink in milliseconds.',
        labels: ['exporter'],
        collect: (write) => this.#exporters.forEach((sum) => sum.write(write)),
      },
      {
        name: 'eventer_manager_last_time_seconds',
        type: 'gauge',
        help: 'Last time of eventer housekeep since unix epoch in seconds.',
        labels: [],
        collect: (write) => write('', Math.floor(this.#context.wallMs() / 1000)),
      },
      {
        name: 'eventer_scraper_duration_milliseconds',
        type: 'summary',
        help: 'Time spent scraping events in milliseconds.',
        labels: [],
        collect: (write) => this.#commits.write(write),
      },
      {
        name: 'eventer_scraper_events_total_number',
        type: 'counter',
        help: 'The total number of events.',
        labels: [],
        collect: (write) => write('', this.#occurrences),
      },
      {
        name: 'eventer_scraper_last_time_seconds',
        type: 'gauge',
        help: 'Last time of event since unix epoch in seconds.',
        labels: [],
        collect: (write) => {
          const readAtMs = this.#context.sourcesReadAtMs()
          write('', readAtMs.length === 0 ? 0 : Math.floor(Math.min(...readAtMs) / 1000))
        },
      },
    ]
  }
}

/** A summary without quantiles: sum in ms, and count. */
export class DurationSum {
  readonly #labels: string
  #sumMs = 0
  #count = 0

  constructor(labels: string) {
    this.#labels = labels
  }

  add(durationMs: number): void {
    this.#sumMs += durationMs
    this.#count++
  }

  write(write: Parameters<Metric['collect']>[0]): void {
    write(this.#labels, this.#sumMs, '_sum')
    write(this.#labels, this.#count, '_count')
  }
}
