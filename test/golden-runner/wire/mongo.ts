/** Documents in MongoDB, in the form of requests: database and collection are the path, the document is the body. */
import { BSON } from 'mongodb'
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { startServerDouble } from '../../../src/sinks/mongo/testing/server.ts'
import type { ServerDouble } from '../../../src/sinks/mongo/testing/server.ts'
import type { Arrival, ExpectedRequest } from './requests.ts'
import type { RecordedRequest } from './recording.ts'
import type { ListenerName } from './sinks.ts'

const place = { scheme: 'mongodb', method: 'insert', query: '' } as const

const insertSchema = z.looseObject({
  insert: z.string(),
  $db: z.string(),
  documents: z.array(z.looseObject({ event_id: z.string() })),
})

/** Where a command line's MongoDB sink sends. */
export function mongoListener(argv: readonly string[]): ListenerName | undefined {
  const names = argv.map((argument) => /^--?sink=mongo:\?mongodb:\/\/<(recorder2?)>/.exec(argument)?.[1])
  const found = names.find((name) => name !== undefined)
  return found === 'recorder' || found === 'recorder2' ? found : undefined
}

/** The documents of a recording. */
export function recordedInserts(
  requests: readonly RecordedRequest[],
  argv: readonly string[],
  events: ReadonlyMap<string, KubernetesEvent>,
): ExpectedRequest[] {
  const listener = mongoListener(argv)
  if (listener === undefined) return []
  return requests.flatMap(({ opMsg }) => {
    const read = z.safeParse(insertSchema, opMsg)
    if (!read.success) return []
    const { $db, insert, documents } = read.data
    return documents.map((document): ExpectedRequest => {
      const event = [...events].find(([, { metadata }]) => metadata.uid === document.event_id)?.[0]
      return {
        ...place,
        listener,
        path: `${$db}.${insert}`,
        headers: {},
        body: JSON.stringify(document),
        isJsonByValue: true,
        ...(event !== undefined && { event }),
        fate: 'once',
        delivered: true,
      }
    })
  })
}

/** A server on the loopback address, which tells each document that it stores. */
export function startDocumentRecorder(
  listener: ListenerName,
  tell: (arrival: Arrival) => void,
  port: number,
): Promise<ServerDouble> {
  return startServerDouble({
    port,
    stored: ({ namespace, document }) =>
      tell({
        ...place,
        listener,
        path: namespace,
        headers: new Map(),
        body: bodyOf(document),
        status: 200,
        isTaken: true,
      }),
  })
}

/** As recordings have it: a fresh id is a placeholder, a date is a date. */
function bodyOf(document: BSON.Document): string {
  const { _id: id, ...fields } = document
  const told: unknown = BSON.EJSON.serialize(fields, { relaxed: true })
  return JSON.stringify({ _id: id instanceof BSON.ObjectId ? { $oid: '<objectid>' } : id, ...Object(told) })
}
