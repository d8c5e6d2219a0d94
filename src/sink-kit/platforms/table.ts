/** The platforms that are known: one row each. */
import { bearychat } from './bearychat.ts'
import { dingtalk } from './dingtalk.ts'
import { discord } from './discord.ts'
import { feishu } from './feishu.ts'
import { mattermost } from './mattermost.ts'
import { pagerduty } from './pagerduty.ts'
import type { Row } from './row.ts'
import { slack } from './slack.ts'
import { teams } from './teams.ts'
import { telegram } from './telegram.ts'
import { wecom } from './wecom.ts'
import { whatsapp } from './whatsapp.ts'
import { worktile } from './worktile.ts'

/** In the order of `platformNames`. */
export const rows: readonly Row[] = [
  dingtalk,
  wecom,
  feishu,
  slack,
  teams,
  discord,
  mattermost,
  telegram,
  pagerduty,
  whatsapp,
  bearychat,
  worktile,
]
