/**
 * Wires the rooms into the running program. Starts downstream first (port, journal, sinks, sources) and stops
 * upstream first, so that nothing arrives where it could not be kept.
 */
import { isDeepStrictEqual } from 'node:util'
import { systemClock, type Clock } from '../domain/clock.ts'
import { clustersOf } from '../domain/source-options.ts'
import type { Config, Problem } from '../config/config.ts'
import type { Api } from '../http/api.ts'
import { startHttpServer, type HttpServer } from '../http/server.ts'
import type { Journal } from '../journal/journal.ts'
import type { JournalOperations } from '../journal/operations.ts'
import { openJournal } from '../journal/open.ts'
import { choosePlace } from '../journal/place.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { startCommands, type Commands } from './commands.ts'
import { ReportCounter } from './report-counter.ts'
import { Reports } from './reports.ts'
import { SearchIndex } from './search-index.ts'
import { SinkSet, type Changes } from './sink-set.ts'
import { SourceSet } from './source-set.ts'
import { TemplateRefusedError } from './strict.ts'
import { TemplateFeeds } from './template-feeds.ts'

export interface AppOptions {
  readonly config: Config
  /** What was wrong with the configuration and did not stop the start. */
  readonly problems: readonly Problem[]
  readonly telemetry: Telemetry
  readonly env: Readonly<Record<string, string | undefined>>
  /** The program's entry file: the journal's worker threads start from it. */
  readonly workerEntry: URL
  readonly clock?: Clock
}

export interface App {
  /** Where health and metrics are served. */
  readonly port: number
  /** Resolves with the reason if the program cannot go on (`--strict` only); never otherwise. */
  readonly failed: Promise<Error>
  /**
   * Changes to another configuration: what is the same in both runs on untouched. Rejects with `SourceConfigError`
   * if a cluster's credentials cannot be read, with `RecordingError` if a recording is none, and changes nothing then.
   * Calls are served one after another.
   */
  reload(config: Config, problems: readonly Problem[]): Promise<ReloadChanges>
  /** Ends the watch, lets the sinks finish within the grace time, commits, closes. Safe to call twice. */
  stop(): Promise<void>
}

export interface ReloadChanges {
  readonly sources: Changes
  readonly sinks: Changes
  /** Settings that differ and take effect at the next start only. */
  readonly needRestart: readonly string[]
}

/** What a stop leaves for the last commit and for closing, of the whole grace time. */
const closingMs = 2_000

export async function startApp(options: AppOptions): Promise<App> {
  const { config, telemetry, env, clock = systemClock } = options
  const closers: (() => Promise<void>)[] = []
  try {
    const http = await startHttpServer({ ...config.http, telemetry })
    closers.push(() => http.close())
    const { journal, dataDir } = await openTheJournal(options, clock)
    closers.push(() => journal.close())
    tellUnusable(telemetry, [], options.problems)
    const parts = { journal, telemetry, clock, env }
    let fail: (error: Error) => void = () => {}
    const failed = new Promise<Error>((resolve) => (fail = resolve))
    const feeds = new TemplateFeeds({ source: clustersOf(config.sources)[0], log: telemetry.log, clock, env })
    closers.push(() => feeds.close())
    const starting = { ended: false }
    const refused = (sink: string, why: string): void => {
      if (!starting.ended) fail(new TemplateRefusedError(sink, why))
    }
    const sinks = new SinkSet({ ...parts, feeds, strict: config.strict, refused })
    closers.push(() => sinks.close())
    await sinks.apply(config.sinks)
    const sources = new SourceSet(parts)
    await sources.apply(await sources.prepare(config.sources), config.strict ? fail : undefined)
    const counter = new ReportCounter({ journal, dataDir, workerEntry: options.workerEntry, clock })
    closers.push(() => counter.close())
    const reports = new Reports({ ...parts, sinks, counter })
    closers.push(() => reports.close())
    await reports.apply(config.reports)
    const api = await startTheApi(options, { counter, reports, clock })
    if (api) closers.push(() => api.close())
    const searchIndex = startSearchIndex(options, { journal, dataDir, clock })
    if (searchIndex) closers.push(() => searchIndex.close())
    const commands = await startCommands({ journal, telemetry, clock, sinks, dataDir })
    const running = {
      api,
      clock,
      commands,
      counter,
      feeds,
      http,
      journal,
      reports,
      searchIndex,
      sinks,
      sources,
      starting,
      telemetry,
      failed,
    }
    return new RunningApp(running, options)
  } catch (error) {
    for (const close of closers.toReversed()) await close()
    throw error
  }
}

async function startTheApi(
  { config, telemetry }: AppOptions,
  parts: { readonly counter: ReportCounter; readonly reports: Reports; readonly clock: Clock },
): Promise<Api | undefined> {
  if (config.api === undefined) return undefined
  // Loaded here: without it nothing needs them.
  const [{ startApi }, { reportRoutes }] = await Promise.all([
    import('../http/api.ts'),
    import('./report-api.ts'),
  ])
  const { ip, tokenFile } = config.api
  const api = await startApi({ ...config.api, routes: reportRoutes(parts), log: telemetry.log })
  telemetry.log.info('the API listens', { ip, port: api.port, asksForToken: tokenFile !== undefined })
  return api
}

/** None where it is not asked for, or where the journal is in memory: there is nothing to read. */
function startSearchIndex(
  { config, telemetry, workerEntry }: AppOptions,
  { journal, dataDir, clock }: { journal: Journal; dataDir: string | undefined; clock: Clock },
): SearchIndex | undefined {
  if (!config.search.index) return undefined
  if (dataDir === undefined) {
    telemetry.log.warn(
      'there is no index for searches: the journal is in memory, and nothing can be searched',
    )
    return undefined
  }
  return new SearchIndex({ journal, dataDir, workerEntry, clock, log: telemetry.log })
}

