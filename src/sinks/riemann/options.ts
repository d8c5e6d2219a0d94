/** The options of Riemann: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { kitSchema, yesOrNo } from '../../sink-kit/kit-options.ts'

export const defaultHost = 'riemann-heapster:5555'

/** As Go's `strconv.ParseFloat` reads it, but for what is no number of seconds (Inf, NaN). */
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

const seconds = z.pipe(
  z.union([z.string(), z.number()]),
  z.transform((value: string | number, context): number => {
    const number = decimal.test(String(value)) ? Number(value) : Number.NaN
    if (Number.isFinite(Math.fround(number))) return number
    context.issues.push({ code: 'custom', message: 'is no number of seconds: write ttl=60', input: value })
    return z.NEVER
  }),
)

const { ca, cert, key, serverName, insecure } = kitSchema.shape

export const riemannSchema = z.strictObject({
  host: z
    ._default(
      z
        .string()
        .check(
          z.refine(
            (text) => isAddress(text),
            'is no address: write host:port, such as riemann.example.test:5555',
          ),
        ),
      defaultHost,
    )
    .check(z.describe('The server, `host:port`; without a port 5555, with TLS 5554.')),
  ttl: z
    ._default(seconds, 60)
    .check(z.describe('Seconds after which an event is expired in the index; 0: as the server has it.')),
  tags: z._default(z.array(z.string()), ['heapster']).check(z.describe('Tags of each event.')),
  tls: z
    .optional(yesOrNo)
    .check(z.describe('Speak TLS. It is spoken too where one of the options below is given.')),
  ca,
  cert,
  key,
  serverName,
  insecure,
})

export type RiemannOptions = z.output<typeof riemannSchema>

/** `host`, `host:port`, `[::1]:5555` */
function isAddress(text: string): boolean {
  const [, port] = /^(?:[^\s:/@[\]?#]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/.exec(text) ?? [undefined, '0']
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535)
}
