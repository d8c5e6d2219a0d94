/** A MySQL sink's own options: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { kitSchema } from '../../sink-kit/kit-options.ts'
import { secret } from '../../sink-kit/secret-option.ts'
import { readDsn } from './dsn.ts'
import { readParameters } from './parameters.ts'
import { readTableName } from './table.ts'
import type { TlsParts } from './tls-use.ts'
import { hasTlsParts } from './tls-use.ts'

const dsn = z.string().check(
  z.refine((text) => problemOf(text) === undefined, {
    error: ({ input }) => problemOf(String(input)) ?? '',
  }),
  z.describe(
    "Where to write, as Go's driver has it: `user:password@tcp(host:3306)/database?parameter=value`. Secret.",
  ),
  secret,
)

const password = z
  .optional(z.string())
  .check(z.describe('The password, where it does not stand in `dsn`. Secret.'), secret)

const table = z.string().check(
  z.refine(
    (text) => readTableName(text) !== undefined,
    'is no name of a table: write `table`, or `database.table`',
  ),
  z.describe('The table; it is made where there is none. `database.table` for another database.'),
)

const { ca, cert, key, serverName, insecure } = kitSchema.shape

export const mysqlSchema = z
  .strictObject({
    dsn,
    password,
    table: z._default(table, 'kube_event'),
    ca,
    cert,
    key,
    serverName,
    insecure,
  })
  .check(
    z.refine((options) => !isUnknownTlsName(options), {
      error:
        'names by `tls=` a configuration that only a Go program can register: write `tls=true`, and give its parts ' +
        'by `ca`, `cert`, `key` and `serverName` (on the command line `ke.ca`, …)',
      path: ['dsn'],
    }),
  )

export type MysqlOptions = z.output<typeof mysqlSchema>

/** What is wrong with a data source name, as a sentence without its subject. */
function problemOf(text: string): string | undefined {
  const read = readDsn(text)
  if (!read.ok) return read.problem
  const { problems } = readParameters(read.dsn.parameters)
  return problems.length === 0 ? undefined : `is wrong: ${problems.join('; ')}`
}

function isUnknownTlsName({ dsn: text, ...tls }: { readonly dsn: string } & TlsParts): boolean {
  const read = readDsn(text)
  return read.ok && readParameters(read.dsn.parameters).settings.tls === 'named' && !hasTlsParts(tls)
}
