/** What a running program can be asked by commands, each answered from the rooms that know. */
import type { Clock } from '../domain/clock.ts'
import { json, type Route } from '../control/reply.ts'
import { startControlServer } from '../control/server.ts'
import { ControlError } from '../control/socket-path.ts'
import { runningStatus } from '../control/status.ts'
import type { Journal } from '../journal/journal.ts'
import type { JournalOperations } from '../journal/operations.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { decisionsRoute } from './decisions.ts'
import { deadLetterRoutes } from './dead-letters.ts'
import { replayRoute } from './replay.ts'
import { replayEventsRoute } from './replay-events.ts'
import type { SinkSet } from './sink-set.ts'
import { tailRoute } from './tail.ts'

export interface CommandParts {
  readonly journal: Journal & JournalOperations
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly sinks: SinkSet
  readonly dataDir: string
}

function commandRoutes(parts: CommandParts): readonly Route[] {
  const { journal, telemetry, clock, sinks, dataDir } = parts
  const startedAtMs = clock.wallMs()
  return [
    {
      method: 'GET',
      path: '/v1/status',
      answer: async () => {
        const replaying = await replayingOf(journal, sinks)
        return json(
          runningStatus({
            telemetry: telemetry.report(),
            dataDir,
            startedAtMs,
            engine: journal.engine,
            size: journal.size(),
            sinks: sinks.facts(),
            cursorOf: (cluster) => journal.source(cluster).state()?.cursor,
            deadLetterCount: (sink) => journal.deadLetterCount(sink),
            replaying,
          }),
        )
      },
    },
    tailRoute(journal, clock),
    ...deadLetterRoutes(journal, sinks),
    replayRoute(journal, sinks),
    replayEventsRoute(journal, sinks),
    decisionsRoute(sinks),
  ]
}

/** How much each sink was commanded to send and has not sent; without those of which it cannot be read now. */
async function replayingOf(journal: JournalOperations, sinks: SinkSet): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const { name } of sinks.facts()) {
    // A journal that cannot be read is what status is asked for: it tells the rest all the same.
    const waiting = await journal.waitingReplays(name).catch(() => undefined)
    if (waiting !== undefined) counts.set(name, waiting.count)
  }
  return counts
}

export interface Commands {
  /** Ends every command under way. */
  close(): Promise<void>
}

/** Never rejects: a program that no command can reach delivers all the same. Without a data directory there is no place. */
export async function startCommands(
  parts: Omit<CommandParts, 'dataDir'> & { readonly dataDir: string | undefined },
): Promise<Commands> {
  const { telemetry, dataDir } = parts
  const none: Commands = { close: async () => {} }
  if (dataDir === undefined) return none
  try {
    return await startControlServer({
      dataDir,
      routes: commandRoutes({ ...parts, dataDir }),
      log: telemetry.log,
    })
  } catch (error) {
    if (!(error instanceof ControlError)) throw error
    telemetry.log.warn(error.message)
    return none
  }
}
