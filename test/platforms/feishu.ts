/**
 * A custom bot of Feishu: 100 messages a minute, 5 a second, 20 KB, keywords, a signature if asked for.
 * https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
 */
import { createHmac } from 'node:crypto'
import * as z from 'zod/mini'
import type { Clock } from '../../src/domain/clock.ts'
import { Window, admittedByAll, found, jsonAnswer, platformDouble } from './double.ts'
import type { PlatformDouble } from './double.ts'

export interface FeishuSettings {
  readonly keywords?: readonly string[]
  readonly secret?: string
}

const message = z.object({
  msg_type: z.literal('text'),
  content: z.object({ text: z.string().check(z.minLength(1)) }),
  timestamp: z.optional(z.string()),
  sign: z.optional(z.string()),
})

export function feishu(clock: Pick<Clock, 'wallMs'>, settings: FeishuSettings = {}): PlatformDouble {
  const windows = [new Window(5, 1_000), new Window(100, 60_000)]
  return platformDouble('open.feishu.cn', clock, ({ path, body, json, saysJson, nowMs, show }) => {
    const answer = (code: number, msg: string) => jsonAnswer({ code, data: {}, msg })
    if (path !== '/open-apis/bot/v2/hook/example-hook')
      return answer(19001, 'param invalid: incoming webhook access token invalid')
    if (!admittedByAll(windows, nowMs))
      return answer(11232, 'frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]')
    const read = z.safeParse(message, json)
    if (!saysJson || !read.success || Buffer.byteLength(body) > 20_480) return answer(9499, 'Bad Request')
    const { content, timestamp = '', sign } = read.data
    const { secret, keywords } = settings
    if (secret !== undefined) {
      const expected = createHmac('sha256', `${timestamp}\n${secret}`).digest('base64')
      const isLate = Math.abs(Number(timestamp) * 1_000 - nowMs) > 3_600_000
      if (sign !== expected || isLate)
        return answer(19021, 'sign match fail or timestamp is not within one hour from current time')
    }
    if (keywords && !keywords.some((keyword) => content.text.includes(keyword)))
      return answer(19024, 'Key Words Not Found')
    show(content.text, found(content.text, /<at user_id="([^"]+)">/g))
    return jsonAnswer({ StatusCode: 0, StatusMessage: 'success', code: 0, data: {}, msg: 'success' })
  })
}
