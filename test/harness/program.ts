/** The real program as a process of its own, with what a fault test asks of it: log, metrics, memory, signals. */
import { readFileSync } from 'node:fs'
import { startProgram } from '../servers/program.ts'
import { until, type OwnedProcess } from '../servers/processes.ts'

export interface LogLine {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface RunningProgram {
  readonly process: OwnedProcess
  /** Of health and metrics: `http://127.0.0.1:PORT`. */
  readonly url: string
  /** Its answer on `/readyz`, `/healthz`, `/metrics`. */
  ask(path: string): Promise<{ readonly status: number; readonly body: string }>
  /** Resolves once `/readyz` says 200: from then on every new event is told. */
  ready(): Promise<void>
  /** Resolves once `/readyz` says 503 with a text that `reason` matches. Answers the text. */
  unready(reason: RegExp): Promise<string>
  /** The lines of its log so far. */
  log(): readonly LogLine[]
  /** Resolves with the first log line whose message and fields `pattern` matches. */
  said(pattern: RegExp): Promise<LogLine>
  /** Log lines that `pattern` matches. */
  lines(pattern: RegExp): readonly LogLine[]
  /** Sum of a metric over its labels, those that `labels` matches; 0 if there is none. */
  metric(name: string, labels?: RegExp): Promise<number>
  /** The most memory it ever had resident, MiB. */
  peakMemoryMiB(): number
  signal(name: NodeJS.Signals): void
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>
}

/** Starts the program with `args`; health and metrics on a free port of 127.0.0.1. */
export async function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProgram> {
  const { process: started, url, ask, ready } = await startProgram(args, env)
  const log = (): LogLine[] => parseLog(started.output())
  const lines = (pattern: RegExp): LogLine[] => log().filter((line) => pattern.test(JSON.stringify(line)))
  return {
    process: started,
    url,
    ask,
    ready,
    unready: (reason) =>
      until(
        `/readyz to fail with ${String(reason)}`,
        async () => {
          const { status, body } = await ask('/readyz')
          return status === 503 && reason.test(body) && body
        },
        [started],
      ),
    log,
    lines,
    said: (pattern) => until(`the log to say ${String(pattern)}`, () => lines(pattern)[0], [started]),
    metric: async (name, labels) => sumOf((await ask('/metrics')).body, name, labels),
    peakMemoryMiB: () => peakMemoryMiB(started.pid),
    signal: (name) => void process.kill(started.pid, name),
    kill: async () => void (await started.stop('SIGKILL')),
  }
}

/** proc(5): VmHWM, the peak of the resident set, MiB. */
export function peakMemoryMiB(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) / 1024
}

function parseLog(output: string): LogLine[] {
  return output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return []
    try {
      const parsed: unknown = JSON.parse(line)
      return isLogLine(parsed) ? [parsed] : []
    } catch {
      // The last line may not be complete yet.
      return []
    }
  })
}

function isLogLine(value: unknown): value is LogLine {
  return typeof value === 'object' && value !== null && 'level' in value && 'msg' in value
}

/** Sums the samples of a metric in Prometheus' text format. */
export function sumOf(text: string, name: string, labels = /(?:)/): number {
  let sum = 0
  for (const line of text.split('\n')) {
    const [, metric, itsLabels = '', value] = /^(\w+)(\{.*\})? (\S+)$/.exec(line) ?? []
    if (metric === name && labels.test(itsLabels)) sum += Number(value)
  }
  return sum
}
