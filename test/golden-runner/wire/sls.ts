/** Logs to SLS, in the form of requests: one for each of a group; how they are grouped is free. */
import type { IncomingMessage } from 'node:http'
import * as z from 'zod/mini'
import { decodeLogGroup, valuesOf as valuesOfLog } from '../../../src/sinks/sls/testing/log-group-message.ts'
import type { LogGroup } from '../../../src/sinks/sls/testing/log-group-message.ts'
import { decompressBlock } from '../../../src/sinks/sls/testing/lz4-decoder.ts'
import { authorizationOf } from '../../../src/sinks/sls/testing/signature.ts'
import type { Arrival } from './requests.ts'
import type { RecordedRequest } from './recording.ts'
import type { SinkUse } from './sinks.ts'
import { valuesOf } from './sinks.ts'

const groupSchema = z.looseObject({
  Topic: z.string(),
  Source: z.string(),
  Logs: z.array(
    z.object({ Time: z.number(), Contents: z.array(z.object({ Key: z.string(), Value: z.string() })) }),
  ),
})

/** Recorded requests with each log of a group as one of its own; what the original sent again stands there once. */
export function recordedLogs(requests: readonly RecordedRequest[]): readonly RecordedRequest[] {
  const seen = new Set<string>()
  return requests.flatMap((request): readonly RecordedRequest[] => {
    const group = z.safeParse(groupSchema, request['logGroup'])
    if (!group.success) return [request]
    // The original was given a proxy, which gets whole URLs: nobody resolves the project's name.
    const path = request.path?.replace(/^http:\/\/[^/]*/, '')
    return textsOf(group.data)
      .filter((body) => !seen.has(body) && seen.add(body))
      .map((body) => ({ ...request, path, body }))
  })
}

/** What a program says; what the original's client library writes into its log is none of it. */
export function withoutClientsLog(stdout: string | undefined): string | undefined {
  const isLog = stdout?.split('\n').every((line) => line === '' || /^level=\w+ time=\S+ caller=/.test(line))
  return isLog === true && stdout !== '' ? undefined : stdout
}

/** What the recorder has to know to recompute signatures. */
export interface LogKeys {
  readonly region: string
  readonly secret: string
}

/** Of the first sink that writes to SLS. */
export function logKeysOf(sinks: readonly SinkUse[]): LogKeys | undefined {
  const sink = sinks.find(({ name }) => name === 'sls')
  if (!sink) return undefined
  const [region = '', secret = ''] = ['regionId', 'accessKeySecret'].map((name) => valuesOf(sink, name)[0])
  return { region, secret }
}

/** A group's body as lines, one a log; `undefined` where the request is no group. */
export function logLines(
  request: IncomingMessage,
  body: Buffer,
  keys: LogKeys | undefined,
): string | undefined {
  if (!keys || request.headers['content-type'] !== 'application/x-protobuf') return undefined
  if (request.headers.authorization !== authorizationOf(request, body, keys.region, keys.secret)) {
    return 'its signature is wrong'
  }
  const rawSize = Number(request.headers['x-log-bodyrawsize'])
  return textsOf(decodeLogGroup(decompressBlock(body, rawSize))).join('\n')
}

/** Each log of a group as an arrival of its own. */
export function arrivedLogs(arrival: Arrival): readonly Arrival[] {
  return arrival.body.split('\n').map((body) => ({ ...arrival, body }))
}

/** Each log as JSON, with the event in it read, since that is compared by value too. */
function textsOf({ Topic, Source, Logs }: LogGroup): string[] {
  return Logs.map((log) => {
    const { eventId = 'null', ...fields } = valuesOfLog(log)
    const order = log.Contents.slice(0, 3).map(({ Key }) => Key)
    return JSON.stringify({ Topic, Source, Time: log.Time, order, ...fields, eventId: JSON.parse(eventId) })
  })
}
