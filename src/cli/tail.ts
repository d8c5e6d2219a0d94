/** `kube-eventer tail`: events as they come in, of a program that runs. */
import * as z from 'zod/mini'
import { askForStream } from '../control/client.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import {
  CommandFailure,
  dataDirFlag,
  dataDirOf,
  runCommand,
  UsageFailure,
  type CommandDeclaration,
} from './command.ts'
import { eventLine, shownEvent } from './event-line.ts'
import { queryOf, readSelection, selectionFlags } from './selection.ts'

const options = 'Options'

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
    const { selection, problems } = readSelection(given)
    if (problems.length > 0) throw new UsageFailure(problems)
    const path = `/v1/tail?${queryOf(selection)}`
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

function show(line: string, io: CommandIo): void {
  const parsed = z.safeParse(tailLine, JSON.parse(line))
  if (!parsed.success) return
  const told = parsed.data
  if ('missed' in told)
    io.err(`${told.missed} events are left out: they came faster than they could be shown\n`)
  else io.out(`${eventLine(told.arrivedAt, told.cluster, told.event, io.colour.out)}\n`)
}
