/** Keeps the index of the journal up to date while the program runs: a thread of its own, woken when something was journaled. */
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock, Timer } from '../domain/clock.ts'
import type { Journal } from '../journal/journal.ts'
import { fileName } from '../journal/sqlite/schema.ts'
import { indexRole } from '../search/index/role.ts'
import type { IndexAnswer, IndexUpTo, IndexWorkerData } from '../search/index/worker.ts'
import type { Logger } from '../telemetry/telemetry.ts'

/** How long new events may gather before they are indexed, ms: a wake-up costs more than an event. */
const gatheringMs = 500
/** A thread that had nothing to do for so long ends, ms. */
const idleMs = 60_000
/** After a failure, ms. */
const againAfterMs = 30_000
/** V8's heap of the thread; SQLite's memory lies outside of it. */
const resourceLimits = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 }

export interface SearchIndexParts {
  readonly journal: Journal
  readonly dataDir: string
  /** The program's entry file: the thread starts from it. */
  readonly workerEntry: URL
  readonly clock: Clock
  readonly log: Logger
}

export class SearchIndex {
  readonly #parts: SearchIndexParts
  readonly #stopListening: () => void
  #worker: Worker | undefined
  #exited: Promise<void> = Promise.resolve()
  #timer: Timer | undefined
  #isBusy = false
  #hasNews = true
  #closed = false

  constructor(parts: SearchIndexParts) {
    this.#parts = parts
    this.#stopListening = parts.journal.onAppend(() => this.#noteNews())
    this.#schedule(gatheringMs)
  }

  /** What is not indexed by then is indexed after the next start. */
  async close(): Promise<void> {
    this.#closed = true
    this.#stopListening()
    this.#timer?.cancel()
    await this.#worker?.terminate()
    await this.#exited
  }

  #noteNews(): void {
    if (this.#hasNews) return
    this.#hasNews = true
    if (!this.#isBusy) this.#schedule(gatheringMs)
  }

  #schedule(afterMs: number): void {
    this.#timer?.cancel()
    if (!this.#closed) this.#timer = this.#parts.clock.schedule(() => this.#run(), afterMs)
  }

  #run(): void {
    const { journal } = this.#parts
    if (!this.#hasNews) return this.#endThread()
    this.#hasNews = false
    this.#isBusy = true
    const message: IndexUpTo = { firstOffset: journal.size().firstOffset }
    this.#running().postMessage(message)
  }

  #running(): Worker {
    if (this.#worker) return this.#worker
    const { dataDir, journal, log, workerEntry } = this.#parts
    const workerData: IndexWorkerData = {
      role: indexRole,
      dataDir,
      journalPath: join(dataDir, fileName),
      journal: journal.salt,
    }
    const worker = new Worker(workerEntry, { workerData, resourceLimits, name: 'search-index' })
    // The program ends without waiting for it.
    worker.unref()
    this.#worker = worker
    let why = 'its thread ended'
    worker.on('message', (answer: IndexAnswer) => {
      if (answer.kind === 'failed') {
        why = answer.why
        return
      }
      this.#isBusy = false
      this.#schedule(this.#hasNews ? gatheringMs : idleMs)
    })
    worker.on('error', (error) => {
      why = error.message
    })
    this.#exited = new Promise((resolve) => {
      worker.on('exit', () => {
        if (this.#worker === worker) this.#worker = undefined
        if (this.#isBusy && !this.#closed) {
          this.#isBusy = false
          this.#hasNews = true
          log.warn('the index for searches is not up to date: searches read the journal', { why })
          this.#schedule(againAfterMs)
        }
        resolve()
      })
    })
    return worker
  }

  #endThread(): void {
    const worker = this.#worker
    this.#worker = undefined
    worker?.postMessage('end')
  }
}
