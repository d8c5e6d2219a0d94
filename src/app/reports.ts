/**
 * Reports at set times: counted off the main thread, told by the sinks' own pumps. What each sink was told last is in
 * the journal, so that a restart tells nothing twice, and what was missed once.
 */
import type { ReportConfig } from '../config/config.ts'
import { sleep } from '../domain/clock.ts'
import type { SinkSet } from './sink-set.ts'
import type { ScheduledReport, ScheduledReportParts } from './scheduled-report.ts'

export interface ReportsParts extends Omit<ScheduledReportParts, 'runnerOf'> {
  readonly sinks: { readonly names: SinkSet['names']; readonly runner: ScheduledReportParts['runnerOf'] }
}

/** A report that was asked for is tried for so long, ms. */
const askedForMs = 3_600_000

export class Reports {
  readonly #parts: ReportsParts
  readonly #scheduled: ScheduledReportParts
  #running: readonly ScheduledReport[] = []
  /** Ends what was asked for by hand and is not told yet. */
  #asked = new AbortController()
  #closed = false

  constructor(parts: ReportsParts) {
    this.#parts = parts
    this.#scheduled = { ...parts, runnerOf: (sink) => parts.sinks.runner(sink) }
  }

  /** Makes what runs what `reports` says; to be called when the sinks are what the same configuration says. */
  async apply(reports: readonly ReportConfig[]): Promise<void> {
    await this.#end()
    const { journal, sinks } = this.#parts
    const names = sinks.names()
    const wanted = reports.map((config) => ({ config, sinks: config.to.flatMap((at) => names[at] ?? []) }))
    // A report that comes back some day must not take the time between for missed runs.
    for (const { report, sink } of journal.reportRuns()) {
      if (wanted.some(({ config, sinks: told }) => config.name === report && told.includes(sink))) continue
      void journal.workOnReportRuns({ kind: 'forget', report, sink }).catch(() => {})
    }
    if (wanted.length === 0) return
    // Loaded here: without a report nothing needs them.
    const [{ ScheduledReport }, { readSchedule }] = await Promise.all([
      import('./scheduled-report.ts'),
      import('../report/schedule.ts'),
    ])
    if (this.#closed) return
    this.#running = wanted.map(
      ({ config, sinks: told }) => new ScheduledReport(this.#scheduled, config, told, readSchedule),
    )
    for (const report of this.#running) report.start()
  }

  /** How many reports there are. */
  get count(): number {
    return this.#running.length
  }

  /**
   * Tells every report now, of the period up to this moment, beside their schedules. Resolves when they are counted and
   * handed to their sinks; rejects with `CountFailed`. Those that were asked for before and are not told yet are given up.
   */
  async tellNow(withinMs: number): Promise<void> {
    this.#asked.abort()
    const asked = new AbortController()
    this.#asked = asked
    for (const report of this.#running) await report.tellNow(asked.signal, withinMs)
    void sleep(this.#parts.clock, askedForMs, asked.signal).then(() => asked.abort())
  }

  /** Ends all; what is not told yet is told after the next start. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#end()
  }

  async #end(): Promise<void> {
    this.#asked.abort()
    const running = this.#running
    this.#running = []
    await Promise.all(running.map((report) => report.stop()))
  }
}
