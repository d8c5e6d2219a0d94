/** Riemann: an event for each occurrence, over TCP or TLS, with the acknowledgement of each message read. */
import { hostname } from 'node:os'
import type { Outcome } from '../../domain/outcome.ts'
import { tlsSettings } from '../../sink-kit/http-route.ts'
import { splitHost } from '../../sink-kit/raw-url.ts'
import { redactUrlsIn } from '../../sink-kit/secrets.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { tlsOf } from '../../sink-kit/trust.ts'
import { readRiemannArgument } from './argument.ts'
import { RiemannClient } from './client.ts'
import type { RiemannOptions } from './options.ts'
import { riemannSchema } from './options.ts'
import { sendBatch, sendMessage } from './send.ts'

const usualPort = 5_555
const usualTlsPort = 5_554

export default defineSink({
  name: 'riemann',
  summary: 'Riemann: events over TCP or TLS, acknowledged message by message',
  exporter: 'Riemann Sink',
  schema: riemannSchema,
  pace: {
    concurrency: 1,
    batchCount: 1_000,
    batchBytes: 4 * 1_048_576,
    lingerMs: 1_000,
    timeoutMs: 10_000,
    retryForMs: 'journal',
  },
  examples: [
    {
      title: 'A server, as kube-eventer has it',
      argument: 'riemann:tcp://<endpoint>?ttl=120&tags=kubernetes',
    },
    {
      title: 'Small messages with two tags',
      argument: 'riemann:tcp://<endpoint>?tags=kubernetes&tags=prod&batchsize=50',
    },
  ],
  readArgument: readRiemannArgument,
  display: ({ host }) => host,
  open: openRiemann,
})

async function openRiemann(options: RiemannOptions, context: SinkContext): Promise<Sink> {
  const { ttl, tags } = options
  if (options.insecure === true) {
    context.log.warn(
      "the server's certificate is not verified: anybody on the way can read and change events",
    )
  }
  const codec = (await import('protobufjs/minimal.js')).default
  const given = tlsOf(options)
  const isSecure = options.tls ?? Object.keys(given).length > 0
  const tls = tlsSettings(given, context.env)
  if (isSecure) await tls.context()
  const { hostname: name, port } = addressOf(options.host, isSecure ? usualTlsPort : usualPort)
  // Go's client takes no proxy for what is no HTTP.
  const route = { scheme: isSecure ? 'https' : 'http', hostname: name, port, proxy: undefined } as const
  const client = new RiemannClient(options.host, route, tls, context.signal)
  const settings = { client, codec, event: { ttl, tags, hostname: hostname() }, redact: redactUrlsIn }
  return {
    check: async (signal) => {
      const outcome = await sendMessage(settings, [], signal)
      if (outcome.kind !== 'delivered') throw new Error(withRemedy(outcome, options.host, isSecure))
    },
    send: (batch, signal) => sendBatch(settings, batch, signal),
    close: async () => client.close(),
  }
}

function addressOf(host: string, usual: number): { readonly hostname: string; readonly port: number } {
  const { hostname: name } = splitHost(host, '')
  const port = /:(\d+)$/.exec(host.replace(/^\[[^\]]*\]/, ''))?.[1]
  return { hostname: name, port: port === undefined ? usual : Number(port) }
}

function withRemedy(
  outcome: Exclude<Outcome, { kind: 'delivered' }>,
  host: string,
  isSecure: boolean,
): string {
  const said = outcome.detail ?? host
  return isSecure
    ? `${said}; with TLS Riemann listens on port ${usualTlsPort}, and asks for \`ke.cert\` and \`ke.key\``
    : `${said}; without TLS Riemann listens on port ${usualPort}, by default on its own loopback address only`
}
