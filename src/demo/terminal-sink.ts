/** The demo's own sink: hands what is delivered to a person who watches, as readable lines or as a live view. */
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../domain/event.ts'
import type { Occurrence } from '../domain/occurrence.ts'
import { delivered } from '../domain/outcome.ts'
import { defineSink } from '../sink-kit/sink.ts'

export interface TerminalOutput {
  /** `Normal`: Warnings and Normal. */
  readonly level: 'Normal' | 'Warning'
  /** Resolves when it is taken. */
  show(occurrences: readonly Occurrence[]): Promise<void>
}

export function terminalSink(output: TerminalOutput): ReturnType<typeof declare> {
  return declare(output)
}

function declare(output: TerminalOutput) {
  return defineSink({
    name: 'terminal',
    summary: 'A readable line an event',
    exporter: 'Terminal',
    schema: z.strictObject({}),
    pace: {
      concurrency: 1,
      batchCount: 100,
      batchBytes: 1_048_576,
      lingerMs: 0,
      timeoutMs: 10_000,
      retryForMs: 'journal',
    },
    examples: [{ title: 'In the demo', argument: 'terminal' }],
    readArgument: () => ({ options: {}, filter: { level: output.level }, warnings: [] }),
    display: () => 'this terminal',
    open: async () => ({
      check: async () => {},
      close: async () => {},
      send: async (batch) => {
        await output.show(batch)
        return batch.map(() => delivered)
      },
    }),
  })
}

const yellow = '\u001b[33m'
const dim = '\u001b[2m'
const plain = '\u001b[0m'

/** `17:30:15  BackOff            Pod shop/checkout-1 ×17  Back-off restarting failed container` */
export function readableLine({ event, arrivedAtMs }: Occurrence, colour: boolean): string {
  const paint = (code: string, text: string): string => (colour ? `${code}${text}${plain}` : text)
  const reason = (event.reason ?? '?').padEnd(18)
  return [
    paint(dim, timeOfDay(arrivedAtMs)),
    event.type === 'Warning' ? paint(yellow, reason) : reason,
    objectText(event),
    `${paint(dim, oneLine(event.message ?? ''))}\n`,
  ].join('  ')
}

/** `17:30:15`, as this machine's zone has it. */
export function timeOfDay(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8)
}

/** `Pod shop/web-0 ×17` */
export function objectText(event: KubernetesEvent): string {
  const { kind = '?', namespace, name = '?' } = event.involvedObject
  const count = event.series?.count ?? event.count ?? 1
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}${count > 1 ? ` ×${count}` : ''}`
}

/** A message may hold line breaks and, from a hostile workload, control characters. */
function oneLine(text: string): string {
  const line = text.replaceAll(/\p{Cc}+/gu, ' ').trim()
  return line.length > 120 ? `${line.slice(0, 119)}…` : line
}
