/**
 * Sends batches with `_bulk` and settles each document by what the answer says of it. What is too much for one
 * request, or answered as a whole, goes in halves, so that one bad document is no fault of the others.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Clock } from '../../domain/clock.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import type { HttpReply } from '../../sink-kit/http-client.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import { lacksIndex, outcomeOfItem, outcomeOfRefusal, readBulkAnswer } from './answers.ts'
import { bodyOf, bulkDocuments } from './document.ts'
import type { BulkDocuments, DocumentSettings } from './document.ts'
import type { Indices } from './indices.ts'
import type { Nodes } from './nodes.ts'
import { isTyped } from './server.ts'
import type { Detected, Server } from './server.ts'

export interface BulkOptions {
  readonly nodes: Pick<Nodes, 'request'>
  readonly indices: Pick<Indices, 'ensure' | 'forget'>
  readonly settings: DocumentSettings
  readonly gzip: boolean
  readonly clock: Clock
  readonly redact: Redactor
  /** Learns which server it is; once, until `serverUnsure`. */
  readonly detect: (signal: AbortSignal) => Promise<Detected>
  /** It failed, or did not understand: it may be another one now. */
  readonly serverUnsure: () => void
}

const compress = promisify(gzip)
/** The lowest level: three quarters of what the highest saves, for a sixth of the time. */
const gzipLevel = 1

const headers = [
  ['Accept', 'application/json'],
  ['Content-Type', 'application/x-ndjson'],
] as const
const gzipHeaders = [...headers, ['Content-Encoding', 'gzip']] as const

/** Some of the documents of a batch, from one up to another. */
interface Part {
  readonly from: number
  readonly to: number
}

export class Bulk {
  readonly #options: BulkOptions

  constructor(options: BulkOptions) {
    this.#options = options
  }

  /** One outcome an occurrence, in their order. */
  async send(batch: readonly Occurrence[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const detected = await this.#options.detect(signal)
    if (detected.kind === 'failed') return batch.map(() => detected.outcome)
    const documents = bulkDocuments(batch, this.#options.settings, isTyped(detected.server))
    const failed = await this.#options.indices.ensure(new Set(documents.indices), detected.server, signal)
    if (failed) return batch.map(() => failed)
    const sending = new Sending(this.#options, detected.server, documents, signal)
    await sending.send({ from: 0, to: batch.length }, true)
    return sending.end()
  }
}

/** One batch on its way. */
class Sending {
  readonly #options: BulkOptions
  readonly #server: Server
  readonly #documents: BulkDocuments
  readonly #signal: AbortSignal
  readonly outcomes: Outcome[]
  /** Documents that a whole request was refused for, with what was said. */
  readonly #suspects: { readonly at: number; readonly detail: string | undefined }[] = []
  #anyTaken = false

  constructor(options: BulkOptions, server: Server, documents: BulkDocuments, signal: AbortSignal) {
    this.#options = options
    this.#server = server
    this.#documents = documents
    this.#signal = signal
    this.outcomes = documents.lines.map(() => ({ kind: 'retry', reason: 'server-error' }) as const)
  }

  /** `mayRemake`: an index that is gone is made once more. */
  async send(part: Part, mayRemake: boolean): Promise<void> {
    const count = part.to - part.from
    const reply = await this.#post(part)
    if (reply.kind === 'failed') {
      this.#options.serverUnsure()
      return this.#settle(part, reply.outcome)
    }
    if (reply.status < 200 || reply.status >= 300) return this.#refused(part, reply, mayRemake)
    const verdict = readBulkAnswer(reply.body, count)
    switch (verdict.kind) {
      case 'all-taken':
        this.#anyTaken = true
        return this.#settle(part, delivered)
      case 'unclear':
        if (count > 1) return this.#inHalves(part, mayRemake)
        return this.#settle(part, {
          kind: 'retry',
          reason: 'server-error',
          detail: 'the answer to _bulk does not say what became of the document',
        })
      case 'items': {
        const create = this.#options.settings.dataStream !== undefined
        const missing: number[] = []
        for (const [at, item] of verdict.items.entries()) {
          if (mayRemake && lacksIndex(item)) missing.push(part.from + at)
          const outcome = outcomeOfItem(item, create, this.#options.redact)
          this.outcomes[part.from + at] = outcome
          if (outcome.kind === 'delivered') this.#anyTaken = true
        }
        if (missing.length > 0) await this.#remake(missing)
      }
    }
  }

  async #refused(
    part: Part,
    answer: Extract<HttpReply, { kind: 'answer' }>,
    mayRemake: boolean,
  ): Promise<void> {
    const { status } = answer
    const isTooMuch = status === 413
    if ((isTooMuch || status === 400) && part.to - part.from > 1) return this.#inHalves(part, mayRemake)
    const outcome = outcomeOfRefusal(answer, this.#options.clock.wallMs(), this.#options.redact)
    this.#settle(part, outcome)
    const detail = outcome.kind === 'retry' ? outcome.detail : undefined
    if (isTooMuch) this.outcomes[part.from] = badMessage(detail)
    else if (status === 400) {
      this.#options.serverUnsure()
      this.#suspects.push({ at: part.from, detail })
    }
  }

  /** Refused alone while others of the batch were taken: then it is this one that no request may hold. */
  end(): readonly Outcome[] {
    if (this.#anyTaken) {
      for (const { at, detail } of this.#suspects) this.outcomes[at] = badMessage(detail)
    }
    return this.outcomes
  }

  async #inHalves({ from, to }: Part, mayRemake: boolean): Promise<void> {
    const middle = (from + to) >> 1
    await this.send({ from, to: middle }, mayRemake)
    await this.send({ from: middle, to }, mayRemake)
  }

  async #remake(missing: readonly number[]): Promise<void> {
    const names = new Set(missing.map((at) => this.#documents.indices[at] ?? ''))
    for (const name of names) this.#options.indices.forget(name)
    if (await this.#options.indices.ensure(names, this.#server, this.#signal)) return
    for (const part of runsOf(missing)) await this.send(part, false)
  }

  async #post({ from, to }: Part): Promise<HttpReply> {
    const plain = bodyOf(this.#documents, from, to)
    const body = this.#options.gzip ? await compress(plain, { level: gzipLevel }) : plain
    return this.#options.nodes.request(
      { method: 'POST', path: '/_bulk', headers: this.#options.gzip ? gzipHeaders : headers, body },
      this.#signal,
    )
  }

  #settle({ from, to }: Part, outcome: Outcome): void {
    this.outcomes.fill(outcome, from, to)
  }
}

function badMessage(detail: string | undefined): Outcome {
  return { kind: 'rejected', reason: 'bad-message', ...(detail === undefined ? {} : { detail }) }
}

/** Numbers in their order as parts without gaps. */
function runsOf(numbers: readonly number[]): readonly Part[] {
  const parts: { from: number; to: number }[] = []
  for (const number of numbers) {
    const last = parts.at(-1)
    if (last?.to === number) last.to = number + 1
    else parts.push({ from: number, to: number + 1 })
  }
  return parts
}
