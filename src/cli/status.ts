/** `kube-eventer status`: how the source, the journal and each sink stand. */
import * as z from 'zod/mini'
import { ask } from '../control/client.ts'
import { statusReport, stoppedStatus, type StatusReport } from '../control/status.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import {
  CommandFailure,
  dataDirFlag,
  dataDirOf,
  jsonFlag,
  printJson,
  runCommand,
  type CommandDeclaration,
} from './command.ts'
import { plain, shortAge, shortBytes, table } from './table.ts'

export const statusCommand: CommandDeclaration = {
  name: 'status',
  summary: 'tell how the source, the journal and each sink stand',
  usage: ['[--json] [--data-dir=DIRECTORY]'],
  about: `Asks the running program over the socket in its data directory. Of a program that is stopped it tells what
its journal holds: where the source and each sink stand, and how much waits.`,
  flags: [jsonFlag, dataDirFlag],
  positional: { least: 0, most: 0 },
  examples: [
    { title: 'In the pod', argv: ['status'] },
    { title: 'What a script reads', argv: ['status', '--json', '--data-dir=/var/lib/kube-eventer'] },
  ],
  exitCodes: [
    [0, 'the program runs and all is well'],
    [1, 'it runs and something is not well, or it cannot be asked'],
    [2, 'wrong usage'],
    [3, 'the program is stopped'],
  ],
}

/** `argv` is what follows `status`. */
export function status(argv: readonly string[], io: CommandIo): Promise<CommandExitCode> {
  return runCommand(statusCommand, argv, io, async (given) => {
    const dataDir = dataDirOf(given, io)
    const report = await reportOf(dataDir)
    if (given.isSet('json')) printJson(io, report)
    else io.out(statusText(report))
    if (!report.running) return 3
    return isWell(report) ? 0 : 1
  })
}

async function reportOf(dataDir: string): Promise<StatusReport> {
  const answer = await ask(dataDir, { method: 'GET', path: '/v1/status' })
  if (answer.kind === 'not-running') return stoppedStatus(dataDir)
  if (answer.kind === 'refused') throw new CommandFailure(answer.problem)
  const parsed = z.safeParse(statusReport, answer.body)
  if (parsed.success) return parsed.data
  throw new CommandFailure('the running program is another version: use its own to ask for its status')
}

/** As `/readyz` has it. */
function isWell({ sources, journal, sinks, unusable }: StatusReport): boolean {
  return (
    sources.every(({ state }) => state === 'watching' || state === 'listing') &&
    journal.state === 'ok' &&
    sinks.every(({ state }) => state === 'flowing') &&
    unusable.length === 0
  )
}

/** For people; ends in a line break. */
function statusText(report: StatusReport): string {
  const { journal, sources, sinks, unusable } = report
  const program = report.running
    ? `running, version ${report.version ?? '?'}, pid ${report.pid ?? '?'}, since ${report.startedAt ?? '?'}`
    : 'stopped; this is what its journal holds'
  const held = journal.nextOffset - journal.firstOffset
  const kept = journal.engine === 'memory' ? 'in memory' : `in ${report.dataDir}`
  const lines = [
    `program   ${program}`,
    `journal   ${[
      journal.state === null ? '' : `${withDetail(journal.state, journal.detail)}, `,
      `${held} events up to offset ${journal.nextOffset - 1}, ${shortBytes(journal.bytes)} ${kept}`,
      held > 0 ? `, the oldest ${shortAge(journal.oldestAgeSeconds)} old` : '',
    ].join('')}`,
    ...sources.map((source) => {
      const last = source.lastOccurrenceAt === null ? '' : `, the last at ${source.lastOccurrenceAt}`
      const count = source.occurrences === null ? '' : `, ${source.occurrences} events since the start${last}`
      const cursor = source.cursor === null ? '' : `, resourceVersion ${source.cursor}`
      return `source    ${source.name}: ${withDetail(source.state, source.detail)}${count}${cursor}`
    }),
  ]
  return [
    `${lines.join('\n')}\n`,
    ...(sinks.length > 0 ? ['\n', table([sinkHeads, ...sinks.map(sinkRow)])] : []),
    ...sinks.flatMap(({ name, replaying }) =>
      !replaying ? [] : [`\n${name}: ${replaying} more wait to be sent, by replay --from\n`],
    ),
    ...sinks.flatMap(({ name, lastError }) =>
      lastError === null
        ? []
        : [`\n${name}: last error at ${lastError.at}: ${plain(`${lastError.reason} ${lastError.detail}`)}\n`],
    ),
    ...unusable.map(({ where, why }) => `\n${where}: cannot run as it is configured: ${plain(why)}\n`),
  ].join('')
}

const sinkHeads = [
  'SINK',
  'STATE',
  'WAITING',
  'OLDEST',
  'DELIVERED',
  'FILTERED',
  'DEAD',
  'LOST',
  'QUOTA',
  'TO',
]

function sinkRow(sink: StatusReport['sinks'][number]): readonly string[] {
  const waits = sink.lagEvents !== null && sink.lagEvents > 0 && sink.lagSeconds !== null
  return [
    sink.name,
    sink.holdReason === null ? sink.state : `${sink.state}: ${sink.holdReason}`,
    countText(sink.lagEvents),
    waits ? shortAge(sink.lagSeconds ?? 0) : '-',
    countText(sink.delivered),
    countText(sink.filtered),
    String(sink.deadLetters),
    countText(sink.lost),
    sink.quota
      .map(({ messages, perSeconds, free }) => `${free} of ${messages} free per ${perSeconds} s`)
      .join(', ') || '-',
    sink.destination ?? '-',
  ]
}

function countText(value: number | null): string {
  return value === null ? '-' : String(value)
}

function withDetail(state: string, detail: string): string {
  return detail === '' ? state : `${state} (${plain(detail)})`
}
