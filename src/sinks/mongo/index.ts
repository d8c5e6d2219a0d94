/** MongoDB: a document an event, many documents a request. */
import { redactorFor } from '../../sink-kit/secrets.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { tlsOf } from '../../sink-kit/trust.ts'
import { readMongoArgument } from './argument.ts'
import { Client } from './client.ts'
import { documentsWith } from './documents.ts'
import type { MongoOptions } from './options.ts'
import { expiryMs, mongoSchema } from './options.ts'
import { clientUri, readMongoUri, shownUri } from './uri.ts'
import { Writer } from './writer.ts'

export default defineSink({
  name: 'mongo',
  summary: 'MongoDB: a document an event',
  exporter: 'Mongo Sink',
  schema: mongoSchema,
  // Two: one request is made while the server works on the other.
  pace: {
    concurrency: 2,
    batchCount: 200,
    batchBytes: 1_048_576,
    lingerMs: 1_000,
    timeoutMs: 10_000,
    retryForMs: 'journal',
    order: 'any',
  },
  examples: [
    {
      title: 'Into the collection event of the database k8s',
      argument: 'mongo:?mongodb://<endpoint>/?ssl=false',
    },
    {
      title: 'Into a collection of another name, whose documents the server deletes after 30 days',
      argument:
        'mongo:?mongodb://<endpoint>/?w=1&ke.database=cluster&ke.collection=events&ke.expireAfter=720h',
    },
  ],
  readArgument: readMongoArgument,
  display: ({ uri }) => shownUri(uri),
  open: openMongo,
})

async function openMongo(options: MongoOptions, context: SinkContext): Promise<Sink> {
  const read = readMongoUri(options.uri)
  if (!read.ok) throw new Error('the options have not been checked')
  const { userinfo = '' } = read.uri
  const mongodb = await import('mongodb')
  const client = new Client(mongodb, {
    uri: clientUri(read.uri, tlsOf(options), options.password),
    database: options.database,
    collection: options.collection,
    concurrency: context.concurrency,
    env: context.env,
  })
  const writer = new Writer(client, {
    toDocument: documentsWith(mongodb.ObjectId),
    told: {
      server: read.uri.hosts,
      redact: redactorFor(`mongodb://${userinfo}@${read.uri.hosts}/`, [options.uri, options.password ?? '']),
    },
    expireAfterMs: options.expireAfter === undefined ? undefined : expiryMs(options.expireAfter),
    log: context.log,
    closed: context.signal,
  })
  return {
    check: (signal) => writer.check(signal),
    send: (batch, signal) => writer.send(batch, signal),
    close: () => client.close(),
  }
}
