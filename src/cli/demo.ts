/** `kube-eventer demo`: the whole program on a recorded incident, with nothing else installed. */
import { runDemo, type DemoAddresses } from '../app/demo.ts'
import { sinkRegistry } from '../app/registry.ts'
import { isExpectedStartError } from '../app/start-errors.ts'
import { errorAt, renderProblems, wantsColour } from '../config/problems.ts'
import { parseCommandLine } from '../config/from-command-line.ts'
import type { Problem } from '../config/config.ts'
import { openLiveView, type LiveView } from '../demo/live-view.ts'
import type { Speed } from '../demo/player.ts'
import { screenLines } from '../demo/screen.ts'
import { Show } from '../demo/show.ts'
import { readableLine, terminalSink, type TerminalOutput } from '../demo/terminal-sink.ts'
import { watchedTelemetry } from '../demo/watched-telemetry.ts'
import { systemClock } from '../domain/clock.ts'
import { createTelemetry, type TelemetryOptions } from '../telemetry/create-telemetry.ts'
import type { LogDestination } from '../telemetry/log-destination.ts'
import { logFormatFor } from '../telemetry/logger.ts'
import { buildInfo } from './build-info.ts'
import { whenNobodyReads } from './command-io.ts'
import { summaryText } from './demo-summary.ts'
import type { ExitCode } from './run.ts'

