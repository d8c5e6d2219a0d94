/** Rows in MariaDB, in the form of requests: the table is the path, the row is the body. */
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { startMariadb } from '../../servers/mysql-server.ts'
import type { MariadbServer } from '../../servers/mysql-server.ts'
import { pause } from '../until.ts'
import { eventTime, timeText } from './original-webhook.ts'
import type { Arrival, ExpectedRequest } from './requests.ts'
import type { Recording } from './recording.ts'
import type { SinkUse } from './sinks.ts'
import { valuesOf } from './sinks.ts'

const place = { listener: 'database', scheme: 'mysql', method: 'INSERT', query: '' } as const

const columns = [
  'name',
  'namespace',
  'event_id',
  'type',
  'reason',
  'message',
  'kind',
  'first_occurrence_time',
  'last_occurrence_time',
] as const

const recordedSchema = z.looseObject({
  ddl: z.optional(z.string()),
  rows: z._default(z.array(z.record(z.string(), z.string())), []),
})

/** What has to be there before the program starts. */
export interface DatabaseSetup {
  readonly database: string
  readonly table: string
  readonly statements: readonly string[]
}

/** The database of a recording's sink, with its user and the table that the original wrote to; the first such sink's. */
export function databaseOf(recording: Recording, sinks: readonly SinkUse[]): DatabaseSetup | undefined {
  const sink = sinks.find(isMysql)
  if (!sink) return undefined
  const database = recording.argv
    .map((argument) => /^--?sink=mysql:.*\)\/(\w+)/.exec(argument)?.[1])
    .find(Boolean)
  if (database === undefined) return undefined
  const { ddl } = z.parse(recordedSchema, recording)
  // The recording tells the table as it should have been: in this one an emoji had no room.
  const isNarrow = recording.log.some((line) => line.includes('Incorrect string value'))
  const create = isNarrow ? ddl?.replace('utf8mb4', 'utf8mb3') : ddl
  return {
    database,
    table: tableOf(sink),
    statements: [
      `CREATE DATABASE ${database}`,
      "CREATE USER alice IDENTIFIED BY 's3cret'",
      `GRANT ALL ON ${database}.* TO alice`,
      ...(create === undefined ? [] : [`USE ${database}`, create]),
    ],
  }
}

function isMysql({ name }: SinkUse): boolean {
  return name === 'mysql'
}

function tableOf(sink: SinkUse): string {
  return valuesOf(sink, 'table')[0] || 'kube_event'
}

/** The rows of a recording. */
export function recordedRows(
  recording: Recording,
  sinks: readonly SinkUse[],
  events: ReadonlyMap<string, KubernetesEvent>,
): ExpectedRequest[] {
  const sink = sinks.find(isMysql)
  if (!sink) return []
  return z.parse(recordedSchema, recording).rows.map((row) => {
    const event = [...events].find(([, { metadata }]) => metadata.uid === row['event_id'])?.[0]
    return expectedRow(sink, row, event)
  })
}

/** The row that the original would have written of an event. */
export function originalRow(sink: SinkUse, id: string, event: KubernetesEvent, tz: string): ExpectedRequest {
  const { involvedObject, metadata, type = '', reason = '', message = '', firstTimestamp } = event
  const { name = '', namespace = '', kind = '' } = involvedObject
  return expectedRow(
    sink,
    {
      name,
      namespace,
      event_id: metadata.uid ?? '',
      type,
      reason,
      message,
      kind,
      first_occurrence_time: timeText(firstTimestamp, tz),
      last_occurrence_time: eventTime(event, tz),
    },
    id,
  )
}

function expectedRow(
  sink: SinkUse,
  row: Readonly<Record<string, string>>,
  event: string | undefined,
): ExpectedRequest {
  return {
    ...place,
    path: tableOf(sink),
    headers: {},
    body: JSON.stringify(row),
    isJsonByValue: true,
    ...(event !== undefined && { event }),
    fate: 'once',
    delivered: true,
  }
}

/** How often is looked for new rows, ms. */
const lookEveryMs = 50

export interface RowRecorder {
  close(): Promise<void>
}

/** A MariaDB server of its own, which tells each row that is new. */
export async function startRowRecorder(
  { database, table, statements }: DatabaseSetup,
  port: number,
  tell: (arrival: Arrival) => void,
): Promise<RowRecorder> {
  const server = await startMariadb({ port })
  await server.run(...statements)
  let seen = 0
  const look = async (): Promise<void> => {
    for (const { id, ...row } of await rowsAfter(server, `${database}.${table}`, seen)) {
      seen = Math.max(seen, Number(id))
      tell({
        ...place,
        path: table,
        headers: new Map(),
        body: JSON.stringify(row),
        status: 200,
        isTaken: true,
      })
    }
  }
  const closing = new AbortController()
  const looking = (async () => {
    while (!closing.signal.aborted) {
      await look()
      await pause(lookEveryMs)
    }
  })()
  // A server that fails is told at the end.
  looking.catch(() => {})
  return {
    close: async () => {
      closing.abort()
      try {
        await looking
      } finally {
        await server.close()
      }
    },
  }
}

async function rowsAfter(
  server: MariadbServer,
  table: string,
  id: number,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  try {
    return await server.run(`SELECT id, ${columns.join(', ')} FROM ${table} WHERE id > ${id} ORDER BY id`)
  } catch (error) {
    // There is none until the program makes it.
    if (error instanceof Error && 'code' in error && error.code === 'ER_NO_SUCH_TABLE') return []
    throw error
  }
}
