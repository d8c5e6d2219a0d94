/**
 * What chat platforms mean by the codes in their answers. They answer 200 and put the failure into the body, so
 * that the status alone would lose events. Data: one row a platform, with the document it follows.
 */
import type { RejectReason, RetryReason } from '../domain/outcome.ts'
import type { Quota, SinkQuota } from './quota.ts'
import { decodeQuery, splitHost, splitUrl } from './raw-url.ts'
import type { RawUrl } from './raw-url.ts'

/** What an answer's body means. */
export type Verdict =
  | { readonly kind: 'fine' }
  | { readonly kind: 'retry'; readonly reason: RetryReason; readonly afterMs?: number; readonly text: string }
  | { readonly kind: 'rejected'; readonly reason: RejectReason; readonly text: string }

export interface Platform {
  readonly name: PlatformName
  /** Bytes that a message's body may have; `undefined` where the platform tells no bound. */
  readonly maxBodyBytes: number | undefined
  /** Reads an answer's body; `undefined` where it says nothing that the platform documents. */
  readVerdict(body: string): Verdict | undefined
}

export const platformNames = ['dingtalk', 'wecom', 'feishu', 'slack', 'teams'] as const
export type PlatformName = (typeof platformNames)[number]

/** Spellings that people use for the same platform. */
const aliases: ReadonlyMap<string, PlatformName> = new Map([
  ['lark', 'feishu'],
  ['wechat', 'wecom'],
  ['weixin', 'wecom'],
])

/** The name of a platform as written in `ke.platform`; `undefined` if there is none of that name. */
export function platformNamed(text: string): PlatformName | 'none' | undefined {
  if (text === 'none') return 'none'
  return platformNames.find((name) => name === text) ?? aliases.get(text)
}

/** The platform that answers at `hostname`, or the one that was told; `undefined`: the status alone counts. */
export function platformFor(hostname: string, told?: PlatformName | 'none'): Platform | undefined {
  if (told === 'none') return undefined
  const row = rowFor(hostname, told)
  return (
    row && {
      name: row.name,
      maxBodyBytes: row.maxBodyBytes,
      readVerdict: (body) => readVerdict(row, body),
    }
  )
}

/**
 * What the robot at `url` takes in a time; `undefined` where it is of no platform that we know, or of one that tells
 * its limits as they are met.
 */
export function quotaAt(url: string, told?: PlatformName | 'none'): SinkQuota | undefined {
  const parts = splitUrl(url)
  const row = parts && rowFor(splitHost(parts.host, parts.scheme).hostname, told)
  return row && row.quotas.length > 0 ? { key: robotKey(row, parts), limits: row.quotas } : undefined
}

function rowFor(hostname: string, told: PlatformName | 'none' | undefined): Row | undefined {
  const host = hostname.toLowerCase()
  return rows.find(({ name, hosts }) =>
    told === undefined ? hosts.some((one) => host === one || host.endsWith(`.${one}`)) : name === told,
  )
}

/** The same robot by another sink, or by another URL of its platform, is the same robot. */
function robotKey({ name, robotIn }: Row, { path, query = '' }: RawUrl): string {
  const pairs = query.split('&').map((pair) => pair.split('='))
  const value = pairs
    .find(([key]) => key === robotIn)
    ?.slice(1)
    .join('=')
  return `${name} ${value === undefined ? path : (decodeQuery(value) ?? value)}`
}

/** `blocked`: too many messages, and none is taken for `blockedMs`. */
type Meaning = 'throttled' | 'blocked' | 'refused' | 'bad-message' | 'server-error'

