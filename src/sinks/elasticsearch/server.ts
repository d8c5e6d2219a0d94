/** Which server answers: Elasticsearch or OpenSearch, and its major version, on which the form of requests depends. */
import type { Outcome } from '../../domain/outcome.ts'
import type { HttpAnswer, HttpReply } from '../../sink-kit/http-client.ts'
import { recordIn, recordOf } from './json.ts'
import type { MappingLanguage } from './mapping.ts'

export interface Server {
  readonly product: 'elasticsearch' | 'opensearch'
  readonly major: number
  /** As it tells it; absent where it was not to be learnt. */
  readonly version?: string
}

/** The server, or why nothing can be sent now. */
export type Detected =
  | { readonly kind: 'server'; readonly server: Server }
  | { readonly kind: 'failed'; readonly outcome: Outcome }

/** Reads the answer to `GET /`. `ver`: what the user says, for a server that does not tell. */
export function readServer(
  reply: HttpReply,
  ver: number | undefined,
  outcomeOf: (refusal: HttpAnswer) => Outcome,
): Detected {
  if (reply.kind === 'failed') return reply
  const { status } = reply
  // Another refusal may be about this path alone.
  const mustWait = status === 401 || status === 408 || status === 429 || status >= 500
  if (mustWait) return { kind: 'failed', outcome: outcomeOf(reply) }
  return { kind: 'server', server: (status === 200 ? readVersion(reply.body) : undefined) ?? assumed(ver) }
}

/** Gateways that let nothing but `_bulk` pass stand before servers of today. */
function assumed(ver: number | undefined): Server {
  return { product: 'elasticsearch', major: ver ?? 8 }
}

function readVersion(body: string): Server | undefined {
  const { number, distribution } = recordOf(recordIn(body)['version'])
  const major = /^(\d+)\./.exec(String(number))?.[1]
  if (major === undefined) return undefined
  const product = distribution === 'opensearch' ? 'opensearch' : 'elasticsearch'
  return { product, major: Number(major), version: String(number) }
}

/** Documents have types before Elasticsearch 7. */
export function isTyped({ product, major }: Server): boolean {
  return product === 'elasticsearch' && major < 7
}

export function mappingLanguage(server: Server): MappingLanguage {
  if (!isTyped(server)) return 'typeless'
  return server.major < 6 ? 'strings' : 'typed'
}

/** `Elasticsearch 8.19.21` */
export function nameOf({ product, major, version }: Server): string {
  return `${product === 'opensearch' ? 'OpenSearch' : 'Elasticsearch'} ${version ?? major}`
}
