/** How a program stands: the report of `status`, put together from a running one, or from the journal of one that is stopped. */
import * as z from 'zod/mini'
import { readWaitingReplays } from '../journal/sqlite/replays.ts'
import { hasJournal, openStopped } from '../journal/stopped.ts'
import { placesToLook } from '../journal/place.ts'
import type { JournalSize } from '../journal/journal.ts'
import type { TelemetryReport } from '../telemetry/telemetry.ts'

const time = z.nullable(z.string())

/**
 * What `status --json` prints. Names stay; new ones may come. `null`: not known, as counts are of a program that is
 * stopped. Times are RFC 3339 in UTC.
 */
export const statusReport = z.object({
  running: z.boolean(),
  version: z.nullable(z.string()),
  pid: z.nullable(z.number()),
  startedAt: time,
  dataDir: z.string(),
  journal: z.object({
    engine: z.enum(['sqlite', 'memory']),
    state: z.nullable(z.string()),
    detail: z.string(),
    bytes: z.number(),
    firstOffset: z.number(),
    nextOffset: z.number(),
    oldestAgeSeconds: z.number(),
  }),
  sources: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      detail: z.string(),
      occurrences: z.nullable(z.number()),
      lastOccurrenceAt: time,
      /** The resourceVersion up to which it has been journaled. */
      cursor: z.nullable(z.string()),
    }),
  ),
  sinks: z.array(
    z.object({
      name: z.string(),
      type: z.nullable(z.string()),
      destination: z.nullable(z.string()),
      state: z.string(),
      holdReason: z.nullable(z.string()),
      detail: z.string(),
      lagEvents: z.nullable(z.number()),
      lagSeconds: z.nullable(z.number()),
      delivered: z.nullable(z.number()),
      filtered: z.nullable(z.number()),
      retried: z.nullable(z.number()),
      lost: z.nullable(z.number()),
      /** Dead letters that are kept. */
      deadLetters: z.number(),
      /** What `replay --from` commanded and is not sent yet; an older program does not tell. */
      replaying: z.optional(z.nullable(z.number())),
      lastError: z.nullable(z.object({ at: z.string(), reason: z.string(), detail: z.string() })),
      quota: z.array(z.object({ messages: z.number(), perSeconds: z.number(), free: z.number() })),
    }),
  ),
  unusable: z.array(z.object({ where: z.string(), why: z.string() })),
})

export type StatusReport = z.output<typeof statusReport>

/** What the program knows of a sink beside its telemetry. */
export interface SinkFacts {
  readonly name: string
  readonly type: string
  /** Free of secrets. */
  readonly destination: string
  readonly quota: readonly { readonly messages: number; readonly perMs: number; readonly free: number }[]
}

export interface RunningFacts {
  readonly telemetry: TelemetryReport
  readonly dataDir: string
  readonly startedAtMs: number
  readonly engine: 'sqlite' | 'memory'
  readonly size: JournalSize
  readonly sinks: readonly SinkFacts[]
  cursorOf(cluster: string): string | undefined
  deadLetterCount(sink: string): number
  /** By sink; absent: it cannot be read now. */
  readonly replaying: ReadonlyMap<string, number>
}

export function runningStatus(facts: RunningFacts): StatusReport {
  const { telemetry, size } = facts
  return {
    running: true,
    version: telemetry.version,
    pid: process.pid,
    startedAt: timeText(facts.startedAtMs),
    dataDir: facts.dataDir,
    journal: { engine: facts.engine, ...telemetry.journal, ...size },
    sources: telemetry.sources.map((source) => ({
      name: source.cluster,
      state: source.state,
      detail: source.detail,
      occurrences: source.occurrences,
      lastOccurrenceAt: timeText(source.lastOccurrenceAtMs),
      cursor: facts.cursorOf(source.cluster) ?? null,
    })),
    sinks: telemetry.sinks.map((sink) => {
      const known = facts.sinks.find(({ name }) => name === sink.name)
      const { lastError } = sink
      return {
        name: sink.name,
        type: known?.type ?? null,
        destination: known?.destination ?? null,
        state: sink.state,
        holdReason: sink.holdReason ?? null,
        detail: sink.detail,
        lagEvents: sink.lagEvents ?? null,
        lagSeconds: sink.lagSeconds ?? null,
        delivered: sink.delivered,
        filtered: Object.values(sink.filtered).reduce((all, count) => all + count, 0),
        retried: sink.retried,
        lost: sink.lost,
        deadLetters: facts.deadLetterCount(sink.name),
        replaying: facts.replaying.get(sink.name) ?? null,
        lastError: lastError
          ? { at: new Date(lastError.atMs).toISOString(), reason: lastError.reason, detail: lastError.detail }
          : null,
        quota: (known?.quota ?? []).map(({ messages, perMs, free }) => ({
          messages,
          perSeconds: perMs / 1000,
          free,
        })),
      }
    }),
    unusable: [...telemetry.unusable],
  }
}

/** Throws `JournalError` if the journal cannot be read. */
export function stoppedStatus(dataDir: string): StatusReport {
  const journal = openStopped(dataDir)
  try {
    const { state, size } = journal
    return {
      running: false,
      version: null,
      pid: null,
      startedAt: null,
      dataDir,
      journal: { engine: 'sqlite', state: null, detail: '', ...size },
      sources: [...state.sources].map(([name, { cursor }]) => ({
        name,
        state: 'stopped',
        detail: '',
        occurrences: null,
        lastOccurrenceAt: null,
        cursor,
      })),
      sinks: [...state.sinks].map(([name, { mark, ranges }]) => ({
        name,
        type: null,
        destination: null,
        state: 'stopped',
        holdReason: null,
        detail: '',
        lagEvents: Math.max(
          0,
          state.nextOffset - mark - ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0),
        ),
        lagSeconds: null,
        delivered: null,
        filtered: null,
        retried: null,
        lost: null,
        deadLetters: state.deadLetters.get(name) ?? 0,
        replaying: readWaitingReplays(journal.db, name).count,
        lastError: null,
        quota: [],
      })),
      unusable: [],
    }
  } finally {
    journal.close()
  }
}

/** The data directory of a program, running or stopped: the one named, else the first default that holds a journal. */
export function findDataDir(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): { readonly dataDir: string | undefined; readonly looked: readonly string[] } {
  const looked = placesToLook(named, env)
  return { dataDir: looked.find(hasJournal), looked }
}

function timeText(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
