/**
 * The options that every sink has from the kit: `ke.name`, `ke.timeout`, …. One schema for both front ends: on the
 * command line they are texts with `ke.` before their name, in YAML they have their plain name.
 */
import * as z from 'zod/mini'
import { parseGoDuration } from '../gotime/duration.ts'
import { platformNamed } from './platform.ts'
import { platformNames } from './platforms/row.ts'
import type { Pace } from './pace.ts'
import { present } from './present.ts'
import { secret } from './secret-option.ts'

/** Adds an issue to a value that a transform cannot read. */
type Context = {
  readonly issues: { push(issue: { code: 'custom'; message: string; input: unknown }): unknown }
}

function refuse(context: Context, input: unknown, message: string): never {
  context.issues.push({ code: 'custom', message, input })
  return z.NEVER
}

/** A text, not empty. */
const filled = z.string().check(z.minLength(1, 'is empty'))

/** A Go duration (`30s`, `1h30m`), not below zero; ms. */
const duration = z.pipe(
  z.string('is no duration: write 30s, 5m or 1h30m'),
  z.transform((text: string, context): number => {
    const result = parseGoDuration(text)
    if (!result.ok) return refuse(context, text, 'is no duration: write 30s, 5m or 1h30m')
    return result.duration.ms < 0 ? refuse(context, text, 'is below zero') : result.duration.ms
  }),
)

/** A whole number as a text or a number. */
export function wholeNumber(least: number, most: number) {
  return z.pipe(
    z.union([z.string(), z.number()]),
    z.transform((value: string | number, context): number => {
      const number = /^\d+$/.test(String(value)) ? Number(value) : Number.NaN
      if (number >= least && number <= most) return number
      return refuse(context, value, `is no whole number from ${least} to ${most}`)
    }),
  )
}

const trueTexts = ['1', 't', 'T', 'TRUE', 'true', 'True']
const falseTexts = ['0', 'f', 'F', 'FALSE', 'false', 'False']

/** On the command line split at commas; in YAML a list. At least one text, none empty. */
export const texts = z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((value: string | string[], context): readonly string[] => {
    const all = (typeof value === 'string' ? value.split(',') : value).map((text) => text.trim())
    const given = all.filter((text) => text !== '')
    return given.length > 0 ? given : refuse(context, value, 'is empty')
  }),
)

/** As Go's `strconv.ParseBool` reads it. */
export const yesOrNo = z.pipe(
  z.union([z.string(), z.boolean()]),
  z.transform((value: string | boolean, context): boolean => {
    if (typeof value === 'boolean') return value
    if (trueTexts.includes(value)) return true
    return falseTexts.includes(value) ? false : refuse(context, value, 'is neither true nor false')
  }),
)

const retryFor = z.pipe(
  z.string(),
  z.transform((text: string, context): number | 'journal' => {
    if (text === 'journal') return text
    const result = parseGoDuration(text)
    if (result.ok && result.duration.ms > 0) return result.duration.ms
    return refuse(context, text, 'is neither a duration (1h) nor `journal`')
  }),
)

/** A report's name and the time of day at which it is told. */
const report = z.pipe(
  z.string(),
  z.transform((text: string, context): { readonly name: string; readonly at: string } => {
    const [, name = '', at = ''] = /^([A-Za-z0-9][\w.-]{0,62})@((?:[01]?\d|2[0-3]):[0-5]\d)$/.exec(text) ?? []
    return name === '' ? refuse(context, text, 'is no name and time of day: write daily@20:00') : { name, at }
  }),
)

const platform = z.pipe(
  z.string(),
  z.transform(
    (text: string, context) =>
      platformNamed(text) ?? refuse(context, text, `is none of ${[...platformNames, 'none'].join(', ')}`),
  ),
)

/** The longest that a `send` may take, ms: a timer cannot wait longer than 24.8 days, and nobody should wait a day. */
const longestTimeoutMs = 3_600_000

const timeout = z.pipe(
  duration,
  z.transform((ms: number, context): number =>
    ms >= 1 && ms <= longestTimeoutMs ? ms : refuse(context, ms, 'is not between 1ms and 1h'),
  ),
)

