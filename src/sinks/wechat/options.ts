/** The options of a WeCom application: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { kitSchema, texts, wholeNumber } from '../../sink-kit/kit-options.ts'
import { secret } from '../../sink-kit/secret-option.ts'

/** The largest agent id: WeCom gives out seven digits. */
const mostAgentId = 2_147_483_647

const { ca, cert, key, serverName, insecure, endpoint, toParty, toTag } = kitSchema.shape

export const wechatSchema = z.strictObject({
  corp_id: z
    .string()
    .check(z.minLength(1, 'is empty'), z.describe("The corporation's id (`ww…`), under My Company.")),
  corp_secret: z
    .string()
    .check(z.minLength(1, 'is empty'), z.describe("The application's secret. Secret."), secret),
  agent_id: wholeNumber(0, mostAgentId).check(z.describe("The application's id, a number.")),
  to_user: z
    .optional(texts)
    .check(
      z.describe(
        'Ids of the members that are told, each by a message of its own. Absent: `@all`, everybody who sees the ' +
          'application, unless `toParty` or `toTag` name others.',
      ),
    ),
  label: z
    ._default(z.array(z.string()), [])
    .check(z.describe('Lines that each message begins with, to tell clusters apart.')),
  format: z
    ._default(z.enum(['text', 'card'], 'is none of text, card'), 'text')
    .check(
      z.describe(
        "`text` is kube-eventer's message; `card` is Markdown that names the object, which WeCom shows and WeChat does not.",
      ),
    ),
  toParty,
  toTag,
  endpoint,
  ca,
  cert,
  key,
  serverName,
  insecure,
})

export type WechatOptions = z.output<typeof wechatSchema>
