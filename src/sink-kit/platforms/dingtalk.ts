/** DingTalk's custom robots. */
import { numberedCode } from './readings.ts'
import type { Row } from './row.ts'

export const dingtalk: Row = {
  name: 'dingtalk',
  hosts: ['oapi.dingtalk.com', 'api.dingtalk.com', 'oapi.dingtalk.io'],
  sources: [
    // 20 messages a minute and robot; what is above blocks it for ten minutes.
    'https://help.dingtalk.io/open/development/custom-robots-send-group-messages',
    // Keywords, signature (an hour of clock difference), addresses: 310000.
    'https://help.dingtalk.io/open/dingstart/customize-robot-security-settings',
    'https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages',
    'https://open.dingtalk.com/document/orgapp/server-side-error-codes',
    // The answer of a robot that is blocked: 130101 beside `"punish": "deny"`.
    'https://blog.csdn.net/jialiuyang/article/details/118615052',
    // The body's 20,000 bytes (460101, 101002) are in no document: reported by users of other programs.
    'https://github.com/timonwong/prometheus-webhook-dingtalk/issues/30',
    'https://github.com/feiyu563/PrometheusAlert/issues/318',
  ],
  quotas: [{ messages: 20, perMs: 60_000 }],
  robotIn: 'access_token',
  maxBodyBytes: 20_000,
  throttledMs: 60_000,
  blockedMs: 600_000,
  read: numberedCode([0]),
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
}
