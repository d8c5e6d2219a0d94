/** The options of the sink kafka: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { kitSchema, yesOrNo } from '../../sink-kit/kit-options.ts'
import { secret } from '../../sink-kit/secret-option.ts'

export const defaultTopic = 'heapster-events'

export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Compression = (typeof compressions)[number]

export const formats = ['original', 'event', 'cloudevents'] as const
export type Format = (typeof formats)[number]

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
export type SaslMechanism = (typeof saslMechanisms)[number]

const broker = z
  .string()
  .check(
    z.refine((text) => isAddress(text), 'is no broker: write host:port, such as kafka-0.example.test:9092'),
  )

const topicName = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/

const topic = z.string().check(
  z.refine(
    (text) => text.includes('{{') || isTopicName(text),
    'is no name for a topic: at most 249 letters, digits, dots, dashes and underscores, or a Go template that gives them',
  ),
  z.describe(
    'The topic; with `{{`, a Go template over the event that gives it: `k8s-{{.InvolvedObject.Namespace}}`.',
  ),
)

const { ca, cert, key, serverName, insecure } = kitSchema.shape

export const kafkaSchema = z
  .strictObject({
    brokers: z
      .array(broker, 'is no list: name at least one broker, host:port')
      .check(
        z.minLength(1, 'is empty: name at least one broker, host:port'),
        z.describe('Brokers to begin with, `host:port`; the others are told by these.'),
      ),
    topic: z._default(topic, defaultTopic),
    format: z
      ._default(z.enum(formats, `is none of ${formats.join(', ')}`), 'original')
      .check(
        z.describe(
          '`original`: `{EventValue, EventTimestamp, EventTags}`; `event`: the event as the API server sent it; ' +
            '`cloudevents`: the same in a CloudEvents 1.0 envelope.',
        ),
      ),
    compression: z
      ._default(z.enum(compressions, `is none of ${compressions.join(', ')}`), 'none')
      .check(
        z.describe(`How batches are compressed: ${compressions.map((name) => `\`${name}\``).join(', ')}.`),
      ),
    user: z.optional(z.string()).check(z.describe('The user for SASL; needs `password`.')),
    password: z.optional(z.string()).check(z.describe("The user's password. Secret."), secret),
    saslMechanism: z
      ._default(z.enum(saslMechanisms, `is none of ${saslMechanisms.join(', ')}`), 'PLAIN')
      .check(z.describe('How the user proves the password: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.')),
    tls: z
      .optional(yesOrNo)
      .check(z.describe('Speak TLS. It is spoken too where one of the options below is given.')),
    ca,
    cert,
    key,
    serverName,
    insecure,
  })
  .check(
    z.check(({ value, issues }) => {
      if ((value.user === undefined) === (value.password === undefined)) return
      const [given, missing] = value.user === undefined ? ['password', 'user'] : ['user', 'password']
      issues.push({ code: 'custom', path: [given], message: `needs \`${missing}\` beside it`, input: value })
    }),
  )

export type KafkaOptions = z.output<typeof kafkaSchema>

export function isTopicName(text: string): boolean {
  return topicName.test(text)
}

/** `host:port`, `[::1]:9092` */
function isAddress(text: string): boolean {
  const port = Number(/^(?:[^\s:/@[\]]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text)?.[1])
  return port >= 1 && port <= 65_535
}
