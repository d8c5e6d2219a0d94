/**
 * One report and its schedule. Each sink has a place: the last run that it is done with.
 *
 * | at a sink's place | what is done |
 * |---|---|
 * | no place, or one of another schedule | it begins now: nothing was missed |
 * | the last run is after it | that run is told, however late, with the period that it should have had |
 * | told, or refused for good | the place moves to the run |
 * | the next run comes before it was told | it is given up, and the place moves |
 * | the program stops before it was told | the place stays: it is told after the next start |
 */
import type { ReportConfig } from '../config/config.ts'
import { sleep, type Clock } from '../domain/clock.ts'
import { textOf } from '../domain/text-of.ts'
import type { Location } from '../gotime/location.ts'
import { TimeZones } from '../gotime/time-zones.ts'
import type { JournalOperations } from '../journal/operations.ts'
import { reportJson, reportMarkdown, reportTable } from '../report/format.ts'
import type { Report } from '../report/report.ts'
import type { ReadSchedule, Schedule } from '../report/schedule.ts'
import type { SinkReport } from '../sink-kit/report.ts'
import type { Fields, Telemetry } from '../telemetry/telemetry.ts'
import type { ReportCounter } from './report-counter.ts'
import type { SinkRunner } from './sink-runner.ts'

export interface ScheduledReportParts {
  readonly journal: Pick<JournalOperations, 'reportRuns' | 'workOnReportRuns'>
  readonly telemetry: Pick<Telemetry, 'log'>
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  readonly counter: Pick<ReportCounter, 'count'>
  readonly runnerOf: (sink: string) => Pick<SinkRunner, 'tellReport'> | undefined
}

/** The wall clock may be set meanwhile: it is looked at so often. */
const lookEveryMs = 30_000
const countWithinMs = 300_000
/** After a count that failed. */
const countAgainMs = 60_000
/** A run that begins so long after its time was missed. */
const lateMs = 90_000

/** What a run is: when it should be told, and what of. */
interface Run {
  readonly dueMs: number
  readonly report: SinkReport
  readonly fields: Fields
}

