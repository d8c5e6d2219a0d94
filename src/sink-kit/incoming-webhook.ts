/**
 * Chat sinks that post a message an event to an incoming webhook whose path holds its key: what they read of a command
 * line, and how they send. What a message looks like is each sink's own.
 */
import * as z from 'zod/mini'
import type { Occurrence } from '../domain/occurrence.ts'
import type { Outcome } from '../domain/outcome.ts'
import { valuesOf } from './argument-values.ts'
import { readChatFilter } from './chat-filter.ts'
import { openHttp } from './http.ts'
import type { KitOptions } from './kit-options.ts'
import { kitSchema, pickOptions, unusedOptions } from './kit-options.ts'
import { optionsInPath } from './options-in-path.ts'
import type { PlatformName } from './platforms/row.ts'
import { filterQuery, joinUrl, splitUrl } from './raw-url.ts'
import type { SinkReport } from './report.ts'
import { secret } from './secret-option.ts'
import type { Pace, ReadArgument, Sink, SinkArgument, SinkContext } from './sink.ts'
import { tlsOf } from './trust.ts'

const { ca, cert, key, serverName, insecure } = kitSchema.shape

/** The options of such a sink. */
export const incomingWebhookSchema = z.strictObject({
  url: z.string().check(
    z.refine(
      (text) => isHttpUrl(text),
      'has no host, or is neither http nor https: copy the URL of the incoming webhook',
    ),
    z.describe("The incoming webhook's URL. Secret, since its path holds the key."),
    secret,
  ),
  label: z
    ._default(z.array(z.string()), [])
    .check(z.describe('Lines that each message begins with, to tell clusters apart.')),
  ca,
  cert,
  key,
  serverName,
  insecure,
})

export type IncomingWebhookOptions = z.output<typeof incomingWebhookSchema>

/** One after another: a channel reads messages in the order in which they come. */
export const incomingWebhookPace: Pace = {
  concurrency: 1,
  batchCount: 1,
  batchBytes: 16 * 1_048_576,
  lingerMs: 0,
  timeoutMs: 10_000,
  retryForMs: 3_600_000,
}

const usedOptions = ['ca', 'cert', 'key', 'serverName', 'insecure'] as const
const ownNames: ReadonlySet<string> = new Set(['level', 'namespaces', 'kinds', 'label'])

/** Reads `--sink=name:https://…?level=…`: the sink's own options are taken out of the URL, the rest is kept. */
export function readIncomingWebhook(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const { filter, mistakes: ofFilter } = readChatFilter(argument)
  const mistakes = [...ofFilter, ...optionsInPath(argument.url, ownNames, '')]
  const parts = splitUrl(argument.url)
  return {
    options: {
      ...pickOptions(kit, usedOptions),
      url: parts
        ? joinUrl({ ...parts, query: filterQuery(parts.query, (name) => !ownNames.has(name)) })
        : argument.url,
      label: valuesOf(argument, 'label'),
    },
    filter,
    warnings: mistakes,
    mistakes,
    errors: unusedOptions(kit, usedOptions),
  }
}

/** Bodies, as JSON texts. */
export interface WebhookMessages {
  event(occurrence: Occurrence): string
  report(report: SinkReport): string
}

/** Opens the sink. Throws an `Error` (what, where, what to do) where URL, proxy or TLS options cannot be used. */
export async function openIncomingWebhook(
  platform: PlatformName,
  options: IncomingWebhookOptions,
  messages: WebhookMessages,
  context: SinkContext,
): Promise<Sink> {
  const { log, concurrency, env, clock, signal: stop } = context
  if (options.insecure === true) {
    log.warn(
      'the certificate of the webhook is not verified: anybody on the way can read its key and change messages',
    )
  }
  const http = await openHttp({
    url: options.url,
    method: 'POST',
    headers: [['Content-Type', 'application/json; charset=UTF-8']],
    tls: tlsOf(options),
    platform,
    concurrency,
    env,
    clock,
    signal: stop,
  })
  const post = (body: string, signal: AbortSignal): Promise<Outcome> =>
    new Promise((resolve) => {
      http.post(Buffer.from(body), signal, resolve)
    })
  return {
    check: (signal) => http.check(signal),
    send: async (batch, signal) => {
      const outcomes: Outcome[] = []
      for (const occurrence of batch) outcomes.push(await post(messages.event(occurrence), signal))
      return outcomes
    },
    report: (report, signal) => post(messages.report(report), signal),
    close: () => http.close(),
  }
}

function isHttpUrl(text: string): boolean {
  const parts = splitUrl(text)
  return parts !== undefined && parts.host !== '' && (parts.scheme === 'http' || parts.scheme === 'https')
}
