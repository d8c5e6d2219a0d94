/** The main thread's side of the worker: started when there is work, ended a few seconds after the last. */
import { Worker } from 'node:worker_threads'
import type { Clock, Timer } from '../domain/clock.ts'
import { JournalError } from './error.ts'
import { journalRole } from './worker.ts'
import type { Answer, JobKind, Jobs, JournalWorkerData } from './worker.ts'
import { textOf } from '../domain/text-of.ts'

const idleMs = 5000
/** V8's heap of the thread; blocks lie outside of it. */
const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 }

/** The worker answered that it could not. `errcode`: SQLite's, if it was SQLite. */
export class WorkerFailed extends Error {
  readonly errcode: number | undefined

  constructor(message: string, errcode?: number) {
    super(message)
    this.errcode = errcode
  }
}

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

export class WorkerClient {
  readonly #entry: URL
  readonly #data: JournalWorkerData
  readonly #clock: Clock
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #exited: Promise<void> | undefined
  #idle: Timer | undefined
  #nextId = 1
  #generation = 0
  #closed = false

  /** `entry`: a module that calls `runJournalWorker()` when it is loaded in a thread. */
  constructor(entry: URL, path: string, clock: Clock) {
    this.#entry = entry
    this.#data = { role: journalRole, path }
    this.#clock = clock
  }

  /** Jobs are done one after another. Rejects with `WorkerFailed`, or `JournalError` `closed`. */
  async run<K extends JobKind>(kind: K, ask: Jobs[K]['ask']): Promise<Jobs[K]['answer']> {
    if (this.#closed) throw new JournalError('closed', '')
    this.#idle?.cancel()
    const id = this.#nextId
    this.#nextId += 1
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      const worker = this.#running()
      worker.ref()
      worker.postMessage({ id, kind, ask, generation: this.#generation }, [])
    })
    if (!answer.ok) throw new WorkerFailed(answer.message, answer.errcode)
    // The edge: the other side is `answerTo` of this very program, which answers each kind with its type.
    return answer.value as Jobs[K]['answer']
  }

  /** The file was replaced: what comes next is asked of the new one. */
  fileReplaced(): void {
    this.#generation += 1
  }

  /** Ends the thread, also in the middle of a job; whoever waits is told. */
  async close(): Promise<void> {
    this.#closed = true
    this.#idle?.cancel()
    const worker = this.#worker
    this.#worker = undefined
    this.#rejectAll(new JournalError('closed', ''))
    await worker?.terminate()
    await this.#exited
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = new Worker(this.#entry, { workerData: this.#data, resourceLimits, name: 'journal' })
    this.#worker = worker
    worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if (this.#waiting.size === 0) this.#restartIdle()
      waiting?.resolve(answer)
    })
    let why = 'the journal worker ended'
    worker.on('error', (error) => {
      why = `the journal worker failed: ${textOf(error)}`
    })
    this.#exited = new Promise((resolve) => {
      worker.on('exit', () => {
        if (this.#worker === worker) {
          this.#worker = undefined
          this.#idle?.cancel()
          this.#rejectAll(new WorkerFailed(why))
        }
        resolve()
      })
    })
    return worker
  }

  #restartIdle(): void {
    // Nobody waits for it any more: it alone shall not keep the process alive.
    this.#worker?.unref()
    this.#idle?.cancel()
    if (!this.#closed) this.#idle = this.#clock.schedule(() => this.#end(), idleMs)
  }

  #end(): void {
    this.#idle?.cancel()
    const worker = this.#worker
    this.#worker = undefined
    worker?.ref()
    worker?.postMessage('end', [])
  }

  #rejectAll(error: Error): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(error)
  }
}
