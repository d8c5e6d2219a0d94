/** The options of an InfluxDB sink: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { kitSchema, yesOrNo } from '../../sink-kit/kit-options.ts'
import { splitUrl } from '../../sink-kit/raw-url.ts'
import { secret } from '../../sink-kit/secret-option.ts'
import { readRetention } from './retention.ts'

const url = z.string().check(
  z.refine(
    (text) => isHttpUrl(text),
    'has no host, or is neither http nor https: write https://influx.example.test:8086',
  ),
  z.describe(
    "The server's address: `https://influx.example.test:8086`. A path comes before that of each request, and is secret.",
  ),
  secret,
)

const retention = z.string().check(
  z.refine(
    (text) => readRetention(text) !== undefined,
    'is no duration of an hour or more: write 7d, 52w or INF',
  ),
  z.describe(
    'How long the server keeps an event: `7d`, `52w`, `INF`. It is what the retention policy `default` is made with; ' +
      'one that is there is made longer, and never shorter. Absent: for ever.',
  ),
)

const filled = (what: string) => z.string().check(z.minLength(1, 'is empty'), z.describe(what))

const { ca, cert, key, serverName, insecure, token, org, bucket, gzip } = kitSchema.shape

export const influxdbSchema = z
  .strictObject({
    url: z._default(url, 'http://localhost:8086'),
    db: z.optional(filled('Database of InfluxDB 1; it is made where it is not there. Absent: `k8s`.')),
    user: z.optional(z.string()).check(z.describe('User of InfluxDB 1; needs `pw`.')),
    pw: z.optional(z.string()).check(z.describe("The user's password. Secret."), secret),
    retention: z.optional(retention),
    bucket,
    org,
    token,
    withfields: z
      ._default(yesOrNo, false)
      .check(
        z.describe(
          'Write tags and the message to the measurement `events`, instead of the whole event as JSON to `log/events`.',
        ),
      ),
    tags: z
      ._default(z.enum(['bounded', 'original'], 'is none of bounded, original'), 'bounded')
      .check(
        z.describe(
          '`bounded`: tags whose values repeat, and ids and names of single objects as fields. `original`: those too as ' +
            "tags, which makes a series an event: kube-eventer's, and the default of the command line.",
        ),
      ),
    cluster_name: z
      .optional(z.string())
      .check(z.describe("The tag `cluster_name`, to tell clusters apart. Absent: the source's name.")),
    gzip,
    ca,
    cert,
    key,
    serverName,
    insecure,
  })
  .check(
    z.check(({ value, issues }) => {
      const refuse = (path: string, message: string): void => {
        issues.push({ code: 'custom', path: [path], message, input: value })
      }
      if (value.bucket === undefined) {
        for (const name of ['token', 'org'] as const) {
          if (value[name] !== undefined) refuse(name, 'is for InfluxDB 2 and 3: name the `bucket` too')
        }
        if (value.user !== undefined && value.pw === undefined) refuse('user', 'needs `pw`')
        if (value.pw !== undefined && value.user === undefined) refuse('pw', 'needs `user`')
        return
      }
      for (const name of ['db', 'user', 'pw'] as const) {
        if (value[name] !== undefined) {
          refuse(name, 'is for InfluxDB 1, and `bucket` for InfluxDB 2 and 3: keep one of them')
        }
      }
      if (value.retention !== undefined) {
        refuse(
          'retention',
          'is for InfluxDB 1: how long a bucket keeps what it holds is set where it is made',
        )
      }
    }),
  )

export type InfluxdbOptions = z.output<typeof influxdbSchema>

function isHttpUrl(text: string): boolean {
  const parts = splitUrl(text)
  return parts !== undefined && parts.host !== '' && (parts.scheme === 'http' || parts.scheme === 'https')
}
