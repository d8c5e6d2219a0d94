/** `kube-eventer explain`: what became of an event at each sink, and why. */
import * as z from 'zod/mini'
import { ask } from '../control/client.ts'
import { explainFromJournal, type Explained, type Fate } from '../control/explain.ts'
import { statusReport } from '../control/status.ts'
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
  type CommandDeclaration,
} from './command.ts'
import { eventLine } from './event-line.ts'
import { plain } from './table.ts'

export const explainCommand: CommandDeclaration = {
  name: 'explain',
  summary: 'tell what became of an event at each sink, and why',
  usage: ['NAMESPACE/NAME|UID [--limit=10] [--json]'],
  about: `The name or uid is that of the event or of the object that it is about; of an object without a namespace write /NAME.
For each state of the event that the journal holds, newest first, it tells for each sink: when it was sent, what
filtered it, that it waits, or why it is dead. Filters are those that run now; of a program that is stopped they are
not known. The command reads the whole journal if it must, in a process of its own.`,
  flags: [
    {
      name: 'limit',
      kind: 'unsigned',
      group: 'Options',
      valueName: 'COUNT',
      default: '10',
      help: 'tell so many states, newest first (default 10, at most 100)',
    },
    jsonFlag,
    dataDirFlag,
  ],
  positional: { least: 1, most: 1 },
  examples: [
    { title: 'The newest events of a pod', argv: ['explain', 'shop/web-0', '--limit=3'] },
    { title: 'One event by its uid', argv: ['explain', '5f0c2b1e-6a0f-4f0e-9a51-3f1d2c7f7a10', '--json'] },
  ],
  exitCodes: [
    [0, 'told'],
    [1, 'the journal holds no such event, or cannot be read'],
    [2, 'wrong usage'],
  ],
}

/** What a sink did with one occurrence; names stay: `--json` prints them. */
interface ToldFate {
  readonly sink: string
  /**
   * `sent`, `filtered`, `waiting`, `dead`; `settled`: sent or filtered, which a stopped program does not tell, or from
   * before the log begins.
   */
  readonly what: 'sent' | 'filtered' | 'waiting' | 'dead' | 'settled'
  /** Each time that it was sent, as an interval between two notes of the journal; `null`: not known. */
  readonly times: readonly { readonly after: string | null; readonly by: string | null }[]
  /** Why it was filtered, is dead or waits. */
  readonly why: string
}

const decisions = z.object({
  decisions: z.array(
    z.array(
      z.object({
        sink: z.string(),
        decision: z.object({
          pass: z.boolean(),
          reason: z.optional(z.string()),
          detail: z.optional(z.string()),
        }),
      }),
    ),
  ),
})

type SinkStatus = z.output<typeof statusReport>['sinks'][number]

type Decisions = z.output<typeof decisions>['decisions'][number]

