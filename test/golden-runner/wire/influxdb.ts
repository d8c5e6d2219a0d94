/** Points to InfluxDB, in the form of requests: one for each line of a write. What only looks is no request. */
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { readLines } from '../../../src/sinks/influxdb/testing/line-protocol.ts'
import type { Point } from '../../../src/sinks/influxdb/testing/line-protocol.ts'
import { startInfluxdb } from '../../servers/influxdb-server.ts'
import type { InfluxdbServer } from '../../servers/influxdb-server.ts'
import { pause } from '../until.ts'
import type { Recording } from './recording.ts'
import type { Arrival, ExpectedRequest } from './requests.ts'
import { valuesOf } from './sinks.ts'
import type { SinkTarget, SinkUse } from './sinks.ts'

export function writesPoints(sinks: readonly SinkUse[]): boolean {
  return sinks.some(isInfluxdb)
}

export function isInfluxdb({ name }: SinkUse): boolean {
  return name === 'influxdb'
}

/** Whether the request tells a point. */
export function isPoint({ path }: Pick<ExpectedRequest, 'path'>): boolean {
  return path === '/write'
}

/** Each point of a recorded write as a request of its own; a statement as it is. */
export function recordedLines(
  request: ExpectedRequest,
  events: ReadonlyMap<string, KubernetesEvent>,
): readonly ExpectedRequest[] {
  if (request.method === 'GET') return []
  const { Host = '', Authorization = '' } = request.headers
  // What else a client says of itself and of the body's length is its own.
  const bare = { ...request, headers: { Host, Authorization } }
  if (!isPoint(request)) return [{ ...bare, delivered: false }]
  return readLines(request.body).map(({ point }) => {
    const event = [...events].find(([, { metadata }]) => metadata.uid === point.tags['uid'])?.[0]
    return { ...bare, body: bodyOf(point), isJsonByValue: true, ...(event !== undefined && { event }) }
  })
}

/** What arrived in one request. */
export function arrivedLines(arrival: Arrival): readonly Arrival[] {
  if (arrival.method === 'GET') return []
  if (!isPoint(arrival)) return [arrival]
  return readLines(arrival.body).map(({ point }) => ({ ...arrival, body: bodyOf(point) }))
}

/** An event as text within the point is compared by value. */
function bodyOf({ measurement, tags, fields: { value, ...fields }, time }: Point): string {
  const event: unknown = value === undefined ? undefined : JSON.parse(String(value))
  return JSON.stringify({ measurement, tags, fields: { ...fields, event }, time: String(time) })
}

/** The point with its time moved on. */
export function withTimeAdded(body: string, addedNs: bigint): string {
  const point = JSON.parse(body)
  return JSON.stringify({ ...point, time: String(BigInt(point.time) + addedNs) })
}

/** What the original would have sent to a server that is there: its database, and each event in a point. */
export function originalRequests(
  sink: SinkUse,
  { listener, scheme }: SinkTarget,
  events: readonly (readonly [id: string, event: KubernetesEvent])[],
): readonly ExpectedRequest[] {
  const database = valuesOf(sink, 'db')[0] ?? 'k8s'
  const { user = 'root', pw = 'root' } = Object.fromEntries(sink.options)
  const request = {
    listener,
    scheme,
    method: 'POST',
    headers: {
      Host: `<${listener}>`,
      Authorization: `Basic ${Buffer.from(`${user}:${pw}`).toString('base64')}`,
    },
    fate: 'once',
  } as const
  const query = new URLSearchParams({ db: '', q: `CREATE DATABASE "${database}" WITH NAME "default"` })
  const place = new URLSearchParams({ consistency: '', db: database, precision: '', rp: 'default' })
  return [
    { ...request, path: '/query', query: query.toString(), body: '', delivered: false },
    ...events.map(([id, event]) => ({
      ...request,
      path: '/write',
      query: place.toString(),
      body: originalPoint(sink, event),
      isJsonByValue: true,
      event: id,
      delivered: true,
    })),
  ]
}

function originalPoint(sink: SinkUse, event: KubernetesEvent): string {
  const { involvedObject, metadata, source = {} } = event
  const { kind: _kind, apiVersion: _apiVersion, ...told } = event
  const isPod = involvedObject.kind === 'Pod'
  const time = event.lastTimestamp ?? event.eventTime ?? ''
  return JSON.stringify({
    measurement: 'log/events',
    tags: {
      cluster_name: valuesOf(sink, 'cluster_name')[0] ?? 'default',
      ...(source.host && { hostname: source.host }),
      ...(isPod && { pod_id: involvedObject.uid, pod_name: involvedObject.name }),
      uid: metadata.uid,
    },
    fields: { event: told },
    time: `${Math.floor(Date.parse(time) / 1_000)}${microseconds(time)}000`,
  })
}

