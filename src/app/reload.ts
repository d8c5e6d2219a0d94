/** Changes the running program to a configuration that was read again, or says why it stays as it is. */
import type { Problem } from '../config/config.ts'
import type { CommandLine } from '../config/from-command-line.ts'
import { placeOf, problemLogLine } from '../config/problems.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import type { App, ReloadChanges } from './app.ts'
import { isExpectedStartError } from './start-errors.ts'
import { textOf as errorTextOf } from '../domain/text-of.ts'

export interface ReloaderOptions {
  readonly app: Pick<App, 'reload'>
  readonly log: Logger
  /** What the program started with. */
  readonly problems: readonly Problem[]
  /** Reads everything again. */
  readonly load: () => Promise<CommandLine>
}

/**
 * Answers how to ask for a reload. Those that are asked for while one runs become one more. Never rejects: what
 * cannot be used is told, with every error, and the configuration of before goes on.
 */
export function createReloader(options: ReloaderOptions): (why: string) => Promise<void> {
  let problems = options.problems
  let toldRestart = ''
  /** The last that was asked for. */
  let running: Promise<void> | undefined
  /** The last that was asked for, if it has not begun. */
  let next: Promise<void> | undefined

  const reload = async (why: string): Promise<void> => {
    const { app, log, load } = options
    try {
      const loaded = await load()
      const refused = reasonsToRefuse(loaded, problems)
      if (loaded.kind !== 'run' || refused.length > 0) return tellRefused(log, why, refused)
      const changes = await app.reload(loaded.config, loaded.problems)
      tellNewWarnings(log, problems, loaded.problems)
      problems = loaded.problems
      tellChanges(log, why, changes)
      const restart = changes.needRestart.join(', ')
      if (restart !== '' && restart !== toldRestart) {
        log.warn('a part of the changed configuration takes effect at the next start only', {
          settings: changes.needRestart,
          remedy: 'restart the program',
        })
      }
      toldRestart = restart
    } catch (error) {
      // A defect of ours must not end a program that runs well.
      const text = errorTextOf(error)
      tellRefused(log, why, [isExpectedStartError(error) ? text : `it could not be applied: ${text}`])
    }
  }
  return (why) => {
    // One that has not begun yet reads what is there by then.
    if (next) return next
    const mine = (running ?? Promise.resolve()).then(() => {
      if (next === mine) next = undefined
      return reload(why)
    })
    next = mine
    running = mine
    return mine
  }
}

/** Everything in the file; on the command line what was right before, such as a secret's file that is gone now. */
function reasonsToRefuse(loaded: CommandLine, before: readonly Problem[]): readonly string[] {
  if (loaded.kind !== 'run' && loaded.kind !== 'invalid') return ['the command line asks for something else']
  const errors = loaded.problems.filter(({ severity }) => severity === 'error')
  const isNew = (problem: Problem): boolean => !before.some((known) => isSame(known, problem))
  return errors.filter((problem) => loaded.kind === 'invalid' || isNew(problem)).map(textOf)
}

function isSame(one: Problem, other: Problem): boolean {
  return one.where === other.where && one.what === other.what
}

function textOf(problem: Problem): string {
  const { what, remedy } = problem
  return `${placeOf(problem)}: ${what}${remedy === '' ? '' : `; ${remedy}`}`
}

function tellRefused(log: Logger, why: string, problems: readonly string[]): void {
  log.error('the changed configuration is refused; the one before goes on', { why, problems })
}

function tellNewWarnings(log: Logger, before: readonly Problem[], now: readonly Problem[]): void {
  for (const problem of now) {
    // A line that was added above moves all places below it.
    if (problem.severity !== 'warning' || before.some(({ what }) => what === problem.what)) continue
    const { message, fields } = problemLogLine(problem)
    log.warn(message, fields)
  }
}

function tellChanges(log: Logger, why: string, { sources, sinks }: ReloadChanges): void {
  const fields: Record<string, unknown> = { why }
  for (const [name, changes] of [
    ['sources', sources],
    ['sinks', sinks],
  ] as const) {
    for (const what of ['added', 'changed', 'removed'] as const) {
      if (changes[what].length > 0) fields[`${name}${capital(what)}`] = changes[what]
    }
    fields[`${name}Unchanged`] = changes.unchanged.length
  }
  const isChanged = Object.keys(fields).some((name) => /(Added|Changed|Removed)$/.test(name))
  log.info(
    isChanged ? 'configuration reloaded' : 'configuration read again: no source or sink changed',
    fields,
  )
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
