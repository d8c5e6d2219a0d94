/** The stand-in for MongoDB: the floor is the driver with the same documents. */
import { MongoClient, ObjectId } from 'mongodb'
import { documentsWith } from '../../src/sinks/mongo/documents.ts'
import type { EventDocument } from '../../src/sinks/mongo/documents.ts'
import mongo from '../../src/sinks/mongo/index.ts'
import { installMongo, startMongo } from '../../test/servers/mongo-server.ts'
import type { BenchedServer } from './server.ts'

const database = 'k8s'

export const mongoServer: BenchedServer = {
  name: 'mongo',
  title: "MongoDB's stand-in",
  pace: mongo.pace,
  install: installMongo,
  start: async () => {
    const server = await startMongo()
    return {
      address: `mongodb://${server.host}/`,
      sinkFor: (place) => `mongo:?mongodb://${server.host}/?ssl=false&ke.collection=${place}`,
      makePlace: async () => {},
      countOf: (place) =>
        server.withClient((client) => client.db(database).collection(place).countDocuments()),
      close: () => server.close(),
    }
  },
  openFloor: async (address, place) => {
    const client = await new MongoClient(address, { maxPoolSize: mongo.pace.concurrency }).connect()
    const collection = client.db(database).collection<EventDocument>(place)
    const toDocument = documentsWith(ObjectId)
    return {
      prepare: (batch) => {
        const documents = batch.map(toDocument)
        return async () => void (await collection.insertMany(documents, { ordered: false }))
      },
      close: () => client.close(),
    }
  },
}