/** Six digits, of a time that has them or none. */
function microseconds(time: string): string {
  return (/\.(\d{1,6})/.exec(time)?.[1] ?? '').padEnd(6, '0')
}

const place = { listener: 'influxdb', scheme: 'influxdb', query: '' } as const

const tableSchema = z.object({ columns: z.array(z.string()), values: z.array(z.array(z.unknown())) })
const recordedSchema = z.looseObject({
  series: z._default(z.array(z.extend(tableSchema, { name: z.string() })), []),
  retentionPolicies: z._default(z.array(tableSchema), []),
})

/** The database of a recording that was made with a real server. */
export function seriesDatabaseOf({ argv }: Recording, sinks: readonly SinkUse[]): string | undefined {
  const sink = sinks.find(isInfluxdb)
  if (!sink || !argv.some((argument) => argument.includes('<influxdb>'))) return undefined
  return valuesOf(sink, 'db')[0] ?? 'k8s'
}

/** The points and retention policies that such a recording found in the server. */
export function recordedSeries(
  recording: Recording,
  events: ReadonlyMap<string, KubernetesEvent>,
): ExpectedRequest[] {
  const { series, retentionPolicies } = z.parse(recordedSchema, recording)
  const request = { ...place, headers: {}, isJsonByValue: true, fate: 'once' } as const
  return [
    ...retentionPolicies.map((table) => ({
      ...request,
      method: 'SHOW',
      path: 'RETENTION POLICIES',
      body: JSON.stringify(table),
      delivered: false,
    })),
    ...series.flatMap(({ name, columns, values }) =>
      values.map((row) => {
        const told = Object.fromEntries(columns.map((column, at) => [column, row[at]]))
        // Larger than a number can tell exactly, and what is below a millisecond is the program's own.
        const body = rowBody(told, Math.floor(Number(told['time']) / 1e6))
        const event = [...events].find(([, { metadata }]) => metadata.uid === told['uid'])?.[0]
        return {
          ...request,
          method: 'SELECT',
          path: name,
          body,
          ...(event !== undefined && { event }),
          delivered: true,
        }
      }),
    ),
  ]
}

function rowBody({ value, ...row }: Readonly<Record<string, unknown>>, timeMs: number): string {
  const event: unknown = typeof value === 'string' ? JSON.parse(value) : undefined
  return JSON.stringify({ ...row, event, time: timeMs })
}

/** How often is looked for new points, ms. */
const lookEveryMs = 50

export interface SeriesRecorder {
  close(): Promise<void>
}

/** An InfluxDB server of its own, which tells each point that is new, and the retention policies once. */
export async function startSeriesRecorder(
  database: string,
  port: number,
  tell: (arrival: Arrival) => void,
): Promise<SeriesRecorder> {
  const server = await startInfluxdb({ port })
  const told: string[] = []
  const tellOnce = (method: string, path: string, body: string): void => {
    const key = `${method} ${path} ${body}`
    if (told.includes(key)) return
    told.push(key)
    tell({ ...place, method, path, headers: new Map(), body, status: 200, isTaken: true })
  }
  const look = async (): Promise<void> => {
    for (const { columns, values } of await tablesOf(server, `SHOW RETENTION POLICIES ON ${database}`)) {
      tellOnce('SHOW', 'RETENTION POLICIES', JSON.stringify({ columns, values }))
    }
    for (const { name = '', columns, values } of await tablesOf(server, 'SELECT * FROM /.*/', database)) {
      for (const row of values) {
        const point = Object.fromEntries(columns.map((column, at) => [column, row[at]]))
        tellOnce('SELECT', name, rowBody(point, Number(point['time'])))
      }
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

async function tablesOf(
  server: InfluxdbServer,
  statement: string,
  database?: string,
): Promise<Awaited<ReturnType<InfluxdbServer['ask']>>> {
  const tables = await server.ask(statement, database).catch((error: unknown) => {
    // There is none until the program makes it.
    if (error instanceof Error && error.message.includes('database not found')) return []
    throw error
  })
  return tables.filter(({ columns }) => !isDeepStrictEqual(columns, []))
}
