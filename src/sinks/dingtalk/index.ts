/** DingTalk group robot: one message an event, a digest where the robot's quota lets no more through. */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { zoneOf } from '../../sink-kit/event-time.ts'
import { openHttp } from '../../sink-kit/http.ts'
import { platformFor, quotaAt } from '../../sink-kit/platform.ts'
import { displayUrl } from '../../sink-kit/secrets.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { tlsOf } from '../../sink-kit/trust.ts'
import { readDingtalkArgument } from './argument.ts'
import { messagesFor } from './message.ts'
import type { DingtalkOptions } from './options.ts'
import { dingtalkSchema } from './options.ts'
import { robotQuery } from './sign.ts'

export default defineSink({
  name: 'dingtalk',
  summary: 'DingTalk group robot',
  exporter: 'DingTalkSink',
  schema: dingtalkSchema,
  // One after another: a group reads messages in the order in which they come.
  pace: {
    concurrency: 1,
    batchCount: 1,
    batchBytes: 16 * 1_048_576,
    lingerMs: 0,
    timeoutMs: 10_000,
    retryForMs: 3_600_000,
  },
  examples: [
    {
      title: 'Warnings as text',
      argument: 'dingtalk:https://<endpoint>/robot/send?access_token=example-token&label=prod&level=Warning',
    },
    {
      title: 'A signed robot, Markdown with links to ACK, two namespaces',
      argument:
        'dingtalk:https://<endpoint>/robot/send?access_token=example-token&sign=SECexample&msg_type=markdown' +
        '&cluster_id=c0123&region=cn-hangzhou&namespaces=shop,billing&level=Normal',
    },
    {
      title: 'Cards that mention the one on duty, for a robot with a keyword',
      argument:
        'dingtalk:https://<endpoint>/robot/send?access_token=example-token&msg_type=card' +
        '&ke.atMobiles=13800000000&ke.keywords=Kubernetes',
    },
  ],
  readArgument: readDingtalkArgument,
  display: ({ url }) => displayUrl(url),
  tellsReports: () => true,
  open: openDingtalk,
})

/** For a gateway that is said to be no DingTalk: it takes what it takes. */
const noBound = 16 * 1_048_576

async function openDingtalk(options: DingtalkOptions, context: SinkContext): Promise<Sink> {
  const { access_token: token, sign } = options
  const told = options.platform ?? 'dingtalk'
  // With its token, so that the token is known as a secret.
  const url = `${options.url}?${robotQuery(token, undefined, 0)}`
  const platform = platformFor('', told)
  const quota = quotaAt(url, told)
  const http = await openHttp({
    url,
    method: 'POST',
    headers: [['Content-Type', 'application/json;charset=utf-8']],
    tls: tlsOf(options),
    platform: told,
    concurrency: context.concurrency,
    env: context.env,
    clock: context.clock,
    signal: context.signal,
  })
  const messages = messagesFor(options, zoneOf(context.env), platform?.maxBodyBytes ?? noBound)
  const post = (body: string, signal: AbortSignal): Promise<Outcome> =>
    new Promise((resolve) => {
      http.post(Buffer.from(body), signal, resolve, robotQuery(token, sign, context.clock.wallMs()))
    })
  return {
    check: (signal) => http.check(signal),
    send: async (batch, signal) => {
      const outcomes: Outcome[] = []
      for (const occurrence of batch) outcomes.push(await post(messages.event(occurrence), signal))
      return outcomes
    },
    digest: (batch: readonly Occurrence[], signal) => post(messages.digest(batch), signal),
    report: (report, signal) => post(messages.report(report), signal),
    ...(quota && { quota }),
    close: () => http.close(),
  }
}
