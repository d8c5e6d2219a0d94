/** Kafka: one message an event, keyed by the object, written once even where a broker has to be asked twice. */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { compileText } from '../../sink-kit/text-template.ts'
import type { RenderedText } from '../../sink-kit/text-template.ts'
import { loadSecureContext, tlsOf } from '../../sink-kit/trust.ts'
import { readKafkaArgument } from './argument.ts'
import type { Cluster, ClusterOptions } from './cluster.ts'
import { failureOf } from './failures.ts'
import { keyOf, messageForm } from './message.ts'
import type { KafkaOptions } from './options.ts'
import { isTopicName, kafkaSchema } from './options.ts'
import { Producer } from './producer.ts'
import type { ProducerRecord } from './producer.ts'

export default defineSink({
  name: 'kafka',
  summary: 'Apache Kafka: one message an event',
  exporter: 'Apache Kafka Sink',
  schema: kafkaSchema,
  pace: {
    concurrency: 4,
    batchCount: 250,
    batchBytes: 524_288,
    lingerMs: 20,
    timeoutMs: 10_000,
    retryForMs: 'journal',
  },
  examples: [
    {
      title: 'The form of kube-eventer, two brokers',
      argument: 'kafka:?brokers=<endpoint>&brokers=<endpoint>',
    },
    {
      title: 'The events as they are, compressed, a topic a namespace',
      argument:
        'kafka:?brokers=<endpoint>&compression=zstd&ke.format=event&ke.topic=k8s-{{.InvolvedObject.Namespace}}',
    },
    {
      title: 'CloudEvents',
      argument: 'kafka:?brokers=<endpoint>&eventstopic=k8s-events&compression=lz4&ke.format=cloudevents',
    },
  ],
  readArgument: readKafkaArgument,
  display: ({ brokers }) => shownBrokers(brokers),
  open: openKafka,
})

/** Errors name the cluster by its first broker. */
function shownBrokers([first = '', ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} (and ${others.length} more)`
}

async function openKafka(options: KafkaOptions, context: SinkContext): Promise<Sink> {
  const topicOf = await topicOfEach(options.topic, context)
  const tls = await loadTls(options, context)
  const { brokers, user: username, password, saslMechanism: mechanism, compression } = options
  // The client takes 11 MiB: only who opens a sink pays for it.
  const { Cluster } = await import('./cluster.ts')
  const shown = shownBrokers(brokers)
  const cluster = new Cluster(
    {
      brokers,
      compression,
      ...(username !== undefined && password !== undefined && { sasl: { mechanism, username, password } }),
      ...(tls && { tls }),
    },
    () =>
      context.log.warn('the brokers allow no idempotent writes: an event may be stored twice', {
        brokers: shown,
        remedy: 'grant the user IdempotentWrite on the cluster',
      }),
  )
  const producer = new Producer(cluster, shown)
  const stop = (): void => producer.stop()
  context.signal.addEventListener('abort', stop, { once: true })
  const form = messageForm(options.format)
  const recordOf = (occurrence: Occurrence, topic: string): ProducerRecord => ({
    id: occurrence.offset,
    topic,
    key: keyOf(occurrence),
    value: form.value(occurrence),
    timestampMs: Math.floor(occurrence.arrivedAtMs),
    headers: form.headers,
  })
  return {
    check: (signal) => untilAborted(check(cluster, options.topic, shown), signal, shown),
    send: async (batch, signal) => {
      const outcomes: (Outcome | undefined)[] = []
      const records: ProducerRecord[] = []
      for (const occurrence of batch) {
        const topic = topicOf(occurrence)
        if (topic.kind === 'text') {
          records.push(recordOf(occurrence, topic.text))
          outcomes.push(undefined)
        } else outcomes.push({ kind: 'rejected', reason: 'template-failed', detail: topic.detail })
      }
      const produced = (await producer.produce(records, signal)).values()
      return outcomes.flatMap((outcome) => outcome ?? produced.next().value ?? [])
    },
    close: async () => {
      context.signal.removeEventListener('abort', stop)
      producer.stop()
      await cluster.close()
    },
  }
}

/** The topic of an event; where a template gives it, what it gives may be no name. */
async function topicOfEach(topic: string, { env }: SinkContext): Promise<(one: Occurrence) => RenderedText> {
  const fixed: RenderedText = { kind: 'text', text: topic }
  if (!topic.includes('{{')) return () => fixed
  const render = await compileText('topic', topic, env)
  return (occurrence) => {
    const rendered = render(occurrence)
    if (rendered.kind === 'failed' || isTopicName(rendered.text)) return rendered
    return {
      kind: 'failed',
      detail: `option \`topic\`: ${JSON.stringify(rendered.text)} is no name for a topic`,
    }
  }
}

async function loadTls(options: KafkaOptions, { env, log }: SinkContext): Promise<ClusterOptions['tls']> {
  const given = tlsOf(options)
  if (!(options.tls ?? Object.keys(given).length > 0)) return undefined
  const { insecure, serverName } = options
  if (insecure) {
    log.warn("the brokers' certificates are not verified: anybody on the way can read and change events", {
      brokers: shownBrokers(options.brokers),
      remedy: 'name the authority with cacert=/path (YAML: ca) and remove insecuressl',
    })
  }
  const context = await loadSecureContext(given, env)
  return { context, verify: !insecure, serverName }
}

/** What `work` gives, or an error once `signal` aborts: a broker that hangs is waited for no longer. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal, shown: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error(`${shown}: no answer in time`))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** Reaches the cluster, logs in, and asks whether the user may write; writes nothing and makes no topic. */
async function check(cluster: Cluster, topic: string, shown: string): Promise<void> {
  try {
    await cluster.identity()
    // Which topics a template gives is known when events come.
    if (topic.includes('{{')) return
    switch (await cluster.accessTo(topic)) {
      case 'may-write':
      case 'is-made':
      case 'unknown':
        return
      case 'may-not-write':
        throw new Error(`${shown}: the user may not write to the topic ${topic}: grant it Write there`)
      case 'no-such-topic':
        throw new Error(
          `${shown}: the topic ${topic} is not there, and the brokers do not say that they make topics by ` +
            'themselves (auto.create.topics.enable): create it',
        )
    }
  } catch (error) {
    if (error instanceof Error && error.message.startsWith(`${shown}: `)) throw error
    throw new Error(failureOf(error, { brokers: shown, topic, mayBeStored: false }).text, { cause: error })
  }
}
