/**
 * The nodes of one cluster: each request goes to the next one in turn, and to another where that one is away. A node
 * that failed rests for a while. Nodes that the cluster tells of itself are asked when none of the given ones answers.
 */
import type { Clock } from '../../domain/clock.ts'
import type { HttpClient, HttpReply, HttpRequest } from '../../sink-kit/http-client.ts'
import { openHttpClient } from '../../sink-kit/http-client.ts'
import type { HttpClientOptions } from '../../sink-kit/http-client.ts'
import { splitUrl } from '../../sink-kit/raw-url.ts'

/** Headers that say who asks: for this request, at the node with this URL. */
export type Authorize = (request: HttpRequest, url: string) => Promise<Headers> | Headers
type Headers = readonly (readonly [name: string, value: string])[]

export interface NodesOptions {
  /** As given by the user; one at least. */
  readonly urls: readonly string[]
  readonly http: Omit<HttpClientOptions, 'url'>
  readonly authorize: Authorize
  readonly clock: Clock
}

interface Node {
  readonly url: string
  readonly client: HttpClient
  failures: number
  /** It is not asked before, unless no other is left; monotonic ms. */
  restsUntilMs: number
}

const firstRestMs = 1_000
const longestRestMs = 60_000
/** Nodes that a cluster tells of itself and that are kept. */
const mostToldNodes = 16

export class Nodes {
  readonly #options: NodesOptions
  readonly #given: readonly Node[]
  #told: readonly Node[] = []
  #turn = 0

  private constructor(options: NodesOptions, given: readonly Node[]) {
    this.#options = options
    this.#given = given
  }

  /** Throws an `Error` where a URL, a proxy or TLS options cannot be used. */
  static async open(options: NodesOptions): Promise<Nodes> {
    const given: Node[] = []
    for (const url of options.urls) given.push(await openNode(url, options))
    return new Nodes(options, given)
  }

  /** The first one, to name the cluster by. */
  get host(): string {
    return this.#given[0]?.client.host ?? ''
  }

  /** Asks one node after the other until one answers; tells what the last one said. Never rejects. */
  async request(request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    let reply: HttpReply | undefined
    for (const node of this.#inTurn()) {
      reply = await this.#ask(node, request, signal)
      if (!isAway(reply) || signal.aborted) {
        if (reply.kind === 'answer') node.failures = 0
        return reply
      }
      node.restsUntilMs = this.#options.clock.monotonicMs() + restMs(node.failures)
      node.failures += 1
    }
    return reply ?? { kind: 'failed', outcome: { kind: 'retry', reason: 'unreachable' } }
  }

  /** What the cluster says its nodes are; those that are known already stay as they are. */
  async tell(urls: readonly string[]): Promise<void> {
    const known = new Map(this.#told.map((node) => [node.url, node]))
    const given = new Set(this.#given.map(({ url }) => originOf(url)))
    const wanted = [...new Set(urls)].filter((url) => !given.has(originOf(url))).slice(0, mostToldNodes)
    const told: Node[] = []
    for (const url of wanted) told.push(known.get(url) ?? (await openNode(url, this.#options)))
    const gone = this.#told.filter((node) => !told.includes(node))
    this.#told = told
    await Promise.all(gone.map(({ client }) => client.close()))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#given, ...this.#told].map(({ client }) => client.close()))
  }

  /** Those that do not rest first, the given ones before the others; then those whose rest ends soonest. */
  #inTurn(): readonly Node[] {
    const nowMs = this.#options.clock.monotonicMs()
    const start = this.#turn++ % this.#given.length
    const all = [...this.#given.slice(start), ...this.#given.slice(0, start), ...this.#told]
    const resting = all.filter((node) => node.failures > 0 && node.restsUntilMs > nowMs)
    if (resting.length === 0) return all
    const rested = all.filter((node) => !resting.includes(node))
    return [...rested, ...resting.toSorted((a, b) => a.restsUntilMs - b.restsUntilMs)]
  }

  async #ask(node: Node, request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    let who: Headers
    try {
      who = await this.#options.authorize(request, node.url)
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'the request cannot be signed'
      return { kind: 'failed', outcome: { kind: 'retry', reason: 'refused', detail } }
    }
    return node.client.request({ ...request, headers: [...(request.headers ?? []), ...who] }, signal)
  }
}

async function openNode(url: string, { http }: NodesOptions): Promise<Node> {
  return { url, client: await openHttpClient({ ...http, url }), failures: 0, restsUntilMs: 0 }
}

/** Another node may answer where this one is not there, or where what stands before it finds it gone. */
function isAway(reply: HttpReply): boolean {
  if (reply.kind === 'answer') return reply.status === 502 || reply.status === 503 || reply.status === 504
  const { outcome } = reply
  return outcome.kind === 'retry' && (outcome.reason === 'unreachable' || outcome.reason === 'server-error')
}

function restMs(failures: number): number {
  return Math.min(longestRestMs, firstRestMs * 2 ** Math.min(failures, 10))
}

function originOf(url: string): string {
  const parts = splitUrl(url)
  return parts ? `${parts.scheme}://${parts.host.toLowerCase()}` : url
}
