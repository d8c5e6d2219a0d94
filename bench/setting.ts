/** What the benchmarks have in common: the release under test, the fake cluster beside it, the table that is printed. */
import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command, Report } from './fake-cluster.ts'

/** A line of the table; `met` is undefined where nothing is demanded. */
export interface Row {
  readonly work: string
  readonly result: string
  readonly must: string
  readonly met: boolean | undefined
}

export interface FakeCluster {
  readonly api: string
  readonly hook: string
  ask(command: Command): Promise<{ kind: string; report?: Report }>
  close(): void
}

/** The path of a file beside this one. */
export const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
/** `--quick`: smaller amounts, for a first look. */
export const quick = process.argv.includes('--quick')
/** `--profile=DIRECTORY`: each run of the program leaves a CPU profile there, for Chrome's developer tools. */
const profileFlags = process.argv.flatMap((argument) => {
  const dir = /^--profile=(.+)$/.exec(argument)?.[1]
  return dir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${dir}`]
})

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
export const round = (value: number, digits = 1): string => value.toFixed(digits)

/** Builds the bundled file that `releaseWith` starts. */
export function buildRelease(): void {
  execFileSync(process.execPath, [here('../scripts/build.ts')], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** The program as a release starts it, one bundled file with the launcher's V8 flags: watching, with one sink. */
export function releaseWith(cluster: FakeCluster, dir: string, ...more: readonly string[]): string[] {
  return [
    process.execPath,
    '--max-semi-space-size=2',
    '--max-old-space-size=80',
    ...profileFlags,
    here('../dist/kube-eventer.js'),
    `--source=kubernetes:${cluster.api}?inClusterConfig=false`,
    `--data-dir=${dir}`,
    '--healthz-ip=127.0.0.1',
    '--healthz-port=0',
    ...more,
  ]
}

export async function startFakeCluster(): Promise<FakeCluster> {
  const child: ChildProcess = fork(here('fake-cluster.ts'), { serialization: 'advanced', execArgv: [] })
  const next = (): Promise<never> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`the fake cluster ended with ${code}`))
      child.once('exit', ended)
      child.once('message', (message) => {
        child.off('exit', ended)
        resolve(message as never)
      })
    })
  const ready: { apiPort: number; receiverPort: number } = await next()
  return {
    api: `http://127.0.0.1:${ready.apiPort}`,
    hook: `http://127.0.0.1:${ready.receiverPort}/hook`,
    ask: (command) => {
      const answer = next()
      child.send(command)
      return answer
    },
    close: () => child.kill(),
  }
}

/** A cluster and a data directory for one piece of work, gone after it. */
export async function withSetting<T>(work: (cluster: FakeCluster, dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'kube-eventer-bench-'))
  const cluster = await startFakeCluster()
  try {
    return await work(cluster, dir)
  } finally {
    cluster.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

export async function untilWatching(cluster: FakeCluster): Promise<Report> {
  for (;;) {
    const { report } = await cluster.ask({ kind: 'report' })
    if (report && report.firstWatchAtMs > 0) return report
    await sleep(5)
  }
}

export async function untilReceived(
  cluster: FakeCluster,
  count: number,
  timeoutMs = 120_000,
): Promise<Report> {
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    const { report } = await cluster.ask({ kind: 'report' })
    if (report && (report.received >= count || performance.now() > deadlineMs)) return report
    await sleep(50)
  }
}

export function printRows(rows: readonly Row[]): void {
  process.stdout.write(
    `\n${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}\n\n` +
      '| work | result | must | met |\n|---|---|---|---|\n' +
      rows
        .map(
          ({ work, result, must, met }) =>
            `| ${work} | ${result} | ${must} | ${met === undefined ? '' : met ? 'yes' : '**no**'} |\n`,
        )
        .join(''),
  )
}