interface Row {
  readonly name: PlatformName
  /** A host, or its parent domain. */
  readonly hosts: readonly string[]
  /** The documents that the codes were taken from. */
  readonly sources: readonly string[]
  /** Messages that one robot may send; empty where the platform tells its limits as they are met. */
  readonly quotas: readonly Quota[]
  /** The pair of the URL's query that tells robots apart; absent: the path does. */
  readonly robotIn?: string
  /** Bytes of a request's body. */
  readonly maxBodyBytes?: number
  /** How long to wait after `throttled`, ms. */
  readonly throttledMs: number
  /** How long to wait after `blocked`, ms. */
  readonly blockedMs?: number
  /** Numbers in `errcode`, `code` or `StatusCode`, and names in Slack's `error`. */
  readonly codes: Readonly<Record<string, Meaning>>
  /** What a text that is not JSON may say. */
  readonly texts?: readonly (readonly [pattern: RegExp, meaning: Meaning])[]
}

export const rows: readonly Row[] = [
  {
    name: 'dingtalk',
    hosts: ['oapi.dingtalk.com', 'api.dingtalk.com', 'oapi.dingtalk.io'],
    sources: [
      // 20 messages a minute and robot; what is above blocks it for ten minutes.
      'https://help.dingtalk.io/open/development/custom-robots-send-group-messages',
      // Keywords, signature (an hour of clock difference), addresses: 310000.
      'https://help.dingtalk.io/open/dingstart/customize-robot-security-settings',
      'https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages',
      'https://open.dingtalk.com/document/orgapp/server-side-error-codes',
      // The body's 20,000 bytes (460101, 101002) are in no document: reported by users of other programs.
      'https://github.com/timonwong/prometheus-webhook-dingtalk/issues/30',
      'https://github.com/feiyu563/PrometheusAlert/issues/318',
    ],
    quotas: [{ messages: 20, perMs: 60_000 }],
    robotIn: 'access_token',
    maxBodyBytes: 20_000,
    throttledMs: 60_000,
    blockedMs: 600_000,
    codes: {
      '-1': 'server-error',
      88: 'refused',
      404: 'refused',
      34014: 'bad-message',
      34016: 'bad-message',
      40008: 'bad-message',
      40014: 'refused',
      40035: 'bad-message',
      43004: 'refused',
      90018: 'throttled',
      90030: 'throttled',
      101002: 'bad-message',
      130101: 'blocked',
      130102: 'throttled',
      300001: 'refused',
      300005: 'refused',
      // Keyword, signature or address refused: the robot's security settings.
      310000: 'refused',
      400013: 'refused',
      400101: 'refused',
      400102: 'refused',
      400105: 'bad-message',
      400106: 'refused',
      410100: 'throttled',
      430101: 'bad-message',
      430102: 'bad-message',
      430103: 'bad-message',
      430104: 'bad-message',
      460101: 'bad-message',
      660026: 'throttled',
    },
  },
  {
    name: 'wecom',
    hosts: ['qyapi.weixin.qq.com'],
    sources: [
      'https://developer.work.weixin.qq.com/document/path/91770',
      'https://developer.work.weixin.qq.com/document/path/90313',
    ],
    quotas: [{ messages: 20, perMs: 60_000 }],
    robotIn: 'key',
    throttledMs: 60_000,
    codes: {
      '-1': 'server-error',
      40001: 'refused',
      40008: 'bad-message',
      40014: 'refused',
      40033: 'bad-message',
      40058: 'bad-message',
      41001: 'refused',
      42001: 'refused',
      44004: 'bad-message',
      45002: 'bad-message',
      45008: 'bad-message',
      45009: 'throttled',
      45033: 'throttled',
      47001: 'bad-message',
      60020: 'refused',
      93000: 'refused',
      93004: 'refused',
    },
  },
  {
    name: 'feishu',
    hosts: ['open.feishu.cn', 'open.larksuite.com', 'open.larkoffice.com'],
    sources: [
      'https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot',
      'https://open.larksuite.com/document/client-docs/bot-v3/add-custom-bot',
    ],
    quotas: [
      { messages: 5, perMs: 1_000 },
      { messages: 100, perMs: 60_000 },
    ],
    throttledMs: 10_000,
    codes: {
      9499: 'bad-message',
      11232: 'throttled',
      11246: 'bad-message',
      19001: 'refused',
      19002: 'bad-message',
      19021: 'refused',
      19022: 'refused',
      19024: 'refused',
      230001: 'bad-message',
      230020: 'throttled',
      230099: 'bad-message',
      99991400: 'throttled',
      99991401: 'refused',
    },
  },
  {
    name: 'slack',
    hosts: ['slack.com', 'slack-gov.com'],
    sources: [
      'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks',
      'https://docs.slack.dev/reference/methods/chat.postMessage',
    ],
    // Slack takes bursts and names its wait in `Retry-After`.
    quotas: [],
    // For where it does not.
    throttledMs: 1_000,
    codes: {
      ratelimited: 'throttled',
      rate_limited: 'throttled',
      message_limit_exceeded: 'throttled',
      accesslimited: 'refused',
      account_inactive: 'refused',
      access_denied: 'refused',
      channel_not_found: 'refused',
      ekm_access_denied: 'refused',
      invalid_auth: 'refused',
      is_archived: 'refused',
      missing_scope: 'refused',
      no_permission: 'refused',
      not_authed: 'refused',
      not_in_channel: 'refused',
      restricted_action: 'refused',
      token_expired: 'refused',
      token_revoked: 'refused',
      invalid_blocks: 'bad-message',
      invalid_blocks_format: 'bad-message',
      msg_blocks_too_long: 'bad-message',
      msg_too_long: 'bad-message',
      no_text: 'bad-message',
    },
    texts: [
      [/^(invalid_payload|no_text|too_many_attachments|invalid_blocks)/, 'bad-message'],
      [
        /^(action_prohibited|channel_is_archived|channel_not_found|no_service|no_team|invalid_token)/,
        'refused',
      ],
      [/^rollup_error/, 'server-error'],
    ],
  },
  {
    name: 'teams',
    hosts: ['webhook.office.com', 'outlook.office.com', 'outlook.office365.com'],
    sources: [
      'https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using',
    ],
    quotas: [],
    throttledMs: 15_000,
    codes: {},
    texts: [
      [/endpoint returned HTTP error 429/i, 'throttled'],
      [/endpoint returned HTTP error (400|413|415|422)/i, 'bad-message'],
      [/endpoint returned HTTP error 4\d\d/i, 'refused'],
      [/endpoint returned HTTP error|message delivery failed/i, 'server-error'],
    ],
  },
]

