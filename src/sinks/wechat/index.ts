/** WeCom application: one message an event for each member that is named, a digest where the quota lets no more through. */
import type { Occurrence } from '../../domain/occurrence.ts'
import { delivered, type Outcome } from '../../domain/outcome.ts'
import { zoneOf } from '../../sink-kit/event-time.ts'
import { openHttpClient } from '../../sink-kit/http-client.ts'
import { displayUrl } from '../../sink-kit/secrets.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { tlsOf } from '../../sink-kit/trust.ts'
import { outcomeOfFailure, WecomApi } from './api.ts'
import { readWechatArgument } from './argument.ts'
import { messagesFor, type Messages } from './message.ts'
import type { WechatOptions } from './options.ts'
import { wechatSchema } from './options.ts'
import { Recipients, type Receiver } from './recipients.ts'

const apiAddress = 'https://qyapi.weixin.qq.com'

/** An application may send so many messages to a member; WeCom drops what is above without a word. path/90236 */
const limits = [
  { messages: 30, perMs: 60_000 },
  { messages: 1_000, perMs: 3_600_000 },
] as const

export default defineSink({
  name: 'wechat',
  summary: 'WeCom (WeChat Work) application: messages to members, departments and tags',
  exporter: 'WechatSink',
  schema: wechatSchema,
  // One after another: a member reads messages in the order in which they come.
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
      title: 'Warnings to everybody who sees the application',
      argument:
        'wechat:?corp_id=ww0123456789&corp_secret=example-secret&agent_id=1000002&level=Warning' +
        '&ke.endpoint=http://<endpoint>',
    },
    {
      title: 'The members of a department, as cards',
      argument:
        'wechat:?corp_id=ww0123456789&corp_secret=example-secret&agent_id=1000002&ke.toParty=2' +
        '&ke.format=card&label=prod&ke.endpoint=http://<endpoint>',
    },
  ],
  readArgument: readWechatArgument,
  display: ({ endpoint }) => displayUrl(endpoint ?? apiAddress),
  tellsReports: () => true,
  open: openWechat,
})

async function openWechat(options: WechatOptions, context: SinkContext): Promise<Sink> {
  const { corp_id: corpId, agent_id: agentId } = options
  const http = await openHttpClient({
    url: options.endpoint ?? apiAddress,
    tls: tlsOf(options),
    concurrency: context.concurrency,
    env: context.env,
    signal: context.signal,
  })
  const api = new WecomApi(http, context.clock, {
    endpoint: options.endpoint ?? apiAddress,
    corpId,
    corpSecret: options.corp_secret,
  })
  const messages = messagesFor(options, zoneOf(context.env))
  const recipients = new Recipients(options, (receiver, why) =>
    context.log.warn(
      'a receiver of WeCom messages cannot be told: look for it in the application’s visible range',
      {
        receiver,
        why,
      },
    ),
  )
  const tell = (id: string, content: string, signal: AbortSignal): Promise<Outcome> =>
    recipients.tell(id, (receiver) => post(api, agentId, receiver, messages, content, signal))
  return {
    check: (signal) => check(api, agentId, signal),
    send: async (batch, signal) => {
      const outcomes: Outcome[] = []
      for (const occurrence of batch)
        outcomes.push(await tell(`${occurrence.offset}`, messages.event(occurrence), signal))
      return outcomes
    },
    digest: (batch: readonly Occurrence[], signal) => {
      const [from, to] = [batch[0]?.offset, batch.at(-1)?.offset]
      return tell(`${from}-${to}-${batch.length}`, messages.digest(batch), signal)
    },
    // Its period stands in what it says: no other report is taken for one that was told in part.
    report: (report, signal) => {
      const content = messages.report(report)
      return tell(`report ${content}`, content, signal)
    },
    // Of the same application: members of one sink may be those of another.
    quota: { key: `wecom ${corpId} ${agentId}`, limits },
    close: () => http.close(),
  }
}

async function post(
  api: WecomApi,
  agentId: number,
  receiver: Receiver,
  { msgtype }: Messages,
  content: string,
  signal: AbortSignal,
): Promise<{ readonly outcome: Outcome; readonly missing?: string }> {
  const body = { ...receiver, msgtype, agentid: agentId, [msgtype]: { content }, safe: 0 }
  const reply = await api.ask('/cgi-bin/message/send', body, signal)
  if (reply.kind === 'fine') {
    // A message to several tells in a success who could not be told.
    const missing = ['invaliduser', 'invalidparty', 'invalidtag']
      .map((name) => reply.answer[name])
      .filter((value) => typeof value === 'string' && value !== '')
    return { outcome: delivered, ...(missing.length > 0 && { missing: missing.join(', ') }) }
  }
  const outcome = outcomeOfFailure(reply)
  const isNobody = reply.kind === 'failed' && reply.meaning === 'nobody'
  return isNobody ? { outcome, missing: `${reply.code} ${reply.text}`.trim() } : { outcome }
}

/** A token proves corporation and secret, what it says of the agent that the number is right; nobody is told anything. */
async function check(api: WecomApi, agentId: number, signal: AbortSignal): Promise<void> {
  const reply = await api.ask(`/cgi-bin/agent/get?agentid=${agentId}`, undefined, signal)
  if (reply.kind === 'fine') return
  const outcome = outcomeOfFailure(reply)
  const why = outcome.kind === 'delivered' ? '' : (outcome.detail ?? outcome.kind)
  if (reply.kind === 'failed' && reply.code === '301002')
    throw new Error(
      `${why}: the secret is not that of application ${agentId}: correct \`agent_id\` or \`corp_secret\``,
    )
  if (reply.kind === 'failed' && reply.meaning === 'refused')
    throw new Error(`${why}: look at \`corp_id\`, \`corp_secret\` and the application’s trusted addresses`)
  throw new Error(why)
}
