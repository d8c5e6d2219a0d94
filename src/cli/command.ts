/**
 * What every command on a program has: its declaration, from which `--help` and its page in the docs are made, how its
 * arguments are read, and how it ends.
 */
import type { CommandExitCode, CommandIo } from './command-io.ts'
import { ControlError } from '../control/socket-path.ts'
import { findDataDir } from '../control/status.ts'
import { isExpectedStartError } from '../app/start-errors.ts'
import type { Problem } from '../config/config.ts'
import { flags as runFlags } from '../config/flag-table.ts'
import { parseGoFlags, type FlagDeclaration, type FlagValue } from '../config/go-flags.ts'
import { errorAt, renderProblems } from '../config/problems.ts'

export interface CommandExample {
  readonly title: string
  /** What follows `kube-eventer`. */
  readonly argv: readonly string[]
}

export interface CommandDeclaration {
  /** As typed. */
  readonly name: string
  /** One line. */
  readonly summary: string
  /** What follows `kube-eventer NAME`, one form a line. */
  readonly usage: readonly string[]
  /** Some sentences, for `--help`; lines are broken here. */
  readonly about: string
  readonly flags: readonly FlagDeclaration[]
  /** Takes all flags of `run` too. */
  readonly takesRunFlags?: true
  /** Arguments that are no flags: at least, at most. */
  readonly positional: { readonly least: number; readonly most: number }
  readonly examples: readonly CommandExample[]
  readonly exitCodes: readonly (readonly [code: CommandExitCode, meaning: string])[]
}

export interface CommandArguments {
  readonly positional: readonly string[]
  text(flag: string): string | undefined
  texts(flag: string): readonly string[]
  isSet(flag: string): boolean
}

/** What a command cannot do: what, where and what to do. Told as one message, exit code 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
}

/** Wrong usage that only the command itself can see; exit code 2. */
export class UsageFailure extends Error {
  override readonly name = 'UsageFailure'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super('wrong usage')
    this.problems = problems
  }
}

export const dataDirFlag: FlagDeclaration = {
  name: 'data-dir',
  kind: 'text',
  group: 'Options',
  valueName: 'DIRECTORY',
  help: "the program's data directory; else where it is by default",
}

export const jsonFlag: FlagDeclaration = {
  name: 'json',
  kind: 'boolean',
  group: 'Options',
  help: 'print JSON for programs',
}

/** Reads the arguments, does what `act` does, and tells every failure that a person can mend. */
export async function runCommand(
  declaration: CommandDeclaration,
  argv: readonly string[],
  io: CommandIo,
  act: (given: CommandArguments) => Promise<CommandExitCode>,
): Promise<CommandExitCode> {
  const read = readArguments(declaration, argv)
  if (read.kind === 'help') {
    io.out(commandHelp(declaration))
    return 0
  }
  try {
    if (read.kind === 'invalid') throw new UsageFailure(read.problems)
    return await act(read.given)
  } catch (error) {
    if (error instanceof UsageFailure) {
      io.err(renderProblems(error.problems, { colour: io.colour.err }))
      io.err(`kube-eventer ${declaration.name} --help tells how it is used\n`)
      return 2
    }
    if (!(error instanceof CommandFailure || error instanceof ControlError || isExpectedStartError(error)))
      throw error
    io.err(`${io.colour.err ? '\u001b[31merror\u001b[0m' : 'error'}: ${error.message}\n`)
    return 1
  }
}

type ReadArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  | { readonly kind: 'run'; readonly given: CommandArguments }

/** Flags may stand before and behind other arguments; after `--` everything is an argument. */
export function readArguments(declaration: CommandDeclaration, argv: readonly string[]): ReadArguments {
  const values = new Map<string, FlagValue[]>()
  const positional: string[] = []
  const problems: Problem[] = []
  const flags = declaration.takesRunFlags ? [...declaration.flags, ...runFlags] : declaration.flags
  let rest = argv
  for (;;) {
    const parsed = parseGoFlags(rest, flags)
    if (parsed.asksHelp) return { kind: 'help' }
    problems.push(...parsed.problems)
    for (const [name, given] of parsed.given) values.set(name, [...(values.get(name) ?? []), ...given])
    const [first, ...others] = parsed.leftovers
    if (first === undefined) break
    positional.push(first)
    const isLast = rest[rest.length - parsed.leftovers.length - 1] === '--'
    if (isLast) {
      positional.push(...others)
      break
    }
    rest = others
  }
  const { least, most } = declaration.positional
  if (positional.length < least || positional.length > most) {
    const what = positional.length < least ? 'an argument is missing' : 'there are too many arguments'
    problems.push(errorAt('command line', what, `write ${usageLines(declaration).join('\n  or ')}`))
  }
  if (problems.length > 0) return { kind: 'invalid', problems }
  const texts = (flag: string): readonly string[] => (values.get(flag) ?? []).map(String)
  return {
    kind: 'run',
    given: {
      positional,
      texts,
      text: (flag) => texts(flag).at(-1),
      isSet: (flag) => values.get(flag)?.at(-1) === true,
    },
  }
}

function usageLines({ name, usage }: CommandDeclaration): readonly string[] {
  return usage.map((form) => `kube-eventer ${name} ${form}`.trimEnd())
}

const firstColumn = 24

/** `--help` of a command; its page in the docs holds the same. */
export function commandHelp(declaration: CommandDeclaration): string {
  const { name, about, summary, flags, examples, exitCodes } = declaration
  const row = (start: string, text: string): string =>
    start.length + 2 > firstColumn
      ? `${start}\n${' '.repeat(firstColumn)}${text}`
      : `${start.padEnd(firstColumn)}${text}`
  return [
    `kube-eventer ${name}: ${summary}`,
    '',
    'Usage:',
    ...usageLines(declaration).map((line) => `  ${line}`),
    '',
    about,
    '',
    'Options:',
    ...flags.map(({ name: flag, valueName, help }) =>
      row(`  --${flag}${valueName === undefined ? '' : `=${valueName}`}`, help),
    ),
    '',
    'Examples:',
    ...examples.flatMap(({ title, argv }) => [`  # ${title}`, `  ${shellLine(argv)}`, '']),
    'Exit codes:',
    ...exitCodes.map(([code, meaning]) => `  ${code}  ${meaning}`),
    '',
  ].join('\n')
}

/** As a shell takes it. */
export function shellLine(argv: readonly string[]): string {
  return ['kube-eventer', ...argv.map((word) => (/^[\w./:=,@+-]+$/.test(word) ? word : `'${word}'`))].join(
    ' ',
  )
}

/** The data directory that a command means; throws `CommandFailure` if there is no journal where it looks. */
export function dataDirOf(given: CommandArguments, io: CommandIo): string {
  const { dataDir, looked } = findDataDir(given.text('data-dir'), io.env)
  if (dataDir !== undefined) return dataDir
  throw new CommandFailure(
    `there is no journal in ${looked.join(' or ')}; name the data directory of the program with --data-dir. ` +
      'A program that keeps its journal in memory cannot be reached by commands',
  )
}

/** JSON as `--json` prints it. */
export function printJson(io: CommandIo, value: unknown): void {
  io.out(`${JSON.stringify(value, undefined, 2)}\n`)
}
