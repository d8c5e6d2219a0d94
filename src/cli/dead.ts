/** `kube-eventer dead`: the events that a sink rejected for good. */
import * as z from 'zod/mini'
import { ask } from '../control/client.ts'
import { readDeadLetters, type DeadLetterView } from '../control/dead-letters.ts'
import { errorAt } from '../config/problems.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import {
  CommandFailure,
  dataDirFlag,
  dataDirOf,
  jsonFlag,
  printJson,
  runCommand,
  UsageFailure,
  type CommandArguments,
  type CommandDeclaration,
} from './command.ts'
import { objectText, shownEvent } from './event-line.ts'
import { plain, table } from './table.ts'

export const deadCommand: CommandDeclaration = {
  name: 'dead',
  summary: 'list, show, send again or drop the events that a sink rejected for good',
  usage: [
    'list [--sink=NAME] [--limit=50] [--json]',
    'show ID [--json]',
    'replay ID… | --sink=NAME | --all',
    'drop ID… | --sink=NAME | --all',
  ],
  about: `A dead letter is an event with its own copy, why it was rejected and what the destination said. replay sends it
again through its sink: what is taken then is no dead letter any more, what is rejected again stays one. list and
show work on a stopped program too; replay and drop are done by the running one, and are on disk when they return.`,
  flags: [
    {
      name: 'sink',
      kind: 'text',
      group: 'Options',
      valueName: 'NAME',
      help: "those of this sink, by status' name",
    },
    { name: 'all', kind: 'boolean', group: 'Options', help: 'those of every sink' },
    {
      name: 'limit',
      kind: 'unsigned',
      group: 'Options',
      valueName: 'COUNT',
      default: '50',
      help: 'list so many, newest first (default 50)',
    },
    jsonFlag,
    dataDirFlag,
  ],
  positional: { least: 1, most: 1000 },
  examples: [
    { title: 'The newest of one sink', argv: ['dead', 'list', '--sink=alerts'] },
    { title: 'One with its event', argv: ['dead', 'show', '17'] },
    {
      title: 'Send all of one sink again, after its template was mended',
      argv: ['dead', 'replay', '--sink=alerts'],
    },
    { title: 'Drop two', argv: ['dead', 'drop', '17', '18'] },
  ],
  exitCodes: [
    [0, 'done'],
    [1, 'it could not be done, or there is no such dead letter'],
    [2, 'wrong usage'],
    [3, 'the program is stopped, and only a running one can do it'],
  ],
}

/** More than a journal holds of them, over all sinks that a program has. */
const everyLetter = 1_000_000
/** Of one request: numbers are short. */
const idsAtOnce = 5000

/** `argv` is what follows `dead`. */
export function dead(argv: readonly string[], io: CommandIo): Promise<CommandExitCode> {
  return runCommand(deadCommand, argv, io, async (given) => {
    const [what = '', ...rest] = given.positional
    switch (what) {
      case 'list':
        return list(given, io)
      case 'show':
        return show(given, io, rest)
      case 'replay':
      case 'drop':
        return command(what, given, io, rest)
      default:
        throw usage('there is no such form of dead', 'write dead list, dead show, dead replay or dead drop')
    }
  })
}

function list(given: CommandArguments, io: CommandIo): CommandExitCode {
  const sink = given.text('sink')
  const limit = Number(given.text('limit') ?? 50)
  const letters = readDeadLetters(dataDirOf(given, io), { limit, ...(sink !== undefined && { sink }) })
  if (given.isSet('json')) printJson(io, letters)
  else if (letters.length === 0) io.err('there are no dead letters\n')
  else io.out(table([['ID', 'DIED', 'SINK', 'REASON', 'OBJECT', 'EVENT', 'SAID'], ...letters.map(row)]))
  return 0
}

function row(letter: DeadLetterView): readonly string[] {
  const event = z.safeParse(shownEvent, letter.event)
  return [
    String(letter.id),
    letter.diedAt.replace(/\.\d+Z$/, 'Z'),
    letter.sink,
    letter.replaying ? `${letter.reason}, being sent again` : letter.reason,
    event.success ? objectText(event.data.involvedObject) : '-',
    event.success ? plain(event.data.reason ?? '-') : '-',
    plain(letter.detail).slice(0, 120),
  ]
}

function show(given: CommandArguments, io: CommandIo, rest: readonly string[]): CommandExitCode {
  const [id, ...others] = numbers(rest)
  if (id === undefined || others.length > 0) throw usage('show takes one number', 'write dead show 17')
  const [letter] = readDeadLetters(dataDirOf(given, io), { ids: [id], limit: 1 })
  if (letter === undefined)
    throw new CommandFailure(`there is no dead letter ${id}; dead list tells which there are`)
  if (given.isSet('json')) printJson(io, letter)
  else {
    const { event, ...rows } = letter
    const shown = Object.entries(rows).map(([name, value]) => [name, plain(String(value))])
    io.out(`${table(shown)}\n${JSON.stringify(event, undefined, 2)}\n`)
  }
  return 0
}

const done = z.object({ done: z.number(), missing: z.array(z.number()) })

async function command(
  kind: 'replay' | 'drop',
  given: CommandArguments,
  io: CommandIo,
  rest: readonly string[],
): Promise<CommandExitCode> {
  const dataDir = dataDirOf(given, io)
  const ids = chosen(kind, given, dataDir, rest)
  const total = { done: 0, missing: [] as number[] }
  for (let from = 0; from < ids.length; from += idsAtOnce) {
    const body = { ids: ids.slice(from, from + idsAtOnce) }
    const answer = await ask(dataDir, { method: 'POST', path: `/v1/dead/${kind}`, body })
    if (answer.kind === 'not-running') {
      io.err(`the program is stopped: start it to ${kind} dead letters\n`)
      return 3
    }
    if (answer.kind === 'refused') throw new CommandFailure(answer.problem)
    const parsed = z.parse(done, answer.body)
    total.done += parsed.done
    total.missing.push(...parsed.missing)
  }
  if (given.isSet('json')) printJson(io, total)
  else {
    const what = kind === 'replay' ? 'being sent again' : 'dropped'
    io.out(`${total.done} dead letter${total.done === 1 ? '' : 's'} ${what}\n`)
    if (total.missing.length > 0) io.err(`there is no dead letter ${total.missing.join(', ')}\n`)
  }
  return total.missing.length > 0 ? 1 : 0
}

/** By numbers, or by sink, or all: one of the three, since a command on more than was meant cannot be taken back. */
function chosen(
  kind: string,
  given: CommandArguments,
  dataDir: string,
  rest: readonly string[],
): readonly number[] {
  const sink = given.text('sink')
  const ways = [rest.length > 0, sink !== undefined, given.isSet('all')].filter(Boolean).length
  if (ways !== 1) {
    throw usage(
      'which dead letters are meant is not said, or in two ways',
      `write dead ${kind} 17 18, dead ${kind} --sink=NAME, or dead ${kind} --all`,
    )
  }
  if (rest.length > 0) return numbers(rest)
  const query = { limit: everyLetter, ...(sink !== undefined && { sink }) }
  return readDeadLetters(dataDir, query).map(({ id }) => id)
}

function numbers(texts: readonly string[]): readonly number[] {
  return texts.map((text) => {
    const number = Number(text)
    if (/^\d{1,15}$/.test(text) && number > 0) return number
    throw usage('an argument is no number of a dead letter', 'dead list tells them in its first column')
  })
}

function usage(what: string, remedy: string): UsageFailure {
  return new UsageFailure([errorAt('command line', what, remedy)])
}