export const kitSchema = z.strictObject({
  name: z.optional(filled).check(z.describe("The sink's name: its place in the journal belongs to it.")),
  timeout: z.optional(timeout).check(z.describe('How long a send may take before it counts as failed.')),
  retryFor: z
    .optional(retryFor)
    .check(
      z.describe('How long an event is retried before it is a dead letter; `journal`: while it is kept.'),
    ),
  linger: z.optional(duration).check(z.describe('How long a batch may wait to fill.')),
  batchCount: z.optional(wholeNumber(1, 10_000)).check(z.describe('Events a batch may hold.')),
  batchBytes: z.optional(wholeNumber(1, 64 * 1_048_576)).check(z.describe('Bytes a batch may hold.')),
  concurrency: z.optional(wholeNumber(1, 256)).check(z.describe('Sends in flight at once.')),
  report: z
    .optional(report)
    .check(z.describe('Tell the sink what went wrong each day, at a time, as in `daily@20:00`.')),
  ca: z.optional(filled).check(z.describe('PEM file with the only authorities to trust.')),
  cert: z.optional(filled).check(z.describe("PEM file with the client's certificate.")),
  key: z.optional(filled).check(z.describe("PEM file with the client's key.")),
  serverName: z.optional(filled).check(z.describe("The name that the server's certificate must carry.")),
  insecure: z.optional(yesOrNo).check(z.describe("Do not verify the server's certificate.")),
  platform: z
    .optional(platform)
    .check(
      z.describe(
        `Whose answers these are: ${platformNames.join(', ')} or none. Told by the host where absent.`,
      ),
    ),
  escape: z
    .optional(z.enum(['auto', 'json', 'none'], 'is none of auto, json, none'))
    .check(z.describe('Whether values are escaped for JSON in the body.')),
  template: z.optional(filled).check(z.describe('A Go template for the body.')),
  templateFile: z
    .optional(filled)
    .check(z.describe('File with a Go template for the body; a change takes effect by itself.')),
  forwardOptions: z
    .optional(yesOrNo)
    .check(z.describe("Send the sink's own options to the endpoint in the query, as kube-eventer does.")),
  plainHttp: z
    .optional(yesOrNo)
    .check(z.describe('Send without TLS where the URL says http: for a gateway that you trust.')),
  atMobiles: z
    .optional(texts)
    .check(z.describe('Mobile numbers of the members that each message mentions, with commas between.')),
  atUserIds: z
    .optional(texts)
    .check(z.describe('User ids of the members that each message mentions, with commas between.')),
  atAll: z.optional(yesOrNo).check(z.describe('Mention everybody in each message.')),
  keywords: z
    .optional(texts)
    .check(
      z.describe(
        "The keywords of the robot's security settings: a message that has none of them gets the first.",
      ),
    ),
  format: z.optional(filled).check(z.describe('The form of what is written.')),
  endpoint: z
    .optional(filled)
    .check(
      z.describe("The API's address where it is not the platform's own: a gateway, or a private one."),
      secret,
    ),
  toParty: z
    .optional(texts)
    .check(z.describe('Ids of the departments whose members are told, with commas between.')),
  toTag: z.optional(texts).check(z.describe('Ids of the tags whose members are told, with commas between.')),
  saslMechanism: z
    .optional(filled)
    .check(z.describe('How a user proves its password: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.')),
  topic: z
    .optional(filled)
    .check(z.describe('A Go template over the event that gives the topic, or a name.')),
  apiKey: z
    .optional(filled)
    .check(z.describe('An API key: as it was given out, encoded, or as `id:key`. Secret.'), secret),
  dataStream: z.optional(filled).check(z.describe('Write to this data stream instead of an index a day.')),
  indexTemplate: z
    .optional(yesOrNo)
    .check(z.describe('Make a template for the indices where there is none. Default true.')),
  gzip: z.optional(yesOrNo).check(z.describe('Compress what is sent. Default false.')),
  signature: z
    .optional(z.enum(['v1', 'v4'], 'is none of v1, v4'))
    .check(
      z.describe(
        'The version of the signature: `v4`, or `v1` for what stands before SLS and knows no other.',
      ),
    ),
  database: z.optional(filled).check(z.describe('The database.')),
  collection: z.optional(filled).check(z.describe('The collection.')),
  expireAfter: z
    .optional(filled)
    .check(z.describe('How long the server keeps an event, by its time; absent: for ever.')),
  token: z.optional(filled).check(z.describe('The token of an API. Secret.'), secret),
  org: z.optional(filled).check(z.describe("The organization's name.")),
  bucket: z.optional(filled).check(z.describe("The bucket's name.")),
  tags: z.optional(filled).check(z.describe('Which tags a point has.')),
  ownerAccountId: z
    .optional(filled)
    .check(
      z.describe('The number of the account; absent: the variable `OwnerAccountId`, else that of the node.'),
    ),
})

export type KitOptions = z.output<typeof kitSchema>
export type KitOptionName = keyof KitOptions

export const kitOptionNames: readonly string[] = Object.keys(kitSchema.shape)

/** Options that only some sinks have a use for. */
const particular = [
  'ca',
  'cert',
  'key',
  'serverName',
  'insecure',
  'platform',
  'escape',
  'template',
  'templateFile',
  'forwardOptions',
  'plainHttp',
  'atMobiles',
  'atUserIds',
  'atAll',
  'keywords',
  'format',
  'endpoint',
  'toParty',
  'toTag',
  'saslMechanism',
  'topic',
  'apiKey',
  'dataStream',
  'indexTemplate',
  'gzip',
  'signature',
  'database',
  'collection',
  'expireAfter',
  'token',
  'org',
  'bucket',
  'tags',
  'ownerAccountId',
] as const satisfies readonly KitOptionName[]

/** Errors for options that were given and that a sink, which uses `used` alone, would ignore. */
export function unusedOptions(kit: KitOptions, used: readonly KitOptionName[]): readonly string[] {
  return particular
    .filter((name) => kit[name] !== undefined && !used.includes(name))
    .map((name) => `option \`ke.${name}\` has no meaning for this sink: remove it`)
}

/** Those of the options `used` that were given: input for the sink's own schema. */
export function pickOptions(
  kit: KitOptions,
  used: readonly KitOptionName[],
): Readonly<Record<string, unknown>> {
  return present(Object.fromEntries(used.map((name) => [name, kit[name]])))
}

/** A sink's pace with what the user set. */
export function paceWith(pace: Pace, kit: KitOptions): Pace {
  return {
    ...pace,
    concurrency: kit.concurrency ?? pace.concurrency,
    batchCount: kit.batchCount ?? pace.batchCount,
    batchBytes: kit.batchBytes ?? pace.batchBytes,
    lingerMs: kit.linger ?? pace.lingerMs,
    timeoutMs: kit.timeout ?? pace.timeoutMs,
    retryForMs: kit.retryFor ?? pace.retryForMs,
  }
}
