/** `kube-eventer demo`: the whole program on a recorded incident, with nothing else installed. */
import { runDemo, samples, type DemoSummary } from '../app/demo.ts'
import { sinkRegistry } from '../app/registry.ts'
import { isExpectedStartError } from '../app/start-errors.ts'
import { errorAt, renderProblems, wantsColour } from '../config/problems.ts'
import { parseCommandLine } from '../config/from-command-line.ts'
import type { Problem } from '../config/config.ts'
import type { Speed } from '../demo/player.ts'
import { terminalSink } from '../demo/terminal-sink.ts'
import { systemClock } from '../domain/clock.ts'
import { createTelemetry } from '../telemetry/create-telemetry.ts'
import { logFormatFor } from '../telemetry/logger.ts'
import { buildInfo } from './build-info.ts'
import type { ExitCode } from './run.ts'

const demoHelp = `kube-eventer demo plays a recorded incident of a real cluster (147 s) into a built-in API server,
and runs the real program on it.

Usage:
  kube-eventer demo [--speed=20] [--recording=FILE] [--sink=NAME:URL?OPTIONS …] [other flags of run]

  --speed=N|max        how many times faster than it happened (default 20)
  --recording=FILE     another recording: a watch stream as NDJSON, gzipped or not
  --sink=…             your own destination, instead of the receiver on this machine

Examples:
  kube-eventer demo
  kube-eventer demo --speed=max
  kube-eventer demo '--sink=webhook:https://hooks.example.test/alerts?level=Warning&method=POST'
`

interface DemoArguments {
  readonly speed: Speed
  readonly recording?: string
  /** What is left for `run`. */
  readonly rest: readonly string[]
}

/** `argv` is what follows `demo`. */
export async function demo(argv: readonly string[], workerEntry: URL): Promise<ExitCode> {
  if (argv.some((argument) => ['-h', '-help', '--help', '--h'].includes(argument))) {
    process.stdout.write(demoHelp)
    return 0
  }
  const read = readArguments(argv)
  if ('problem' in read) return tell([read.problem])
  // The sinks are read before anything is started, against an address that stands for what is not known yet.
  const registry = new Map([...sinkRegistry, ['terminal', terminalSink({ colour: colour(), write })]])
  const parse = (api: string, receiver: string, dataDir: string): ReturnType<typeof parseCommandLine> =>
    parseCommandLine(
      [
        `--source=kubernetes:${api}?inClusterConfig=false`,
        '--healthz-ip=127.0.0.1',
        '--healthz-port=0',
        '--sink=terminal',
        ...(read.rest.some((argument) => /^--?sink\b/.test(argument))
          ? []
          : [
              `--sink=webhook:${receiver}/hook?method=POST&level=Warning&header=Content-Type=application/json`,
            ]),
        `--data-dir=${dataDir}`,
        ...read.rest,
      ],
      process.env,
      registry,
    )
  const first = parse('http://127.0.0.1:1', 'http://127.0.0.1:1', '/')
  if (first.kind === 'invalid') return tell(first.problems)
  if (first.kind !== 'run') return 0
  if (first.problems.length > 0) {
    const code = tell(first.problems)
    // What a cluster's pod goes on without, a person who tries it wants to mend.
    if (first.problems.some(({ severity }) => severity === 'error')) return code
  }

  const telemetry = createTelemetry({
    clock: systemClock,
    level: first.config.logLevel === 'debug' ? 'debug' : 'warn',
    format: logFormatFor(process.stderr.isTTY, process.env),
    eventMetrics: true,
    version: buildInfo().version,
  })
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130)
      stop.abort()
    })
  }
  await write(
    `A recorded incident of a real cluster, ${read.speed === 'max' ? 'as fast as it goes' : `at ${read.speed}×`}. ` +
      'Warnings, as they are delivered:\n\n',
  )
  try {
    const summary = await runDemo({
      configure: ({ api, receiver, dataDir }) => {
        const parsed = parse(api, receiver, dataDir)
        return parsed.kind === 'run' ? parsed : first
      },
      telemetry,
      env: process.env,
      workerEntry,
      speed: read.speed,
      ...(read.recording === undefined ? {} : { recording: read.recording }),
      signal: stop.signal,
    })
    await write(summaryText(summary))
    return 0
  } catch (error) {
    if (!isExpectedStartError(error)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

function readArguments(argv: readonly string[]): DemoArguments | { readonly problem: Problem } {
  let speed: Speed = 20
  let recording: string | undefined
  const rest: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at] ?? ''
    const match = /^--?(speed|recording)(?:=(.*))?$/s.exec(argument)
    if (!match) {
      rest.push(argument)
      continue
    }
    const value = match[2] ?? argv[++at] ?? ''
    if (match[1] === 'recording') {
      recording = value
      continue
    }
    const number = Number(value)
    if (value !== 'max' && !(number > 0 && number <= 10_000)) {
      return { problem: errorAt('--speed', 'its value is no speed', 'write a number, or max: --speed=20') }
    }
    speed = value === 'max' ? 'max' : number
  }
  return { speed, rest, ...(recording === undefined ? {} : { recording }) }
}