/** `argv` is what follows `explain`. */
export function explain(argv: readonly string[], io: CommandIo): Promise<CommandExitCode> {
  return runCommand(explainCommand, argv, io, async (given) => {
    const [subject = ''] = given.positional
    if (!/^(?:[a-z0-9.-]*\/)?[^/\s"\\]+$/i.test(subject)) {
      const remedy = 'write NAMESPACE/NAME, /NAME or a uid'
      throw new UsageFailure([errorAt('command line', 'this is neither a name nor a uid', remedy)])
    }
    const dataDir = dataDirOf(given, io)
    const limit = Math.min(100, Math.max(1, Number(given.text('limit') ?? 10)))
    const found = explainFromJournal(dataDir, subject, limit)
    if (found.length === 0) {
      throw new CommandFailure(
        `the journal in ${dataDir} holds no event of ${plain(subject)}: it never came, or it is older than the journal`,
      )
    }
    const running = await askRunning(dataDir, found)
    const told = found.map((one, at) => ({ ...one, fates: fatesOf(one, running, at) }))
    if (given.isSet('json')) {
      printJson(
        io,
        told.map(({ occurrence: { offset, cluster, arrivedAtMs, event }, fates }) => ({
          offset,
          cluster,
          arrivedAt: new Date(arrivedAtMs).toISOString(),
          event,
          sinks: fates,
        })),
      )
    } else {
      for (const { occurrence, fates } of told) {
        const { arrivedAtMs, cluster, event } = occurrence
        io.out(`${eventLine(new Date(arrivedAtMs).toISOString(), cluster, event, io.colour.out)}\n`)
        for (const fate of fates) io.out(`    ${fate.sink}: ${fateText(fate)}\n`)
      }
    }
    return 0
  })
}

/** What only the running program knows; absent where it is stopped. */
interface Running {
  readonly decisions: readonly Decisions[]
  /** By sink: what keeps it from telling what waits, '' where nothing has. */
  readonly hindered: ReadonlyMap<string, string>
}

async function askRunning(dataDir: string, found: readonly Explained[]): Promise<Running | undefined> {
  const events = found.map(({ occurrence: { event } }) => {
    const { metadata, involvedObject, type, reason, message } = event
    const { name, namespace, uid } = metadata
    return { metadata: { name, namespace, uid }, involvedObject, type, reason, message }
  })
  const answer = await ask(dataDir, { method: 'POST', path: '/v1/decisions', body: { events } })
  const status = await ask(dataDir, { method: 'GET', path: '/v1/status' })
  if (answer.kind === 'refused') throw new CommandFailure(answer.problem)
  if (answer.kind !== 'answered' || status.kind !== 'answered') return undefined
  const report = z.safeParse(statusReport, status.body)
  if (!report.success)
    throw new CommandFailure('the running program is another version: use its own to have an event explained')
  const { sinks } = report.data
  return {
    decisions: z.parse(decisions, answer.body).decisions,
    hindered: new Map(sinks.map((sink) => [sink.name, hindranceOf(sink)])),
  }
}

/** A sink that flows may have set an event aside: its last error tells more than nothing. */
function hindranceOf({ state, holdReason, detail, lastError }: SinkStatus): string {
  if (state === 'held') return [`held: ${holdReason ?? ''}`, detail].filter(Boolean).join(', ')
  if (lastError === null) return ''
  return `the sink's last error, at ${lastError.at}: ${lastError.reason} ${lastError.detail}`
}

function fatesOf({ fates }: Explained, running: Running | undefined, at: number): readonly ToldFate[] {
  return [...fates].map(([sink, fate]) => {
    const decision = running?.decisions[at]?.find((one) => one.sink === sink)?.decision
    return { sink, ...toldFate(fate, decision, running?.hindered.get(sink) ?? '') }
  })
}

function toldFate(
  fate: Fate,
  decision: Decisions[number]['decision'] | undefined,
  hindrance: string,
): Omit<ToldFate, 'sink'> {
  switch (fate.kind) {
    case 'waiting':
      return { what: 'waiting', times: [], why: hindrance }
    case 'dead': {
      const at = new Date(fate.diedAtMs).toISOString()
      const why = [fate.reason, fate.detail].filter(Boolean).join(': ')
      return { what: 'dead', times: [{ after: null, by: at }], why: `${why} (dead letter ${fate.id})` }
    }
    case 'settled': {
      const times = fate.times.map(({ afterMs, byMs }) => ({ after: timeText(afterMs), by: timeText(byMs) }))
      if (decision === undefined) return { what: 'settled', times, why: 'sent or filtered' }
      if (!decision.pass) {
        const why = [decision.reason, decision.detail].filter(Boolean).join(': ')
        return { what: 'filtered', times: [], why }
      }
      const isBefore = times[0]?.after === null
      if (isBefore) return { what: 'settled', times, why: 'sent, or from before the sink was there' }
      return { what: 'sent', times, why: '' }
    }
  }
}

function timeText(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}

/** `sent between 10:31:06 and 10:31:07`, and again. */
function fateText({ what, times, why }: ToldFate): string {
  const when = times.map(({ after, by }) => {
    if (after === null) return by === null ? '' : ` by ${by}`
    return by === null ? ` after ${after}` : ` between ${after} and ${by}`
  })
  return `${what}${when.join(', again')}${why === '' ? '' : `: ${plain(why)}`}`
}
