/**
 * A WeCom group robot: 20 messages a minute, 2,048 bytes of text, 4,096 of Markdown, mentions by user id or number.
 * https://developer.work.weixin.qq.com/document/path/91770
 */
import * as z from 'zod/mini'
import type { Clock } from '../../src/domain/clock.ts'
import { Window, found, jsonAnswer, platformDouble } from './double.ts'
import type { PlatformDouble } from './double.ts'

const names = z.optional(z.array(z.string()))
const message = z.object({
  msgtype: z.string(),
  text: z.optional(
    z.object({ content: z.optional(z.string()), mentioned_list: names, mentioned_mobile_list: names }),
  ),
  // Only the part of the message's own type is looked at.
  markdown: z.optional(z.object({ content: z.optional(z.string()) })),
})

/** `keys` of the robots that there are now, each with its own minute. */
export function wecom(
  clock: Pick<Clock, 'wallMs'>,
  keys: ReadonlySet<string> = new Set(['example-key']),
): PlatformDouble {
  const minutes = new Map<string, Window>()
  return platformDouble('qyapi.weixin.qq.com', clock, ({ path, query, json, nowMs, show }) => {
    const answer = (errcode: number, errmsg: string) =>
      jsonAnswer({
        errcode,
        errmsg:
          errcode === 0
            ? errmsg
            : `${errmsg}, hint: [1716264347466642364852488], from ip: 203.0.113.7, more info at https://open.work.weixin.qq.com/devtool/query?e=${errcode}`,
      })
    const key = query.get('key') ?? ''
    if (path !== '/cgi-bin/webhook/send' || key === '') return answer(40058, "invalid param 'key'")
    if (!keys.has(key)) return answer(93000, 'invalid webhook url')
    const minute = minutes.get(key) ?? new Window(20, 60_000)
    minutes.set(key, minute)
    if (!minute.admits(nowMs)) return answer(45009, 'api freq out of limit')
    const read = z.safeParse(message, json)
    // The header does not matter to it; what is no JSON is said, and then lacks its type.
    if (!read.success)
      return answer(40008, `${json === undefined ? 'Warning: wrong json format. ' : ''}invalid message type`)
    const { msgtype, text, markdown } = read.data
    if (msgtype !== 'text' && msgtype !== 'markdown') return answer(40008, 'invalid message type')
    const content = (msgtype === 'text' ? text?.content : markdown?.content) ?? ''
    if (content === '') return answer(44004, 'empty content')
    const most = msgtype === 'text' ? 2_048 : 4_096
    if (Buffer.byteLength(content) > most)
      return answer(40058, `${msgtype}.content exceed max length ${most}. invalid Request Parameter`)
    show(
      content,
      msgtype === 'text'
        ? [...(text?.mentioned_list ?? []), ...(text?.mentioned_mobile_list ?? [])]
        : found(content, /<@([^>\s]+)>/g),
    )
    return answer(0, 'ok')
  })
}