function summaryText({ played, received, tookMs, metrics }: DemoSummary): string {
  const lines = [
    '',
    `${played} occurrences in ${(tookMs / 1_000).toFixed(1)} s. ` +
      (received > 0 ? `The webhook receiver got ${received} requests.` : ''),
    '',
    ['sink', 'delivered', 'filtered', 'retried', 'dead', 'waiting', 'latency p50', 'p99'],
  ]
  const sinks = samples(metrics, 'kube_eventer_sink_lag_events').map(({ labels }) => labels['sink'] ?? '')
  const total = (name: string, sink: string): string => {
    const found = samples(metrics, name).filter(({ labels, value }) => labels['sink'] === sink && value > 0)
    const sum = found.reduce((all, { value }) => all + value, 0)
    const reasons = found.flatMap(({ labels, value }) =>
      labels['reason'] === undefined ? [] : [`${labels['reason']} ${value}`],
    )
    return reasons.length > 0 ? `${sum} (${reasons.join(', ')})` : String(sum)
  }
  for (const sink of sinks) {
    lines.push([
      sink,
      total('kube_eventer_sink_delivered_total', sink),
      total('kube_eventer_sink_filtered_total', sink),
      total('kube_eventer_sink_retried_total', sink),
      total('kube_eventer_sink_dead_letters_total', sink),
      total('kube_eventer_sink_lag_events', sink),
      latency(metrics, sink, 0.5),
      latency(metrics, sink, 0.99),
    ])
  }
  const table = lines.filter((line) => typeof line !== 'string')
  const widths = (table[0] ?? []).map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)))
  return `${lines
    .map((line) =>
      typeof line === 'string'
        ? line
        : line
            .map((cell, at) => cell.padEnd(widths[at] ?? 0))
            .join('  ')
            .trimEnd(),
    )
    .join('\n')}\n`
}

/** The upper bound of the histogram's bucket that holds the quantile. */
function latency(metrics: string, sink: string, quantile: number): string {
  const buckets = samples(metrics, 'kube_eventer_sink_latency_seconds_bucket').filter(
    ({ labels }) => labels['sink'] === sink,
  )
  const all = buckets.at(-1)?.value ?? 0
  const bucket = buckets.find(({ value }) => all > 0 && value >= quantile * all)
  return bucket ? `≤ ${Number(bucket.labels['le']) * 1_000} ms` : '–'
}

function colour(): boolean {
  return wantsColour(process.stdout, process.env)
}

function write(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}

function tell(problems: readonly Problem[]): 2 {
  process.stderr.write(renderProblems(problems, { colour: wantsColour(process.stderr, process.env) }))
  return 2
}
