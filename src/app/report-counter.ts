/** Reports of a running program, counted off the main thread, one after another. */
import { Worker } from 'node:worker_threads'
import type { Clock } from '../domain/clock.ts'
import { textOf } from '../domain/text-of.ts'
import type { Journal } from '../journal/journal.ts'
import type { JournalOperations } from '../journal/operations.ts'
import type { Report } from '../report/report.ts'
import { earliestFor, type ReportQuery } from './report.ts'
import {
  reportRole,
  type FromReportThread,
  type JournalPart,
  type ReportThreadData,
  type ToReportThread,
} from './report-thread.ts'

/** Why there is no report: it took too long, nobody wants it any more, the journal cannot be read. */
export class CountFailed extends Error {
  override readonly name = 'CountFailed'
}

export interface ReportCounterParts {
  readonly journal: Journal & JournalOperations
  /** Where the journal lies; `undefined`: in memory. */
  readonly dataDir: string | undefined
  /** The program's entry file: threads begin there. */
  readonly workerEntry: URL
  readonly clock: Clock
}

/** What was asked is wrong; the message says what, and what to write. */
export class QueryRefused extends Error {
  override readonly name = 'QueryRefused'
}

/** V8's heap of the thread: half a million events by their uids, and their groups. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8, stackSizeMb: 1 }

type Asked = Pick<ReportThreadData, 'query' | 'where'>

export class ReportCounter {
  readonly #parts: ReportCounterParts
  readonly #closing = new AbortController()
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(parts: ReportCounterParts) {
    this.#parts = parts
  }

  /** Something is being counted, or waits for it. */
  get isBusy(): boolean {
    return this.#waiting > 0
  }

  /**
   * Begins when those before it are done, and may take `withinMs` from then. Rejects with `CountFailed`, also when
   * `signal` aborts.
   */
  count(query: ReportQuery, withinMs: number, signal: AbortSignal): Promise<Report> {
    return this.#queue({ query }, withinMs, signal)
  }

  /** As `count`, with conditions as a stranger wrote them; rejects with `QueryRefused` where they are wrong. */
  countWhere(
    query: Omit<ReportQuery, 'filter'>,
    where: string,
    withinMs: number,
    signal: AbortSignal,
  ): Promise<Report> {
    return this.#queue({ query: { ...query, filter: { level: 'all' } }, where }, withinMs, signal)
  }

  #queue(asked: Asked, withinMs: number, signal: AbortSignal): Promise<Report> {
    this.#waiting++
    const ends = AbortSignal.any([this.#closing.signal, signal])
    const counted = this.#last.then(() => this.#count(asked, withinMs, ends)).finally(() => this.#waiting--)
    this.#last = counted.catch(() => {})
    return counted
  }

  /** Ends the count under way; to be called before the journal is closed. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#last
  }

  async #count(asked: Asked, withinMs: number, signal: AbortSignal): Promise<Report> {
    const { journal, dataDir, workerEntry, clock } = this.#parts
    if (signal.aborted) throw unwanted()
    // What is only in memory yet is not seen by the thread. On a full disk what was committed is counted.
    await journal.flush().catch(() => {})
    if (signal.aborted) throw unwanted()
    const workerData: ReportThreadData = {
      role: reportRole,
      ...asked,
      ...(dataDir !== undefined && { dataDir }),
    }
    const worker = new Worker(workerEntry, { workerData, resourceLimits, name: 'report' })
    let timer: ReturnType<Clock['schedule']> | undefined
    let stop: (() => void) | undefined
    try {
      return await new Promise<Report>((resolve, reject) => {
        timer = clock.schedule(() => reject(new CountFailed('it took too long')), withinMs)
        stop = () => reject(unwanted())
        signal.addEventListener('abort', stop)
        worker.on('error', (error) => reject(new CountFailed(textOf(error))))
        worker.on('exit', () => reject(new CountFailed('its thread ended')))
        const parts = dataDir === undefined ? partsOf(journal, asked.query) : undefined
        const handOver = (): void => {
          parts?.next().then(
            ({ value: part }) => {
              const message: ToReportThread = part ? { kind: 'part', part } : { kind: 'end' }
              worker.postMessage(message, part ? [part.lines.buffer] : [])
            },
            (error: unknown) => reject(new CountFailed(textOf(error))),
          )
        }
        worker.on('message', (message: FromReportThread) => {
          if (message.kind === 'report') resolve(message.report)
          else if (message.kind === 'refused') reject(new QueryRefused(message.message))
          else if (message.kind === 'failed') reject(new CountFailed(message.message))
          else handOver()
        })
        handOver()
      })
    } finally {
      timer?.cancel()
      if (stop) signal.removeEventListener('abort', stop)
      await worker.terminate()
    }
  }
}

/** What a journal in memory holds of the period, a part at a time: none is unpacked before the one before it is counted. */
async function* partsOf(
  journal: Journal & JournalOperations,
  query: ReportQuery,
): AsyncGenerator<JournalPart, undefined> {
  let fromOffset = await journal.offsetSince(earliestFor(query))
  const untilOffset = journal.size().nextOffset
  while (fromOffset < untilOffset) {
    const { lines, blocks, nextOffset } = await journal.storedFrom(fromOffset)
    if (blocks.length === 0) return undefined
    yield {
      // A copy in memory of its own, which goes to the thread as it is.
      lines: Uint8Array.from(lines),
      blocks: blocks.map(({ arrivedAtMs, start, end }) => ({ arrivedAtMs, start, end })),
    }
    fromOffset = nextOffset
  }
  return undefined
}

function unwanted(): CountFailed {
  return new CountFailed('it is not wanted any more')
}