const demoHelp = `kube-eventer demo plays a recorded incident of a real cluster (147 s) into a built-in API server,
and runs the real program on it.

On a terminal it is a live view: what arrives, what is filtered and why, each sink's state, rate and latency, and a
chat robot that takes 20 messages a minute and gets the rest as a digest. Otherwise it is a line a warning.

Usage:
  kube-eventer demo [--speed=N] [--recording=FILE] [--sink=NAME:URL?OPTIONS …] [other flags of run]

  --speed=N|max        how many times faster than it happened (default 10 on a terminal, else 20)
  --recording=FILE     another recording: a watch stream as NDJSON, gzipped or not
  --sink=…             your own destination, instead of the receiver and the robot on this machine

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

/** The name of the sink that writes to the demo's robot. */
const robotSink = 'robot'

/** `argv` is what follows `demo`. */
export async function demo(argv: readonly string[], workerEntry: URL): Promise<ExitCode> {
  const stop = stopWhenAsked()
  if (argv.some((argument) => ['-h', '-help', '--help', '--h'].includes(argument))) {
    process.stdout.write(demoHelp)
    return 0
  }
  const isLive = process.stdout.isTTY && process.env['TERM'] !== 'dumb'
  const read = readArguments(argv, isLive ? 10 : 20)
  if ('problem' in read) return tell([read.problem])
  const show = isLive ? new Show({ clock: systemClock, speed: read.speed }) : undefined
  // The sinks are read before anything is started, against addresses that stand for what is not known yet.
  const registry = new Map([...sinkRegistry, ['terminal', terminalSink(outputFor(show))]])
  const parse = (addresses: DemoAddresses): ReturnType<typeof parseCommandLine> =>
    parseCommandLine(commandLine(addresses, isLive, read.rest), process.env, registry)
  const nowhere = 'http://127.0.0.1:1'
  const first = parse({
    api: nowhere,
    receiver: nowhere,
    robot: `${nowhere}/?access_token=demo`,
    dataDir: '/',
  })
  if (first.kind === 'invalid') return tell(first.problems)
  if (first.kind !== 'run') return 0
  if (first.problems.length > 0) {
    const code = tell(first.problems)
    // What a cluster's pod goes on without, a person who tries it wants to mend.
    if (first.problems.some(({ severity }) => severity === 'error')) return code
  }

  const log = logFor(show)
  const telemetry = createTelemetry({
    clock: systemClock,
    level: first.config.logLevel === 'debug' ? 'debug' : 'warn',
    eventMetrics: true,
    version: buildInfo().version,
    ...log.options,
  })
  if (!show) await write(introduction(read.speed))
  const view = show && openView(show)
  // Whoever ends it wants the terminal back at once, however long the rest takes.
  stop.addEventListener('abort', () => view?.close())
  try {
    const summary = await runDemo({
      configure: (addresses) => {
        const parsed = parse(addresses)
        return parsed.kind === 'run' ? parsed : first
      },
      telemetry: show
        ? watchedTelemetry(telemetry, (sink, latencyMs) => show.delivered(sink, latencyMs))
        : telemetry,
      env: process.env,
      workerEntry,
      speed: read.speed,
      ...(read.recording === undefined ? {} : { recording: read.recording }),
      ...(show && {
        live: { show, feed: 'terminal', ...(namesSinks(read.rest) ? {} : { robotSink }) },
      }),
      signal: stop,
    })
    view?.close()
    await write(summaryText(summary, isLive ? process.stdout.columns : undefined))
    return 0
  } catch (error) {
    view?.close()
    if (!isExpectedStartError(error)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  } finally {
    log.tell()
  }
}

/** Where a person's own sinks are named, they stand in the place of the receiver and the robot. */
function commandLine(
  { api, receiver, robot, dataDir }: DemoAddresses,
  isLive: boolean,
  rest: readonly string[],
): readonly string[] {
  const name = (text: string): string => (isLive ? `&ke.name=${text}` : '')
  const webhook =
    `--sink=webhook:${receiver}/hook?method=POST&level=Warning&header=Content-Type=application/json` +
    name('receiver')
  // It is told what is rare, so that its quota lasts for a while: what goes on comes by the receiver.
  const chat =
    `--sink=dingtalk:${robot}&level=Warning&msg_type=card&ke.plainHttp=true${name(robotSink)}` +
    '&ke.namespaces!=^kube-system%24&ke.reason!=^(BackOff|Unhealthy|Failed)%24'
  return [
    `--source=kubernetes:${api}?inClusterConfig=false`,
    '--healthz-ip=127.0.0.1',
    '--healthz-port=0',
    isLive ? '--sink=terminal:?ke.name=terminal' : '--sink=terminal',
    ...(namesSinks(rest) ? [] : [webhook, ...(isLive ? [chat] : [])]),
    `--data-dir=${dataDir}`,
    ...rest,
  ]
}

function namesSinks(argv: readonly string[]): boolean {
  return argv.some((argument) => /^--?sink\b/.test(argument))
}

/** The live view shows what arrives, the lines what is delivered. */
function outputFor(show: Show | undefined): TerminalOutput {
  if (show) return { level: 'Normal', show: async (occurrences) => show.arrived(occurrences) }
  const inColour = wantsColour(process.stdout, process.env)
  return {
    level: 'Warning',
    show: (occurrences) => write(occurrences.map((one) => readableLine(one, inColour)).join('')),
  }
}

/** Aborts at the first signal, or when nobody reads any more; the second signal ends the process. */
function stopWhenAsked(): AbortSignal {
  const stop = new AbortController()
  whenNobodyReads(() => stop.abort())
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130)
      stop.abort()
    })
  }
  return stop.signal
}

function openView(show: Show): LiveView {
  const inColour = wantsColour(process.stdout, process.env)
  return openLiveView({
    terminal: process.stdout,
    process: {
      on: (event, listener) => process.on(event, listener),
      off: (event, listener) => process.off(event, listener),
      suspend: () => process.kill(process.pid, 'SIGSTOP'),
    },
    clock: systemClock,
    draw: (size) => screenLines(show.state(), size, inColour),
  })
}

/** Log lines that a live view keeps for its end, the newest. */
const keptLogLines = 100

/** On the terminal of a live view log lines would be written over it: it shows the newest, and tells all at its end. */
function logFor(show: Show | undefined): {
  readonly options: Pick<TelemetryOptions, 'format' | 'destination'>
  tell(): void
} {
  const format = logFormatFor(process.stderr.isTTY, process.env)
  if (!show || !process.stderr.isTTY) return { options: { format }, tell: () => {} }
  const lines: string[] = []
  const destination: LogDestination = {
    write: (line) => {
      lines.push(line)
      if (lines.length > keptLogLines) lines.shift()
      show.logged(line)
    },
  }
  return {
    options: { format: { kind: 'human', colour: false }, destination },
    tell: () => void process.stderr.write(lines.join('')),
  }
}

function introduction(speed: Speed): string {
  const pace = speed === 'max' ? 'as fast as it goes' : `at ${speed}×`
  return `A recorded incident of a real cluster, ${pace}. Warnings, as they are delivered:\n\n`
}

function readArguments(
  argv: readonly string[],
  defaultSpeed: Speed,
): DemoArguments | { readonly problem: Problem } {
  let speed = defaultSpeed
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

function write(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}

function tell(problems: readonly Problem[]): 2 {
  process.stderr.write(renderProblems(problems, { colour: wantsColour(process.stderr, process.env) }))
  return 2
}