export class ScheduledReport {
  readonly #parts: ScheduledReportParts
  readonly #config: ReportConfig
  readonly #sinks: readonly string[]
  readonly #schedule: Schedule
  readonly #zone: Location
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  /** `sinks`: whom it is told. `readSchedule`: what the library that reads schedules offers. */
  constructor(
    parts: ScheduledReportParts,
    config: ReportConfig,
    sinks: readonly string[],
    readSchedule: (at: string, zone: string | undefined) => ReadSchedule,
  ) {
    this.#parts = parts
    this.#config = config
    this.#sinks = sinks
    const zones = new TimeZones({ tz: parts.env['TZ'] })
    this.#zone = (config.tz === undefined ? undefined : zones.load(config.tz)) ?? zones.local
    const read = readSchedule(config.at, config.tz ?? zoneIn(parts.env['TZ']))
    if (!read.ok) throw new Error(`the report ${config.name}: its time ${read.what}`)
    this.#schedule = read.schedule
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Resolves when nothing of it is under way. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** Counts the period up to now, and hands it to the sinks; `wanted` gives it up. Rejects with `CountFailed`. */
  async tellNow(wanted: AbortSignal, withinMs: number): Promise<void> {
    const run = await this.#count(
      this.#parts.clock.wallMs(),
      withinMs,
      AbortSignal.any([wanted, this.#stop.signal]),
    )
    const ends = { wanted, stop: this.#stop.signal }
    for (const sink of this.#sinks) void this.#parts.runnerOf(sink)?.tellReport(run.report, ends, run.fields)
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts
    const stop = this.#stop.signal
    while (!stop.aborted) {
      const nowMs = clock.wallMs()
      const dueMs = this.#schedule.lastAt(nowMs)
      const late = this.#sinks.filter(
        (sink) => this.#place(sink, nowMs) < (dueMs ?? Number.NEGATIVE_INFINITY),
      )
      const nextMs = this.#schedule.nextAfter(nowMs) ?? Number.POSITIVE_INFINITY
      if (dueMs === undefined || late.length === 0)
        await sleep(clock, Math.min(nextMs - nowMs, lookEveryMs), stop)
      else await this.#tell(dueMs, nextMs, late)
    }
  }

  /** Tells one run to those who have not had it; resolves when it is done with, or the next one is due. */
  async #tell(dueMs: number, nextMs: number, sinks: readonly string[]): Promise<void> {
    const { clock, runnerOf, telemetry } = this.#parts
    const stop = this.#stop.signal
    const nextRun = new AbortController()
    const done = new AbortController()
    const wanted = nextRun.signal
    void this.#untilWall(nextMs, AbortSignal.any([stop, done.signal])).then(() => nextRun.abort())
    if (clock.wallMs() - dueMs > lateMs) {
      telemetry.log.warn('a report is told late: the program did not run at its time', {
        report: this.#config.name,
        due: new Date(dueMs).toISOString(),
      })
    }
    const run = await this.#countUntil(dueMs, AbortSignal.any([stop, wanted]))
    await Promise.all(
      sinks.map(async (sink) => {
        const runner = runnerOf(sink)
        const told = run && runner && (await runner.tellReport(run.report, { wanted, stop }, run.fields))
        // The sink ends or is not there, as while the configuration changes: then this ends too, and begins anew.
        if (run && (told === undefined || told.kind === 'stopped'))
          return aborted(AbortSignal.any([stop, wanted]))
        if (run || wanted.aborted) await this.#note(sink, dueMs)
      }),
    )
    done.abort()
  }

  /** Tries until it works; `undefined` when `signal` aborts. */
  async #countUntil(dueMs: number, signal: AbortSignal): Promise<Run | undefined> {
    const { clock, telemetry } = this.#parts
    while (!signal.aborted) {
      try {
        return await this.#count(dueMs, countWithinMs, signal)
      } catch (error) {
        if (signal.aborted) break
        telemetry.log.error('what a report tells could not be counted; it is tried again', {
          report: this.#config.name,
          detail: textOf(error),
          againInMs: countAgainMs,
        })
        await sleep(clock, countAgainMs, signal)
      }
    }
    return undefined
  }

  async #count(toMs: number, withinMs: number, signal: AbortSignal): Promise<Run> {
    const { name, periodMs, by, top, filter, title, where } = this.#config
    const fromMs = toMs - periodMs
    const report = await this.#parts.counter.count({ fromMs, toMs, by, top, filter }, withinMs, signal)
    return {
      dueMs: toMs,
      report: sinkReportOf(report, { title, where }, this.#zone),
      fields: {
        report: name,
        from: new Date(fromMs).toISOString(),
        to: new Date(toMs).toISOString(),
        count: report.count,
      },
    }
  }

  /** The last run that a sink is done with, or what stands for it. */
  #place(sink: string, nowMs: number): number {
    const { name: report } = this.#config
    const found = this.#parts.journal.reportRuns().find((run) => run.report === report && run.sink === sink)
    const nextMs = this.#schedule.nextAfter(nowMs) ?? Number.POSITIVE_INFINITY
    // One that is later than the next run was noted by a clock that was wrong.
    if (found && found.schedule === this.#scheduleText && found.dueMs <= nextMs) return found.dueMs
    void this.#note(sink, nowMs)
    return nowMs
  }

  /** Holds at once; that it cannot be written now costs no more than a repetition after a kill. */
  async #note(sink: string, dueMs: number): Promise<void> {
    const { journal, telemetry } = this.#parts
    const run = { report: this.#config.name, sink, schedule: this.#scheduleText, dueMs }
    await journal.workOnReportRuns({ kind: 'note', run }).catch((error: unknown) => {
      telemetry.log.warn('that a report was told cannot be written down yet', {
        report: this.#config.name,
        sink,
        detail: textOf(error),
      })
    })
  }

  get #scheduleText(): string {
    const { at, tz } = this.#config
    return tz === undefined ? at : `${at} ${tz}`
  }

  async #untilWall(atMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    for (;;) {
      const leftMs = atMs - clock.wallMs()
      if (leftMs <= 0 || signal.aborted) return
      await sleep(clock, Math.min(leftMs, lookEveryMs), signal)
    }
  }
}

/** How a counted report is told, in each form that sinks ask for. */
export function sinkReportOf(
  report: Report,
  head: { readonly title: string; readonly where: string },
  zone: Location,
): SinkReport {
  return {
    title: head.title,
    text: (room) => reportTable(report, head, zone, room),
    markdown: (room) => reportMarkdown(report, head, zone, room),
    json: () => reportJson(report, head),
  }
}

/** The zone that `TZ` names, if it is one by its name; else the process's own holds. */
function zoneIn(tz: string | undefined): string | undefined {
  const name = tz?.replace(/^:/, '')
  if (name === undefined || name === '') return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
