/** The configuration file's form: what is read, what editors complete, what the documentation tells. */
import * as z from 'zod/mini'
import { parseGoDuration } from '../../gotime/duration.ts'
import { groupings } from '../../report/report.ts'
import { kitSchema } from '../../sink-kit/kit-options.ts'
import { readListenAddress } from '../listen-address.ts'

/** Adds an issue to a value that a transform cannot read. */
type Context = {
  readonly issues: { push(issue: { code: 'custom'; message: string; input: unknown }): unknown }
}

function refuse(context: Context, input: unknown, message: string): never {
  context.issues.push({ code: 'custom', message, input })
  return z.NEVER
}

const trueOrFalse = z.boolean('is neither true nor false')
const text = z.string().check(z.minLength(1, 'is empty'))

/** A Go duration of `leastMs` to `mostMs`; ms. */
function duration(leastMs: number, mostMs: number, bounds: string) {
  return z.pipe(
    z.string('is no duration: write 30s, 5m or 1h30m'),
    z.transform((written: string, context): number => {
      const result = parseGoDuration(written)
      if (!result.ok) return refuse(context, written, 'is no duration: write 30s, 5m or 1h30m')
      const { ms } = result.duration
      return ms >= leastMs && ms <= mostMs ? ms : refuse(context, written, `is not between ${bounds}`)
    }),
  )
}

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  Ki: 1_024,
  Mi: 1_048_576,
  Gi: 1_073_741_824,
}

function bytes(least: number, bounds: string) {
  return z.pipe(
    z.union([z.string(), z.number()]),
    z.transform((written: string | number, context): number => {
      const [, number, unit = ''] = /^(\d+)(Ki|Mi|Gi)?$/.exec(String(written)) ?? []
      if (number === undefined) return refuse(context, written, 'is no size: write 512Mi or 2Gi')
      const size = Number(number) * (unitBytes[unit] ?? 1)
      return size >= least && Number.isSafeInteger(size)
        ? size
        : refuse(context, written, `is below ${bounds}`)
    }),
  )
}

const listenAddress = z.pipe(
  z.string(),
  z.transform((written: string, context): { ip: string; port: number } => {
    const address = readListenAddress(written)
    return address ?? refuse(context, written, 'is no address to listen on: write 0.0.0.0:8084')
  }),
)

const lookBack = z.pipe(
  z.string(),
  z.transform((written: string, context): LookBackInput => {
    if (written === 'all') return { kind: 'all' }
    const result = parseGoDuration(written)
    if (!result.ok || result.duration.ms < 0) {
      return refuse(context, written, 'is neither a duration nor `all`: write 1h')
    }
    return result.duration.ms === 0 ? { kind: 'none' } : { kind: 'duration', ms: result.duration.ms }
  }),
)

type LookBackInput = { kind: 'none' } | { kind: 'all' } | { kind: 'duration'; ms: number }

/** What a name of a cluster is; its place in the journal belongs to it. */
const clusterName = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][\w.-]{0,62}$/,
      'is no name: write 1 to 63 letters, digits, -, _ and ., starting with a letter or digit',
    ),
  )

