/** The options of the sink sls: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { kitSchema, yesOrNo } from '../../sink-kit/kit-options.ts'
import { secret } from '../../sink-kit/secret-option.ts'

const project = z
  .string('is missing: name the project')
  .check(
    z.regex(/^[A-Za-z0-9-]+$/, 'is no name of a project: letters, digits and dashes alone'),
    z.describe('The project.'),
  )

const logStore = z
  .string('is missing: name the logstore')
  .check(
    z.regex(/^[\w-]+$/, 'is no name of a logstore: letters, digits, dashes and underscores alone'),
    z.describe('The logstore, which has to be there.'),
  )

const regionId = z
  .string()
  .check(
    z.regex(/^[A-Za-z0-9-]*$/, 'is no region: write cn-hangzhou'),
    z.describe(
      'The region of the project, unless the variable `RegionId` names one. Without both that of the endpoint, or of the node.',
    ),
  )

const { endpoint, signature, ca, cert, key, serverName, insecure } = kitSchema.shape

export const slsSchema = z.strictObject({
  project,
  logStore,
  topic: z._default(z.string(), '').check(z.describe('The topic of the logs.')),
  regionId: z.optional(regionId),
  label: z
    ._default(z.record(z.string(), z.string()), {})
    .check(z.describe('Fields that each log has besides, by their names.')),
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
    .check(z.describe("Send inside the cloud's own network (`REGION-intranet.log.aliyuncs.com`).")),
  endpoint,
  signature: z._default(signature, 'v4'),
  ca,
  cert,
  key,
  serverName,
  insecure,
})

export type SlsOptions = z.output<typeof slsSchema>
