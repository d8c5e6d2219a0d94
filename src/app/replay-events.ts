/**
 * `replay --from` in the running program: takes a part of a recording, passes it through the sink's filter and keeps what
 * is to be sent, on disk before it is answered. More is not taken than may wait: the command asks again.
 */
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../domain/event.ts'
import { json, refused, type Reply, type Route } from '../control/reply.ts'
import { maxReplayBodyBytes, type ReplayTaken } from '../control/replay-part.ts'
import { JournalError } from '../journal/error.ts'
import type { JournalOperations } from '../journal/operations.ts'
import { maxWaitingReplayBytes, maxWaitingReplays, type ReplayEvent } from '../journal/replays.ts'
import { isRecordedEvent } from '../recording/recording.ts'
import { noSuchSink } from './replay.ts'
import type { SinkRunner } from './sink-runner.ts'
import type { SinkSet } from './sink-set.ts'

const replayPart = z.object({
  sink: z.string(),
  /** What the events' cluster is called. */
  cluster: z.string(),
  /** The sink's filter applies. */
  filter: z.boolean(),
  /** Only count. */
  dryRun: z.boolean(),
  events: z.array(z.custom<KubernetesEvent>(isRecordedEvent)),
})

export function replayEventsRoute(journal: JournalOperations, sinks: SinkSet): Route {
  /** One part at a time, whoever sends it: each must see what the ones before it have left waiting. */
  let last: Promise<unknown> = Promise.resolve()
  return {
    method: 'POST',
    path: '/v1/replay/events',
    maxBodyBytes: maxReplayBodyBytes,
    answer: ({ body }): Promise<Reply> => {
      const answered = last.then(() => take(journal, sinks, body))
      last = answered.catch(() => {})
      return answered
    },
  }
}

async function take(journal: JournalOperations, sinks: SinkSet, body: unknown): Promise<Reply> {
  const parsed = z.safeParse(replayPart, body)
  if (!parsed.success) return refused(400, 'the sink is missing, or an event is none')
  const { sink, dryRun } = parsed.data
  const runner = sinks.runner(sink)
  if (runner === undefined) return noSuchSink(sink, sinks)
  const before = await journal.waitingReplays(sink)
  const isFull = before.count >= maxWaitingReplays || before.bytes >= maxWaitingReplayBytes
  if (isFull && !dryRun) {
    return json({ full: true, taken: 0, filtered: 0, waiting: before.count } satisfies ReplayTaken)
  }
  const { passed, filtered } = sorted(parsed.data, runner)
  try {
    if (passed.length > 0 && !dryRun) {
      await journal.queueReplay(sink, passed)
      // It may have changed meanwhile: what is on disk waits for whoever has its name.
      sinks.runner(sink)?.replayQueued()
    }
  } catch (error) {
    if (!(error instanceof JournalError)) throw error
    return refused(503, error.message)
  }
  const waiting = before.count + (dryRun ? 0 : passed.length)
  return json({ full: false, taken: passed.length, filtered, waiting } satisfies ReplayTaken)
}

function sorted(
  { cluster, events, filter }: z.output<typeof replayPart>,
  runner: SinkRunner,
): { readonly passed: readonly ReplayEvent[]; readonly filtered: number } {
  const passed: ReplayEvent[] = []
  for (const event of events) {
    if (filter && !runner.decide(event).pass) continue
    passed.push({ cluster, raw: Buffer.from(JSON.stringify(event)) })
  }
  return { passed, filtered: events.length - passed.length }
}
