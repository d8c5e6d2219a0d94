/** Sends batches, and tells what became of each document. */
import type { Collection } from 'mongodb'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import type { SinkContext } from '../../sink-kit/sink.ts'
import { untilAborted } from '../../sink-kit/until-aborted.ts'
import type { Client } from './client.ts'
import type { EventDocument, ToDocument } from './documents.ts'
import { expireAfter } from './expiry.ts'
import type { Told } from './failure.ts'
import { outcomeOfFailure, outcomeOfWriteError } from './failure.ts'

export interface WriterParts {
  readonly toDocument: ToDocument
  readonly told: Told
  /** How long the server keeps documents; `undefined`: as long as it does now. */
  readonly expireAfterMs: number | undefined
  readonly log: SinkContext['log']
  /** Aborts when the sink is closed at once. */
  readonly closed: AbortSignal
}

export class Writer {
  readonly #client: Client
  readonly #parts: WriterParts
  /** The index for `expireAfter` has been seen to. */
  #expires: boolean

  constructor(client: Client, parts: WriterParts) {
    this.#client = client
    this.#parts = parts
    this.#expires = parts.expireAfterMs === undefined
  }

  async send(batch: readonly Occurrence[], slot: AbortSignal): Promise<readonly Outcome[]> {
    const { toDocument, told } = this.#parts
    const documents = batch.map(toDocument)
    try {
      // In any order: one that is refused does not stop the others, and nothing of a batch depends on its order.
      await this.#within(slot, (collection) => collection.insertMany(documents, { ordered: false }))
    } catch (error) {
      const ended = this.#endedOutcome(slot)
      return ended ? batch.map(() => ended) : outcomesIn(error, batch.length, told)
    }
    await this.#expireOnce(slot)
    return batch.map(() => delivered)
  }

  /** Proves that a document can be written, and leaves none. Rejects with an `Error` for people. */
  async check(slot: AbortSignal): Promise<void> {
    const { told, expireAfterMs } = this.#parts
    try {
      await this.#within(slot, tryOut)
      if (expireAfterMs !== undefined) {
        await this.#within(slot, (collection) => expireAfter(collection, expireAfterMs))
      }
    } catch (error) {
      const outcome = this.#endedOutcome(slot) ?? outcomeOfFailure(error, told)
      const detail = 'detail' in outcome ? outcome.detail : undefined
      throw new Error(detail ?? `${told.server}: nothing can be written`, { cause: error })
    }
  }

  async #within<T>(
    slot: AbortSignal,
    work: (collection: Collection<EventDocument>) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.any([slot, this.#parts.closed])
    return untilAborted(this.#client.collection().then(work), signal, () => this.#client.giveUp())
  }

  /** Events are stored whether the server may delete them later or not: a failure is said, once. */
  async #expireOnce(slot: AbortSignal): Promise<void> {
    const { expireAfterMs, told, log } = this.#parts
    if (this.#expires || expireAfterMs === undefined) return
    this.#expires = true
    try {
      await this.#within(slot, (collection) => expireAfter(collection, expireAfterMs))
    } catch (error) {
      const outcome = this.#endedOutcome(slot) ?? outcomeOfFailure(error, told)
      const why = 'detail' in outcome ? (outcome.detail ?? '') : ''
      log.warn(
        `documents will not be deleted after \`expireAfter\`: the index for it could not be made: ${why}`,
      )
    }
  }

  #endedOutcome(slot: AbortSignal): Outcome | undefined {
    const { closed, told } = this.#parts
    if (closed.aborted) return { kind: 'retry', reason: 'stopped' }
    if (slot.aborted) return { kind: 'retry', reason: 'timeout', detail: `${told.server}: no answer in time` }
    return undefined
  }
}

/** One outcome a document; where the server told nothing of each, the same for all. */
function outcomesIn(error: unknown, count: number, told: Told): readonly Outcome[] {
  const writeErrors: unknown = error instanceof Error ? Reflect.get(error, 'writeErrors') : undefined
  if (!Array.isArray(writeErrors) || writeErrors.length === 0) {
    const outcome = outcomeOfFailure(error, told)
    return Array.from({ length: count }, () => outcome)
  }
  const outcomes: Outcome[] = Array.from({ length: count }, () => delivered)
  for (const each of writeErrors) {
    const { index, code, errmsg } = asWriteError(each)
    if (index !== undefined && index < count) outcomes[index] = outcomeOfWriteError({ code, errmsg }, told)
  }
  return outcomes
}

function asWriteError(value: unknown): {
  readonly index: number | undefined
  readonly code: number | undefined
  readonly errmsg: string | undefined
} {
  const field = (name: string): unknown => Reflect.get(Object(value), name)
  const [index, code, errmsg] = [field('index'), field('code'), field('errmsg')]
  return {
    index: typeof index === 'number' ? index : undefined,
    code: typeof code === 'number' ? code : undefined,
    errmsg: typeof errmsg === 'string' ? errmsg : undefined,
  }
}

/** Errors by which a server says that it looked at a document and found its id to be none. */
const badIdErrors: readonly number[] = [2, 53]

/**
 * Writes a document whose id is an array, which no server takes: before it says so, it has looked at user, rights and
 * state. One that takes it all the same is asked to delete it.
 */
async function tryOut(collection: Collection<EventDocument>): Promise<void> {
  const { db, collectionName } = collection
  const reply: unknown = await db
    .command({ insert: collectionName, documents: [{ _id: [] }] })
    .catch((error: unknown) => {
      const isBadId = error instanceof Error && badIdErrors.includes(Number(Reflect.get(error, 'code')))
      if (!isBadId) throw error
    })
  const writeErrors: unknown = reply === undefined ? [] : Reflect.get(Object(reply), 'writeErrors')
  if (Array.isArray(writeErrors)) return
  await db.command({ delete: collectionName, deletes: [{ q: { _id: [] }, limit: 1 }] })
}
