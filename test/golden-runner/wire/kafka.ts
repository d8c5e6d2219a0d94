/** Messages to Kafka, in the form of requests: the topic is the path, what else is told stands in headers. */
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { startBroker } from '../../../src/sinks/kafka/testing/broker.ts'
import type { BrokerMessage, TestBroker } from '../../../src/sinks/kafka/testing/broker.ts'
import type { Arrival, ExpectedRequest } from './requests.ts'
import type { RecordedRequest } from './recording.ts'
import type { SinkUse } from './sinks.ts'
import { valuesOf } from './sinks.ts'
import * as z from 'zod/mini'

const place = { listener: 'broker', scheme: 'kafka', method: 'produce', query: '' } as const

/** What `produce` holds, in the versions of the protocol that the original speaks. */
const produceSchema = z.looseObject({
  records: z.array(
    z.looseObject({
      topic: z.string(),
      compression: z.string(),
      key: z.nullable(z.string()),
      value: z.string(),
    }),
  ),
})

const saslSchema = z.looseObject({ mechanism: z.string(), token: z.string() })

/** The messages of a recording, each with the login of its connection. */
export function recordedMessages(
  requests: readonly RecordedRequest[],
  events: ReadonlyMap<string, KubernetesEvent>,
): ExpectedRequest[] {
  const logins = requests.flatMap(({ sasl }) => {
    const read = z.safeParse(saslSchema, sasl)
    return read.success
      ? [`${read.data.mechanism} ${read.data.token.replaceAll(String.raw`\0`, ' ').trim()}`]
      : []
  })
  return requests
    .flatMap(({ produce }) => {
      const read = z.safeParse(produceSchema, produce)
      return read.success ? read.data.records : []
    })
    .map(({ topic, compression, key, value }) => {
      const body = withEventRead(value)
      const event = [...events].find(([, { metadata }]) => body.includes(metadata.uid ?? '\0'))?.[0]
      return {
        ...place,
        path: topic,
        headers: {
          compression,
          ...(key !== null && { key }),
          ...(logins[0] !== undefined && { login: logins[0] }),
        },
        body,
        isJsonByValue: true,
        ...(event !== undefined && { event }),
        fate: 'once',
        delivered: true,
      }
    })
}

/** The message that the original would have sent of an event that has a time. */
export function originalMessage(sink: SinkUse, id: string, event: KubernetesEvent): ExpectedRequest {
  const { kind: _kind, apiVersion: _apiVersion, ...value } = event
  const { lastTimestamp, eventTime, involvedObject, metadata, source } = value
  const isPod = involvedObject.kind === 'Pod'
  return {
    ...place,
    path: valuesOf(sink, 'eventstopic')[0] ?? 'heapster-events',
    headers: { compression: valuesOf(sink, 'compression')[0] ?? 'none' },
    body: JSON.stringify({
      EventValue: value,
      EventTimestamp: lastTimestamp ?? eventTime,
      EventTags: {
        eventID: metadata.uid,
        hostname: source?.host ?? '',
        ...(isPod && { pod_id: involvedObject.uid, pod_name: involvedObject.name }),
      },
    }),
    isJsonByValue: true,
    event: id,
    fate: 'once',
    delivered: true,
  }
}

/** A broker on the loopback address, which tells each message that it stores; anybody may log in. */
export function startMessageRecorder(tell: (arrival: Arrival) => void, port?: number): Promise<TestBroker> {
  const stored = ({ topic, key, value, codec, login, password }: BrokerMessage): void =>
    tell({
      ...place,
      path: topic,
      headers: new Map([
        ['compression', codec],
        ['key', key],
        ['login', login === '' ? '' : `${login} ${password}`],
      ]),
      body: withEventRead(value),
      status: 200,
      isTaken: true,
    })
  return startBroker({ takesEveryLogin: true, stored, ...(port !== undefined && { port }) })
}

/** The value with the text of its event read, since that is compared by value too. */
function withEventRead(text: string): string {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('EventValue' in value)) return text
  if (typeof value.EventValue !== 'string') return text
  return JSON.stringify({ ...value, EventValue: JSON.parse(value.EventValue) })
}
