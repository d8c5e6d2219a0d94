/** What Kafka is sent, held against recordings of kube-eventer. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Reader } from '@platformatic/kafka'
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../../domain/event.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import kafka from './index.ts'
import { messageForm } from './message.ts'
import { startBroker } from './testing/broker.ts'

interface Golden {
  readonly argv: readonly string[]
  readonly events: readonly string[]
  readonly requests: readonly {
    readonly produce?: { readonly records: readonly GoldenRecord[] }
    readonly sasl?: { readonly mechanism: string }
  }[]
}

interface GoldenRecord {
  readonly topic: string
  readonly compression: string
  readonly value: string
}

const folder = new URL('../../../test/golden/wire/', import.meta.url)
const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
const events = read<Readonly<Record<string, { readonly object: KubernetesEvent }>>>('events.json')

function occurrencesOf({ events: ids }: Golden): readonly Occurrence[] {
  return ids.map((id, at) => {
    const event = events[id]?.object
    assert.ok(event, id)
    return occurrenceOf({ kind: 'Event', apiVersion: 'v1', ...event }, at + 1)
  })
}

/** The value with the event's own JSON text read too. */
function readValue(text: string): unknown {
  const value: { readonly EventValue: string } = JSON.parse(text)
  return { ...value, EventValue: JSON.parse(value.EventValue) }
}

for (const name of ['default', 'topic-gzip', 'snappy', 'sasl']) {
  describe(`ke-kafka-${name}`, () => {
    it('is sent as recorded, with the object as key', async () => {
      const golden = read<Golden>(`ke-kafka-${name}.json`)
      const broker = await startBroker({ users: { alice: 's3cret' }, isOpen: true })
      const text = golden.argv.find((one) => one.startsWith('--sink='))?.slice('--sink='.length) ?? ''
      const { kit, own } = splitArgument(sinkArgument(text.replaceAll('<broker>', broker.endpoint)))
      const world = sinkWorld(4)
      const options = z.parse(kafka.schema, kafka.readArgument(own, kit).options)
      const sink = await kafka.open(options, world.context)
      try {
        await sink.send(occurrencesOf(golden), world.context.signal)
        assert.deepEqual(
          broker.messages.map(({ topic, codec, value, headers }) => ({
            topic,
            codec,
            value: readValue(value),
            headers,
          })),
          golden.requests
            .flatMap(({ produce }) => produce?.records ?? [])
            .map(({ topic, compression, value }) => ({
              topic,
              codec: compression,
              value: readValue(value),
              headers: {},
            })),
        )
        assert.deepEqual(
          broker.messages.map(({ key }) => key),
          occurrencesOf(golden).map(({ event }) => event.involvedObject.uid),
        )
        const wantsLogin = golden.requests.some(({ sasl }) => sasl?.mechanism === 'PLAIN')
        assert.equal(broker.logins.includes('PLAIN alice'), wantsLogin)
      } finally {
        await sink.close()
        await broker.close()
      }
    })
  })
}

describe('the other forms', () => {
  it('event: the bytes as the API server sent them', () => {
    const occurrence = occurrenceOf(podEvent(1, 'a "b" 中'))
    assert.deepEqual(messageForm('event').value(occurrence), Buffer.from(occurrence.raw))
  })

  it('cloudevents: an envelope around them, each state with an id of its own', () => {
    const { value, headers } = messageForm('cloudevents')
    const occurrence = { ...occurrenceOf(podEvent(1, 'a "b" 中')), cluster: 'east 1' }
    assert.deepEqual(JSON.parse(String(value(occurrence))), {
      specversion: '1.0',
      id: 'uid-1/1',
      source: '/clusters/east%201',
      type: 'io.kubernetes.event',
      subject: 'Pod/shop/web-1',
      time: '2024-05-06T09:30:15Z',
      datacontenttype: 'application/json',
      partitionkey: 'pod-1',
      data: occurrence.event,
    })
    const told = Reader.from(headers).readVarIntArray((one) => [one.readVarIntBytes(), one.readVarIntBytes()])
    assert.deepEqual(
      told.map((pair) => pair.map(String)),
      [['content-type', 'application/cloudevents+json; charset=UTF-8']],
    )
  })

  it('original: an event without any time has that of its arrival', () => {
    const { lastTimestamp: _, ...timeless } = podEvent(1)
    const value: { EventTimestamp: string } = JSON.parse(
      String(messageForm('original').value(occurrenceOf(timeless))),
    )
    assert.equal(value.EventTimestamp, '2024-05-06T12:00:00.25Z')
  })
})
