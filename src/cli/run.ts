/** `kube-eventer run`: starts the program, ends it on a signal, and says by its exit code what came of it. */
import { startApp, type App } from '../app/app.ts'
import { sinkRegistry } from '../app/registry.ts'
import { createReloader } from '../app/reload.ts'
import { isExpectedStartError } from '../app/start-errors.ts'
import type { Config, Problem } from '../config/config.ts'
import { configPathOf, type CommandLine } from '../config/from-command-line.ts'
import { loadConfig } from '../config/load.ts'
import { problemLogLine, renderProblems, wantsColour } from '../config/problems.ts'
import { redactCommandLine } from '../config/redact.ts'
import { referredFiles } from '../config/referred-files.ts'
import { systemClock } from '../domain/clock.ts'
import { createTelemetry } from '../telemetry/create-telemetry.ts'
import { logFormatFor } from '../telemetry/logger.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { buildInfo } from './build-info.ts'
import { programHelp } from './help.ts'
import { printConfig } from './print-config.ts'
import { listenForReloads, type ReloadRequests } from './reload-requests.ts'
import { whenNobodyReads } from './command-io.ts'
import { versionLine, versionText } from './version.ts'

/** 0: ended as asked. 1: cannot run here. 2: the command line is wrong. */
export type ExitCode = 0 | 1 | 2

const endAfterMs = 500

/** `argv` is what follows `run`. */
export async function run(argv: readonly string[], workerEntry: URL): Promise<ExitCode> {
  const reloads = listenForReloads(configPathOf(argv))
  const parsed = await loadConfig(argv, process.env, sinkRegistry)
  if (parsed.kind !== 'run' || parsed.printConfig) {
    reloads.close()
    whenNobodyReads(() => {})
  }
  switch (parsed.kind) {
    case 'help':
      process.stdout.write(programHelp())
      return 0
    case 'version':
      process.stdout.write(versionText())
      return 0
    case 'invalid':
      process.stderr.write(
        renderProblems(parsed.problems, { colour: wantsColour(process.stderr, process.env) }),
      )
      return 2
    case 'run':
      if (parsed.printConfig) return printConfig(parsed.config, parsed.problems)
      return runConfig(parsed, argv, reloads, workerEntry)
  }
}

async function runConfig(
  { config, problems }: { readonly config: Config; readonly problems: readonly Problem[] },
  argv: readonly string[],
  reloads: ReloadRequests,
  workerEntry: URL,
): Promise<ExitCode> {
  const telemetry = createTelemetry({
    clock: systemClock,
    level: config.logLevel,
    format: logFormatFor(process.stderr.isTTY, process.env),
    eventMetrics: config.eventMetrics,
    version: buildInfo().version,
  })
  telemetry.log.info(versionLine(), { commandLine: redactCommandLine(argv) })
  for (const problem of problems) {
    // Errors of single sinks are told where these sinks are left out.
    if (problem.severity !== 'warning') continue
    const { message, fields } = problemLogLine(problem)
    telemetry.log.warn(message, fields)
  }
  // Before anything is started, so that a signal in the middle of a slow start is not lost.
  const signal = stopSignal()
  let app: App
  try {
    app = await startApp({ config, problems, telemetry, env: process.env, workerEntry })
  } catch (error) {
    reloads.close()
    return cannotStart(error, telemetry)
  }
  const load = async (): Promise<CommandLine> => {
    const loaded = await loadConfig(argv, process.env, sinkRegistry)
    if (loaded.kind === 'run') reloads.watch(referredFiles(loaded.config))
    return loaded
  }
  reloads.watch(referredFiles(config))
  reloads.serve(createReloader({ app, log: telemetry.log, problems, load }))
  const ended = await Promise.race([signal, app.failed])
  reloads.close()
  if (ended instanceof Error) {
    await app.stop()
    endSoon()
    return cannotStart(ended, telemetry)
  }
  telemetry.log.info(`${ended}: stopping; a second signal ends at once`)
  await app.stop()
  endSoon()
  return 0
}

/**
 * All is closed and committed. What may still keep the process is out of our hands: a reader of standard output that
 * stands still, a lookup of a name that nobody answers.
 */
function endSoon(): void {
  setTimeout(() => process.exit(), endAfterMs).unref()
}

function cannotStart(error: unknown, telemetry: Telemetry): ExitCode {
  if (!isExpectedStartError(error)) throw error
  telemetry.log.error(`cannot start: ${error.message}`)
  telemetry.close()
  return 1
}

/** The first SIGTERM or SIGINT; the second ends the process at once. */
function stopSignal(): Promise<'SIGTERM' | 'SIGINT'> {
  return new Promise((resolve) => {
    let asked = false
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.on(name, () => {
        // 128 + the signal's number, as shells have it.
        if (asked) process.exit(name === 'SIGTERM' ? 143 : 130)
        asked = true
        resolve(name)
      })
    }
  })
}
