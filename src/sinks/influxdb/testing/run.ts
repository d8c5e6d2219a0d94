/** For tests: a server behind HTTP, and a sink opened on it as a command line says. */
import assert from 'node:assert/strict'
import * as z from 'zod/mini'
import { splitArgument } from '../../../sink-kit/split-argument.ts'
import { startReceiver } from '../../../sink-kit/testing/http-receiver.ts'
import type { HttpReceiver, Received, Reply } from '../../../sink-kit/testing/http-receiver.ts'
import { sinkArgument, sinkWorld } from '../../../sink-kit/testing/sink-world.ts'
import type { Sink } from '../../../sink-kit/sink.ts'
import influxdb from '../index.ts'
import { InfluxDouble } from './influx.ts'
import type { InfluxSettings } from './influx.ts'

export interface ServerAndSink {
  readonly server: InfluxDouble
  readonly receiver: HttpReceiver
  readonly sink: Sink
  /** Log lines so far. */
  readonly logged: readonly string[]
}

export interface RunOptions extends InfluxSettings {
  /** Follows the host: `?db=events`. */
  readonly query?: string
  /** Answers before the server does, where it answers anything. */
  readonly before?: (request: Received) => Reply | undefined
}

export async function withServer(
  { query = '', before, ...settings }: RunOptions,
  use: (parts: ServerAndSink) => Promise<void>,
): Promise<void> {
  const server = new InfluxDouble(settings)
  const receiver = await startReceiver()
  receiver.reply((request) => before?.(request) ?? server.answer(request))
  const { sink, logged } = await openSink(`influxdb:http://${receiver.host}${query}`)
  try {
    await use({ server, receiver, sink, logged })
  } finally {
    await sink.close()
    await receiver.close()
  }
}

/** Opens the sink of `--sink=<text>`. */
export async function openSink(
  text: string,
): Promise<{ readonly sink: Sink; readonly logged: readonly string[] }> {
  const { kit, own, problems } = splitArgument(sinkArgument(text))
  assert.deepEqual(problems, [])
  const { options, errors } = influxdb.readArgument(own, kit)
  assert.deepEqual(errors, [])
  const { context, logged } = sinkWorld(2)
  return { sink: await influxdb.open(z.parse(influxdb.schema, options), context), logged }
}
