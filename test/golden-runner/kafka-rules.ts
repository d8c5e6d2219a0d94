/** The deliberate differences where events go to Kafka: keys, codecs, and a cluster that is away at the start. */
import type { Rule } from './rule.ts'
import type { WireExpectation } from './wire/expectation.ts'
import { objectOf } from './wire/expectation.ts'
import { originalMessage } from './wire/kafka.ts'
import { valuesOf } from './wire/sinks.ts'
import { createdWhileRunning } from './wire/timeline.ts'

const defect = (row: string) => ({ page: 'golden/wire/README.md, Plain defects', row }) as const

const oldProtocol = defect(
  'kafka: speaks the 0.8 protocol (message format 0), which current brokers refuse; the documented lz4 cannot work; the event is JSON within JSON; no key',
)

export const kafkaRules: readonly Rule<WireExpectation>[] = [
  {
    id: 'messages-have-every-codec',
    source: oldProtocol,
    applies: (run) =>
      run.end === 'failure' && run.sinks.some((sink) => ['lz4', 'zstd'].includes(codecOf(sink))),
    rewrite: withMessages,
  },
  {
    id: 'kafka-that-is-away-at-the-start-is-tried-again',
    source: defect(
      'a sink that cannot be reached at start is left out for the life of the process; alone, it ends it',
    ),
    applies: (run) =>
      run.recorderIsClosed &&
      run.sinks.some(isKafka) &&
      !run.requests.some(({ scheme }) => scheme === 'kafka'),
    rewrite: (run) => ({ ...withMessages(run), recorderOpens: true }),
  },
  {
    id: 'messages-have-the-object-as-key',
    source: oldProtocol,
    applies: (run) =>
      run.requests.some(({ scheme, headers }) => scheme === 'kafka' && headers['key'] === undefined),
    rewrite: (run) => ({
      ...run,
      requests: run.requests.map((request) => {
        const event = request.event === undefined ? undefined : run.events.get(request.event)
        if (request.scheme !== 'kafka' || event === undefined) return request
        return { ...request, headers: { ...request.headers, key: objectOf(event) } }
      }),
    }),
  },
]

const isKafka = ({ name }: WireExpectation['sinks'][number]): boolean => name === 'kafka'

function codecOf(sink: WireExpectation['sinks'][number]): string {
  const [codec = ''] = isKafka(sink) ? valuesOf(sink, 'compression') : []
  return codec
}

/** It runs, and tells each event. */
function withMessages(run: WireExpectation): WireExpectation {
  const messages = run.sinks.filter(isKafka).flatMap((sink) =>
    createdWhileRunning(run.steps).flatMap((id) => {
      const event = run.events.get(id)
      return event ? [originalMessage(sink, id, event)] : []
    }),
  )
  return { ...run, end: 'runs', requests: [...run.requests, ...messages] }
}
