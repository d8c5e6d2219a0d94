/**
 * The deliberate differences from the original, in one table a format. A rule sees what a run is given and what is
 * expected of it, never whose expectation that is, and rewrites the expectation as the row it names has it.
 */
import type { Rule } from './rule.ts'
import type { UriExpectation, WebhookExpectation } from './vectors/uri-expectation.ts'
import { readWithUnsetVariables } from './vectors/unset-variables.ts'
import { withLostEvents, waitsBehind } from './wire/lost-events.ts'
import { defaultBody, nowPlaceholder } from './wire/original-webhook.ts'
import type { WireExpectation } from './wire/expectation.ts'
import type { ExpectedRequest } from './wire/requests.ts'
import { answerTo } from './wire/answers.ts'
import type { RecordedAnswer } from './wire/recording.ts'
import { createdWhileRunning } from './wire/timeline.ts'
import { honeycombRules } from './honeycomb-rules.ts'
import { influxdbRules } from './influxdb-rules.ts'
import { kafkaRules } from './kafka-rules.ts'
import { riemannRules } from './riemann-rules.ts'
import { searchEngineRules } from './search-engine-rules.ts'
import { mysqlRules } from './mysql-rules.ts'
import { slsRules } from './sls-rules.ts'
import { wechatRules } from './wechat-rules.ts'
import type { Step } from './wire/timeline.ts'
import { isExpression, valuesOf } from './wire/sinks.ts'
import type { SinkUse } from './wire/sinks.ts'

const compatibility = (row: string) => ({ page: 'compatibility.md', row }) as const
const defect = (row: string) => ({ page: 'golden/wire/README.md, Plain defects', row }) as const