/** `dataDir`: where it lies; `undefined` for one in memory. */
async function openTheJournal(
  options: AppOptions,
  clock: Clock,
): Promise<{ readonly journal: Journal & JournalOperations; readonly dataDir: string | undefined }> {
  const { config, env, telemetry } = options
  const inCluster = config.sources.some(({ inClusterConfig }) => inClusterConfig)
  const place = choosePlace({ dataDir: config.journal.dataDir, env, inCluster })
  if (place.warning) telemetry.journal.log.warn(place.warning)
  const { maxAgeMs, maxBytes } = config.journal
  const journal = await openJournal({
    dir: place.engine === 'sqlite' ? place.dir : undefined,
    maxAgeMs,
    maxBytes,
    clock,
    telemetry: telemetry.journal,
    workerEntry: options.workerEntry,
  })
  telemetry.journal.sizeFrom(() => journal.size())
  return { journal, dataDir: place.dir }
}

/** On the command line a sink that is wrong is told, counted and left out. */
function tellUnusable(telemetry: Telemetry, before: readonly Problem[], now: readonly Problem[]): void {
  for (const { severity, where } of before) if (severity === 'error') telemetry.forgetUnusable(where)
  for (const { severity, where, what, remedy } of now) {
    if (severity === 'error') telemetry.sinkUnusable(where, remedy === '' ? what : `${what}; ${remedy}`)
  }
}

interface Parts {
  readonly api: Api | undefined
  readonly clock: Clock
  readonly commands: Commands
  readonly counter: ReportCounter
  readonly feeds: TemplateFeeds
  readonly http: HttpServer
  readonly journal: Journal
  readonly reports: Reports
  readonly searchIndex: SearchIndex | undefined
  readonly sinks: SinkSet
  readonly sources: SourceSet
  /** What is refused later than at the start does not end the program. */
  readonly starting: { ended: boolean }
  readonly telemetry: Telemetry
  readonly failed: Promise<Error>
}

class RunningApp implements App {
  readonly port: number
  readonly failed: Promise<Error>
  readonly #parts: Parts
  #config: Config
  #problems: readonly Problem[]
  /** The reload that runs, or the last one. */
  #reloading: Promise<unknown> = Promise.resolve()
  #stopping: Promise<void> | undefined

  constructor(parts: Parts, { config, problems }: AppOptions) {
    this.port = parts.http.port
    this.failed = parts.failed
    this.#parts = parts
    this.#config = config
    this.#problems = problems
  }

  reload(config: Config, problems: readonly Problem[]): Promise<ReloadChanges> {
    const reloaded = this.#reloading.then(() => this.#reload(config, problems))
    this.#reloading = reloaded.catch(() => {})
    return reloaded
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #reload(config: Config, problems: readonly Problem[]): Promise<ReloadChanges> {
    const { feeds, reports, sinks, sources, starting, telemetry } = this.#parts
    const prepared = await sources.prepare(config.sources)
    starting.ended = true
    const needRestart = settingsThatDiffer(this.#config, config)
    tellUnusable(telemetry, this.#problems, problems)
    // What the program started with stays what the next reload is compared with.
    const { sources: clusters, sinks: destinations, graceMs } = config
    this.#config = {
      ...this.#config,
      sources: clusters,
      sinks: destinations,
      reports: config.reports,
      graceMs,
    }
    this.#problems = problems
    const [source] = clustersOf(config.sources)
    if (source) await feeds.moveTo(source)
    const sinkChanges = await sinks.apply(config.sinks)
    await reports.apply(config.reports)
    await sources.apply(prepared)
    return { sources: prepared.changes, sinks: sinkChanges, needRestart }
  }

  async #stop(): Promise<void> {
    const {
      api,
      clock,
      commands,
      counter,
      feeds,
      http,
      journal,
      reports,
      searchIndex,
      sinks,
      sources,
      telemetry,
    } = this.#parts
    const deadline = within(clock, Math.max(0, this.#config.graceMs - closingMs))
    await Promise.race([this.#reloading, deadline.reached])
    // Who asks now would ask a program that ends.
    const apiClosed = api?.close()
    // One that is under way has its answer within the time that sinks have.
    const reportsEnded = Promise.all([apiClosed, reports.close(), counter.close()])
    await Promise.race([sources.stop(), deadline.reached])
    await Promise.race([sinks.drain(), deadline.reached])
    deadline.cancel()
    await commands.close()
    await searchIndex?.close()
    // What a sink does in its `close` must not keep the journal from its last commit.
    const closing = within(clock, closingMs)
    const sinksEnded = sinks.close().then(() => feeds.close())
    await Promise.race([Promise.all([sinksEnded, reportsEnded]), closing.reached])
    closing.cancel()
    await journal.close()
    await http.close()
    telemetry.log.info('stopped')
    telemetry.close()
  }
}

/** As the configuration file names them. */
function settingsThatDiffer(running: Config, wanted: Config): readonly string[] {
  const names = ['journal', 'http', 'search', 'eventMetrics', 'logLevel', 'strict'] as const
  // In a file the API is a part of `http`.
  const http = (config: Config): object => ({ ...config.http, api: config.api })
  return names.filter((name) =>
    name === 'http'
      ? !isDeepStrictEqual(http(running), http(wanted))
      : !isDeepStrictEqual(running[name], wanted[name]),
  )
}

function within(clock: Clock, afterMs: number): { reached: Promise<void>; cancel: () => void } {
  let cancel = (): void => {}
  const reached = new Promise<void>((resolve) => {
    const timer = clock.schedule(resolve, afterMs)
    cancel = () => timer.cancel()
  })
  return { reached, cancel }
}