const server = z
  .string()
  .check(
    z.refine(
      (url) => /^https?:\/\/[^/?#@\s]+\/?$/.test(url) && URL.canParse(url),
      'is no address of an API server: write https://HOST:PORT',
    ),
  )

export const sourceSchema = z.strictObject({
  name: z
    ._default(clusterName, 'default')
    .check(z.describe('Name of the cluster: its place in the events belongs to it.')),
  type: z
    .literal(['kubernetes', 'recording'], 'is neither `kubernetes` nor `recording`')
    .check(z.describe('`kubernetes`: a cluster; `recording`: a file, played as if it came from one.')),
  url: z
    .optional(server)
    .check(z.describe('Address of the API server. Absent: told by the cluster or the kubeconfig.')),
  inClusterConfig: z
    .optional(trueOrFalse)
    .check(z.describe("Use the pod's own account. Absent: yes, unless `kubeconfig` or `context` is given.")),
  kubeconfig: z.optional(text).check(z.describe('Path of a kubeconfig.')),
  context: z.optional(text).check(z.describe('Context of the kubeconfig. Absent: its current one.')),
  useServiceAccount: z
    ._default(trueOrFalse, false)
    .check(z.describe("With `inClusterConfig: false`: the pod's token, if it can be read.")),
  insecure: z._default(trueOrFalse, false).check(z.describe("Do not verify the server's certificate.")),
  fieldSelector: z.optional(text).check(z.describe('Watch less, as in `type=Warning`.')),
  namespace: z
    .optional(z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is no name of a namespace')))
    .check(z.describe('Watch one namespace only.')),
  lookBack: z
    .optional(lookBack)
    .check(
      z.describe('At a first start tell also events that are there already and younger; `all`: all of them.'),
    ),
  file: z.optional(text).check(z.describe('Of a recording: path of the file, NDJSON, gzipped or not.')),
  speed: z
    .optional(
      z.union(
        [z.literal('max'), z.number().check(z.gt(0))],
        'is neither a number above 0 nor `max`: write 60 for a minute in a second',
      ),
    )
    .check(
      z.describe('Of a recording: how many times faster than recorded; `max`: without waiting. Absent: 1.'),
    ),
})

/** One text or a list of them. */
const texts = z.pipe(
  z.union(
    [z.array(text), z.string().check(z.minLength(1, 'is empty'))],
    'must be a list of texts: write [a, b]',
  ),
  z.transform((written: string | string[]): string[] => (typeof written === 'string' ? [written] : written)),
)

const conditions = {
  namespaces: z
    .optional(texts)
    .check(z.describe('Namespaces of the involved object: names, or expressions for whole names.')),
  kinds: z
    .optional(texts)
    .check(z.describe('Kinds of the involved object: names, or expressions for whole names.')),
  reason: z.optional(texts).check(z.describe('Expressions that match somewhere in the reason.')),
  message: z.optional(texts).check(z.describe('Expressions that match somewhere in the message.')),
  object: z
    .optional(texts)
    .check(
      z.describe('Expressions that match somewhere in `kind/namespace/name`; a node is `Node//worker-1`.'),
    ),
}

export const filtersSchema = z.strictObject({
  level: z
    ._default(z.enum(['all', 'Normal', 'Warning'], 'is none of all, Normal, Warning'), 'Warning')
    .check(z.describe('`Warning`: warnings only; `Normal`: both; `all`: also types that are neither.')),
  ...conditions,
  clusterScoped: z
    .optional(trueOrFalse)
    .check(z.describe('Let events of objects without a namespace pass `namespaces`.')),
  namespaceOf: z
    .optional(z.enum(['object', 'event'], 'is none of object, event'))
    .check(
      z.describe(
        "Whose namespace `namespaces` looks at: the involved object's (default), or the event's own, which for a node is `default`.",
      ),
    ),
  exclude: z
    .optional(z.strictObject(conditions))
    .check(z.describe('Leave out events that any expression of any of these matches.')),
})

/** A sink but for its options, whose form its type decides. */
export const sinkSchema = z.strictObject({
  name: z
    .string()
    .check(
      z.minLength(1, 'is empty'),
      z.maxLength(200, 'is longer than 200 characters'),
      z.describe('Name of the sink: its place in the events belongs to it.'),
    ),
  type: z.string().check(z.describe('The kind of sink.')),
  options: z._default(z.record(z.string(), z.unknown()), {}).check(z.describe("The sink's options.")),
  filters: z.prefault(filtersSchema, {}).check(z.describe('Which events it gets.')),
})

const { timeout, retryFor, linger, batchCount, batchBytes, concurrency } = kitSchema.shape

/** Options that every sink has from the kit, beside those of its own schema. */
export const paceSchema = z.strictObject({ timeout, retryFor, linger, batchCount, batchBytes, concurrency })

/** Its place in the journal belongs to it. */
const reportName = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][\w.-]{0,62}$/,
      'is no name: write 1 to 63 letters, digits, -, _ and ., starting with a letter or digit',
    ),
  )

