/** Which events `tail` and `search` show: the flags, how they are read, and how the running program is asked for them. */
import { compileSelection, SelectionError, type EventSelection } from '../app/event-filter.ts'
import type { Problem } from '../config/config.ts'
import type { FlagDeclaration } from '../config/go-flags.ts'
import { errorAt } from '../config/problems.ts'
import type { CommandArguments } from './command.ts'

const options = 'Options'

export const selectionFlags: readonly FlagDeclaration[] = [
  {
    name: 'level',
    kind: 'text',
    group: options,
    valueName: 'LEVEL',
    help: 'all, Normal (with Warning) or Warning; else all',
  },
  {
    name: 'namespace',
    kind: 'text',
    group: options,
    valueName: 'NAMES',
    help: "the object's namespace: names between commas; with * + ? and the like an expression",
    repeatable: true,
  },
  {
    name: 'kind',
    kind: 'text',
    group: options,
    valueName: 'KINDS',
    help: "the object's kind, in the same form",
    repeatable: true,
  },
  {
    name: 'name',
    kind: 'text',
    group: options,
    valueName: 'NAMES',
    help: "the object's name, in the same form",
    repeatable: true,
  },
  {
    name: 'reason',
    kind: 'text',
    group: options,
    valueName: 'REGEXP',
    help: "the event's reason: expressions between commas, for any part of it",
    repeatable: true,
  },
  {
    name: 'object',
    kind: 'text',
    group: options,
    valueName: 'REGEXP',
    help: 'kind/namespace/name of the object: an expression for any part of it',
    repeatable: true,
  },
]

const listed = ['namespace', 'kind', 'name', 'reason', 'object'] as const

const everything: EventSelection = { namespace: [], kind: [], name: [], reason: [], object: [] }

/** The selection, and everything that is wrong with its flags. */
export function readSelection(given: CommandArguments): {
  readonly selection: EventSelection
  readonly problems: readonly Problem[]
} {
  const level = given.text('level')
  const problems = problemsOf('level', { ...everything, level })
  const selection: { -readonly [Flag in keyof EventSelection]: EventSelection[Flag] } = {
    ...everything,
    level,
  }
  for (const flag of listed) {
    selection[flag] = given.texts(flag)
    problems.push(...problemsOf(flag, { ...everything, [flag]: selection[flag] }))
  }
  return { selection, problems }
}

function problemsOf(flag: string, selection: EventSelection): Problem[] {
  try {
    compileSelection(selection)
    return []
  } catch (error) {
    if (!(error instanceof SelectionError)) throw error
    return [errorAt(`--${flag}`, error.message, '')]
  }
}

/** The selection as `/v1/tail` takes it. */
export function queryOf(selection: EventSelection): string {
  const query = new URLSearchParams()
  if (selection.level !== undefined) query.set('level', selection.level)
  for (const flag of listed) for (const value of selection[flag]) query.append(flag, value)
  return query.toString()
}
