/** For tests: a search engine behind HTTP, and a sink opened on it as a command line says. */
import assert from 'node:assert/strict'
import * as z from 'zod/mini'
import { splitArgument } from '../../../sink-kit/split-argument.ts'
import { startReceiver } from '../../../sink-kit/testing/http-receiver.ts'
import type { HttpReceiver, Received, Reply } from '../../../sink-kit/testing/http-receiver.ts'
import { sinkArgument, sinkWorld } from '../../../sink-kit/testing/sink-world.ts'
import type { Sink } from '../../../sink-kit/sink.ts'
import elasticsearch from '../index.ts'
import { SearchEngineDouble } from './search-engine.ts'
import type { SearchEngineSettings } from './search-engine.ts'

/** What the engine answers to a request as it came. */
export function answerOf(engine: SearchEngineDouble, { method, target, headers, body }: Received): Reply {
  return engine.answer({ method, target, contentType: headers['content-type'], body })
}

export interface EngineAndSink {
  readonly engine: SearchEngineDouble
  readonly receiver: HttpReceiver
  readonly sink: Sink
  /** Log lines so far. */
  readonly logged: readonly string[]
}

export interface RunOptions extends Partial<SearchEngineSettings> {
  /** Answers before the engine does, where it answers anything. */
  readonly before?: (request: Received) => Reply | undefined
  readonly env?: Readonly<Record<string, string>>
}

/** `query` follows `sniff=false`. */
export async function withEngine(
  query: string,
  options: RunOptions,
  use: (parts: EngineAndSink) => Promise<void>,
): Promise<void> {
  const { before, env, ...settings } = options
  const engine = new SearchEngineDouble({ version: '8.19.21', ...settings })
  const receiver = await startReceiver()
  receiver.reply((request) => before?.(request) ?? answerOf(engine, request))
  const { sink, logged } = await openSink(`elasticsearch:http://${receiver.host}?sniff=false${query}`, env)
  try {
    await use({ engine, receiver, sink, logged })
  } finally {
    await sink.close()
    await receiver.close()
  }
}

/** Opens the sink of `--sink=<text>`. */
export async function openSink(
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly sink: Sink; readonly logged: readonly string[] }> {
  const { kit, own, problems } = splitArgument(sinkArgument(text))
  assert.deepEqual(problems, [])
  const { options, errors } = elasticsearch.readArgument(own, kit)
  assert.deepEqual(errors, [])
  const { context, logged } = sinkWorld(2, { TZ: 'UTC', ...env })
  return { sink: await elasticsearch.open(z.parse(elasticsearch.schema, options), context), logged }
}
