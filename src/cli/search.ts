/** `kube-eventer search`: events that the journal holds, by words and by what they are about. */
import * as z from 'zod/mini'
import { searchJournal, type SearchQuery } from '../app/search.ts'
import { errorAt } from '../config/problems.ts'
import { askForStream } from '../control/client.ts'
import { matchesTerms, readTerms, searchedTexts, type Term } from '../search/terms.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import {
  CommandFailure,
  dataDirFlag,
  dataDirOf,
  runCommand,
  UsageFailure,
  type CommandArguments,
  type CommandDeclaration,
} from './command.ts'
import { eventLine } from './event-line.ts'
import { momentOf } from './moment.ts'
import { queryOf, readSelection, selectionFlags } from './selection.ts'
import { tailLine } from './tail.ts'

const options = 'Options'
const mostShown = 10_000

export const searchCommand: CommandDeclaration = {
  name: 'search',
  summary: 'find events in the journal by words, object, reason and time',
  usage: ['[WORDS…] [--namespace=NAMES] [--reason=REGEXP] [--since=TIME] [--limit=50] [--follow] [--json]'],
  about: `Every word must be in the message, the reason or the object's name, or be the beginning of a word there; case and
accents do not count. A phrase in double quotes is looked for as it is. Each flag that is given must match too. Tells
the newest, in the order in which they came. It reads the journal, of a program that runs or is stopped.`,
  flags: [
    ...selectionFlags,
    {
      name: 'since',
      kind: 'text',
      group: options,
      valueName: 'TIME',
      help: 'arrived since then: 2h, or 2026-03-02T10:00:00Z; else all that there is',
    },
    {
      name: 'until',
      kind: 'text',
      group: options,
      valueName: 'TIME',
      help: 'arrived before then, in the same form',
    },
    {
      name: 'limit',
      kind: 'unsigned',
      group: options,
      valueName: 'COUNT',
      default: '50',
      help: `tell so many, the newest (default 50, at most ${mostShown})`,
    },
    {
      name: 'follow',
      kind: 'boolean',
      group: options,
      help: 'go on with what comes in, until Ctrl-C; of a running program',
    },
    {
      name: 'json',
      kind: 'boolean',
      group: options,
      help: 'a line of JSON an event: offset, cluster, arrivedAt, event',
    },
    dataDirFlag,
  ],
  positional: { least: 0, most: 100 },
  examples: [
    { title: 'What the registry had to do with it', argv: ['search', 'pull', 'timeout', '--since=24h'] },
    { title: 'A phrase, in one namespace', argv: ['search', '"i/o timeout"', '--namespace=shop'] },
    {
      title: 'All about one pod, and what comes next',
      argv: ['search', '--kind=Pod', '--name=web-0', '--follow'],
    },
  ],
  exitCodes: [
    [0, 'found, or ended on request'],
    [1, 'nothing found, or the journal cannot be read'],
    [2, 'wrong usage'],
    [3, 'to follow: the program is stopped, or stopped meanwhile'],
  ],
}

/** `argv` is what follows `search`. */
export function search(argv: readonly string[], io: CommandIo): Promise<CommandExitCode> {
  return runCommand(searchCommand, argv, io, async (given) => {
    const query = readQuery(given)
    const dataDir = dataDirOf(given, io)
    // Listened to before the journal is read: what comes in meanwhile is in one of the two.
    const incoming = given.isSet('follow') ? await listen(dataDir, query, io) : undefined
    if (incoming === 'stopped') return 3
    const found = searchJournal(dataDir, query)
    for (const { offset, cluster, arrivedAtMs, event } of found) {
      const arrivedAt = new Date(arrivedAtMs).toISOString()
      io.out(
        given.isSet('json')
          ? `${JSON.stringify({ offset, cluster, arrivedAt, event })}\n`
          : `${eventLine(arrivedAt, cluster, event, io.colour.out)}\n`,
      )
    }
    if (incoming) return follow(incoming, given, query.terms, found.at(-1)?.offset ?? 0, io)
    if (found.length === 0) io.err('nothing found\n')
    return found.length === 0 ? 1 : 0
  })
}

function readQuery(given: CommandArguments): SearchQuery {
  const { selection, problems: wrongFlags } = readSelection(given)
  const problems = [...wrongFlags]
  const nowMs = Date.now()
  const since = given.text('since')
  const until = given.text('until')
  const read = readTerms(given.positional.join(' '))
  if (!read.ok) problems.push(errorAt('command line', read.what, read.remedy))
  const limit = Number(given.text('limit') ?? 50)
  if (limit < 1 || limit > mostShown)
    problems.push(errorAt('--limit', `is not between 1 and ${mostShown}`, 'write --limit=50'))
  if (given.isSet('follow') && until !== undefined)
    problems.push(errorAt('--until', 'has no meaning with --follow', 'remove one of them'))
  if (!read.ok || problems.length > 0) throw new UsageFailure(problems)
  return {
    terms: read.terms,
    selection,
    fromMs: since === undefined ? Number.NEGATIVE_INFINITY : momentOf('--since', since, nowMs),
    toMs: until === undefined ? Number.POSITIVE_INFINITY : momentOf('--until', until, nowMs),
    limit,
  }
}

async function listen(
  dataDir: string,
  { selection }: SearchQuery,
  io: CommandIo,
): Promise<AsyncIterable<string> | 'stopped'> {
  const path = `/v1/tail?${queryOf(selection)}`
  const answer = await askForStream(dataDir, { method: 'GET', path, signal: io.signal })
  if (answer.kind === 'refused') throw new CommandFailure(answer.problem)
  if (answer.kind === 'answered') return answer.lines
  io.err('the program is stopped: nothing comes in\n')
  return 'stopped'
}

/** What was told already is left out. */
async function follow(
  lines: AsyncIterable<string>,
  given: CommandArguments,
  terms: readonly Term[],
  afterOffset: number,
  io: CommandIo,
): Promise<CommandExitCode> {
  for await (const line of lines) {
    const read = z.safeParse(tailLine, JSON.parse(line))
    if (!read.success) continue
    if ('missed' in read.data) {
      io.err(`${read.data.missed} events are left out: they came faster than they could be shown\n`)
      continue
    }
    const { offset, cluster, arrivedAt, event } = read.data
    if (offset <= afterOffset || !matchesTerms(terms, searchedTexts(event))) continue
    io.out(given.isSet('json') ? `${line}\n` : `${eventLine(arrivedAt, cluster, event, io.colour.out)}\n`)
  }
  if (io.signal.aborted) return 0
  io.err('the program has stopped\n')
  return 3
}
