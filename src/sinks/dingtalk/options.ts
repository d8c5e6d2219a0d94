/** A DingTalk robot's own options: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { kitSchema } from '../../sink-kit/kit-options.ts'
import { splitUrl } from '../../sink-kit/raw-url.ts'
import { secret } from '../../sink-kit/secret-option.ts'

const url = z.string().check(
  z.refine(
    (text) => isHttpUrl(text),
    'has no host, or is neither http nor https: write https://oapi.dingtalk.com/robot/send',
  ),
  z.describe("The robot's address without its query."),
  secret,
)

const accessToken = z
  .string()
  .check(z.minLength(1, 'is empty'), z.describe("The token in the robot's address. Secret."), secret)

const sign = z
  .optional(z.string())
  .check(z.describe("The secret of the robot's signature (`SEC…`). Secret."), secret)

const msgType = z
  .string()
  .check(
    z.describe(
      '`text`, `markdown` (with links to the console of ACK, for which cluster_id and region are needed) or ' +
        '`card` (markdown without links, the object by its own name).',
    ),
  )

const labels = z
  .array(z.string())
  .check(z.describe('Lines that each message begins with, to tell clusters apart.'))

const { ca, cert, key, serverName, insecure, platform, plainHttp, atMobiles, atUserIds, atAll, keywords } =
  kitSchema.shape

export const dingtalkSchema = z.strictObject({
  url,
  access_token: accessToken,
  sign,
  msg_type: z._default(msgType, 'text'),
  label: z._default(labels, []),
  cluster_id: z._default(z.string(), '').check(z.describe("The cluster's id in ACK, for links.")),
  region: z._default(z.string(), '').check(z.describe("The cluster's region, for links.")),
  ca,
  cert,
  key,
  serverName,
  insecure,
  platform,
  plainHttp,
  atMobiles,
  atUserIds,
  atAll,
  keywords,
})

export type DingtalkOptions = z.output<typeof dingtalkSchema>

function isHttpUrl(text: string): boolean {
  const parts = splitUrl(text)
  return parts !== undefined && parts.host !== '' && (parts.scheme === 'http' || parts.scheme === 'https')
}
