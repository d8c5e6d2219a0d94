/** The options of Elasticsearch and OpenSearch: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { kitSchema, wholeNumber, yesOrNo } from '../../sink-kit/kit-options.ts'
import { splitUrl } from '../../sink-kit/raw-url.ts'
import { secret } from '../../sink-kit/secret-option.ts'

const node = z
  .string()
  .check(
    z.refine(
      (text) => isHttpUrl(text),
      'has no host, or is neither http nor https: write https://es.example.test:9200',
    ),
  )

const nodes = z
  .array(node)
  .check(
    z.minLength(1, 'is empty: write https://es.example.test:9200'),
    z.describe('Addresses of the cluster; when one does not answer the next is asked. Paths are secret.'),
    secret,
  )

/** What the servers take for the name of an index. */
const name = /^[^-_+A-Z\\/*?"<>|\s,#:][^A-Z\\/*?"<>|\s,#:]*$/
const noName =
  'can be no name of an index: write it in small letters, without spaces and \\ / * ? " < > | , # :'

const index = z
  .string()
  .check(
    z.regex(name, noName),
    z.describe("Indices are this, a dash, and the event's day: `heapster-2024.05.06`."),
  )

const signing = z.pipe(
  z.union([z.string(), z.boolean()]),
  z.transform((value: string | boolean, context): 'auto' | 'true' | 'false' => {
    const text = String(value)
    if (text === 'auto' || text === 'true' || text === 'false') return text
    context.issues.push({ code: 'custom', message: 'is none of auto, true, false', input: value })
    return z.NEVER
  }),
)

const ver = z
  .optional(wholeNumber(1, 99))
  .check(z.describe('Major version of the cluster, for one that does not tell it. What it tells counts.'))

const { ca, cert, key, serverName, insecure, apiKey, dataStream, indexTemplate, gzip } = kitSchema.shape

export const elasticsearchSchema = z
  .strictObject({
    nodes,
    index: z._default(index, 'heapster'),
    use_namespace: z
      ._default(yesOrNo, false)
      .check(z.describe("Put the event's namespace into the index's name: `heapster-shop-2024.05.06`.")),
    dataStream,
    cluster_name: z
      .optional(z.string())
      .check(
        z.describe("What `EventTags.cluster_name` says, to tell clusters apart. Absent: the source's name."),
      ),
    ver,
    esUserName: z.optional(z.string()).check(z.describe('User; needs `esUserSecret`.')),
    esUserSecret: z.optional(z.string()).check(z.describe("The user's password. Secret."), secret),
    apiKey,
    sigv4: z
      ._default(signing, 'false')
      .check(
        z.describe(
          'Sign requests for AWS: `true`, `false`, or `auto`, which signs where the environment holds keys of AWS.',
        ),
      ),
    pipeline: z
      .optional(z.string().check(z.minLength(1, 'is empty')))
      .check(z.describe('Ingest pipeline that each document goes through.')),
    indexTemplate,
    sniff: z
      ._default(yesOrNo, false)
      .check(
        z.describe('Ask the cluster for its nodes, and use those too when the given ones do not answer.'),
      ),
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
      if (value.apiKey !== undefined && value.esUserName !== undefined) {
        refuse('apiKey', 'stands beside `esUserName`: keep one of them')
      }
      if (value.dataStream !== undefined && !name.test(value.dataStream)) refuse('dataStream', noName)
      if (value.dataStream !== undefined && value.use_namespace) {
        refuse('dataStream', 'has one name for all namespaces: remove `use_namespace`')
      }
    }),
  )

export type ElasticsearchOptions = z.output<typeof elasticsearchSchema>

function isHttpUrl(text: string): boolean {
  const parts = splitUrl(text)
  return parts !== undefined && parts.host !== '' && (parts.scheme === 'http' || parts.scheme === 'https')
}
