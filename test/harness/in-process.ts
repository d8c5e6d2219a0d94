/**
 * The program in the test's own process, under a clock that the test moves: for what takes hours. Its sockets are
 * real, so after each step of time they get their turns.
 */
import assert from 'node:assert/strict'
import { startApp } from '../../src/app/app.ts'
import { sinkRegistry } from '../../src/app/registry.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { FakeClock } from '../../src/domain/testing/fake-clock.ts'
import { createTelemetry } from '../../src/telemetry/create-telemetry.ts'
import { until } from '../servers/processes.ts'
import { sumOf } from './program.ts'
import type { Site } from './site.ts'

export interface ProgramUnderClock {
  /** Lets time pass, in steps in which no request times out that is answered at once. */
  passTime(ms: number): Promise<void>
  /** Lets time pass, second by second, until `reached`; fails after `mostMs`. */
  passTimeUntil(what: string, reached: () => boolean, mostMs: number): Promise<void>
  /** What `/readyz` would tell. */
  readiness(): string
  ready(): Promise<void>
  metric(name: string, labels?: RegExp): Promise<number>
  /** Log lines that `pattern` matches. */
  lines(pattern: RegExp): readonly string[]
  stop(): Promise<void>
}

/**
 * Starts the program, with a plain run's arguments unless others are given, and no environment but `env`; it stops
 * with the test if not before.
 */
export async function runUnderClock(
  site: Site,
  clock: FakeClock,
  args: readonly string[] = site.args,
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramUnderClock> {
  const argv = [...args, '--healthz-ip=127.0.0.1', '--healthz-port=0']
  const parsed = await loadConfig(argv, env, sinkRegistry)
  assert.equal(parsed.kind, 'run')
  if (parsed.kind !== 'run') throw new Error('unreachable')
  const log: string[] = []
  const telemetry = createTelemetry({
    clock,
    level: 'debug',
    format: { kind: 'json' },
    eventMetrics: true,
    version: '0.0.0-test',
    destination: { write: (line) => log.push(line) },
  })
  const { config, problems } = parsed
  const workerEntry = new URL('../../src/main.ts', import.meta.url)
  const app = await startApp({ config, problems, telemetry, env, workerEntry, clock })
  const stop = async (): Promise<void> => {
    const stopping = app.stop().then(() => true)
    // What a stop waits for may itself wait for time.
    while (!(await Promise.race([stopping, clock.advance(10).then(() => false)])));
  }
  site.onClose(stop)

  const readiness = (): string =>
    telemetry
      .readiness()
      .map(({ name, ready, detail }) => `${ready ? '+' : '-'} ${name}: ${detail}`)
      .join('\n')
  const passTime = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= stepMs) {
      await clock.advance(Math.min(left, stepMs))
      for (let turn = 0; turn < turnsAStep; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return {
    passTime,
    passTimeUntil: async (what, reached, mostMs) => {
      for (let passedMs = 0; !reached(); passedMs += stepMs) {
        if (passedMs >= mostMs)
          throw new Error(`waited for ${what}; ${readiness()}\n${log.slice(-20).join('')}`)
        await passTime(stepMs)
      }
    },
    readiness,
    ready: () => until('the program to be ready', () => !readiness().includes('- ')).then(() => undefined),
    metric: async (name, labels) => sumOf(await telemetry.metricsText(), name, labels),
    lines: (pattern) => log.filter((line) => pattern.test(line)),
    stop,
  }
}

const stepMs = 1_000
/** More than the way of a request and its answer over the loopback device takes. */
const turnsAStep = 8
