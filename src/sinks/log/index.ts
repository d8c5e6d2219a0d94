/** Writes events to standard output, one line each. */
import * as z from 'zod/mini'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import { zoneOf } from '../../sink-kit/event-time.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import type { ReadArgument, Sink, SinkArgument, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import type { ToLine } from './lines.ts'
import { jsonLine, originalLine } from './lines.ts'
import type { Output } from './write-out.ts'
import { outputTo } from './write-out.ts'

const schema = z.strictObject({
  format: z
    ._default(z.enum(['json', 'original'], 'is none of json, original'), 'json')
    .check(z.describe('`json`: the event as the API server sent it; `original`: time, count and message.')),
})

export type LogOptions = z.output<typeof schema>

export default defineSink({
  name: 'log',
  summary: 'Standard output: one JSON line an event',
  exporter: 'LogSink',
  schema,
  // One after another: lines of two writes must not mix, and the order of events is the order of lines.
  pace: {
    concurrency: 1,
    batchCount: 500,
    batchBytes: 1_048_576,
    lingerMs: 0,
    timeoutMs: 10_000,
    retryForMs: 'journal',
  },
  examples: [
    { title: 'One JSON line an event', argument: 'log' },
    { title: 'Time, count and message', argument: 'log:?ke.format=original' },
  ],
  readArgument,
  display: () => 'standard output',
  tellsReports: () => true,
  open: (options, context) => Promise.resolve(openLog(options, context, outputTo(process.stdout))),
})

const usedOptions = ['format'] as const

function readArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const ignored = argument.query.length > 0
  return {
    options: pickOptions(kit, usedOptions),
    filter: { level: 'all' },
    warnings: ignored
      ? ['the sink log has no options but those with `ke.`: the others do nothing, remove them']
      : [],
    errors: unusedOptions(kit, usedOptions),
  }
}

/** Opens the sink on any output. */
export function openLog(
  options: LogOptions,
  context: Pick<SinkContext, 'env' | 'signal'>,
  output: Output,
): Sink {
  const isJson = options.format === 'json'
  const toLine = options.format === 'original' ? originalLine(zoneOf(context.env)) : jsonLine
  /** A write that its reader has not taken: nothing more is written while it waits, or it would pile up. */
  let unread: Promise<Outcome> | undefined
  const write = async (textOf: () => Uint8Array, signal: AbortSignal): Promise<Outcome> => {
    if (unread) {
      const outcome = await untilAborted(unread, [signal, context.signal])
      if (outcome === standsStill) return outcome
    }
    const writing = writeAll(output, textOf())
    unread = writing
    const outcome = await untilAborted(writing, [signal, context.signal])
    if (outcome !== standsStill) unread = undefined
    return outcome
  }
  return {
    check: async () => {
      const outcome = await writeAll(output, new Uint8Array(0))
      if (outcome.kind === 'retry') throw new Error(outcome.detail)
    },
    send: async (batch, signal) => {
      const outcome = await write(() => linesOf(batch, toLine), signal)
      return batch.map(() => outcome)
    },
    report: (report, signal) =>
      write(
        () => Buffer.from(`${isJson ? JSON.stringify({ report: report.json() }) : report.text()}\n`),
        signal,
      ),
    close: () => Promise.resolve(),
  }
}

const standsStill: Outcome = {
  kind: 'retry',
  reason: 'timeout',
  detail: 'standard output: its reader stands still',
}

function linesOf(batch: readonly Occurrence[], toLine: ToLine): Uint8Array {
  const [first] = batch
  return batch.length === 1 && first ? toLine(first) : Buffer.concat(batch.map(toLine))
}

async function writeAll(output: Output, text: Uint8Array): Promise<Outcome> {
  try {
    await output.write(text)
    return delivered
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed'
    const why = code === 'EPIPE' ? 'nobody reads it any more' : 'it cannot be written'
    return { kind: 'retry', reason: 'unreachable', detail: `standard output: ${why} (${code})` }
  }
}

/** A reader that stands still makes a write last for ever. */
function untilAborted(writing: Promise<Outcome>, signals: readonly AbortSignal[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = (outcome: Outcome): void => {
      for (const signal of signals) signal.removeEventListener('abort', onAbort)
      resolve(outcome)
    }
    const onAbort = (): void => end(standsStill)
    for (const signal of signals) signal.addEventListener('abort', onAbort)
    if (signals.some(({ aborted }) => aborted)) onAbort()
    else void writing.then(end)
  })
}
