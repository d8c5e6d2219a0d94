/** `kube-eventer tail`: events as they come in, of a program that runs. */
import * as z from 'zod/mini'
import { askForStream } from '../control/client.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import {
  CommandFailure,
  dataDirFlag,
  dataDirOf,
  runCommand,
  type CommandArguments,
  type CommandDeclaration,
} from './command.ts'
import type { FlagDeclaration } from '../config/go-flags.ts'
import { eventLine, shownEvent } from './event-line.ts'

const options = 'Options'

/** Which events are shown; `search` has them too. */
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

export const tailCommand: CommandDeclaration = {
  name: 'tail',
  summary: 'show events as they come in',
  usage: ['[--level=Warning] [--namespace=NAMES] [--kind=KINDS] [--name=NAMES] [--reason=REGEXP] [--json]'],
  about: `Shows what the running program takes in from now on, whatever its sinks do with it. Filters are those of a
sink: each that is given must match. Ctrl-C ends it. Colours are for terminals, and off where NO_COLOR is set.`,
  flags: [
    ...selectionFlags,
    {
      name: 'json',
      kind: 'boolean',
      group: options,
      help: 'a line of JSON an event: offset, cluster, arrivedAt, event',
    },
    dataDirFlag,
  ],
  positional: { least: 0, most: 0 },
  examples: [
    { title: 'Warnings of one namespace', argv: ['tail', '--level=Warning', '--namespace=shop'] },
    { title: 'One deployment, and all that belongs to it', argv: ['tail', '--object=/shop/web'] },
    { title: 'For jq, or another program', argv: ['tail', '--json', '--reason=BackOff'] },
  ],
  exitCodes: [
    [0, 'ended on request'],
    [1, 'the program cannot be asked'],
    [2, 'wrong usage'],
    [3, 'the program is stopped, or stopped meanwhile'],
  ],
}

/** A line of `/v1/tail`. */
export const tailLine = z.union([
  z.object({ missed: z.number() }),
  z.object({ offset: z.number(), cluster: z.string(), arrivedAt: z.string(), event: shownEvent }),
])

/** `argv` is what follows `tail`. */
export function tail(argv: readonly string[], io: CommandIo): Promise<CommandExitCode> {
  return runCommand(tailCommand, argv, io, async (given) => {
    const path = `/v1/tail?${queryOf(given)}`
    const answer = await askForStream(dataDirOf(given, io), { method: 'GET', path, signal: io.signal })
    if (answer.kind === 'refused') throw new CommandFailure(answer.problem)
    if (answer.kind === 'not-running') {
      io.err('the program is stopped: it takes in nothing\n')
      return 3
    }
    for await (const line of answer.lines) {
      if (given.isSet('json')) io.out(`${line}\n`)
      else show(line, io)
    }
    if (io.signal.aborted) return 0
    io.err('the program has stopped\n')
    return 3
  })
}

/** The selection as `/v1/tail` takes it. */
export function queryOf(given: CommandArguments): string {
  const query = new URLSearchParams()
  const level = given.text('level')
  if (level !== undefined) query.set('level', level)
  for (const name of ['namespace', 'kind', 'name', 'reason', 'object']) {
    for (const value of given.texts(name)) query.append(name, value)
  }
  return query.toString()
}

function show(line: string, io: CommandIo): void {
  const parsed = z.safeParse(tailLine, JSON.parse(line))
  if (!parsed.success) return
  const told = parsed.data
  if ('missed' in told)
    io.err(`${told.missed} events are left out: they came faster than they could be shown\n`)
  else io.out(`${eventLine(told.arrivedAt, told.cluster, told.event, io.colour.out)}\n`)
}
