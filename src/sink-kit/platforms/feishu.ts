/** Feishu's and Lark's custom bots. */
import { numberedCode } from './readings.ts'
import type { Row } from './row.ts'

export const feishu: Row = {
  name: 'feishu',
  hosts: ['open.feishu.cn', 'open.larksuite.com', 'open.larkoffice.com'],
  sources: [
    // 100 a minute and 5 a second; 20 KB; 9499 form, 11232 frequency, 19021 signature, 19022 address, 19024 keyword.
    'https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot',
    'https://open.larksuite.com/document/client-docs/bot-v3/add-custom-bot',
    'https://open.feishu.cn/document/server-docs/api-call-guide/frequency-control',
    // 19036: too large, as measured by others.
    'https://packagist.org/packages/hughcube/laravel-lark',
  ],
  quotas: [
    { messages: 5, perMs: 1_000 },
    { messages: 100, perMs: 60_000 },
  ],
  maxBodyBytes: 20_480,
  throttledMs: 10_000,
  read: numberedCode([0]),
  codes: {
    9499: 'bad-message',
    11232: 'throttled',
    11246: 'bad-message',
    19001: 'refused',
    19002: 'bad-message',
    19021: 'refused',
    19022: 'refused',
    19024: 'refused',
    19036: 'bad-message',
    230001: 'bad-message',
    230020: 'throttled',
    230099: 'bad-message',
    99991400: 'throttled',
    99991401: 'refused',
  },
}
