/** Go's `flag` syntax: `-x`, `--x`, `--x=v`, `--x v`. Tells every mistake at once, where Go stops at the first. */
import { parseGoDuration } from '../gotime/duration.ts'
import type { Problem } from './config.ts'
import { parseGoBoolean, parseGoInteger, parseGoUnsigned } from './go-values.ts'
import { errorAt, quoteName, quotePlain } from './problems.ts'
import { didYouMean } from './suggestion.ts'

export type FlagKind = 'boolean' | 'integer' | 'unsigned' | 'duration' | 'text'

/** One flag: what is parsed, what `--help` tells. */
export interface FlagDeclaration {
  readonly name: string
  readonly kind: FlagKind
  readonly group: string
  /** What stands for the value in `--help`; absent for booleans. */
  readonly valueName?: string
  /** As `--help` tells it; absent where there is none. */
  readonly default?: string
  readonly help: string
  /** May be given more than once, each counts; else the last one does. */
  readonly repeatable?: boolean
  /** Accepted for the original's sake; does nothing. */
  readonly ignored?: boolean
}

/** A duration is in milliseconds. */
export type FlagValue = boolean | number | string

export interface ParsedFlags {
  /** The values of each flag that was given, in order, of its kind. */
  readonly given: ReadonlyMap<string, readonly FlagValue[]>
  /** From the first argument that is no flag on; Go parses no flag after it. */
  readonly leftovers: readonly string[]
  /** `-h` or `--help` was given. */
  readonly asksHelp: boolean
  readonly problems: readonly Problem[]
}

/** Reads arguments, without the program's name and a subcommand. Follows Go's `flag.FlagSet.Parse`. */
export function parseGoFlags(argv: readonly string[], declarations: readonly FlagDeclaration[]): ParsedFlags {
  const byName = new Map(declarations.map((declaration) => [declaration.name, declaration]))
  const given = new Map<string, FlagValue[]>()
  const problems: Problem[] = []
  let asksHelp = false
  let at = 0
  while (at < argv.length) {
    const flag = splitFlag(argv[at] ?? '')
    if (flag.kind === 'end') at++
    if (flag.kind === 'end' || flag.kind === 'no-flag') break
    at++
    if (flag.kind === 'malformed') {
      problems.push(errorAt('command line', 'an argument is no flag', 'write flags as --name=value'))
      continue
    }
    if (flag.name === 'help' || flag.name === 'h') {
      asksHelp = true
      continue
    }
    const declaration = byName.get(flag.name)
    if (!declaration) {
      problems.push(unknownFlag(flag.name, [...byName.keys(), 'help']))
      // What follows may be its value: looked over, so that the mistakes behind it are told too.
      if (flag.value === undefined && !(argv[at] ?? '-').startsWith('-')) at++
      continue
    }
    let text = flag.value
    if (text === undefined) text = declaration.kind === 'boolean' ? 'true' : argv[at++]
    const value = text === undefined ? 'is missing' : readValue(text, declaration.kind)
    if (text === undefined || value === undefined) {
      problems.push(badValue(declaration, text))
      continue
    }
    given.set(flag.name, [...(given.get(flag.name) ?? []), value])
  }
  return { given, leftovers: argv.slice(at), asksHelp, problems }
}

export type SplitFlag =
  | { readonly kind: 'flag'; readonly name: string; readonly value: string | undefined }
  | { readonly kind: 'no-flag' }
  /** `--` */
  | { readonly kind: 'end' }
  | { readonly kind: 'malformed' }

/** What one argument is, by Go's rules: a lone `-` is no flag, `---x` and `-=x` are malformed. */
export function splitFlag(argument: string): SplitFlag {
  if (argument === '--') return { kind: 'end' }
  if (argument.length < 2 || !argument.startsWith('-')) return { kind: 'no-flag' }
  const rest = argument.slice(argument.startsWith('--') ? 2 : 1)
  if (rest.startsWith('-') || rest.startsWith('=')) return { kind: 'malformed' }
  const equals = rest.indexOf('=')
  if (equals === -1) return { kind: 'flag', name: rest, value: undefined }
  return { kind: 'flag', name: rest.slice(0, equals), value: rest.slice(equals + 1) }
}

/** A flag's value by its kind, `undefined` where Go refuses it. */
export function readValue(text: string, kind: FlagKind): FlagValue | undefined {
  switch (kind) {
    case 'boolean':
      return parseGoBoolean(text)
    case 'integer':
      return parseGoInteger(text)
    case 'unsigned':
      return parseGoUnsigned(text)
    case 'duration': {
      const result = parseGoDuration(text)
      return result.ok ? result.duration.ms : undefined
    }
    case 'text':
      return text
  }
}

const kindNames: Readonly<Record<FlagKind, string>> = {
  boolean: 'none of true, false',
  integer: 'no whole number',
  unsigned: 'no whole number from 0',
  duration: 'no duration',
  text: 'no text',
}

const kindExamples: Readonly<Record<FlagKind, string>> = {
  boolean: 'true',
  integer: '1',
  unsigned: '1',
  duration: '30s',
  text: '…',
}

function badValue(declaration: FlagDeclaration, text: string | undefined): Problem {
  const { name, kind } = declaration
  const what = text === undefined ? 'its value is missing' : `${quotePlain(text)} is ${kindNames[kind]}`
  return errorAt(
    `--${name}`,
    what,
    `write --${name}=${declaration.default ?? kindExamples[kind]}, for example`,
  )
}

function unknownFlag(name: string, known: readonly string[]): Problem {
  const quoted = quoteName(name)
  const where = quoted === undefined ? 'command line' : `--${name}`
  const suggestion = quoted === undefined ? undefined : didYouMean(name, known, (meant) => `--${meant}`)
  return errorAt(where, 'there is no such flag', suggestion ?? 'kube-eventer --help lists all flags')
}
