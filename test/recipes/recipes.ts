/** The recipes that use the webhook: which platform, what it wants of the environment, what people see. */
import type { FakeClock } from '../../src/domain/testing/fake-clock.ts'
import { bearychat } from '../platforms/bearychat.ts'
import { discord } from '../platforms/discord.ts'
import type { PlatformDouble } from '../platforms/double.ts'
import { feishu } from '../platforms/feishu.ts'
import { mattermost } from '../platforms/mattermost.ts'
import { pagerduty, routingKey } from '../platforms/pagerduty.ts'
import { slack } from '../platforms/slack.ts'
import { teams } from '../platforms/teams.ts'
import { telegram } from '../platforms/telegram.ts'
import { wecom } from '../platforms/wecom.ts'
import { whatsapp } from '../platforms/whatsapp.ts'
import { worktile } from '../platforms/worktile.ts'

export interface Recipe {
  readonly name: string
  /** What of the recipe is secret. */
  readonly key: string
  /** What the platform says to a key that it does not know. */
  readonly unknownKey: RegExp
  readonly double: (clock: FakeClock) => PlatformDouble
  /** What the example file wants of the environment. */
  readonly env: Readonly<Record<string, string>>
  /** Who is told of each message. */
  readonly mentioned: readonly string[]
  /** Characters of a message that are shown whatever they are. */
  readonly keeps: number
  /** How a message stands in what is shown; absent: as it is. */
  readonly asShown?: (message: string) => string
}

export const recipes: readonly Recipe[] = [
  {
    name: 'wecom',
    key: 'example-key',
    unknownKey: /wecom answered: 93000 invalid/,
    double: (clock) => wecom(clock),
    env: { WECOM_URL: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=example-key' },
    mentioned: ['zhangwei', '13800000000'],
    keeps: 400,
  },
  {
    name: 'feishu',
    key: 'example-hook',
    unknownKey: /19001 param invalid/,
    double: (clock) => feishu(clock, { keywords: ['Kubernetes'] }),
    env: { FEISHU_URL: 'https://open.feishu.cn/open-apis/bot/v2/hook/example-hook' },
    mentioned: ['ou_0123456789abcdef'],
    keeps: 3_000,
  },
  {
    name: 'slack',
    key: 'example-key',
    unknownKey: /no_service/,
    double: (clock) => slack(clock),
    env: { SLACK_URL: 'https://hooks.slack.com/services/T00000000/B00000000/example-key' },
    mentioned: ['U0123456789'],
    keeps: 2_900,
  },
  {
    name: 'teams',
    key: 'example-signature',
    unknownKey: /DirectApiAuthorizationRequired/,
    double: (clock) => teams(clock),
    env: {
      TEAMS_URL:
        'https://prod-12.westeurope.logic.azure.com:443/workflows/0123456789abcdef/triggers/manual/paths/invoke' +
        '?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=example-signature',
    },
    mentioned: ['on-call@example.test'],
    keeps: 4_000,
  },
  {
    name: 'discord',
    key: 'example-token',
    unknownKey: /50027 Invalid Webhook Token/,
    double: discord,
    env: { DISCORD_URL: 'https://discord.com/api/webhooks/100000000000000001/example-token' },
    mentioned: ['100000000000000002'],
    keeps: 1_500,
  },
  {
    name: 'mattermost',
    key: 'examplekey',
    unknownKey: /Invalid webhook/,
    double: mattermost,
    env: { MATTERMOST_URL: 'https://chat.example.test/hooks/examplekey' },
    mentioned: ['oncall'],
    keeps: 16_000,
  },
  {
    name: 'telegram',
    key: 'example-token',
    unknownKey: /401 Unauthorized/,
    double: (clock) => telegram(clock),
    env: { TELEGRAM_URL: 'https://api.telegram.org/bot100000001:example-token/sendMessage' },
    mentioned: ['oncall_anna'],
    keeps: 1_800,
  },
  {
    name: 'pagerduty',
    key: routingKey,
    unknownKey: /Invalid routing key/,
    double: pagerduty,
    env: { PAGERDUTY_URL: 'https://events.pagerduty.com/v2/enqueue' },
    mentioned: [],
    keeps: 20_000,
  },
  {
    name: 'whatsapp',
    key: 'example-token',
    unknownKey: /190 .*access token/,
    double: (clock) => whatsapp(clock),
    env: {
      WHATSAPP_URL: 'https://graph.facebook.com/v21.0/100000000000001/messages',
      WHATSAPP_AUTHORIZATION: 'Bearer example-token',
    },
    mentioned: ['15550100'],
    keeps: 300,
    // In one line, as Go's %q has it.
    asShown: (message) => JSON.stringify(message).slice(1, -1).replaceAll('\\u00', '\\x'),
  },
  {
    name: 'bearychat',
    key: 'example-key',
    unknownKey: /answered/,
    double: bearychat,
    env: { BEARYCHAT_URL: 'https://hook.bearychat.com/=bw000/incoming/example-key' },
    mentioned: [],
    keeps: 1_000,
  },
  {
    name: 'worktile',
    key: 'example-key',
    unknownKey: /answered/,
    double: worktile,
    env: { WORKTILE_URL: 'https://hook.worktile.com/incoming/example-key' },
    mentioned: [],
    keeps: 4_000,
  },
]
