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

export function commandRoutes(parts: CommandParts): readonly Route[] {
  const { journal, telemetry, clock, sinks, dataDir } = parts
  const startedAtMs = clock.wallMs()
  return [
    {
      method: 'GET',
      path: '/v1/status',
      answer: () =>
        json(
          runningStatus({
            telemetry: telemetry.report(),
            dataDir,
            startedAtMs,
            engine: journal.engine,
            size: journal.size(),
            sinks: sinks.facts(),
            cursorOf: (cluster) => journal.source(cluster).state()?.cursor,
            deadLetterCount: (sink) => journal.deadLetterCount(sink),
          }),
        ),
    },
    tailRoute(journal, clock),
    ...deadLetterRoutes(journal, sinks),
    replayRoute(journal, sinks),
    replayEventsRoute(journal, sinks),
    decisionsRoute(sinks),
  ]
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
