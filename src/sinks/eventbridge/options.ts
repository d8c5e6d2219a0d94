/** The options of the sink eventbridge: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { kitSchema, yesOrNo } from '../../sink-kit/kit-options.ts'
import { secret } from '../../sink-kit/secret-option.ts'

const clusterId = z
  .string('is missing: name the cluster')
  .check(
    z.minLength(1, 'is empty: name the cluster'),
    z.describe('The id of the cluster: a part of the subject of each event.'),
  )

const regionId = z
  .string()
  .check(
    z.regex(/^[A-Za-z0-9-]*$/, 'is no region: write cn-hangzhou'),
    z.describe(
      'The region, which is a part of the subject too. For the address the variable `RegionId` counts more, and without ' +
        "both the node's.",
    ),
  )

const { endpoint, ownerAccountId, ca, cert, key, serverName, insecure } = kitSchema.shape

export const eventbridgeSchema = z.strictObject({
  clusterId,
  regionId: z._default(regionId, ''),
  eventBusName: z
    ._default(z.string().check(z.minLength(1, 'is empty: name the event bus')), 'default')
    .check(z.describe('The event bus, which has to be there.')),
  accessKeyId: z
    .optional(z.string())
    .check(z.describe('The id of an access key; absent: the variable `AccessKeyId`. Secret.'), secret),
  accessKeySecret: z
    .optional(z.string())
    .check(
      z.describe(
        'The secret of the access key; absent: the variable `AccessKeySecret`. Without a key a role is used. Secret.',
      ),
      secret,
    ),
  internal: z
    ._default(yesOrNo, true)
    .check(
      z.describe("Send inside the cloud's own network (`ACCOUNT.eventbridge.REGION-vpc.aliyuncs.com`)."),
    ),
  ownerAccountId,
  endpoint,
  ca,
  cert,
  key,
  serverName,
  insecure,
})

export type EventbridgeOptions = z.output<typeof eventbridgeSchema>
