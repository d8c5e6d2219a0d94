/**
 * The demo: the real program, watching a stand-in API server into which a recorded incident is played, and
 * delivering to the terminal, to a webhook receiver and, where it is watched live, to a chat robot on this machine.
 * Nothing leaves the machine unless the user names a sink of their own.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config, Problem } from '../config/config.ts'
import { startApiServer } from '../demo/api-server.ts'
import { play, type Speed } from '../demo/player.ts'
import { startReceiver } from '../demo/receiver.ts'
import { readRecording, recordingLengthMs } from '../recording/recording.ts'
import { startRobot, type Robot } from '../demo/robot.ts'
import type { Show } from '../demo/show.ts'
import { sleep, systemClock } from '../domain/clock.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import { compileFilter } from '../stages/filter.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { startApp, type App } from './app.ts'

export interface DemoOptions {
  /** Makes the configuration, once everything that it names listens. */
  configure(addresses: DemoAddresses): {
    readonly config: Config
    readonly problems: readonly Problem[]
  }
  readonly telemetry: Telemetry
  readonly env: Readonly<Record<string, string | undefined>>
  readonly workerEntry: URL
  readonly speed: Speed
  /** A recording of the user's; absent: the one that ships with the program. */
  readonly recording?: string
  /** Somebody watches. */
  readonly live?: DemoLive
  /** Ends the demo early. */
  readonly signal: AbortSignal
}

export interface DemoAddresses {
  readonly api: string
  readonly receiver: string
  /** '' where there is no robot. */
  readonly robot: string
  readonly dataDir: string
}

export interface DemoLive {
  readonly show: Show
  /** The type of the sink that feeds the show: what it takes is not asked when an event is called filtered. */
  readonly feed: string
  /** The name of the sink that writes to the robot; absent: there is no robot. */
  readonly robotSink?: string
}

export interface DemoSummary {
  /** Occurrences that were played. */
  readonly played: number
  /** Requests that the receiver got. */
  readonly received: number
  /** What the robot's group saw; absent without a robot. */
  readonly robot?: Pick<Robot, 'taken' | 'digests' | 'refused' | 'latestDigest'>
  /** From the first line played to the last delivery. */
  readonly tookMs: number
  /** The program's own metrics at the end. */
  readonly metrics: string
}

/** After the last line is played, sinks get so long to finish, ms. */
const finishWithinMs = 30_000
const shippedRecording = new URL('../demo/recordings/incident.ndjson.gz', import.meta.url)
const shippedBesideBundle = new URL('./recordings/incident.ndjson.gz', import.meta.url)

/** The last frame of a live view stays so long, ms. */
const lastFrameMs = 4_000

export async function runDemo(options: DemoOptions): Promise<DemoSummary> {
  const { telemetry, signal, env, workerEntry, live } = options
  const dataDir = await mkdtemp(join(tmpdir(), 'kube-eventer-demo-'))
  const api = await startApiServer()
  const receiver = await startReceiver({ keep: 0 })
  const robot = live?.robotSink === undefined ? undefined : await startRobot()
  let app: App | undefined
  try {
    const addresses = { api: api.url, receiver: receiver.url, robot: robot?.url ?? '', dataDir }
    const { config, problems } = options.configure(addresses)
    const file = await recordingPath(options.recording)
    if (live)
      await beginShow(live, { config, telemetry, robot, file, isShipped: options.recording === undefined })
    app = await startApp({ config, problems, telemetry, env, workerEntry })
    await until(() => api.watches('events') > 0, signal)
    live?.show.phase('playing')
    const startMs = performance.now()
    const { put } = await play(readRecording(file), api, {
      speed: options.speed,
      clock: systemClock,
      signal,
      retime: true,
      ...(live && { onProgress: (counts) => live.show.played(counts) }),
    })
    live?.show.phase('finishing')
    const deadlineMs = performance.now() + finishWithinMs
    await until(async () => performance.now() > deadlineMs || (await allSettled(telemetry, put)), signal)
    const tookMs = performance.now() - startMs
    const metrics = await telemetry.metricsText()
    // As it is now: at the stop more may come, which the metrics do not count.
    const told = robot && counted(robot)
    if (live) {
      live.show.phase('done')
      await sleep(systemClock, lastFrameMs, signal)
    }
    return { played: put, received: receiver.count, tookMs, metrics, ...(told && { robot: told }) }
  } finally {
    await app?.stop()
    await receiver.close()
    await robot?.close()
    await api.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

function counted({ taken, digests, refused, latestDigest }: Robot): DemoSummary['robot'] {
  return { taken, digests, refused, latestDigest }
}

async function beginShow(
  { show, feed, robotSink }: DemoLive,
  parts: {
    readonly config: Config
    readonly telemetry: Telemetry
    readonly robot: Robot | undefined
    readonly file: string
    readonly isShipped: boolean
  },
): Promise<void> {
  const { config, telemetry, robot, file, isShipped } = parts
  show.begin({
    report: () => telemetry.report(),
    filteredBy: refusalOfAll(config, feed),
    ...(robot && robotSink !== undefined ? { robot: { robot, sink: robotSink } } : {}),
    // A recording of the user's may be of any size: it is not read twice.
    lengthMs: isShipped ? await recordingLengthMs(file) : undefined,
  })
}

/** Asks the same filters as the sinks do. */
function refusalOfAll(config: Config, feed: string): (event: KubernetesEvent) => string | undefined {
  const filters = config.sinks
    .filter(({ declaration }) => declaration.name !== feed)
    .map(({ filter }) => compileFilter(filter))
  return (event) => {
    const reasons = new Set<string>()
    for (const filter of filters) {
      const decision = filter(event)
      if (decision.pass) return undefined
      reasons.add(decision.reason)
    }
    return reasons.size === 0 ? undefined : [...reasons].join(', ')
  }
}

async function recordingPath(given: string | undefined): Promise<string> {
  if (given !== undefined) return given
  const { existsSync } = await import('node:fs')
  const { fileURLToPath } = await import('node:url')
  // In a checkout it lies in its room, in a release beside the one file.
  return fileURLToPath(existsSync(shippedBesideBundle) ? shippedBesideBundle : shippedRecording)
}

/** All that was played has come in and is settled at each sink. */
async function allSettled(telemetry: Telemetry, played: number): Promise<boolean> {
  const metrics = await telemetry.metricsText()
  const taken = samples(metrics, 'kube_eventer_source_occurrences_total')
  const lags = samples(metrics, 'kube_eventer_sink_lag_events')
  return taken.some(({ value }) => value >= played) && lags.every(({ value }) => value === 0)
}

async function until(done: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await done())) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** The samples of one metric in Prometheus' text format, with their labels. */
export function samples(
  metrics: string,
  name: string,
): readonly { labels: Readonly<Record<string, string>>; value: number }[] {
  return metrics.split('\n').flatMap((line) => {
    const match = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (match?.[1] !== name) return []
    const labels = Object.fromEntries(
      [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', value = '']) => [
        label,
        value,
      ]),
    )
    return [{ labels, value: Number(match[3]) }]
  })
}
