/** Writes batches within the limits of SLS, and finds the log for which a group was refused. */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import type { Clock } from '../../domain/clock.ts'
import { meaningOf, outcomeOfRefusal } from './answers.ts'
import type { EncodedLogs, LogEncoder } from './log-group.ts'
import { compressBlock } from './lz4.ts'
import type { Project, ProjectReply } from './project.ts'

/** Logs a group may hold. https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-putlogs */
const mostLogs = 4_096
/** Bytes of a group before it is compressed: 5 MB were the limit until 2023, 10 MB are today's. */
const mostBytes = 4_900_000
/** A value that is longer may be refused: such a log goes alone. */
const mostLogBytes = 1_000_000

export interface LogStore {
  readonly project: Pick<Project, 'request' | 'host' | 'redact'>
  /** Of the logstore. */
  readonly path: string
  readonly encoder: LogEncoder
  readonly clock: Clock
}

/** Writes a group; one without logs writes nothing. */
export function writeGroup(
  { project, path }: Pick<LogStore, 'project' | 'path'>,
  group: Buffer,
  signal: AbortSignal,
): Promise<ProjectReply> {
  const headers = [
    ['content-type', 'application/x-protobuf'],
    ['x-log-bodyrawsize', String(group.length)],
    ['x-log-compresstype', 'lz4'],
  ] as const
  return project.request({ method: 'POST', path, headers, body: compressBlock(group) }, signal)
}

/** One outcome an occurrence, in order. */
export async function writeBatch(
  store: LogStore,
  batch: readonly Occurrence[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const logs = store.encoder.encode(batch)
  const outcomes: Outcome[] = []
  for (const [from, to] of portionsOf(logs)) {
    const failure = await writePortion({ store, logs, outcomes, signal }, from, to)
    // What follows waits too: states of one object stay in order, and who is not there is not asked twice.
    if (failure)
      return [...outcomes, ...Array.from({ length: batch.length - outcomes.length }, () => failure)]
  }
  return outcomes
}

interface Writing {
  readonly store: LogStore
  readonly logs: EncodedLogs
  readonly outcomes: Outcome[]
  readonly signal: AbortSignal
}

/** Adds the outcome of each log, or answers that of all the logs that have none yet. */
async function writePortion(writing: Writing, from: number, to: number): Promise<Outcome | undefined> {
  const { store, logs, outcomes, signal } = writing
  const reply = await writeGroup(store, store.encoder.group(logs, from, to), signal)
  switch (reply.kind) {
    case 'done':
      for (let at = from; at < to; at++) outcomes.push(delivered)
      return undefined
    case 'failed':
      return reply.outcome
    case 'refused': {
      const { refusal } = reply
      if (meaningOf(refusal) === 'bad-log' && to - from > 1) {
        const middle = from + Math.ceil((to - from) / 2)
        return (await writePortion(writing, from, middle)) ?? (await writePortion(writing, middle, to))
      }
      const { project, clock } = store
      const outcome = outcomeOfRefusal(refusal, project.host, clock.wallMs(), (text) => project.redact(text))
      if (outcome.kind === 'retry') return outcome
      outcomes.push(outcome)
      return undefined
    }
  }
}

/** Runs of logs, each of which is within the limits. */
export function portionsOf({ ends }: Pick<EncodedLogs, 'ends'>): (readonly [from: number, to: number])[] {
  const portions: (readonly [from: number, to: number])[] = []
  let from = 0
  let start = 0
  for (const [at, end] of ends.entries()) {
    const begin = ends[at - 1] ?? 0
    const wasLong = at > from && begin - start > mostLogBytes && at - from === 1
    const isLong = end - begin > mostLogBytes
    if (at > from && (at - from >= mostLogs || end - start > mostBytes || isLong || wasLong)) {
      portions.push([from, at])
      from = at
      start = begin
    }
  }
  if (ends.length > from) portions.push([from, ends.length])
  return portions
}
