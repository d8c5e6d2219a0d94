/** The first argument, if it is no flag, is a subcommand; without one it is `run`. */
import type { Problem } from '../config/config.ts'
import { errorAt, quoteName } from '../config/problems.ts'
import { didYouMean } from '../config/suggestion.ts'

export interface Subcommand<Name extends string = string> {
  readonly name: Name
  /** One line for `--help`. */
  readonly summary: string
}

/** Every subcommand, in the order in which `--help` tells them. */
export const subcommands = [
  { name: 'run', summary: 'watch events and deliver them; also what happens without a subcommand' },
  { name: 'demo', summary: 'play a recorded incident through the whole program, without a cluster' },
  { name: 'status', summary: 'tell how the source, the journal and each sink stand' },
  { name: 'tail', summary: 'show events as they come in' },
  { name: 'sinks', summary: 'tell the sinks that there are, or all about one' },
  { name: 'check', summary: 'look whether a configuration would work, without sending anything' },
  { name: 'rbac', summary: 'print the least privilege for a configuration, for kubectl apply' },
  { name: 'dead', summary: 'list, show, send again or drop the events that a sink rejected for good' },
  { name: 'replay', summary: 'let a sink tell again what the journal holds, or send a recording' },
  { name: 'explain', summary: 'tell what became of an event at each sink, and why' },
  { name: 'search', summary: 'find events in the journal by words, object, reason and time' },
  {
    name: 'report',
    summary: 'count what went wrong in a period, by owner, object, reason, namespace or node',
  },
  {
    name: 'render',
    summary: 'show what a template makes of an event, what is escaped, and whether it is JSON',
  },
  { name: 'record', summary: "write a cluster's events into a file, as they come" },
  { name: 'config', summary: 'config from-flags -- FLAGS: print the configuration file that means the same' },
  { name: 'help', summary: 'tell the flags, as --help' },
  { name: 'version', summary: 'print the version, as --version' },
] as const satisfies readonly Subcommand[]

export type SubcommandName = (typeof subcommands)[number]['name']

export type Chosen<Name extends string> =
  | { readonly kind: 'subcommand'; readonly name: Name; readonly argv: readonly string[] }
  | { readonly kind: 'unknown'; readonly problem: Problem }

/** `argv` is what follows the program's name; answers the subcommand and the arguments left for it. */
export function chooseSubcommand<Name extends string>(
  argv: readonly string[],
  known: readonly Subcommand<Name>[],
  otherwise: Name,
): Chosen<Name> {
  const [first, ...rest] = argv
  if (first === undefined || first.startsWith('-')) return { kind: 'subcommand', name: otherwise, argv }
  const found = known.find(({ name }) => name === first)
  if (found) return { kind: 'subcommand', name: found.name, argv: rest }
  const names = known.map(({ name }) => name)
  const quoted = quoteName(first)
  const problem = errorAt(
    'command line',
    `there is no subcommand ${quoted ?? 'of this name'}`,
    (quoted === undefined ? undefined : didYouMean(first, names)) ?? `write one of ${names.join(', ')}`,
  )
  return { kind: 'unknown', problem }
}
