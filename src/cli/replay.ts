/** `kube-eventer replay`: lets a sink tell again what the journal holds since a time. */
import * as z from 'zod/mini'
import { errorAt } from '../config/problems.ts'
import { ask } from '../control/client.ts'
import { parseGoDuration } from '../gotime/duration.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import {
  CommandFailure,
  dataDirFlag,
  dataDirOf,
  jsonFlag,
  printJson,
  runCommand,
  UsageFailure,
  type CommandDeclaration,
} from './command.ts'

export const replayCommand: CommandDeclaration = {
  name: 'replay',
  summary: 'let a sink tell again what the journal holds since a time',
  usage: ['--since=TIME --sink=NAME [--dry-run] [--json]'],
  about: `The sink reads the journal again from there, through its filters as they are now, and tells what passes once more;
then it goes on with what is new. Other sinks notice nothing. What is in flight or waits for a retry is not disturbed
and not told twice for it. The running program does it, and has it on disk when the command returns.`,
  flags: [
    {
      name: 'since',
      kind: 'text',
      group: 'Options',
      valueName: 'TIME',
      help: 'when the program received it: 2h, or 2026-03-02T10:00:00Z',
    },
    {
      name: 'sink',
      kind: 'text',
      group: 'Options',
      valueName: 'NAME',
      help: "the sink's name, as status tells it",
    },
    {
      name: 'dry-run',
      kind: 'boolean',
      group: 'Options',
      help: 'tell how many events that is, and do nothing',
    },
    jsonFlag,
    dataDirFlag,
  ],
  positional: { least: 0, most: 0 },
  examples: [
    { title: 'How many events it would be', argv: ['replay', '--since=2h', '--sink=lake', '--dry-run'] },
    {
      title: 'After the destination lost some',
      argv: ['replay', '--since=2026-03-02T10:00:00Z', '--sink=lake'],
    },
  ],
  exitCodes: [
    [0, 'done; perhaps there was nothing'],
    [1, 'it could not be done'],
    [2, 'wrong usage'],
    [3, 'the program is stopped, and only a running one can do it'],
  ],
}

const done = z.object({ sink: z.string(), fromOffset: z.number(), events: z.number() })

/** `argv` is what follows `replay`. */
export function replay(argv: readonly string[], io: CommandIo): Promise<CommandExitCode> {
  return runCommand(replayCommand, argv, io, async (given) => {
    const sink = given.text('sink')
    if (sink === undefined) throw usage('--sink', 'it is missing', 'status tells the names of all sinks')
    const body = { sink, sinceMs: sinceMs(given.text('since'), Date.now()), dryRun: given.isSet('dry-run') }
    const answer = await ask(dataDirOf(given, io), { method: 'POST', path: '/v1/replay', body })
    if (answer.kind === 'refused') throw new CommandFailure(answer.problem)
    if (answer.kind === 'not-running') {
      io.err('the program is stopped: start it to let a sink tell something again\n')
      return 3
    }
    const told = z.parse(done, answer.body)
    if (given.isSet('json')) printJson(io, told)
    else if (told.events === 0) io.out('the journal holds nothing since then\n')
    else {
      const what = `${told.events} event${told.events === 1 ? '' : 's'} from offset ${told.fromOffset} on`
      io.out(body.dryRun ? `${what} would be read again\n` : `${sink} reads ${what} again\n`)
    }
    return 0
  })
}

/** A Go duration before `nowMs`, or an RFC 3339 time; ms since 1970. */
export function sinceMs(text: string | undefined, nowMs: number): number {
  if (text === undefined) throw usage('--since', 'it is missing', 'write --since=2h, or a time')
  const duration = parseGoDuration(text)
  if (duration.ok && duration.duration.ms >= 0) return nowMs - duration.duration.ms
  // A time without its zone means another moment on each machine.
  const isTime = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)
  const ms = isTime ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  throw usage(
    '--since',
    'this is neither a duration nor a time with its zone',
    'write 2h, or 2026-03-02T10:00:00Z',
  )
}

function usage(where: string, what: string, remedy: string): UsageFailure {
  return new UsageFailure([errorAt(where, what, remedy)])
}
