/** Generic webhook: one HTTP request an event. */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { BodyRenderer, RenderedBody, TemplateOrigin, TemplateUse } from '../../sink-kit/body.ts'
import { zoneOf } from '../../sink-kit/event-time.ts'
import type { HttpSender } from '../../sink-kit/http.ts'
import { openHttp } from '../../sink-kit/http.ts'
import { platformFor, quotaAt, type Platform } from '../../sink-kit/platform.ts'
import { present } from '../../sink-kit/present.ts'
import type { SinkReport } from '../../sink-kit/report.ts'
import { splitHost, splitUrl } from '../../sink-kit/raw-url.ts'
import { displayUrl } from '../../sink-kit/secrets.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { tlsOf } from '../../sink-kit/trust.ts'
import { readWebhookArgument } from './argument.ts'
import type { RenderBody } from './default-body.ts'
import { defaultBody } from './default-body.ts'
import type { WebhookOptions } from './options.ts'
import { webhookSchema } from './options.ts'
import { cannotBeTold, reportBody } from './report-body.ts'

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
  template: templateOf,
  tellsReports: (options) => !cannotBeTold(platformOf(options)?.name),
  open: openWebhook,
})

function templateOf(options: WebhookOptions): TemplateUse | undefined {
  const origin = originOf(options)
  return origin && { origin, escape: options.escape ?? 'auto', sendsJson: sendsJson(options) }
}

function originOf({ template, templateFile, templateConfigMap }: WebhookOptions): TemplateOrigin | undefined {
  if (template !== undefined) return { kind: 'inline', text: template }
  if (templateFile !== undefined) return { kind: 'file', path: templateFile }
  if (templateConfigMap === undefined) return undefined
  const [namespace = '', name = ''] = templateConfigMap.split('/')
  return { kind: 'configmap', namespace, name }
}

function sendsJson(options: WebhookOptions): boolean {
  const type = Object.entries(options.headers).find(([name]) => isContentType(name))?.[1]
  return /json/i.test(type ?? '') || platformOf(options) !== undefined
}

function isContentType(name: string): boolean {
  return name.toLowerCase() === 'content-type'
}

function platformOf({ url, platform }: WebhookOptions): Platform | undefined {
  const parts = splitUrl(url)
  return parts && platformFor(splitHost(parts.host, parts.scheme).hostname, platform)
}

async function openWebhook(options: WebhookOptions, context: SinkContext): Promise<Sink> {
  const connection = {
    url: options.url,
    tls: tlsOf(options),
    ...present({ platform: options.platform }),
    concurrency: context.concurrency,
    env: context.env,
    clock: context.clock,
    signal: context.signal,
  }
  const headers = Object.entries(options.headers)
  const http = await openHttp({ ...connection, method: options.method, headers })
  /** A report is JSON by POST, whatever the events are: opened with the first one. */
  let reports: Promise<HttpSender> | undefined
  const tell = async (report: SinkReport, signal: AbortSignal): Promise<Outcome> => {
    reports ??= openHttp({
      ...connection,
      concurrency: 1,
      method: 'POST',
      headers: [
        ...headers.filter(([name]) => !isContentType(name)),
        ['Content-Type', 'application/json; charset=utf-8'],
      ],
    })
    const sender = await reports
    const body = Buffer.from(reportBody(report, platformOf(options)))
    return new Promise((resolve) => {
      sender.post(body, signal, resolve)
    })
  }
  const quota = quotaAt(options.url, options.platform, JSON.stringify(originOf(options)))
  const render = rendererOf(context.body, defaultBody(zoneOf(context.env), options.escape !== 'none'))
  return {
    check: (signal) => http.check(signal),
    send: (batch, signal) => sendEach(http, render, batch, signal),
    report: tell,
    close: async () => {
      await Promise.all([http.close(), reports?.then((sender) => sender.close())])
    },
    // A body of the user's own cannot tell many: what a robot's quota does not let through waits in the journal.
    ...(quota && { quota }),
  }
}

type Render = (occurrence: Occurrence) => Exclude<RenderedBody, { readonly kind: 'default' }>

function rendererOf(own: BodyRenderer | undefined, byDefault: RenderBody): Render {
  return (occurrence) => {
    const rendered = own?.render(occurrence) ?? { kind: 'default' }
    return rendered.kind === 'default' ? { kind: 'body', body: byDefault(occurrence) } : rendered
  }
}

/** One after another, in order. The kit hands over one occurrence at a time unless it was told otherwise. */
function sendEach(
  http: HttpSender,
  render: Render,
  batch: readonly Occurrence[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  return new Promise((resolve) => {
    const outcomes: Outcome[] = []
    const next = (): void => {
      const occurrence = batch[outcomes.length]
      if (!occurrence) return resolve(outcomes)
      const rendered = render(occurrence)
      if (rendered.kind === 'failed') {
        outcomes.push({ kind: 'rejected', reason: 'template-failed', detail: rendered.detail })
        return next()
      }
      const { body } = rendered
      http.post(
        typeof body === 'string'
          ? Buffer.from(body)
          : Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        signal,
        (outcome) => {
          outcomes.push(outcome)
          next()
        },
      )
    }
    next()
  })
}