/** The rules for recorded runs. What adds requests comes before what rewrites them. */
export const wireRules: readonly Rule<WireExpectation>[] = [
  {
    id: 'repeated-filters-add-up',
    source: compatibility('`reason` | the same regexps; repeated options add up'),
    applies: (run) => run.sinks.some((sink) => filterNames.some((name) => valuesOf(sink, name).length > 1)),
    rewrite: (run) => withLostEvents(run, { reading: { addsUp: true, hasExpressions: false } }),
  },
  {
    id: 'names-may-be-expressions',
    source: compatibility('`namespaces`, `kinds` | a value with a regexp character is a regexp, anchored'),
    applies: (run) => run.sinks.some(hasExpressionForName),
    rewrite: (run) => withLostEvents(run, { reading: { addsUp: true, hasExpressions: true } }),
  },
  {
    id: 'sigterm-loses-nothing',
    source: defect(
      'loses everything between two flushes on SIGTERM (0 of 12 told) and half of a running flush',
    ),
    applies: (run) => run.end === 'killed',
    rewrite: (run) => ({ ...withLostEvents(run), end: 'stops' }),
  },
  {
    id: 'cut-watch-loses-nothing',
    source: defect(
      'loses what happened while the watch was cut (3 of 7), although the API server still had it',
    ),
    applies: (run) => does(run, 'cut'),
    rewrite: (run) => withLostEvents(run),
  },
  {
    id: 'quiet-watch-is-noticed',
    source: defect('never notices a watch that went quiet (5 of 7 lost within 75 s, no log line)'),
    applies: (run) => does(run, 'silence'),
    // A watch is given up 10 s after the at most 300 s that the API server was asked to hold it.
    rewrite: (run) => ({ ...withLostEvents(run), patienceMs: 330_000 }),
  },
  {
    id: 'unreachable-sink-is-tried-again',
    source: defect('one try an event: 500, 429 with Retry-After, refused connection: lost'),
    applies: (run) => run.recorderIsClosed,
    rewrite: (run) => ({ ...withLostEvents(run, { fate: 'until-taken' }), recorderOpens: true }),
  },
  {
    id: 'untrusted-sink-is-tried-again',
    source: defect('one try an event: 500, 429 with Retry-After, refused connection: lost'),
    applies: ({ refusedHandshakes }) => refusedHandshakes.count > 0,
    // One that cannot be reached is held: the events wait, and only a probe knocks.
    rewrite: (run) => ({ ...run, refusedHandshakes: { count: 1, orMore: true } }),
  },
  {
    id: 'failing-sink-is-tried-again',
    source: defect('one try an event: 500, 429 with Retry-After, refused connection: lost'),
    applies: (run) => run.requests.some((request) => isRetried(statusOf(run, request))),
    rewrite: (run) =>
      mapRequests(run, (request) =>
        isRetried(statusOf(run, request)) ? { ...request, fate: 'until-taken', delivered: true } : request,
      ),
  },
  {
    id: 'hanging-sink-holds-up-nobody',
    source: defect(
      'no request timeout: a sink that hangs is silent for ever and makes every flush wait 20 s',
    ),
    applies: (run) => run.requests.some((request) => hangs(run, request)),
    rewrite: (run) =>
      waitsBehind(
        mapRequests(withLostEvents(run), (request) =>
          hangs(run, request) ? { ...request, fate: 'unsettled', delivered: false } : request,
        ),
      ),
  },
  {
    id: 'any-2xx-is-success',
    source: defect('201, 202, 204 count as failures'),
    applies: (run) => run.requests.some((request) => isOtherSuccess(statusOf(run, request))),
    rewrite: (run) =>
      mapRequests(run, (request) =>
        isOtherSuccess(statusOf(run, request)) ? { ...request, delivered: true } : request,
      ),
  },
  {
    id: 'redirect-is-an-error',
    source: compatibility(
      'the answer | any 2xx …; redirects keep method and body (307, 308), others are an error',
    ),
    applies: (run) => run.requests.some((request) => isRefusedRedirect(statusOf(run, request))),
    rewrite: (run) =>
      waitsBehind({
        ...run,
        requests: run.requests
          // Go names in `Referer` where it was sent from: nobody goes there any more.
          .filter(({ headers }) => !hasHeader(headers, 'referer'))
          .map((request) =>
            isRefusedRedirect(statusOf(run, request))
              ? { ...request, fate: 'unsettled', delivered: false }
              : request,
          ),
      }),
  },
  {
    id: 'own-options-are-not-sent',
    source: compatibility(
      'the URL | the eight names of the original and every `ke.*` are taken out; the rest is kept',
    ),
    applies: (run) => run.requests.some(({ query }) => withoutOwnOptions(query) !== query),
    rewrite: (run) =>
      mapRequests(run, (request) => ({ ...request, query: withoutOwnOptions(request.query) })),
  },
  {
    id: 'unset-variables-stay',
    source: compatibility('`--sink` | `$` that names no variable stays as it is (the original eats it)'),
    applies: (run) => run.sinks.some(hasUnsetVariable) && run.requests.length > 0,
    rewrite: (run) =>
      mapRequests(run, (request) => {
        const query = sinkOf(run, request)?.target?.queryWithUnsetVariables
        return query === undefined ? request : { ...request, query: withoutOwnOptions(query) }
      }),
  },
  {
    id: 'header-values-keep-their-equals-sign',
    source: compatibility('`header` | split at the first `=`'),
    applies: (run) =>
      run.sinks.some((sink) => Object.keys(droppedHeaders(valuesOf(sink, 'header'))).length > 0) &&
      run.requests.length > 0,
    rewrite: (run) =>
      mapRequests(run, (request) => {
        const sink = sinkOf(run, request)
        return sink
          ? { ...request, headers: { ...request.headers, ...droppedHeaders(valuesOf(sink, 'header')) } }
          : request
      }),
  },
  {
    id: 'errors-in-200-answers-are-noticed',
    source: defect(
      "an application error in a 200 answer goes unnoticed: the robot's limit of 20 a minute silently loses events",
    ),
    applies: (run) => run.sinks.some(({ name }) => name === 'dingtalk') && run.answers.some(isBlocked),
    // A robot that takes nothing for ten minutes is left in peace for so long.
    rewrite: (run) => ({
      ...mapRequests(run, (request) => ({ ...request, fate: 'until-taken', delivered: true })),
      patienceMs: 700_000,
    }),
  },
  {
    id: 'labels-come-in-their-order',
    source: defect('labels are told in reverse order in dingtalk text'),
    applies: (run) => run.requests.some((request) => withLabelsInOrder(run, request).body !== request.body),
    rewrite: (run) => mapRequests(run, (request) => withLabelsInOrder(run, request)),
  },
  {
    id: 'label-is-no-format',
    source: defect('a `%` in a dingtalk or wechat label is taken for a format'),
    applies: (run) => run.requests.some(({ body }) => body.includes('%!s(MISSING)')),
    rewrite: (run) => mapRequests(run, (request) => withPlainLabel(run, request)),
  },
  {
    id: 'default-body-is-json',
    source: defect('the default webhook body is not JSON when a message has a newline, a tab or a backslash'),
    applies: (run) => run.requests.some((request) => asJson(run, request).body !== request.body),
    rewrite: (run) => mapRequests(run, (request) => asJson(run, request)),
  },
  {
    id: 'templates-in-json-are-escaped',
    source: defect('the default webhook body is not JSON when a message has a newline, a tab or a backslash'),
    applies: (run) => run.requests.some((request) => withEscapedMessage(run, request).body !== request.body),
    rewrite: (run) => mapRequests(run, (request) => withEscapedMessage(run, request)),
  },
  {
    id: 'what-cannot-be-rendered-is-kept',
    source: defect(
      'an invalid expression, a template that does not parse, an unknown field: noticed event by event, all lost',
    ),
    applies: (run) => run.failedRenderings > run.givenUp,
    rewrite: (run) => ({ ...run, givenUp: run.failedRenderings }),
  },
  {
    id: 'first-seen-without-monotonic-clock',
    source: defect("an event without timestamps is told with Go's debugging time (`… m=+7.13`)"),
    applies: (run) => run.requests.some(({ body }) => body.includes(nowPlaceholder)),
    rewrite: (run) =>
      mapRequests(run, (request) => ({
        ...request,
        body: request.body.replaceAll(nowPlaceholder, '<now-go-time>'),
      })),
  },
  {
    id: 'log-writes-one-json-line-an-event',
    source: compatibility('`log` writes one JSON line an event (the original dumps a Go struct)'),
    applies: (run) =>
      run.end !== 'failure' &&
      run.sinks.some((sink) => sink.name === 'log' && valuesOf(sink, 'ke.format').length === 0),
    rewrite: (run) => ({
      ...run,
      jsonLines: createdWhileRunning(run.steps).map((id) => run.events.get(id)),
    }),
  },
  {
    id: 'low-frequency-is-accepted',
    source: compatibility('`--frequency` | 0s to 3m accepted (the original refuses below 5s)'),
    applies: ({ end, argv }) =>
      end === 'failure' && argv.some((argument) => /^--?frequency=[0-4](\.\d+)?s$/.test(argument)),
    rewrite: (run) => ({ ...run, end: 'runs' }),
  },
  {
    id: 'several-sources-are-accepted',
    source: compatibility(
      '`--source` | several sources allowed, each with `cluster=` name (default `default`)',
    ),
    applies: ({ end, argv }) => {
      const sources = argv.filter((argument) => /^--?source=/.test(argument))
      const clusters = sources.map((source) => /[?&]cluster=([^&#]*)/.exec(source)?.[1] ?? 'default')
      return end === 'failure' && sources.length > 1 && new Set(clusters).size === sources.length
    },
    rewrite: (run) => ({ ...run, end: 'runs' }),
  },
  {
    id: 'empty-metric-help-is-filled',
    source: compatibility(
      'All `eventer_*` metric names, label names and types are kept; help too, but where it is empty',
    ),
    applies: ({ pages }) => pages.some(({ body }) => body.search(emptyHelp) !== -1),
    rewrite: (run) => ({
      ...run,
      pages: run.pages.map((page) => ({ ...page, body: page.body.replaceAll(emptyHelp, '$1 <some-text>') })),
    }),
  },
  ...wechatRules,
  ...influxdbRules,
  ...kafkaRules,
  ...honeycombRules,
  ...searchEngineRules,
  ...mysqlRules,
  ...riemannRules,
  ...slsRules,
]

/** The rules for `--sink` and `--source` values. */
export const uriRules: readonly Rule<UriExpectation>[] = [
  {
    id: 'sink-that-can-never-send-is-refused',
    source: compatibility('a bad sink | is reported with all its errors, counted, and makes `/readyz` fail'),
    // Go's client refuses each request: there is no such protocol, or no header without a name.
    applies: ({ webhook }) =>
      isRead(webhook) && (!/^https?:/.test(webhook.endpoint) || '' in webhook.headers),
    rewrite: (expected) => ({ ...expected, webhook: 'refused' }),
  },
  {
    id: 'unset-variables-stay',
    source: compatibility('`--sink` | `$` that names no variable stays as it is (the original eats it)'),
    applies: (expected) => readWithUnsetVariables(expected) !== undefined,
    rewrite: (expected) => readWithUnsetVariables(expected) ?? expected,
  },
  {
    id: 'own-options-are-not-sent',
    source: compatibility(
      'the URL | the eight names of the original and every `ke.*` are taken out; the rest is kept',
    ),
    applies: ({ webhook }) => isRead(webhook) && endpointWithoutOwnOptions(webhook) !== webhook.endpoint,
    rewrite: (expected) =>
      mapWebhook(expected, (webhook) => ({ ...webhook, endpoint: endpointWithoutOwnOptions(webhook) })),
  },
  {
    id: 'header-values-keep-their-equals-sign',
    source: compatibility('`header` | split at the first `=`'),
    applies: (expected) => Object.keys(droppedHeaders(headerOptions(expected))).length > 0,
    rewrite: (expected) =>
      mapWebhook(expected, (webhook) => ({
        ...webhook,
        headers: { ...webhook.headers, ...droppedHeaders(headerOptions(expected)) },
      })),
  },
  {
    id: 'repeated-filters-add-up',
    source: compatibility('`reason` | the same regexps; repeated options add up'),
    applies: (expected) =>
      isRead(expected.webhook) && filterNames.some((name) => listedIn(expected, name).length > 1),
    rewrite: (expected) =>
      mapWebhook(expected, (webhook) => ({
        ...webhook,
        ...(webhook.namespaces && { namespaces: namesIn(expected, 'namespaces') }),
        ...(webhook.kinds && { kinds: namesIn(expected, 'kinds') }),
        ...(webhook.reasons && {
          reasons: listedIn(expected, 'reason')
            .filter((value) => value !== '')
            .flatMap((value) => value.split(',')),
        }),
      })),
  },
]

const filterNames = ['namespaces', 'kinds', 'reason']

function hasExpressionForName(sink: SinkUse): boolean {
  return ['namespaces', 'kinds'].some((name) => valuesOf(sink, name).some((value) => isExpression(value)))
}

const emptyHelp = /^(# HELP eventer_\w+) ?$/gm

function mapRequests(
  run: WireExpectation,
  change: (request: ExpectedRequest) => ExpectedRequest,
): WireExpectation {
  return { ...run, requests: run.requests.map(change) }
}

function does(run: WireExpectation, kind: Step['kind']): boolean {
  return run.steps.some((step) => step.kind === kind)
}

/** What the recorder answers to a request, the first time. */
function answerOf(run: WireExpectation, { method, path, query, body }: ExpectedRequest) {
  return answerTo(run.answers)({ method, target: query === '' ? path : `${path}?${query}`, body })
}

function statusOf(run: WireExpectation, request: ExpectedRequest): number {
  return answerOf(run, request)?.status ?? 200
}

function hangs(run: WireExpectation, request: ExpectedRequest): boolean {
  return answerOf(run, request)?.hang === true
}

function isRetried(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

function isOtherSuccess(status: number): boolean {
  return status > 200 && status < 300
}

function isRefusedRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 307 && status !== 308
}

function hasHeader(headers: ExpectedRequest['headers'], name: string): boolean {
  return Object.keys(headers).some((key) => key.toLowerCase() === name)
}

/** The sink that makes a request. */
function sinkOf(run: WireExpectation, { listener, path }: ExpectedRequest): SinkUse | undefined {
  return run.sinks.find(({ target }) => target?.listener === listener && target.path === path)
}

const ownOptions = [
  'level',
  'namespaces',
  'kinds',
  'reason',
  'header',
  'method',
  'custom_body_configmap',
  'custom_body_configmap_namespace',
]

function withoutOwnOptions(query: string): string {
  return query
    .split('&')
    .filter((pair) => {
      const [name = ''] = pair.split('=', 1)
      return pair.includes(';') || !(ownOptions.includes(name) || name.startsWith('ke.'))
    })
    .join('&')
}

function hasUnsetVariable({ target }: SinkUse): boolean {
  return target !== undefined && target.query !== target.queryWithUnsetVariables
}

/** Headers of the options that the original drops, since their value holds a `=`. */
function droppedHeaders(options: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    options.flatMap((header) => {
      const at = header.indexOf('=')
      const value = header.slice(at + 1)
      return at > 0 && value.includes('=') ? [[header.slice(0, at), value]] : []
    }),
  )
}

/** DingTalk's answer to more than 20 messages a minute. */
function isBlocked({ body }: RecordedAnswer): boolean {
  return typeof body === 'object' && body !== null && 'errcode' in body && body.errcode === 130101
}

function withLabelsInOrder(run: WireExpectation, request: ExpectedRequest): ExpectedRequest {
  const sink = sinkOf(run, request)
  if (sink?.name !== 'dingtalk') return request
  const labels = valuesOf(sink, 'label')
  const linesOf = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')
  return mapContent(request, (content) => {
    const reversed = linesOf(labels.toReversed())
    return content.startsWith(reversed) ? linesOf(labels) + content.slice(reversed.length) : content
  })
}

/** The original's format has a verb for each field: one in a label took the first field, and the last got none. */
function withPlainLabel(run: WireExpectation, request: ExpectedRequest): ExpectedRequest {
  const sink = sinkOf(run, request)
  const [label = ''] = sink ? valuesOf(sink, 'label') : []
  return mapContent(request, (content) => {
    const shifted =
      /^(.*)\nLevel:(.*) \nKind:(.*) \nNamespace:(.*) \nName:(.*) \nReason:(.*) \nTimestamp:(.*) \nMessage:%!s\(MISSING\)$/s.exec(
        content,
      )
    if (!shifted) return content
    const [, first = '', ...rest] = shifted
    const type = first.slice(label.replace('%s', '').length)
    const names = ['Level', 'Kind', 'Namespace', 'Name', 'Reason', 'Timestamp', 'Message']
    return `${label}\n${names.map((name, at) => `${name}:${[type, ...rest][at] ?? ''}`).join(' \n')}`
  })
}

/** A robot's message with its text changed. */
function mapContent(request: ExpectedRequest, change: (content: string) => string): ExpectedRequest {
  if (request.isJsonByValue !== true) return request
  const message: { text: { content: string } } = JSON.parse(request.body)
  const content = change(message.text.content)
  if (content === message.text.content) return request
  return { ...request, body: JSON.stringify({ ...message, text: { content } }) }
}

/** A default body with its values escaped for JSON, and the message's quotes in their place. */
function asJson(run: WireExpectation, request: ExpectedRequest): ExpectedRequest {
  const event = request.event === undefined ? undefined : run.events.get(request.event)
  if (event === undefined || request.isJsonByValue === true) return request
  const escape = (text: string): string => JSON.stringify(text).slice(1, -1)
  return { ...request, body: defaultBody(event, run.tz, escape, escape(event.message ?? '')) }
}

/** A body from a template that is JSON, sent as JSON: the message that it tells is escaped, its quotes in their place. */
function withEscapedMessage(run: WireExpectation, request: ExpectedRequest): ExpectedRequest {
  const sink = sinkOf(run, request)
  const template = sink && templateOf(run, sink)
  const sendsJson = Object.entries(request.headers).some(
    ([name, value]) => name.toLowerCase() === 'content-type' && value.includes('json'),
  )
  if (template === undefined || !sendsJson || !isJson(template.replaceAll(/\{\{.*?\}\}/gs, 'x')))
    return request
  const told = [...run.events.values()]
    .map(({ message = '' }) => message)
    .find((message) => message !== '' && request.body.includes(message.replaceAll('"', '')))
  if (told === undefined) return request
  const escaped = JSON.stringify(told).slice(1, -1)
  return { ...request, body: request.body.replace(told.replaceAll('"', ''), () => escaped) }
}

/** What the sink's ConfigMap holds. */
function templateOf(run: WireExpectation, sink: SinkUse): string | undefined {
  const [wanted] = valuesOf(sink, 'custom_body_configmap')
  const [itsNamespace = 'default'] = valuesOf(sink, 'custom_body_configmap_namespace')
  return run.configmaps.find(({ name, namespace }) => name === wanted && namespace === itsNamespace)?.data
    ?.content
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function isRead(webhook: UriExpectation['webhook']): webhook is WebhookExpectation {
  return webhook !== undefined && webhook !== 'refused'
}

function mapWebhook(
  expected: UriExpectation,
  change: (webhook: WebhookExpectation) => WebhookExpectation,
): UriExpectation {
  return isRead(expected.webhook) ? { ...expected, webhook: change(expected.webhook) } : expected
}

function endpointWithoutOwnOptions({ endpoint }: WebhookExpectation): string {
  const at = endpoint.indexOf('?')
  if (at === -1 || at === endpoint.length - 1) return endpoint
  const query = withoutOwnOptions(endpoint.slice(at + 1))
  return query === '' ? endpoint.slice(0, at) : `${endpoint.slice(0, at)}?${query}`
}

function headerOptions(expected: UriExpectation): readonly string[] {
  return listedIn(expected, 'header')
}

function namesIn(expected: UriExpectation, name: string): readonly string[] {
  return listedIn(expected, name)
    .flatMap((value) => value.split(','))
    .filter((one) => one !== '')
}

/** The values of an option, in order. */
function listedIn({ reading }: UriExpectation, name: string): readonly string[] {
  return reading.kind === 'read' ? (reading.query[name] ?? []) : []
}
