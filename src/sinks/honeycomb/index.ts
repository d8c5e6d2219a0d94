/** Honeycomb: an event of its own for each occurrence, in batches, settled event by event. */
import { openHttpClient } from '../../sink-kit/http-client.ts'
import { splitUrl } from '../../sink-kit/raw-url.ts'
import { displayUrl, redactorFor } from '../../sink-kit/secrets.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { tlsOf } from '../../sink-kit/trust.ts'
import { readHoneycombArgument } from './argument.ts'
import { sendBatch } from './batch.ts'
import { checkKey } from './check.ts'
import type { HoneycombOptions } from './options.ts'
import { honeycombSchema } from './options.ts'

export default defineSink({
  name: 'honeycomb',
  summary: 'Honeycomb: a dataset of events, in batches',
  exporter: 'Honeycomb Sink',
  schema: honeycombSchema,
  pace: {
    concurrency: 2,
    batchCount: 1_000,
    // A request may have 5 MB; what is sent of an event is less than the event.
    batchBytes: 4 * 1_000_000,
    lingerMs: 1_000,
    timeoutMs: 30_000,
    retryForMs: 'journal',
  },
  examples: [
    {
      title: 'A dataset of its own',
      argument: 'honeycomb:?dataset=kubernetes&writekey=example-key&apihost=http://<endpoint>',
    },
    {
      title: "With the events' own times, compressed",
      argument:
        'honeycomb:?dataset=kubernetes&writekey=example-key&apihost=http://<endpoint>/proxy' +
        '&ke.format=honeycomb&ke.gzip=true',
    },
  ],
  readArgument: readHoneycombArgument,
  display: ({ apihost }) => displayUrl(apihost),
  open: openHoneycomb,
})

async function openHoneycomb(options: HoneycombOptions, context: SinkContext): Promise<Sink> {
  const { apihost, dataset, writekey, format } = options
  const { clock, concurrency, env, log, signal } = context
  if (options.insecure === true) {
    log.warn(
      'the certificate of Honeycomb is not verified: anybody on the way can read its key and change events',
    )
  }
  const http = await openHttpClient({
    url: apihost,
    tls: tlsOf(options),
    concurrency,
    env,
    signal,
  })
  const headers = [
    ['Content-Type', 'application/json'],
    ['X-Honeycomb-Team', writekey],
  ] as const
  const redact = redactorFor(apihost, [writekey])
  // What the address has for a query goes with each request, as in the original.
  const query = splitUrl(apihost)?.query
  const withQuery = (path: string): string => (query === undefined ? path : `${path}?${query}`)
  // A slash ends a part of the path, as in the original.
  const path = withQuery(`/1/batch/${dataset.split('/').map(encodeURIComponent).join('/')}`)
  const settings = { http, path, headers, format, gzip: options.gzip ?? false, clock, redact }
  return {
    check: (slot) =>
      checkKey({ http, authPath: withQuery('/1/auth'), batchPath: path, headers, redact }, slot),
    send: (batch, slot) => sendBatch(settings, batch, slot),
    close: () => http.close(),
  }
}
