/**
 * A double of WeCom's API, written from its public documentation: corporations, applications' secrets, tokens that end,
 * members, and the quota a member, beyond which messages are dropped without a word.
 */
import * as z from 'zod/mini'
import type { Clock } from '../../../domain/clock.ts'
import type { Answer, Received } from '../../../sink-kit/testing/http-receiver.ts'

export interface CorporationSettings {
  readonly corpId: string
  readonly secret: string
  readonly agentId: number
  readonly members: readonly string[]
  /** Departments and tags that there are. */
  readonly groups?: readonly string[]
  readonly clock: Pick<Clock, 'wallMs'>
}

export interface ShownMessage {
  readonly atMs: number
  /** A member's id, `@all`, or a department's or tag's. */
  readonly to: string
  readonly msgtype: 'text' | 'markdown'
  readonly content: string
}

export interface Corporation {
  /** What members have seen, in order. */
  readonly shown: readonly ShownMessage[]
  /** Messages above a member's quota: taken, and never shown. */
  readonly dropped: number
  /** Codes of the answers, in order. */
  readonly codes: readonly number[]
  readonly tokensGiven: number
  /** Every token given so far is refused from now on. */
  revokeTokens(): void
  receive(request: Pick<Received, 'method' | 'target' | 'headers' | 'body'>): Answer
}

const maxContentBytes = 2_048
const lifeS = 7_200
const quotas = [
  { messages: 30, perMs: 60_000 },
  { messages: 1_000, perMs: 3_600_000 },
] as const

const content = z.optional(z.object({ content: z.string() }))
const messageSchema = z.object({
  touser: z.string(),
  toparty: z.string(),
  totag: z.string(),
  msgtype: z.enum(['text', 'markdown']),
  agentid: z.number(),
  text: content,
  markdown: content,
  safe: z.literal(0),
})

export function wecomCorporation(settings: CorporationSettings): Corporation {
  const { corpId, secret, agentId, members, groups = [], clock } = settings
  const shown: ShownMessage[] = []
  const codes: number[] = []
  let tokens = new Map<string, number>()
  let tokensGiven = 0
  let dropped = 0

  const answer = (errcode: number, errmsg: string, more: object = {}): Answer => {
    codes.push(errcode)
    return {
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body: JSON.stringify({ errcode, errmsg, ...more }),
    }
  }
  const refusal = (query: URLSearchParams): Answer | undefined => {
    const token = query.get('access_token') ?? ''
    if (token === '') return answer(41001, 'access_token missing')
    const untilMs = tokens.get(token)
    if (untilMs === undefined) return answer(40014, 'invalid access_token')
    return clock.wallMs() > untilMs ? answer(42001, 'access_token expired') : undefined
  }
  const giveToken = (query: URLSearchParams): Answer => {
    if (query.get('corpid') !== corpId) return answer(40013, 'invalid corpid')
    if (query.get('corpsecret') !== secret) return answer(40001, 'invalid credential')
    tokensGiven += 1
    const token = `token-${tokensGiven}`
    tokens.set(token, clock.wallMs() + lifeS * 1000)
    return answer(0, 'ok', { access_token: token, expires_in: lifeS })
  }
  const show = (to: string, msgtype: 'text' | 'markdown', text: string): void => {
    const atMs = clock.wallMs()
    const isOver = quotas.some(
      ({ messages, perMs }) =>
        shown.filter((message) => message.to === to && message.atMs > atMs - perMs).length >= messages,
    )
    if (isOver) dropped += 1
    else shown.push({ atMs, to, msgtype, content: text })
  }
  const take = (body: string): Answer => {
    const read = z.safeParse(messageSchema, parsed(body))
    if (!read.success) return answer(40058, 'invalid Request Parameter')
    const { touser, toparty, totag, msgtype, agentid } = read.data
    const text = read.data[msgtype]?.content ?? ''
    if (agentid !== agentId) return answer(40056, 'invalid agentid')
    if (text === '') return answer(44004, 'empty content')
    if (Buffer.byteLength(text) > maxContentBytes) return answer(45002, 'message content exceed max length')
    const users = touser.split('|').filter(Boolean)
    const named = touser === '@all' ? ['@all'] : users.filter((user) => members.includes(user))
    const reached = [...toparty.split('|'), ...totag.split('|')].filter((group) => groups.includes(group))
    const lost = touser === '@all' ? [] : users.filter((user) => !members.includes(user))
    const missing = lost.length > 0 ? { invaliduser: lost.join('|') } : {}
    if (named.length + reached.length === 0) return answer(81013, 'user & party & tag all invalid', missing)
    for (const to of [...named, ...reached]) show(to, msgtype, text)
    return answer(0, 'ok', missing)
  }

  return {
    shown,
    codes,
    get dropped() {
      return dropped
    },
    get tokensGiven() {
      return tokensGiven
    },
    revokeTokens: () => {
      tokens = new Map()
    },
    receive({ method, target, headers, body }) {
      const { pathname, searchParams } = new URL(target, 'https://wecom.example.test')
      if (method === 'GET' && pathname === '/cgi-bin/gettoken') return giveToken(searchParams)
      const refused = refusal(searchParams)
      if (refused) return refused
      if (method === 'GET' && pathname === '/cgi-bin/agent/get') {
        return searchParams.get('agentid') === String(agentId)
          ? answer(0, 'ok', { agentid: agentId, name: 'events' })
          : answer(301002, 'not allow operate another agent with this accesstoken')
      }
      if (method !== 'POST' || pathname !== '/cgi-bin/message/send') return { status: 404, body: '' }
      if (!/^application\/json\b/.test(headers['content-type'] ?? '')) return answer(43002, 'require POST')
      return take(body)
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
