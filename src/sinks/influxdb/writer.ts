/**
 * Writes batches of points and settles each by what the server answers. Which points were refused no server says in a
 * way that can be relied on: the batch goes again in halves, which a point that is there already does not mind.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Clock } from '../../domain/clock.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import type { HttpClient, HttpReply } from '../../sink-kit/http-client.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import { readWriteAnswer } from './answers.ts'
import type { WriteApi } from './api.ts'
import type { Database } from './database.ts'
import { LineBuffer } from './line-buffer.ts'
import { addPoint } from './points.ts'
import type { PointSettings } from './points.ts'

export interface WriterOptions {
  readonly client: Pick<HttpClient, 'request'>
  readonly api: WriteApi
  /** Absent where nothing is to be made. */
  readonly database: Pick<Database, 'ensure' | 'forget'> | undefined
  readonly points: PointSettings
  readonly gzip: boolean
  readonly clock: Clock
  readonly redact: Redactor
}

const compress = promisify(gzip)
/** The lowest level: most of what the highest saves, for a part of the time. */
const gzipLevel = 1

export class Writer {
  readonly #options: WriterOptions
  /** Buffers that no request uses. */
  readonly #free: LineBuffer[] = []

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** One outcome an occurrence, in their order. */
  async send(batch: readonly Occurrence[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const { database, points } = this.#options
    const failed = await database?.ensure(signal)
    if (failed) return batch.map(() => failed)
    const lines = this.#free.pop() ?? new LineBuffer()
    for (const occurrence of batch) addPoint(lines, occurrence, points)
    const sending = new Sending(this.#options, lines, batch.length, signal)
    await sending.send(0, batch.length)
    if (sending.isAllTaken) {
      // Of others a connection that was given up may still hold the bytes.
      lines.clear()
      this.#free.push(lines)
    }
    return sending.end()
  }

  /** Writes a comment, which is no point: the server looks at user, place and permission all the same. */
  writeNothing(signal: AbortSignal): Promise<HttpReply> {
    return post(this.#options, Buffer.from('# kube-eventer: may it write here?\n'), signal)
  }
}

/** One batch on its way. */
class Sending {
  readonly #options: WriterOptions
  readonly #lines: LineBuffer
  readonly #signal: AbortSignal
  readonly #outcomes: Outcome[]
  /** Points that were alone in a request that was not understood, and what was said. */
  readonly #suspects: { readonly at: number; readonly detail: string | undefined }[] = []
  #anyTaken = false
  #allTaken = true
  #hasRemade = false

  constructor(options: WriterOptions, lines: LineBuffer, count: number, signal: AbortSignal) {
    this.#options = options
    this.#lines = lines
    this.#signal = signal
    this.#outcomes = Array.from({ length: count }, () => ({ kind: 'retry', reason: 'server-error' }))
  }

  /** Every request was answered with success. */
  get isAllTaken(): boolean {
    return this.#allTaken
  }

  async send(from: number, to: number): Promise<void> {
    const reply = await post(this.#options, this.#lines.lines(from, to), this.#signal)
    this.#allTaken &&= reply.kind === 'answer' && reply.status >= 200 && reply.status < 300
    if (reply.kind === 'failed') return this.#settle(from, to, reply.outcome)
    const { clock, redact } = this.#options
    const verdict = readWriteAnswer(reply, to - from, clock.wallMs(), redact)
    switch (verdict.kind) {
      case 'taken':
        this.#anyTaken = true
        return this.#settle(from, to, delivered)
      case 'all':
        return this.#settle(from, to, verdict.outcome)
      case 'no-place':
        return this.#remake(from, to, verdict.outcome)
      case 'some':
      case 'unclear':
        if (to - from > 1) {
          const middle = (from + to) >> 1
          await this.send(from, middle)
          return this.send(middle, to)
        }
        this.#settle(from, to, verdict.outcome)
        if (verdict.kind === 'unclear') this.#suspect(from, verdict.outcome)
    }
  }

  /** Not understood alone, while others of the batch were: then it is this one that no request may hold. */
  end(): readonly Outcome[] {
    if (this.#anyTaken) {
      for (const { at, detail } of this.#suspects) {
        this.#outcomes[at] = {
          kind: 'rejected',
          reason: 'bad-message',
          ...(detail === undefined ? {} : { detail }),
        }
      }
    }
    return this.#outcomes
  }

  #suspect(at: number, outcome: Outcome): void {
    this.#suspects.push({ at, detail: outcome.kind === 'retry' ? outcome.detail : undefined })
  }

  /** A database that was dropped meanwhile is made once more. */
  async #remake(from: number, to: number, outcome: Outcome): Promise<void> {
    const { database } = this.#options
    this.#settle(from, to, outcome)
    database?.forget()
    if (!database || this.#hasRemade) return
    this.#hasRemade = true
    const failed = await database.ensure(this.#signal)
    if (failed) return this.#settle(from, to, failed)
    return this.send(from, to)
  }

  #settle(from: number, to: number, outcome: Outcome): void {
    this.#outcomes.fill(outcome, from, to)
  }
}

const plainHeaders = [['Content-Type', 'text/plain; charset=utf-8']] as const
const gzipHeaders = [...plainHeaders, ['Content-Encoding', 'gzip']] as const

async function post(
  { client, api, gzip: isCompressed }: WriterOptions,
  lines: Buffer,
  signal: AbortSignal,
): Promise<HttpReply> {
  const body = isCompressed ? await compress(lines, { level: gzipLevel }) : lines
  const headers = [...(isCompressed ? gzipHeaders : plainHeaders), ...api.headers]
  return client.request({ method: 'POST', path: api.path, headers, body }, signal)
}
