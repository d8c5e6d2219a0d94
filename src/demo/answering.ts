// How the stand-in answers a request: faults first, then who may, then the list, watch or write itself.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { authenticate, authorise, type AccessRules } from './access.ts'
import { Exchange } from './exchange.ts'
import { FaultBoard, type Faults, type OpenWatch } from './faults.ts'
import { parseFieldSelector, type FieldSelector } from './field-selector.ts'
import { listBody } from './list.ts'
import { Refusal, expiredWatch, methodNotAllowed, notFound } from './status.ts'
import { isTrue, resourceNameOf, targetOf, type Target } from './target.ts'
import { versionBody } from './version.ts'
import { viewFor } from './views.ts'
import { Watch, startOf, type WatchOptions } from './watch.ts'
import { accessReview, jsonBody, write } from './write.ts'
import type { Clock } from '../domain/clock.ts'
import type { Cluster } from './cluster.ts'

export interface RecordedRequest {
  readonly method: string
  /** Path and query as they came. */
  readonly url: string
  readonly headers: Readonly<IncomingMessage['headers']>
  /** ms since 1970. */
  readonly atMs: number
}

/** The faults that need no sockets. */
type OwnFaults = Omit<Faults, 'clear' | 'refuseConnections' | 'acceptConnections'>

/** Answers requests; knows nothing of sockets beyond the one that a request came on. */
export class Answering {
  readonly requests: RecordedRequest[] = []
  readonly faults: OwnFaults
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #rules: AccessRules
  readonly #rememberRequests: number
  readonly #board = new FaultBoard()
  readonly #watches = new Set<OpenWatch>()
  readonly #swallowed = new WeakSet<object>()
  #swallowing = false
  #streamingLists = true
  #pumping = false

