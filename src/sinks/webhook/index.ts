/** Generic webhook: one HTTP request an event. */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { zoneOf } from '../../sink-kit/event-time.ts'
import type { HttpSender } from '../../sink-kit/http.ts'
import { openHttp } from '../../sink-kit/http.ts'
import { quotaAt } from '../../sink-kit/platform.ts'
import { displayUrl } from '../../sink-kit/secrets.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { readWebhookArgument } from './argument.ts'
import type { RenderBody } from './default-body.ts'
import { defaultBody } from './default-body.ts'
import type { WebhookOptions } from './options.ts'
import { webhookSchema } from './options.ts'

export default defineSink({
  name: 'webhook',
  summary: 'Any HTTP endpoint: one request an event',
  exporter: 'webHook',
  schema: webhookSchema,
  pace: {
    concurrency: 16,
    batchCount: 1,
    batchBytes: 16 * 1_048_576,
    lingerMs: 0,
    timeoutMs: 10_000,
    retryForMs: 'journal',
  },
  examples: [
    {
      title: 'Warnings as JSON, by POST',
      argument:
        'webhook:http://<endpoint>/alerts?level=Warning&method=POST&header=Content-Type=application/json',
    },
    {
      title: 'Events of pods in two namespaces, with a token in a header',
      argument:
        'webhook:http://<endpoint>/alerts?level=Normal&namespaces=shop,billing&kinds=Pod&method=POST' +
        '&header=Content-Type=application/json&header=Authorization=Bearer%20example-token',
    },
    {
      title: 'Two sends at a time, five seconds each, a name of its own',
      argument:
        'webhook:http://<endpoint>/alerts?key=example-key&level=Warning&method=POST' +
        '&ke.name=alerts&ke.concurrency=2&ke.timeout=5s',
    },
  ],
  readArgument: readWebhookArgument,
  display: ({ url }) => displayUrl(url),
  open: openWebhook,
})

async function openWebhook(options: WebhookOptions, context: SinkContext): Promise<Sink> {
  const { ca, cert, key, serverName, insecure } = options
  const http = await openHttp({
    url: options.url,
    method: options.method,
    headers: Object.entries(options.headers),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(serverName === undefined ? {} : { serverName }),
      ...(insecure === undefined ? {} : { insecure }),
    },
    ...(options.platform === undefined ? {} : { platform: options.platform }),
    concurrency: context.concurrency,
    env: context.env,
    clock: context.clock,
    signal: context.signal,
  })
  const quota = quotaAt(options.url, options.platform)
  const render = defaultBody(zoneOf(context.env), options.escape !== 'none')
  return {
    check: (signal) => http.check(signal),
    send: (batch, signal) => sendEach(http, render, batch, signal),
    close: () => http.close(),
    // A body of the user's own cannot tell many: what a robot's quota does not let through waits in the journal.
    ...(quota && { quota }),
  }
}

/** One after another, in order. The kit hands over one occurrence at a time unless it was told otherwise. */
function sendEach(
  http: HttpSender,
  render: RenderBody,
  batch: readonly Occurrence[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  return new Promise((resolve) => {
    const outcomes: Outcome[] = []
    const next = (): void => {
      const occurrence = batch[outcomes.length]
      if (!occurrence) return resolve(outcomes)
      http.post(Buffer.from(render(occurrence)), signal, (outcome) => {
        outcomes.push(outcome)
        next()
      })
    }
    next()
  })
}
