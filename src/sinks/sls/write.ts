/** Writes batches within the limits of SLS, and finds the log for which a group was refused. */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import type { Clock } from '../../domain/clock.ts'
import { meaningOf, outcomeOfRefusal } from './answers.ts'
import type { EncodedGroup, LogEncoder } from './log-group.ts'
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

/** Writes the group of a batch; that of none writes nothing. */
export function writeGroup(
  { project, path }: LogStore,
  { bytes }: EncodedGroup,
  signal: AbortSignal,
): Promise<ProjectReply> {
  const headers = [
    ['content-type', 'application/x-protobuf'],
    ['x-log-bodyrawsize', String(bytes.length)],
    ['x-log-compresstype', 'lz4'],
  ] as const
  return project.request({ method: 'POST', path, headers, body: compressBlock(bytes) }, signal)
}

/** One outcome an occurrence, in order. */
export async function writeBatch(
  store: LogStore,
  batch: readonly Occurrence[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const group = store.encoder.encode(batch)
  const portions = portionsOf(group)
  const failure =
    portions.length === 1
      ? await settle({ store, outcomes, signal }, batch, writeGroup(store, group, signal))
      : await writeInTurn(
          { store, outcomes, signal },
          portions.map(([from, to]) => batch.slice(from, to)),
        )
  // What follows waits too: states of one object stay in order, and who is not there is not asked twice.
  return failure
    ? [...outcomes, ...Array.from({ length: batch.length - outcomes.length }, () => failure)]
    : outcomes
}

interface Writing {
  readonly store: LogStore
  readonly outcomes: Outcome[]
  readonly signal: AbortSignal
}

/** Until one fails. Encoded when it is its turn: the encoder holds one group. */
async function writeInTurn(
  writing: Writing,
  parts: readonly (readonly Occurrence[])[],
): Promise<Outcome | undefined> {
  const { store, signal } = writing
  for (const part of parts) {
    const failure = await settle(writing, part, writeGroup(store, store.encoder.encode(part), signal))
    if (failure) return failure
  }
  return undefined
}

/** Adds the outcome of each of `part`, or answers that of all that have none yet. */
async function settle(
  writing: Writing,
  part: readonly Occurrence[],
  written: Promise<ProjectReply>,
): Promise<Outcome | undefined> {
  const { store, outcomes } = writing
  const reply = await written
  switch (reply.kind) {
    case 'done':
      for (let count = part.length; count > 0; count--) outcomes.push(delivered)
      return undefined
    case 'failed':
      return reply.outcome
    case 'refused': {
      const { refusal } = reply
      if (meaningOf(refusal) === 'bad-log' && part.length > 1) {
        const middle = Math.ceil(part.length / 2)
        return writeInTurn(writing, [part.slice(0, middle), part.slice(middle)])
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
export function portionsOf({ ends }: Pick<EncodedGroup, 'ends'>): (readonly [from: number, to: number])[] {
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
