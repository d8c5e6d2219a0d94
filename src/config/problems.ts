/** How problems of the configuration are made and told: the one text for people, the same as log fields. */
import type { Fields } from '../telemetry/telemetry.ts'
import type { Problem } from './config.ts'

/** What makes the configuration, or with `sink` that sink, unusable. */
export function errorAt(where: string, what: string, remedy: string, sink?: string): Problem {
  return { severity: 'error', where, what, remedy, ...(sink !== undefined && { sink }) }
}

/** A likely mistake, or a fix that changes what someone sees. */
export function warningAt(where: string, what: string, remedy: string, sink?: string): Problem {
  return { severity: 'warning', where, what, remedy, ...(sink !== undefined && { sink }) }
}

/**
 * Quotes a value in a message if it cannot well be a secret: short and of plain characters. Only for values of
 * options that hold none when they are right (levels, booleans, durations, numbers, names).
 */
export function quotePlain(value: string): string {
  return /^[\w.+-]{0,16}$/.test(value) ? `"${value}"` : 'its value'
}

/** Quotes a name of a flag or an option, if it looks like one: anything else may be a secret set wrongly. */
export function quoteName(name: string): string | undefined {
  return /^[A-Za-z][\w.-]{0,39}$/.test(name) ? `\`${name}\`` : undefined
}

/**
 * Whether a text that should be the name of a sink or source may be shown: lower case and no digit, as such names
 * are. Without its name in front, an argument is cut inside its URL or password.
 */
export function isShowableType(name: string): boolean {
  return /^[a-z][a-z-]{0,23}$/.test(name)
}

/** `1st`, `2nd`, `11th`, `21st`. */
export function ordinal(position: number): string {
  const tens = position % 100
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][position % 10] ?? 'th')
  return `${position}${suffix}`
}

/** Whether to colour what is written to `stream`: a terminal, and nobody set `NO_COLOR`. */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && !env['NO_COLOR']
}

/**
 * Problems as text for people, errors first, each with its place and remedy, ending in a line break; '' if
 * there are none.
 *
 *     error: --frequency: 5m0s is longer than 3m0s
 *       write a duration from 0s to 3m: --frequency=30s
 */
export function renderProblems(problems: readonly Problem[], options: { readonly colour: boolean }): string {
  const ordered = [
    ...problems.filter(({ severity }) => severity === 'error'),
    ...problems.filter(({ severity }) => severity === 'warning'),
  ]
  return ordered.map((problem) => `${renderProblem(problem, options.colour)}\n`).join('')
}

function renderProblem(problem: Problem, colour: boolean): string {
  const { severity, what, remedy } = problem
  const label = colour ? `\u001b[${severity === 'error' ? 31 : 33}m${severity}\u001b[0m` : severity
  return `${label}: ${placeOf(problem)}: ${what}${remedy === '' ? '' : `\n  ${remedy}`}`
}

/** `--sink (the 2nd), webhook https://hooks.example.test/…` */
export function placeOf(problem: Problem): string {
  return problem.sink === undefined ? problem.where : `${problem.where}, ${problem.sink}`
}

/** A problem as a log line: its message and fields. */
export function problemLogLine(problem: Problem): { readonly message: string; readonly fields: Fields } {
  const { where, what, remedy, sink } = problem
  return {
    message: `${placeOf(problem)}: ${what}`,
    fields: { where, remedy, ...(sink !== undefined && { sink }) },
  }
}