  constructor(
    cluster: Cluster,
    clock: Clock,
    options: { readonly rules: AccessRules; readonly rememberRequests: number },
  ) {
    this.#cluster = cluster
    this.#clock = clock
    this.#rules = options.rules
    this.#rememberRequests = options.rememberRequests
    for (const collection of Object.values(cluster.collections)) collection.onChange(() => this.#pumpSoon())
    this.faults = this.#faultSwitches()
  }

  openWatches(resource?: string): OpenWatch[] {
    return [...this.#watches].filter((open) => resource === undefined || open.resource === resource)
  }

  clearFaults(): void {
    this.#board.clear()
    this.#swallowing = false
    this.#streamingLists = true
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url = '/', headers, socket } = request
    this.requests.push({ method, url, headers, atMs: this.#clock.wallMs() })
    if (this.requests.length > this.#rememberRequests) this.requests.shift()
    if (this.#swallowing) this.#swallowed.add(socket)
    if (this.#swallowed.has(socket)) return

    let target: Target
    try {
      target = targetOf(method, url)
    } catch {
      target = { kind: 'unknown', verb: 'get', path: url }
    }
    const faults = this.#board.take(target.verb, resourceNameOf(target))
    const exchange = new Exchange(request, response, faults, this.#clock)
    exchange.begin(() => this.#answer(exchange, target))
  }

  async #answer(exchange: Exchange, target: Target): Promise<void> {
    try {
      const selector = target.kind === 'resource' ? selectorOf(target) : { name: '', parse: () => undefined }
      const user = authenticate(exchange.request, this.#rules)
      authorise(user, target, this.#rules, selector.name)
      switch (target.kind) {
        case 'health':
          return exchange.send(200, Buffer.from('ok'), 'text/plain; charset=utf-8')
        case 'version':
          return exchange.send(200, versionBody)
        case 'unknown':
          return exchange.send(404, Buffer.from('404 page not found\n'), 'text/plain; charset=utf-8')
        case 'method-not-allowed':
          throw methodNotAllowed()
        case 'access-review': {
          const { status, body } = accessReview(user, await this.#written(exchange), this.#rules)
          return exchange.send(status, body)
        }
        case 'resource':
          return await this.#answerResource(exchange, target, selector.parse())
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const nosniff: Record<string, string> =
        error.httpStatus === 403 ? { 'X-Content-Type-Options': 'nosniff' } : {}
      exchange.send(error.httpStatus, jsonBody(error.status), 'application/json', nosniff)
    }
  }

  async #answerResource(
    exchange: Exchange,
    target: Extract<Target, { kind: 'resource' }>,
    selector: FieldSelector | undefined,
  ): Promise<void> {
    const { resource, namespace, name, query, verb } = target
    const collection = this.#cluster.collections[resource]
    const { revisions } = this.#cluster
    const view = viewFor(resource, target.group, exchange.request.headers.accept ?? '')
    const versions = {
      resourceVersion: query.get('resourceVersion') ?? '',
      resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    }
    switch (verb) {
      case 'list': {
        const limit = Number(query.get('limit') ?? 0)
        const continueToken = query.get('continue') ?? ''
        const tokenExpired = exchange.has('expire-continue')
        const asked = { namespace, limit, continueToken, selector, tokenExpired, ...versions }
        return exchange.send(200, listBody(collection, revisions, asked, view))
      }
      case 'watch': {
        const asked: WatchOptions = { namespace, selector, ...versions, ...watchOptions(query) }
        const start = startOf(asked, revisions, this.#streamingLists)
        const body = exchange.stream()
        const source = { collection, revisions, clock: this.#clock }
        let open: OpenWatch | undefined
        let ended = false
        const watch = new Watch(source, body, asked, start, view, () => {
          ended = true
          if (open) this.#watches.delete(open)
        })
        open = { resource, watch, body }
        if (!ended) this.#watches.add(open)
        return
      }
      case 'get': {
        const state = collection.get(`${namespace}/${name}`)
        if (!state) throw notFound({ resource, group: target.group, name })
        return exchange.send(200, Buffer.concat([view.object(state), Buffer.from('\n')]))
      }
      default: {
        const { status, body } = write(this.#cluster, { target, ...(await this.#written(exchange)) }, view)
        return exchange.send(status, body)
      }
    }
  }

  async #written(exchange: Exchange): Promise<{
    body: Buffer
    contentType: string
    userAgent: string | undefined
    wallMs: number
  }> {
    const { headers } = exchange.request
    const contentType = (headers['content-type'] ?? '').split(';')[0]?.trim() ?? ''
    const body = await exchange.readBody()
    return { body, contentType, userAgent: headers['user-agent'], wallMs: this.#clock.wallMs() }
  }

  /** Changes of one turn of the event loop are told together: a flood is written in large pieces. */
  #pumpSoon(): void {
    if (this.#pumping || this.#watches.size === 0) return
    this.#pumping = true
    setImmediate(() => {
      this.#pumping = false
      for (const { watch } of this.#watches) watch.pump()
    })
  }

  #faultSwitches(): OwnFaults {
    const each = (resource: string | undefined, act: (open: OpenWatch) => void): number => {
      const open = this.openWatches(resource)
      open.forEach(act)
      return open.length
    }
    return {
      add: (fault, requests) => this.#board.add(fault, requests),
      swallow: (on) => {
        this.#swallowing = on
        if (on) for (const { body } of this.#watches) body.silence()
      },
      inject: (bytes, resource) => each(resource, ({ watch }) => watch.inject(Buffer.from(bytes))),
      failWatches: (status = expiredWatch, resource = undefined) =>
        each(resource, ({ watch }) => watch.fail(status)),
      endWatches: (resource) => each(resource, ({ watch }) => watch.end()),
      streamingLists: (on) => {
        this.#streamingLists = on
      },
    }
  }
}

/** The name that a selector demands counts for access; whether the rest is sound is asked later. */
function selectorOf(target: Extract<Target, { kind: 'resource' }>): {
  readonly name: string
  readonly parse: () => FieldSelector | undefined
} {
  const text = target.query.get('fieldSelector') ?? ''
  const parse = (): FieldSelector | undefined => parseFieldSelector(text, target.resource)
  const [, demanded = ''] = /(?:^|,)metadata\.name==?([^,]*)/.exec(text) ?? []
  return { name: target.name || demanded, parse }
}

function watchOptions(
  query: URLSearchParams,
): Pick<WatchOptions, 'sendInitialEvents' | 'allowWatchBookmarks' | 'timeoutMs'> {
  const initial = query.get('sendInitialEvents')
  const timeoutSeconds = Number(query.get('timeoutSeconds') ?? 0)
  // Asked for no timeout, the API server takes between half an hour and an hour.
  const timeoutMs = timeoutSeconds > 0 ? timeoutSeconds * 1000 : 1_800_000 * (1 + Math.random())
  return {
    sendInitialEvents: initial === null ? undefined : isTrue(initial),
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutMs,
  }
}
