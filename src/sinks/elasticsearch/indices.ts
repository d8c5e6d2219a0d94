/**
 * Makes what documents land in before the first of them comes: the template with the mapping, the index of a day with
 * its alias, the template of a data stream. What a user may not make is left to the cluster, which makes most of it
 * by itself when a document comes.
 */
import type { Clock } from '../../domain/clock.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { HttpAnswer, HttpReply } from '../../sink-kit/http-client.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import type { SinkContext } from '../../sink-kit/sink.ts'
import { errorIn, outcomeOfRefusal } from './answers.ts'
import { recordIn, recordOf } from './json.ts'
import { mappingFor } from './mapping.ts'
import type { Nodes } from './nodes.ts'
import { isTyped, mappingLanguage } from './server.ts'
import type { Server } from './server.ts'

export interface IndicesOptions {
  readonly nodes: Pick<Nodes, 'request'>
  /** Base of the indices' names. */
  readonly index: string
  readonly dataStream: string | undefined
  /** Whether a template may be made. */
  readonly indexTemplate: boolean
  readonly log: SinkContext['log']
  readonly clock: Clock
  readonly redact: Redactor
}

/** An index is looked at again after this time: somebody may have deleted it meanwhile, alias and all. */
const knownForMs = 600_000
const mostKnown = 1_000
/** Grows with the mapping: a template with a smaller number is replaced. */
const templateVersion = 1
/** Above those that Elasticsearch brings along for names like `logs-…`, which have 100 and 200. */
const dataStreamPriority = 300

const json = [
  ['Accept', 'application/json'],
  ['Content-Type', 'application/json'],
] as const

export class Indices {
  readonly #options: IndicesOptions
  readonly #knownUntilMs = new Map<string, number>()
  readonly #beingMade = new Map<string, Promise<Outcome | undefined>>()
  readonly #warned = new Set<string>()
  #template: Promise<Outcome | undefined> | undefined

  constructor(options: IndicesOptions) {
    this.#options = options
  }

  /** Makes each of `names` where it is not there; answers why nothing can be sent now, if so. */
  async ensure(names: Iterable<string>, server: Server, signal: AbortSignal): Promise<Outcome | undefined> {
    const nowMs = this.#options.clock.monotonicMs()
    for (const name of names) {
      if ((this.#knownUntilMs.get(name) ?? 0) > nowMs) continue
      const failed = (await this.#ensureTemplate(server, signal)) ?? (await this.#once(name, server, signal))
      if (failed) return failed
    }
    return undefined
  }

  /** It is not there any more. */
  forget(name: string): void {
    this.#knownUntilMs.delete(name)
  }

  /** Two batches that begin a day make its index once. */
  #once(name: string, server: Server, signal: AbortSignal): Promise<Outcome | undefined> {
    const under = this.#beingMade.get(name)
    if (under) return under
    const making = this.#make(name, server, signal).finally(() => this.#beingMade.delete(name))
    this.#beingMade.set(name, making)
    return making
  }

  async #make(name: string, server: Server, signal: AbortSignal): Promise<Outcome | undefined> {
    // A data stream is made by its first document.
    const failed =
      this.#options.dataStream === undefined ? await this.#makeIndex(name, server, signal) : undefined
    if (failed) return failed
    if (this.#knownUntilMs.size >= mostKnown) this.#knownUntilMs.clear()
    this.#knownUntilMs.set(name, this.#options.clock.monotonicMs() + knownForMs)
    return undefined
  }

  async #makeIndex(name: string, server: Server, signal: AbortSignal): Promise<Outcome | undefined> {
    const path = `/${encodeURIComponent(name)}`
    const alias = `${this.#options.index}-events`
    const there = await this.#ask('GET', `${path}/_alias`, undefined, signal)
    if (mustWait(there)) return this.#failure(there)
    if (isSuccess(there) && hasAlias(there.body, alias)) return undefined
    if (!isSuccess(there)) {
      // Servers before 6 have no template of ours: the user's own are merged into what is asked for here.
      const language = mappingLanguage(server)
      const body = language === 'strings' ? { mappings: mappingFor(language) } : undefined
      const made = await this.#ask('PUT', path, body, signal)
      if (mustWait(made)) return this.#failure(made)
      // Whether it may not, or need not: documents tell.
      if (!isSuccess(made) && !existsAlready(made)) {
        this.#warn('index', `the index ${name} cannot be made`, made)
        return undefined
      }
    }
    const actions = [{ add: { alias, index: name } }]
    const added = await this.#ask('POST', '/_aliases', { actions }, signal)
    if (mustWait(added)) return this.#failure(added)
    if (!isSuccess(added)) this.#warn('alias', `the alias ${alias} cannot be added`, added)
    return undefined
  }

  async #ensureTemplate(server: Server, signal: AbortSignal): Promise<Outcome | undefined> {
    if (!this.#options.indexTemplate || mappingLanguage(server) === 'strings') return undefined
    this.#template ??= this.#makeTemplate(server, signal)
    const failed = await this.#template
    if (failed) this.#template = undefined
    return failed
  }

  #makeTemplate(server: Server, signal: AbortSignal): Promise<Outcome | undefined> {
    const { dataStream, index } = this.#options
    return dataStream === undefined
      ? this.#makeIndexTemplate(index, server, signal)
      : this.#makeDataStreamTemplate(dataStream, signal)
  }

