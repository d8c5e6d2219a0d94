/** WeCom's (企业微信) group robots. */
import { numberedCode } from './readings.ts'
import type { Row } from './row.ts'

export const wecom: Row = {
  name: 'wecom',
  hosts: ['qyapi.weixin.qq.com'],
  sources: [
    // 20 messages a minute and robot; 2,048 bytes of text, 4,096 of Markdown.
    'https://developer.work.weixin.qq.com/document/path/91770',
    'https://developer.work.weixin.qq.com/document/path/90313',
    // 40058: "markdown.content exceed max length 4096. invalid Request Parameter".
    'https://github.com/RayWangQvQ/BiliBiliToolPro/issues/702',
  ],
  quotas: [{ messages: 20, perMs: 60_000 }],
  robotIn: 'key',
  throttledMs: 60_000,
  read: numberedCode([0]),
  texts: [
    // 93000 is the code of a wrong key, and was that of a text too long.
    [/exceed max length/, 'bad-message'],
    // 40058 is the code of a wrong parameter, the robot's key among them.
    [/invalid param 'key'/, 'refused'],
  ],
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
}
