/** `kube-eventer report`: what went wrong in a period, counted and grouped. */
import { reportFromJournal } from '../app/report.ts'
import { errorAt } from '../config/problems.ts'
import { readWhere } from '../config/where.ts'
import type { FilterOptions } from '../domain/filter-options.ts'
import type { Location } from '../gotime/location.ts'
import { TimeZones } from '../gotime/time-zones.ts'
import {
  reportCsv,
  reportFormats,
  reportJson,
  reportMarkdown,
  reportTable,
  type ReportFormat,
} from '../report/format.ts'
import { groupings, type Grouping } from '../report/report.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import {
  dataDirFlag,
  dataDirOf,
  printJson,
  runCommand,
  UsageFailure,
  type CommandArguments,
  type CommandDeclaration,
} from './command.ts'
import { momentOf } from './moment.ts'

const options = 'Options'
const title = 'Kubernetes events'

export const reportCommand: CommandDeclaration = {
  name: 'report',
  summary: 'count what went wrong in a period, by owner, object, reason, namespace or node',
  usage: ['[--since=24h] [--until=TIME] [--by=owner] [--where=CONDITIONS] [--format=table]'],
  about: `Counts as Kubernetes does: an event that is updated from 3 to 7 times counts 4. A period is that of arrival, so that
each event is in one period only; the times told are the events' own. Owners are learnt from what controllers say and
from Kubernetes' rules for names. It reads the journal, of a program that runs or is stopped, and changes nothing.`,
  flags: [
    {
      name: 'since',
      kind: 'text',
      group: options,
      valueName: 'TIME',
      default: '24h',
      help: 'begin there: 24h, or 2026-03-02T10:00:00Z (default 24h)',
    },
    {
      name: 'until',
      kind: 'text',
      group: options,
      valueName: 'TIME',
      help: 'end there, in the same form; else now',
    },
    {
      name: 'by',
      kind: 'text',
      group: options,
      valueName: 'GROUPING',
      default: 'owner',
      help: 'owner, object, reason, namespace or node (default owner)',
    },
    {
      name: 'where',
      kind: 'text',
      group: options,
      valueName: 'CONDITIONS',
      default: 'level=Warning',
      help: "what counts: 'level=Warning namespaces=shop reason!=Pulled'; '' for all (default level=Warning)",
    },
    {
      name: 'top',
      kind: 'unsigned',
      group: options,
      valueName: 'COUNT',
      default: '20',
      help: 'tell so many rows, and count the others (default 20)',
    },
    {
      name: 'format',
      kind: 'text',
      group: options,
      valueName: 'FORMAT',
      default: 'table',
      help: 'table, markdown, json or csv (default table)',
    },
    {
      name: 'tz',
      kind: 'text',
      group: options,
      valueName: 'ZONE',
      help: 'the zone of the times, as in Asia/Shanghai; else that of TZ',
    },
    dataDirFlag,
  ],
  positional: { least: 0, most: 0 },
  examples: [
    { title: "Yesterday's failures, by workload", argv: ['report'] },
    {
      title: 'The busiest nodes of the last hour',
      argv: ['report', '--since=1h', '--by=node', '--top=5'],
    },
    {
      title: 'One namespace, for a spreadsheet',
      argv: ['report', '--where=level=Warning namespaces=shop', '--format=csv'],
    },
  ],
  exitCodes: [
    [0, 'told; perhaps there was nothing'],
    [1, 'the journal cannot be read'],
    [2, 'wrong usage'],
  ],
}

/** `argv` is what follows `report`. */
export function report(argv: readonly string[], io: CommandIo): Promise<CommandExitCode> {
  return runCommand(reportCommand, argv, io, async (given) => {
    const { query, format, where, zone } = readQuery(given, io.env['TZ'])
    const told = reportFromJournal(dataDirOf(given, io), query)
    const head = { title, where }
    switch (format) {
      case 'table':
        io.out(`${reportTable(told, head, zone)}\n`)
        break
      case 'markdown':
        io.out(`${reportMarkdown(told, head, zone)}\n`)
        break
      case 'json':
        printJson(io, reportJson(told, head))
        break
      case 'csv':
        io.out(reportCsv(told))
        break
    }
    return 0
  })
}

interface Query {
  readonly query: {
    readonly fromMs: number
    readonly toMs: number
    readonly by: Grouping
    readonly top: number
    readonly filter: FilterOptions
  }
  readonly format: ReportFormat
  readonly where: string
  readonly zone: Location
}

function readQuery(given: CommandArguments, tz: string | undefined): Query {
  const problems = []
  const nowMs = Date.now()
  const until = given.text('until')
  const toMs = until === undefined ? nowMs : momentOf('--until', until, nowMs)
  const fromMs = momentOf('--since', given.text('since') ?? '24h', nowMs)
  if (fromMs >= toMs)
    problems.push(errorAt('--since', 'the period ends before it begins', 'write an earlier time'))
  const byText = given.text('by') ?? 'owner'
  const by = groupings.find((one) => one === byText)
  if (by === undefined) problems.push(errorAt('--by', 'there is no such grouping', oneOf(groupings)))
  const formatText = given.text('format') ?? 'table'
  const format = reportFormats.find((one) => one === formatText)
  if (format === undefined)
    problems.push(errorAt('--format', 'there is no such format', oneOf(reportFormats)))
  const top = Number(given.text('top') ?? 20)
  if (top < 1 || top > 10_000) problems.push(errorAt('--top', 'is not between 1 and 10000', 'write --top=20'))
  const where = given.text('where') ?? 'level=Warning'
  const read = readWhere(where)
  if (!read.ok) problems.push(...read.problems.map(({ what, remedy }) => errorAt('--where', what, remedy)))
  const zones = new TimeZones({ tz })
  const named = given.text('tz')
  const zone = named === undefined ? zones.local : zones.load(named)
  if (zone === undefined)
    problems.push(errorAt('--tz', 'there is no such zone', 'write one as in Asia/Shanghai'))
  if (by === undefined || format === undefined || zone === undefined || !read.ok || problems.length > 0)
    throw new UsageFailure(problems)
  return { query: { fromMs, toMs, by, top, filter: read.filter }, format, where, zone }
}

function oneOf(names: readonly string[]): string {
  return `write one of ${names.join(', ')}`
}
