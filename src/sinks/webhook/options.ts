/** A webhook's own options: one schema for the command line, YAML and the documentation. */
import * as z from 'zod/mini'
import { kitSchema } from '../../sink-kit/kit-options.ts'
import { splitUrl } from '../../sink-kit/raw-url.ts'
import { secret } from '../../sink-kit/secret-option.ts'

/** Headers that belong to the connection: Go sends its own whatever a user sets. */
export const connectionHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** A token of RFC 9110, 5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

const url = z.string().check(
  z.refine((text) => isHttpUrl(text), 'has no host, or is neither http nor https: write https://host/path'),
  z.describe('Where to send: the whole URL, sent as it is. Path and query are secret.'),
  secret,
)

const method = z.string().check(
  z.regex(token, 'is no HTTP method: write POST'),
  z.refine((text) => text !== 'CONNECT', 'is for proxies: write POST'),
  z.describe('HTTP method.'),
)

const headers = z.record(z.string(), z.string()).check(
  z.check((context) => {
    for (const [name, value] of Object.entries(context.value)) {
      const wrong = faultOf(name, value)
      if (wrong === undefined) continue
      context.issues.push({ code: 'custom', path: [name], message: wrong, input: name })
    }
  }),
  z.describe('Headers by name; values are secret.'),
  secret,
)

const templateConfigMap = z.optional(
  z
    .string()
    .check(
      z.regex(/^[^/\s]+\/[^/\s]+$/, 'names no ConfigMap: write namespace/name'),
      z.describe(
        'namespace/name of a ConfigMap whose key `content` is a Go template for the body; a change takes effect by itself.',
      ),
    ),
)

const { ca, cert, key, serverName, insecure, platform, escape, template, templateFile } = kitSchema.shape

export const webhookSchema = z
  .strictObject({
    url,
    method: z._default(method, 'POST'),
    headers: z._default(headers, {}),
    ca,
    cert,
    key,
    serverName,
    insecure,
    platform,
    escape,
    template,
    templateFile,
    templateConfigMap,
  })
  .check(
    z.check(({ value, issues }) => {
      const given = (['template', 'templateFile', 'templateConfigMap'] as const).filter(
        (name) => value[name] !== undefined,
      )
      const [first, second] = given
      if (first === undefined || second === undefined) return
      issues.push({
        code: 'custom',
        path: [second],
        message: `is a second template beside \`${first}\`: keep one of them`,
        input: value,
      })
    }),
  )

export type WebhookOptions = z.output<typeof webhookSchema>

// oxlint-disable-next-line no-control-regex -- they would end the header
const controlCharacter = /[\u0000-\u0008\u000a-\u001f\u007f]/

function faultOf(name: string, value: string): string | undefined {
  if (!token.test(name)) return 'is a header with a name that cannot be sent'
  if (connectionHeaders.has(name.toLowerCase())) return 'is a header of the connection: remove it'
  return controlCharacter.test(value) ? 'is a header whose value holds a control character' : undefined
}

function isHttpUrl(text: string): boolean {
  const parts = splitUrl(text)
  return parts !== undefined && parts.host !== '' && (parts.scheme === 'http' || parts.scheme === 'https')
}
