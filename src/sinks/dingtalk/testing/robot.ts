/**
 * For tests: a DingTalk robot as strict as the real one: token, signature, keywords, size, form of the message, and
 * 20 messages in any minute, above which it takes none for ten minutes.
 * https://help.dingtalk.io/open/development/custom-robots-send-group-messages
 * https://help.dingtalk.io/open/dingstart/customize-robot-security-settings
 */
import { createHmac } from 'node:crypto'
import * as z from 'zod/mini'
import type { Clock } from '../../../domain/clock.ts'
import type { Answer, Received } from '../../../sink-kit/testing/http-receiver.ts'

export interface RobotSettings {
  readonly accessToken: string
  /** `SEC…`: messages must be signed. */
  readonly secret?: string
  /** One of them must be in each message. */
  readonly keywords?: readonly string[]
  readonly clock: Pick<Clock, 'wallMs'>
}

/** A message as the group sees it. */
export interface GroupMessage {
  readonly atMs: number
  readonly text: string
  readonly title: string
  readonly msgtype: 'text' | 'markdown'
  readonly mentioned: readonly string[]
  readonly mentionsAll: boolean
}

export interface Robot {
  /** What the group got, in order. */
  readonly messages: readonly GroupMessage[]
  /** Codes of the answers, in order. */
  readonly codes: readonly number[]
  receive(request: Pick<Received, 'method' | 'target' | 'headers' | 'body'>): Answer
}

const maxBodyBytes = 20_000
const perMinute = 20
const minuteMs = 60_000
const blockedMs = 600_000
const validMs = 3_600_000

const strings = z.optional(z.array(z.string()))
const bodySchema = z.object({
  msgtype: z.enum(['text', 'markdown']),
  text: z.optional(z.object({ content: z.string() })),
  markdown: z.optional(z.object({ title: z.string(), text: z.string() })),
  at: z.optional(z.object({ atMobiles: strings, atUserIds: strings, isAtAll: z.optional(z.boolean()) })),
})

export function dingtalkRobot(settings: RobotSettings): Robot {
  const messages: GroupMessage[] = []
  const codes: number[] = []
  /** When it counted a message, taken or refused for its content. */
  let counted: number[] = []
  let blockedUntilMs = Number.NEGATIVE_INFINITY

  const answer = (code: number, text: string): Answer => {
    codes.push(code)
    return {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ errcode: code, errmsg: text }),
    }
  }

  return {
    messages,
    codes,
    receive({ method, target, headers, body }) {
      const nowMs = settings.clock.wallMs()
      const { pathname, searchParams } = new URL(target, 'https://robot.example.test')
      if (method !== 'POST' || pathname !== '/robot/send') return answer(404, '请求的URI地址不存在')
      if (searchParams.get('access_token') !== settings.accessToken)
        return answer(300001, 'token is not exist')
      counted = counted.filter((atMs) => atMs > nowMs - minuteMs)
      if (nowMs < blockedUntilMs || counted.length >= perMinute) {
        if (nowMs >= blockedUntilMs) blockedUntilMs = nowMs + blockedMs
        return answer(130101, 'send too fast, exceed 20 times per minute')
      }
      counted.push(nowMs)
      if (!/^application\/json\b/.test(headers['content-type'] ?? ''))
        return answer(43004, '无效的HTTP HEADER Content-Type')
      const wrongSign = faultOfSign(settings.secret, searchParams, nowMs)
      if (wrongSign !== undefined) return answer(310000, wrongSign)
      if (Buffer.byteLength(body) > maxBodyBytes)
        return answer(460101, 'message too long, exceed 20000 bytes')
      const message = readMessage(body)
      if (message === undefined) return answer(40035, '不合法的参数')
      const { msgtype, text, markdown, at } = message
      const content = (msgtype === 'text' ? text?.content : markdown?.text) ?? ''
      const title = msgtype === 'text' ? '' : (markdown?.title ?? '')
      if (content === '' || (msgtype === 'markdown' && title === '')) return answer(40035, '缺少参数')
      const { keywords } = settings
      if (keywords && !keywords.some((keyword) => `${title}${content}`.includes(keyword)))
        return answer(310000, 'keywords not in content')
      messages.push({
        atMs: nowMs,
        text: content,
        title,
        msgtype,
        // Only who is in the text too is mentioned.
        mentioned: [...(at?.atMobiles ?? []), ...(at?.atUserIds ?? [])].filter((name) =>
          content.includes(`@${name}`),
        ),
        mentionsAll: at?.isAtAll ?? false,
      })
      return answer(0, 'ok')
    },
  }
}

function readMessage(body: string): z.output<typeof bodySchema> | undefined {
  try {
    return z.parse(bodySchema, JSON.parse(body))
  } catch {
    return undefined
  }
}

function faultOfSign(secret: string | undefined, query: URLSearchParams, nowMs: number): string | undefined {
  if (secret === undefined) return undefined
  const timestamp = query.get('timestamp') ?? ''
  if (!/^\d+$/.test(timestamp) || Math.abs(Number(timestamp) - nowMs) > validMs) return 'invalid timestamp'
  const expected = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
  return query.get('sign') === expected ? undefined : 'sign not match'
}
