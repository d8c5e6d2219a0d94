/** What is expected of the reading of one `--sink` or `--source` value. */
import * as z from 'zod/mini'

const uriFields = z.object({
  scheme: z.string(),
  user: z.nullable(z.string()),
  password: z.nullable(z.string()),
  host: z.string(),
  path: z.string(),
  rawPath: z.string(),
  rawQuery: z.string(),
  fragment: z.string(),
  opaque: z.string(),
  string: z.string(),
})

const list = z.nullable(z.array(z.string()))

const webhookFields = z.object({
  error: z.optional(z.string()),
  endpoint: z.optional(z.string()),
  method: z.optional(z.string()),
  headers: z.nullable(z.record(z.string(), z.string())),
  level: z.nullable(z.string()),
  namespaces: list,
  kinds: list,
  reasons: list,
})

export const uriVector = z.object({
  id: z.string(),
  arg: z.string(),
  env: z._default(z.record(z.string(), z.string()), {}),
  kind: z.optional(z.string()),
  uri: z.optional(uriFields),
  query: z._default(z.record(z.string(), z.array(z.string())), {}),
  webhook: z.optional(webhookFields),
  mysql: z.optional(z.unknown()),
  error: z.optional(z.object({ message: z.string() })),
  alt: z.optional(z.looseObject({ error: z.optional(z.unknown()) })),
})

export type UriVector = z.output<typeof uriVector>
export type UriFields = z.output<typeof uriFields>

export interface WebhookExpectation {
  /** Without the fragment, which nobody sends. */
  readonly endpoint: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly level: 'all' | 'Normal' | 'Warning'
  /** Names; absent: any. */
  readonly namespaces?: readonly string[]
  readonly kinds?: readonly string[]
  /** Expressions; absent: any. */
  readonly reasons?: readonly string[]
}

export interface UriExpectation {
  readonly arg: string
  readonly env: Readonly<Record<string, string>>
  readonly reading:
    | { readonly kind: 'refused' }
    | {
        readonly kind: 'read'
        readonly name: string
        readonly uri: UriFields
        readonly query: Readonly<Record<string, readonly string[]>>
      }
  /** Of a webhook that can be read. */
  readonly webhook?: 'refused' | WebhookExpectation
}

/** What the vector itself expects, before any rule. */
export function uriExpectationOf(vector: UriVector): UriExpectation {
  const { arg, env, kind, uri, query, webhook } = vector
  if (kind === undefined || uri === undefined) return { arg, env, reading: { kind: 'refused' } }
  const reading = { kind: 'read', name: kind, uri, query } as const
  if (webhook === undefined) return { arg, env, reading }
  return {
    arg,
    env,
    reading,
    webhook: webhook.error === undefined ? webhookExpectation(webhook, query) : 'refused',
  }
}

function webhookExpectation(
  webhook: z.output<typeof webhookFields>,
  query: UriVector['query'],
): WebhookExpectation {
  const { endpoint = '', method, headers, level, namespaces, kinds, reasons } = webhook
  return {
    endpoint: endpoint.replace(/#.*$/s, ''),
    // Go's http.NewRequest takes an empty method for GET.
    method: method || 'GET',
    headers: headers ?? {},
    // No level means everything; one that is neither means Warning.
    level: level === null ? 'all' : level === 'Normal' ? 'Normal' : 'Warning',
    // One that is given and empty is `null` too, and matches nothing.
    ...('namespaces' in query ? { namespaces: names(namespaces ?? []) } : {}),
    ...('kinds' in query ? { kinds: names(kinds ?? []) } : {}),
    ...('reason' in query ? { reasons: reasons ?? [] } : {}),
  }
}

/** An empty name matches nothing: no object has an empty kind, and one without a namespace never passes. */
function names(all: readonly string[]): string[] {
  return all.filter((name) => name !== '')
}
