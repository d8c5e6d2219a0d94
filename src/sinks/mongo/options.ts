/** A MongoDB sink's own options: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { parseGoDuration } from '../../gotime/duration.ts'
import { kitSchema } from '../../sink-kit/kit-options.ts'
import { secret } from '../../sink-kit/secret-option.ts'
import { readMongoUri } from './uri.ts'

const uri = z.string().check(
  z.refine((text) => problemOf(text) === undefined, {
    error: ({ input }) => problemOf(String(input)) ?? '',
  }),
  z.describe('The connection string: `mongodb://user:password@host:27017/?authSource=admin`. Secret.'),
  secret,
)

const password = z
  .optional(z.string())
  .check(z.describe("The user's password, where it does not stand in `uri`; not escaped. Secret."), secret)

// oxlint-disable-next-line no-control-regex -- a zero byte ends a name in the protocol
const forbidden = /[/\\. "$*<>:|?\u0000]/

/** Names that every version of the server takes, on every system. */
const database = z.string().check(
  z.refine(
    (text) => text !== '' && !forbidden.test(text) && Buffer.byteLength(text) < 64,
    'is no name of a database: no spaces, dots, slashes or quotes, 63 bytes at most',
  ),
  z.describe('The database.'),
)

const collection = z.string().check(
  z.refine(
    (text) => text !== '' && !text.includes('$') && !text.includes('\u0000') && !text.startsWith('system.'),
    'is no name of a collection: no `$`, and not `system.` at its beginning',
  ),
  z.describe('The collection; it is made by the first event.'),
)

const expireAfter = z.optional(z.string()).check(
  z.refine(
    (text) => text === undefined || expiryMs(text) !== undefined,
    'is no duration above zero: write 720h, or 90m',
  ),
  z.describe('How long the server keeps an event, by its time: `720h`. Absent: nothing is deleted.'),
)

const { ca, cert, key, serverName, insecure } = kitSchema.shape

export const mongoSchema = z.strictObject({
  uri,
  password,
  database: z._default(database, 'k8s'),
  collection: z._default(collection, 'event'),
  expireAfter,
  ca,
  cert,
  key,
  serverName,
  insecure,
})

export type MongoOptions = z.output<typeof mongoSchema>

function problemOf(text: string): string | undefined {
  const read = readMongoUri(text)
  return read.ok ? undefined : read.problem
}

/** `expireAfter` in ms; `undefined` where it is no duration above zero. */
export function expiryMs(text: string): number | undefined {
  const read = parseGoDuration(text)
  return read.ok && read.duration.ms > 0 ? read.duration.ms : undefined
}
