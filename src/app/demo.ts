/**
 * The demo: the real program, watching a stand-in API server into which a recorded incident is played, and
 * delivering to the terminal and to a webhook receiver on this machine. Nothing leaves the machine unless the user
 * names a sink of their own.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config, Problem } from '../config/config.ts'
import { startApiServer } from '../demo/api-server.ts'
import { play, type Speed } from '../demo/player.ts'
import { startReceiver } from '../demo/receiver.ts'
import { readRecording } from '../demo/recording.ts'
import { systemClock } from '../domain/clock.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { startApp, type App } from './app.ts'

export interface DemoOptions {
  /** Makes the configuration, once the cluster and the receiver listen. */
  configure(addresses: { readonly api: string; readonly receiver: string; readonly dataDir: string }): {
    readonly config: Config
    readonly problems: readonly Problem[]
  }
  readonly telemetry: Telemetry
  readonly env: Readonly<Record<string, string | undefined>>
  readonly workerEntry: URL
  readonly speed: Speed
  /** A recording of the user's; absent: the one that ships with the program. */
  readonly recording?: string
  /** Ends the demo early. */
  readonly signal: AbortSignal
}

export interface DemoSummary {
  /** Occurrences that were played. */
  readonly played: number
  /** Requests that the receiver got. */
  readonly received: number
  readonly tookMs: number
  /** The program's own metrics at the end. */
  readonly metrics: string
}

/** After the last line is played, sinks get so long to finish, ms. */
const finishWithinMs = 30_000
const shippedRecording = new URL('../demo/recordings/incident.ndjson.gz', import.meta.url)
const shippedBesideBundle = new URL('./recordings/incident.ndjson.gz', import.meta.url)

export async function runDemo(options: DemoOptions): Promise<DemoSummary> {
  const { telemetry, signal, env, workerEntry } = options
  const dataDir = await mkdtemp(join(tmpdir(), 'kube-eventer-demo-'))
  const api = await startApiServer()
  const receiver = await startReceiver({ keep: 0 })
  let app: App | undefined
  try {
    const { config, problems } = options.configure({ api: api.url, receiver: receiver.url, dataDir })
    app = await startApp({ config, problems, telemetry, env, workerEntry })
    await until(() => api.watches('events') > 0, signal)
    const startMs = performance.now()
    const { put } = await play(readRecording(await recordingPath(options.recording)), api, {
      speed: options.speed,
      clock: systemClock,
      signal,
      retime: true,
    })
    const deadlineMs = performance.now() + finishWithinMs
    await until(async () => performance.now() > deadlineMs || (await allSettled(telemetry, put)), signal)
    const tookMs = performance.now() - startMs
    return { played: put, received: receiver.count, tookMs, metrics: await telemetry.metricsText() }
  } finally {
    await app?.stop()
    await receiver.close()
    await api.close()
    await rm(dataDir, { recursive: true, force: true })
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
