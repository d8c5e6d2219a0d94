/** Kafka: the floor is the producer of the client library, with the same messages. */
import { Admin, ListOffsetTimestamps, Producer, stringSerializers } from '@platformatic/kafka'
import kafka from '../../src/sinks/kafka/index.ts'
import { keyOf, messageForm } from '../../src/sinks/kafka/message.ts'
import { installKafka, startKafka } from '../../test/servers/kafka.ts'
import type { BenchedServer } from './server.ts'

const partitions = 4

export const kafkaServer: BenchedServer = {
  name: 'kafka',
  title: 'Kafka 4.3',
  pace: kafka.pace,
  install: installKafka,
  start: async () => {
    const broker = await startKafka()
    const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [broker.plaintext] })
    return {
      address: broker.plaintext,
      sinkFor: (place) => `kafka:?brokers=${broker.plaintext}&eventstopic=${place}`,
      makePlace: (place) => broker.makeTopic(place, partitions),
      countOf: async (place) => {
        const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({
          partitionIndex,
          timestamp: ListOffsetTimestamps.LATEST,
        }))
        const topics = await admin.listOffsets({ topics: [{ name: place, partitions: asked }] })
        return topics
          .flatMap((topic) => topic.partitions)
          .reduce((sum, { offset }) => sum + Number(offset), 0)
      },
      close: async () => {
        await admin.close()
        await broker.close()
      },
    }
  },
  openFloor: (address, place) => {
    const producer = new Producer<Buffer, Buffer, string, string>({
      clientId: 'bench-floor',
      bootstrapBrokers: [address],
      idempotent: true,
      maxInflights: 64,
      serializers: { ...stringSerializers, key: asItIs, value: asItIs },
    })
    const { value } = messageForm('original')
    return Promise.resolve({
      prepare: (batch) => {
        const messages = batch.map((occurrence) => ({
          topic: place,
          key: keyOf(occurrence),
          value: value(occurrence),
        }))
        return async () => void (await producer.send({ messages }))
      },
      close: () => producer.close(),
    })
  },
}

function asItIs(bytes: Buffer | undefined): Buffer | undefined {
  return bytes
}