  /**
   * A template of the older kind, of the lowest order: one of the user's own, of either kind, counts more. Of the
   * newer kind only one counts, so that ours would put the user's out of effect.
   */
  async #makeIndexTemplate(index: string, server: Server, signal: AbortSignal): Promise<Outcome | undefined> {
    const name = `kube-eventer-${index}`
    const path = `/_template/${encodeURIComponent(name)}`
    const there = await this.#ask('GET', path, undefined, signal)
    if (mustWait(there)) return this.#failure(there)
    if (isSuccess(there) && isUpToDate(there.body)) return undefined
    const made = await this.#ask(
      'PUT',
      path,
      {
        index_patterns: [`${index}-*`],
        order: -1,
        version: templateVersion,
        mappings: mappingFor(isTyped(server) ? 'typed' : 'typeless'),
      },
      signal,
    )
    if (mustWait(made)) return this.#failure(made)
    if (!isSuccess(made)) this.#warn('template', `the template ${name} cannot be made`, made)
    return undefined
  }

  /** Without a template its name would become a plain index: nothing is sent until there is one. */
  async #makeDataStreamTemplate(stream: string, signal: AbortSignal): Promise<Outcome | undefined> {
    const name = `kube-eventer-${stream}`
    const path = `/_index_template/${encodeURIComponent(name)}`
    const there = await this.#ask('GET', path, undefined, signal)
    if (mustWait(there)) return this.#failure(there)
    if (isSuccess(there) && isUpToDate(there.body)) return undefined
    const made = await this.#ask(
      'PUT',
      path,
      {
        index_patterns: [stream],
        data_stream: {},
        priority: dataStreamPriority,
        version: templateVersion,
        template: { mappings: mappingFor('typeless', true) },
      },
      signal,
    )
    if (isSuccess(made)) return undefined
    if (mustWait(made)) return this.#failure(made)
    const exists = await this.#ask('GET', `/_data_stream/${encodeURIComponent(stream)}`, undefined, signal)
    return isSuccess(exists) ? undefined : this.#failure(made)
  }

  #ask(method: 'GET' | 'PUT' | 'POST', path: string, body: unknown, signal: AbortSignal): Promise<HttpReply> {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    return this.#options.nodes.request(
      { method, path, headers: json, ...(bytes === undefined ? {} : { body: bytes }) },
      signal,
    )
  }

  #failure(reply: HttpReply): Outcome {
    if (reply.kind === 'failed') return reply.outcome
    return outcomeOfRefusal(reply, this.#options.clock.wallMs(), this.#options.redact)
  }

  /** Once a kind: the next index is refused for the same reason. */
  #warn(kind: string, what: string, reply: HttpReply): void {
    if (this.#warned.has(kind)) return
    this.#warned.add(kind)
    const outcome = this.#failure(reply)
    const why = outcome.kind === 'retry' ? outcome.detail : undefined
    this.#options.log.warn(`${what}; events are sent all the same`, why === undefined ? {} : { why })
  }
}

function isSuccess(reply: HttpReply): reply is HttpAnswer {
  return reply.kind === 'answer' && reply.status >= 200 && reply.status < 300
}

/** Who asks, or when, is wrong: nothing that follows would be taken. Other refusals are about this request alone. */
function mustWait(reply: HttpReply): boolean {
  if (reply.kind === 'failed') return true
  const { status } = reply
  return status === 401 || status === 408 || status === 429 || status >= 500
}

function existsAlready(reply: HttpReply): boolean {
  if (reply.kind !== 'answer' || reply.status !== 400) return false
  const type = errorIn(reply.body)?.type ?? ''
  // `index_already_exists_exception` before 6; OpenSearch and Elasticsearch of today say `resource_…`.
  return type.endsWith('already_exists_exception')
}

/** `{"heapster-2024.05.06": {"aliases": {"heapster-events": {}}}}` */
function hasAlias(body: string, alias: string): boolean {
  return Object.values(recordIn(body)).some((index) => alias in recordOf(recordOf(index)['aliases']))
}

/** Ours, or a newer program's: what a person changed in it stays. */
function isUpToDate(body: string): boolean {
  const version = /"version"\s*:\s*(\d+)/.exec(body)?.[1]
  return version !== undefined && Number(version) >= templateVersion
}