export const reportSchema = z.strictObject({
  at: text.check(
    z.describe("When it is told: a time of day (`20:00`) or a cron expression (`'0 9 * * 1-5'`)."),
  ),
  tz: z
    .optional(text)
    .check(
      z.describe(
        'Time zone of `at` and of the times that are told, as in `Asia/Shanghai`. Absent: that of `TZ`.',
      ),
    ),
  period: z
    .optional(duration(60_000, 8_784 * 3_600_000, '1m and 8784h'))
    .check(z.describe('How long before that its period begins. Default 24h.')),
  where: z
    .optional(z.string())
    .check(
      z.describe(
        'What counts, as in `level=Warning namespaces=shop`; empty for all. Default `level=Warning`.',
      ),
    ),
  by: z
    .optional(z.enum(groupings, `is none of ${groupings.join(', ')}`))
    .check(z.describe('What a row stands for. Default `owner`: the Deployment, the CronJob, ….')),
  top: z
    .optional(z.int('is no whole number').check(z.gte(1, 'is below 1'), z.lte(1_000, 'is above 1000')))
    .check(z.describe('Rows at most; the others are counted. Default 20.')),
  title: z.optional(text).check(z.describe('First line. Default `Kubernetes Event Daily statistical`.')),
  to: z
    .array(text)
    .check(z.minLength(1, 'names no sink: write [NAME]'), z.describe('Names of the sinks that are told.')),
})

export const apiSchema = z.strictObject({
  listen: z
    .optional(listenAddress)
    .check(z.describe('Where the API listens, as in 127.0.0.1:8085. Absent: nowhere.')),
  tokenFile: z
    .optional(text)
    .check(z.describe('File with the token that it asks for; a must beyond the loopback device.')),
})

export const fileSchema = z.strictObject({
  sources: z._default(z.array(sourceSchema), []).check(z.describe('The clusters to watch.')),
  sinks: z._default(z.array(sinkSchema), []).check(z.describe('Where events go.')),
  reports: z
    ._default(z.record(reportName, reportSchema), {})
    .check(z.describe('What went wrong in a period, told at set times; by name.')),
  journal: z
    .optional(
      z.strictObject({
        dir: z
          .optional(text)
          .check(z.describe('Directory where events and places are kept, so that a restart loses nothing.')),
        maxAge: z
          .optional(duration(60_000, 8_784 * 3_600_000, '1m and 8784h'))
          .check(z.describe('How long events are kept. Default 72h.')),
        maxBytes: z
          .optional(bytes(16 * 1_048_576, '16Mi'))
          .check(z.describe('How much room they may take. Default 512Mi.')),
      }),
    )
    .check(z.describe('What is kept on disk. A change takes effect at the next start.')),
  http: z
    .optional(
      z.strictObject({
        listen: z
          .optional(listenAddress)
          .check(z.describe('Where health and metrics are served. Default 0.0.0.0:8084.')),
        api: z.optional(apiSchema).check(z.describe('The API: reports as JSON, and reports sent now.')),
      }),
    )
    .check(z.describe('Health and metrics. A change takes effect at the next start.')),
  limits: z
    .optional(
      z.strictObject({
        grace: z
          .optional(duration(0, 600_000, '0s and 10m'))
          .check(z.describe('How long a stop may take to send what waits. Default 20s.')),
      }),
    )
    .check(z.describe('Bounds.')),
  search: z
    .optional(
      z.strictObject({
        index: z
          .optional(trueOrFalse)
          .check(
            z.describe(
              'Keep an index of words beside the journal, so that `search` takes milliseconds. Default false.',
            ),
          ),
      }),
    )
    .check(z.describe('Searching the journal. A change takes effect at the next start.')),
  logLevel: z
    .optional(z.enum(['info', 'debug'], 'is none of info, debug'))
    .check(z.describe('How much the log tells. Default info. A change takes effect at the next start.')),
  eventMetrics: z
    .optional(trueOrFalse)
    .check(
      z.describe(
        'Count events in `eventer_*` metrics. Default true. A change takes effect at the next start.',
      ),
    ),
  strict: z
    .optional(trueOrFalse)
    .check(z.describe('Stop at the start if a cluster cannot be watched. Default false.')),
})

/** What a file says, in the program's units; a sink's options are not looked at yet. */
export type FileContent = z.output<typeof fileSchema>
