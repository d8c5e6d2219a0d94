/** InfluxDB: a point an event, in a database of InfluxDB 1 or a bucket of InfluxDB 2 and 3. */
import { openHttpClient } from '../../sink-kit/http-client.ts'
import { displayUrl, redactorFor } from '../../sink-kit/secrets.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { tlsOf } from '../../sink-kit/trust.ts'
import { writeApi } from './api.ts'
import { readInfluxdbArgument } from './argument.ts'
import { checkWrite } from './check.ts'
import { Database } from './database.ts'
import type { InfluxdbOptions } from './options.ts'
import { influxdbSchema } from './options.ts'
import { Writer } from './writer.ts'

export default defineSink({
  name: 'influxdb',
  summary: 'InfluxDB 1, 2 and 3: a point an event',
  exporter: 'InfluxDB Sink',
  schema: influxdbSchema,
  pace: {
    concurrency: 2,
    batchCount: 200,
    batchBytes: 2 * 1_048_576,
    lingerMs: 1_000,
    // A server that compacts takes its time for a batch, and is no better for getting it twice.
    timeoutMs: 30_000,
    retryForMs: 'journal',
    // Each state is a point of its own.
    order: 'any',
  },
  examples: [
    {
      title: 'InfluxDB 1, with a database and a user',
      argument:
        'influxdb:http://<endpoint>?db=events&user=writer&pw=example-password&withfields=true&ke.tags=bounded',
    },
    {
      title: 'InfluxDB 2 or 3, with a bucket and a token',
      argument:
        'influxdb:http://<endpoint>?withfields=true&ke.bucket=events&ke.org=example&ke.token=example-token&ke.tags=bounded',
    },
    {
      title: 'As in kube-eventer, kept for thirty days',
      argument: 'influxdb:http://<endpoint>?retention=30d',
    },
  ],
  readArgument: readInfluxdbArgument,
  display: ({ url }) => displayUrl(url),
  open: openInfluxdb,
})

async function openInfluxdb(options: InfluxdbOptions, context: SinkContext): Promise<Sink> {
  const { log, clock, env, signal, concurrency } = context
  const redact = redactorOf(options)
  if (options.insecure) {
    log.warn(
      "the server's certificate is not verified: whoever is in between can read and change all; " +
        'name the authority that signed it with `ke.ca=/path`',
    )
  }
  const client = await openHttpClient({
    url: options.url,
    tls: tlsOf(options),
    concurrency,
    env,
    signal,
  })
  const api = writeApi(options)
  const { headers } = api
  const { retention } = options
  const database =
    api.database === undefined
      ? undefined
      : new Database({ client, headers, name: api.database, retention, log, clock, redact })
  const writer = new Writer({
    client,
    api,
    database,
    points: { withFields: options.withfields, tags: options.tags, clusterName: options.cluster_name },
    gzip: options.gzip ?? false,
    clock,
    redact,
  })
  return {
    check: (slot) => checkWrite({ host: client.host, writer, database, clock, redact }, slot),
    send: (batch, slot) => writer.send(batch, slot),
    close: () => client.close(),
  }
}

function redactorOf({ url, user, pw, token }: InfluxdbOptions): Redactor {
  const secrets = pw === undefined ? [] : [pw, Buffer.from(`${user ?? ''}:${pw}`, 'utf8').toString('base64')]
  return redactorFor(url, [...secrets, ...(token === undefined ? [] : [token])])
}
