/**
 * Wires the rooms into the running program. Starts downstream first (port, journal, sinks, sources) and stops
 * upstream first, so that nothing arrives where it could not be kept.
 */
import { systemClock, type Clock } from '../domain/clock.ts'
import type { Config, Problem } from '../config/config.ts'
import { startHttpServer, type HttpServer } from '../http/server.ts'
import type { Journal } from '../journal/journal.ts'
import { openJournal } from '../journal/open.ts'
import { choosePlace } from '../journal/place.ts'
import { resolveAccess } from '../kubernetes/auth.ts'
import { startEventSource, type EventSource } from '../kubernetes/source.ts'
import { nameSinks } from '../sink-kit/name.ts'
import type { SourceTelemetry, Telemetry } from '../telemetry/telemetry.ts'
import { SinkRunner } from './sink-runner.ts'
import { strictSource } from './strict.ts'

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
  /** Ends the watch, lets the sinks finish within the grace time, commits, closes. Safe to call twice. */
  stop(): Promise<void>
}

/** What a stop leaves for the last commit and for closing, of the whole grace time. */
const closingMs = 2_000

export async function startApp(options: AppOptions): Promise<App> {
  const { config, telemetry, env, clock = systemClock } = options
  const closers: (() => Promise<void>)[] = []
  try {
    const http = await startHttpServer({ ...config.http, telemetry })
    closers.push(() => http.close())
    const journal = await openTheJournal(options, clock)
    closers.push(() => journal.close())
    for (const problem of options.problems) {
      if (problem.severity === 'error') telemetry.sinkUnusable(problem.where, problem.what)
    }
    const runners = startSinks(config, journal, telemetry, clock, env)
    closers.push(() => stopSinks(runners))
    const { sources, failed } = await startSources(options, journal, clock)
    return running({ config, clock, http, journal, runners, sources, failed, telemetry })
  } catch (error) {
    for (const close of closers.toReversed()) await close()
    throw error
  }
}

async function openTheJournal(options: AppOptions, clock: Clock): Promise<Journal> {
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
  return journal
}

function startSinks(
  config: Config,
  journal: Journal,
  telemetry: Telemetry,
  clock: Clock,
  env: AppOptions['env'],
): SinkRunner[] {
  const names = nameSinks(
    config.sinks.map(({ givenName, declaration, host, endpoint }) => ({
      ...(givenName === undefined ? {} : { givenName }),
      type: declaration.name,
      host,
      endpoint,
    })),
    journal.salt,
  )
  return config.sinks.map((sink, at) => {
    const name = names[at] ?? sink.declaration.name
    const record = telemetry.sink(name, sink.declaration.exporter)
    record.log.info('sink configured', {
      type: sink.declaration.name,
      destination: sink.declaration.display(sink.options as never),
      from: sink.origin,
    })
    return new SinkRunner({ name, config: sink, journal, telemetry: record, clock, env })
  })
}

async function stopSinks(runners: readonly SinkRunner[]): Promise<void> {
  for (const runner of runners) runner.stop()
  await Promise.all(runners.map((runner) => runner.close()))
}

async function startSources(
  options: AppOptions,
  journal: Journal,
  clock: Clock,
): Promise<{ sources: EventSource[]; failed: Promise<Error> }> {
  const { config, telemetry, env } = options
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<Error>((resolve) => (fail = resolve))
  // All are resolved before any starts: a kubeconfig that cannot be read is told before the first request.
  const resolved = await Promise.all(
    config.sources.map(async (source) => ({ source, access: await resolveAccess(source, { env, clock }) })),
  )
  const sources = resolved.map(({ source, access }) => {
    const record: SourceTelemetry = telemetry.source(source.cluster)
    return startEventSource({
      options: source,
      access,
      journal: journal.source(source.cluster),
      telemetry: config.strict ? strictSource(record, source.cluster, fail) : record,
      clock,
    })
  })
  return { sources, failed }
}

interface Running {
  readonly config: Config
  readonly clock: Clock
  readonly http: HttpServer
  readonly journal: Journal
  readonly runners: readonly SinkRunner[]
  readonly sources: readonly EventSource[]
  readonly failed: Promise<Error>
  readonly telemetry: Telemetry
}

function running(parts: Running): App {
  let stopping: Promise<void> | undefined
  return {
    port: parts.http.port,
    failed: parts.failed,
    stop: () => (stopping ??= stop(parts)),
  }
}

async function stop({ config, clock, http, journal, runners, sources, telemetry }: Running): Promise<void> {
  const deadline = within(clock, Math.max(0, config.graceMs - closingMs))
  await Promise.race([Promise.all(sources.map((source) => source.stop())), deadline.reached])
  await Promise.race([Promise.all(runners.map((runner) => runner.drain())), deadline.reached])
  deadline.cancel()
  await stopSinks(runners)
  await journal.close()
  await http.close()
  telemetry.log.info('stopped')
  telemetry.close()
}

function within(clock: Clock, afterMs: number): { reached: Promise<void>; cancel: () => void } {
  let cancel = (): void => {}
  const reached = new Promise<void>((resolve) => {
    const timer = clock.schedule(resolve, afterMs)
    cancel = () => timer.cancel()
  })
  return { reached, cancel }
}
