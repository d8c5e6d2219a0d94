/** `kube-eventer record`: a cluster's events as a recording. */
import { record as recordEvents } from '../app/record.ts'
import { sinkRegistry } from '../app/registry.ts'
import { parseCommandLine } from '../config/from-command-line.ts'
import { errorAt, renderProblems } from '../config/problems.ts'
import { systemClock } from '../domain/clock.ts'
import { isRecordingSource } from '../domain/source-options.ts'
import { createTelemetry } from '../telemetry/create-telemetry.ts'
import { buildInfo } from './build-info.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import { runCommand, UsageFailure, type CommandDeclaration } from './command.ts'

export const recordCommand: CommandDeclaration = {
  name: 'record',
  summary: "write a cluster's events into a file, as they come",
  usage: ['--to=FILE --source=kubernetes:URL?OPTIONS [--look-back=DURATION|all]'],
  about: `Watches as run does, with the same options of a source, and writes each event as a line of NDJSON with the time at
which it came. Ctrl-C ends it. run --source=recording:FILE plays it into the sinks, demo
--recording=FILE into a demo. Nothing is sent anywhere.`,
  flags: [
    {
      name: 'to',
      kind: 'text',
      group: 'Options',
      valueName: 'FILE',
      help: 'the recording, gzipped if its name ends with .gz; it must not be there yet',
    },
    {
      name: 'source',
      kind: 'text',
      group: 'Options',
      valueName: 'kubernetes:URL?OPTIONS',
      help: 'the cluster, as for run',
    },
    {
      name: 'look-back',
      kind: 'text',
      group: 'Options',
      valueName: 'DURATION|all',
      help: 'begin with events that are there already and younger',
    },
  ],
  positional: { least: 0, most: 0 },
  examples: [
    {
      title: 'An incident, from a workstation',
      argv: [
        'record',
        '--to=incident.ndjson.gz',
        '--source=kubernetes:?inClusterConfig=false&auth=/home/me/.kube/config',
      ],
    },
  ],
  exitCodes: [
    [0, 'ended on request; all that came is written'],
    [1, 'the cluster or the file cannot be used'],
    [2, 'wrong usage'],
  ],
}

/** `argv` is what follows `record`. */
export function record(argv: readonly string[], io: CommandIo): Promise<CommandExitCode> {
  return runCommand(recordCommand, argv, io, async (given) => {
    const file = given.text('to')
    const from = given.text('source')
    const lookBack = given.text('look-back')
    if (!file) throw new UsageFailure([errorAt('--to', 'it is missing', 'write --to=incident.ndjson.gz')])
    // The sink stands for none: a configuration has one.
    const ofRun = [
      '--sink=log',
      ...(from === undefined ? [] : [`--source=${from}`]),
      ...(lookBack === undefined ? [] : [`--look-back=${lookBack}`]),
    ]
    const parsed = parseCommandLine(ofRun, io.env, sinkRegistry)
    const problems = 'problems' in parsed ? parsed.problems : []
    const source = parsed.kind === 'run' ? parsed.config.sources[0] : undefined
    if (source === undefined) throw new UsageFailure(problems)
    if (isRecordingSource(source)) {
      const remedy = 'name a cluster: --source=kubernetes:https://kubernetes.default'
      throw new UsageFailure([errorAt('--source', 'a recording is recorded already', remedy)])
    }
    io.err(renderProblems(problems, { colour: io.colour.err }))
    const telemetry = createTelemetry({
      clock: systemClock,
      level: 'info',
      format: { kind: 'human', colour: io.colour.err },
      eventMetrics: false,
      version: buildInfo().version,
      destination: { write: (line) => io.err(line) },
    })
    try {
      const { env, signal } = io
      const count = await recordEvents({ source, file, env, clock: systemClock, telemetry, signal })
      io.err(`${count} event${count === 1 ? '' : 's'} recorded in ${file}\n`)
    } finally {
      telemetry.close()
    }
    return 0
  })
}
