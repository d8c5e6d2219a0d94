/** The options of Honeycomb: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { kitSchema } from '../../sink-kit/kit-options.ts'
import { splitUrl } from '../../sink-kit/raw-url.ts'
import { secret } from '../../sink-kit/secret-option.ts'

export const formats = ['original', 'honeycomb'] as const
export type Format = (typeof formats)[number]

const { ca, cert, key, serverName, insecure, gzip } = kitSchema.shape

export const honeycombSchema = z.strictObject({
  writekey: z
    .string()
    .check(
      z.minLength(1, 'is empty'),
      z.describe('The API key, with the right to send events. Secret.'),
      secret,
    ),
  dataset: z
    ._default(z.string().check(z.minLength(1, 'is empty')), 'heapster')
    .check(z.describe('The dataset that events go to.')),
  apihost: z
    ._default(
      z
        .string()
        .check(
          z.refine(
            (text) => isHttpUrl(text),
            'has no host, or is neither http nor https: write https://api.eu1.honeycomb.io',
          ),
        ),
      'https://api.honeycomb.io',
    )
    .check(
      z.describe(
        "The API's address: `https://api.eu1.honeycomb.io`, or a proxy of your own. Its path is secret.",
      ),
      secret,
    ),
  format: z
    ._default(z.enum(formats, `is none of ${formats.join(', ')}`), 'original')
    .check(
      z.describe(
        "`original`: `{Data, Timestamp}`, of which Honeycomb takes the time of arrival for the event's; " +
          "`honeycomb`: `{data, time}`, which keeps the event's own time.",
      ),
    ),
  gzip,
  ca,
  cert,
  key,
  serverName,
  insecure,
})

export type HoneycombOptions = z.output<typeof honeycombSchema>

function isHttpUrl(text: string): boolean {
  const parts = splitUrl(text)
  return parts !== undefined && parts.host !== '' && (parts.scheme === 'http' || parts.scheme === 'https')
}
