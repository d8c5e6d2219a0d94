/** MySQL and MariaDB: a row an event, many rows a statement. */
import { zoneOf } from '../../sink-kit/event-time.ts'
import { redactorFor } from '../../sink-kit/secrets.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { readMysqlArgument } from './argument.ts'
import { readDsn, shownAddress } from './dsn.ts'
import type { MysqlOptions } from './options.ts'
import { mysqlSchema } from './options.ts'
import { readParameters } from './parameters.ts'
import { Sessions } from './sessions.ts'
import { readTableName } from './table.ts'
import { tlsUseOf } from './tls-use.ts'
import { Writer } from './writer.ts'

export default defineSink({
  name: 'mysql',
  summary: 'MySQL and MariaDB: a row an event',
  exporter: 'MySQL Sink',
  schema: mysqlSchema,
  // Two: one statement is made while the server works on the other.
  pace: {
    concurrency: 2,
    batchCount: 500,
    batchBytes: 1_048_576,
    lingerMs: 1_000,
    timeoutMs: 10_000,
    retryForMs: 'journal',
    order: 'any',
  },
  examples: [
    {
      title: 'Into the table kube_event, which is made where there is none',
      argument: 'mysql:?writer:example-password@tcp(<endpoint>)/events?charset=utf8mb4',
    },
    {
      title: 'Into a table of another name, in the zone of the session',
      argument:
        'mysql:?writer:example-password@tcp(<endpoint>)/events?time_zone=%27%2B08:00%27&table=cluster_events',
    },
  ],
  readArgument: readMysqlArgument,
  display: ({ dsn }) => {
    const read = readDsn(dsn)
    return read.ok ? shownAddress(read.dsn.address) : '…'
  },
  open: openMysql,
})

async function openMysql(options: MysqlOptions, context: SinkContext): Promise<Sink> {
  const read = readDsn(options.dsn)
  const table = readTableName(options.table)
  if (!read.ok || table === undefined) throw new Error('the options have not been checked')
  const { dsn } = read
  const { settings } = readParameters(dsn.parameters)
  const server = shownAddress(dsn.address)
  const redact = redactorFor('', [options.dsn, dsn.password, options.password ?? '', dsn.user])
  const sessions = new Sessions(await import('mysql2'), {
    options,
    dsn,
    settings,
    tls: tlsUseOf(settings.tls, options),
    table,
    zone: zoneOf(context.env),
    env: context.env,
    log: context.log,
  })
  const writer = new Writer(sessions, { server, redact, clock: context.clock, closed: context.signal })
  return {
    check: (signal) => writer.check(signal),
    send: (batch, signal) => writer.send(batch, signal),
    close: () => sessions.close(),
  }
}