function readVerdict(row: Row, body: string): Verdict | undefined {
  const answer = parseObject(body)
  if (!answer) {
    const hit = row.texts?.find(([pattern]) => pattern.test(body))
    return hit && verdictOf(row, hit[1], body)
  }
  if (row.name === 'slack') {
    if (answer['ok'] === true) return { kind: 'fine' }
    if (answer['ok'] !== false) return undefined
    const error = String(answer['error'] ?? '')
    return verdictOf(row, meaningOf(row, error), error)
  }
  const codes = [answer['errcode'], answer['code'], answer['StatusCode']].filter((code) => code !== undefined)
  if (codes.length === 0) return undefined
  const failed = codes.find((code) => Number(code) !== 0)
  if (failed === undefined) return { kind: 'fine' }
  const text = answer['errmsg'] ?? answer['msg'] ?? answer['StatusMessage'] ?? answer['message'] ?? ''
  return verdictOf(row, meaningOf(row, String(failed)), `${String(failed)} ${String(text)}`.trim())
}

/** A code that is in no document fails the send without blaming the message or the configuration. */
function meaningOf(row: Row, code: string): Meaning {
  return Object.hasOwn(row.codes, code) ? (row.codes[code] ?? 'server-error') : 'server-error'
}

function verdictOf(row: Row, meaning: Meaning, text: string): Verdict {
  switch (meaning) {
    case 'throttled':
      return { kind: 'retry', reason: 'throttled', afterMs: row.throttledMs, text }
    case 'blocked':
      return { kind: 'retry', reason: 'throttled', afterMs: row.blockedMs ?? row.throttledMs, text }
    case 'bad-message':
      return { kind: 'rejected', reason: 'bad-message', text }
    case 'refused':
    case 'server-error':
      return { kind: 'retry', reason: meaning, text }
  }
}

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
