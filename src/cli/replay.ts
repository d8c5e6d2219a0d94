/** `kube-eventer replay`: lets a sink tell again what the journal holds since a time, or what a recording holds. */
import * as z from 'zod/mini'
import { errorAt } from '../config/problems.ts'
import { ask } from '../control/client.ts'
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
import { momentOf } from './moment.ts'
import { replayRecording } from './replay-recording.ts'

export const replayCommand: CommandDeclaration = {
  name: 'replay',
  summary: 'let a sink tell again what the journal holds, or send a recording',
  usage: [
    '--since=TIME --sink=NAME [--dry-run] [--json]',
    '--from=RECORDING --sink=NAME [--no-filter] [--cluster=NAME] [--first-line=N] [--dry-run] [--json]',
  ],
  about: `--since: the sink reads the journal again from there, through its filters as they are now, and tells what passes
once more; then it goes on with what is new. Other sinks notice nothing. What is in flight or waits for a retry is not
disturbed and not told twice for it.

--from: the sink sends the events of a recording, beside what is new and in turns with it. Its filters apply as they
are now, unless --no-filter is given. What it rejects becomes a dead letter. The whole recording is looked at first: one
that is none is refused with the line, and nothing of it is sent. Then it is handed over no faster than the sink sends:
at most 10000 events wait in the program, and a long recording keeps the command running. Ctrl-C ends that; what was
handed over is sent all the same, and --first-line goes on behind it. Run twice, it is sent twice.

The running program does it, and has on disk what the command has told.`,
  flags: [
    {
      name: 'since',
      kind: 'text',
      group: 'Options',
      valueName: 'TIME',
      help: 'when the program received it: 2h, or 2026-03-02T10:00:00Z',
    },
    {
      name: 'from',
      kind: 'text',
      group: 'Options',
      valueName: 'RECORDING',
      help: 'a file as record writes it, gzipped or not',
    },
    {
      name: 'sink',
      kind: 'text',
      group: 'Options',
      valueName: 'NAME',
      help: "the sink's name, as status tells it",
    },
    {
      name: 'no-filter',
      kind: 'boolean',
      group: 'Options',
      help: "with --from: send what the sink's filters would stop, too",
    },
    {
      name: 'cluster',
      kind: 'text',
      group: 'Options',
      valueName: 'NAME',
      default: 'default',
      help: "with --from: the events' cluster is called so (default default)",
    },
    {
      name: 'first-line',
      kind: 'unsigned',
      group: 'Options',
      valueName: 'N',
      default: '1',
      help: 'with --from: pass over the lines before it (default 1)',
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
    {
      title: 'An incident that was recorded, to a sink that was not there yet',
      argv: ['replay', '--from=incident.ndjson.gz', '--sink=lake'],
    },
  ],
  exitCodes: [
    [0, 'done; perhaps there was nothing'],
    [1, 'it could not be done, or not all of it; then it tells where to go on'],
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
    const file = given.text('from')
    if (file !== undefined) return fromRecording(given, io, file, sink)
    for (const flag of ['no-filter', 'cluster', 'first-line']) {
      if (given.text(flag) !== undefined)
        throw usage(`--${flag}`, 'it is for --from only', 'leave it out, or name a recording with --from')
    }
    const since = given.text('since')
    if (since === undefined)
      throw usage('--since', 'it is missing', 'write --since=2h, or a time; or name a recording with --from')
    const body = {
      sink,
      sinceMs: momentOf('--since', since, Date.now()),
      dryRun: given.isSet('dry-run'),
    }
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

async function fromRecording(
  given: CommandArguments,
  io: CommandIo,
  file: string,
  sink: string,
): Promise<CommandExitCode> {
  if (given.text('since') !== undefined)
    throw usage(
      '--from',
      '--since is given too',
      'give one of the two: a recording has all of its events sent',
    )
  const firstLine = Number(given.text('first-line') ?? 1)
  if (firstLine < 1) throw usage('--first-line', 'lines are counted from 1', 'write --first-line=1')
  return replayRecording(
    {
      dataDir: dataDirOf(given, io),
      file,
      firstLine,
      sink,
      cluster: given.text('cluster') ?? 'default',
      filter: !given.isSet('no-filter'),
      dryRun: given.isSet('dry-run'),
      json: given.isSet('json'),
    },
    io,
  )
}

function usage(where: string, what: string, remedy: string): UsageFailure {
  return new UsageFailure([errorAt(where, what, remedy)])
}
