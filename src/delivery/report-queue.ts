/** Reports that a sink has yet to tell, beside its events: when each may be tried, and what became of it. */
import type { Outcome } from '../domain/outcome.ts'
import type { SinkReport } from '../sink-kit/report.ts'

/**
 * - `delivered`
 * - `rejected`: the destination will never take it
 * - `given-up`: it was no longer wanted before it could be told
 * - `stopped`: the sink ended first
 */
export type ToldReport =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'rejected' | 'given-up'; readonly detail: string }
  | { readonly kind: 'stopped' }

export interface WaitingReport {
  readonly report: SinkReport
  /** Tells it from events where a sink's health asks whose failure it was: below every offset. */
  readonly place: number
  tries: number
  timesSetAside: number
}

interface Waiting extends WaitingReport {
  /** Monotonic ms. */
  notBeforeMs: number
  isSending: boolean
  /** It was given up while it was being told. */
  isUnwanted: boolean
  /** Why it was not told at the last try. */
  detail: string
  readonly finish: (told: ToldReport) => void
}

export class ReportQueue {
  readonly #wake: () => void
  #waiting: readonly Waiting[] = []
  #places = 0
  #closed = false

  /** `wake`: there may be something to send. */
  constructor(wake: () => void) {
    this.#wake = wake
  }

  /** Waits until it is told, or `signal` aborts; never rejects. */
  add(report: SinkReport, signal: AbortSignal): Promise<ToldReport> {
    if (this.#closed) return Promise.resolve({ kind: 'stopped' })
    if (signal.aborted) return Promise.resolve({ kind: 'given-up', detail: '' })
    return new Promise((resolve) => {
      const giveUp = (): void => {
        // What is under way may well be told: its answer is waited for.
        if (waiting.isSending) waiting.isUnwanted = true
        else waiting.finish({ kind: 'given-up', detail: waiting.detail })
      }
      const waiting: Waiting = {
        report,
        place: --this.#places,
        tries: 0,
        timesSetAside: 0,
        notBeforeMs: Number.NEGATIVE_INFINITY,
        isSending: false,
        isUnwanted: false,
        detail: '',
        finish: (told) => {
          signal.removeEventListener('abort', giveUp)
          this.#waiting = this.#waiting.filter((one) => one !== waiting)
          resolve(told)
        },
      }
      signal.addEventListener('abort', giveUp)
      this.#waiting = [...this.#waiting, waiting]
      this.#wake()
    })
  }

  /** Some wait that are not being told right now. */
  get waits(): boolean {
    return this.#waiting.some(({ isSending }) => !isSending)
  }

  /** The next one that may be told. */
  next(nowMs: number): WaitingReport | undefined {
    if (this.#waiting.length === 0) return undefined
    return this.#waiting.find(({ isSending, notBeforeMs }) => !isSending && notBeforeMs <= nowMs)
  }

  /** When one that has to wait may be told, monotonic ms; `undefined` where none waits for a time. */
  nextDueMs(nowMs: number): number | undefined {
    const due = this.#waiting
      .filter(({ isSending, notBeforeMs }) => !isSending && notBeforeMs > nowMs)
      .map(({ notBeforeMs }) => notBeforeMs)
    return due.length === 0 ? undefined : Math.min(...due)
  }

  began(report: WaitingReport): void {
    const waiting = this.#find(report)
    if (waiting) waiting.isSending = true
  }

  /** It failed, and is tried again. `detail`: why. */
  waitUntil(report: WaitingReport, notBeforeMs: number, detail = ''): void {
    const waiting = this.#find(report)
    if (!waiting) return
    waiting.isSending = false
    waiting.notBeforeMs = notBeforeMs
    waiting.detail = detail
    if (waiting.isUnwanted) waiting.finish({ kind: 'given-up', detail })
  }

  settled(report: WaitingReport, outcome: Exclude<Outcome, { readonly kind: 'retry' }>): void {
    const told: ToldReport =
      outcome.kind === 'delivered'
        ? { kind: 'delivered' }
        : { kind: 'rejected', detail: outcome.detail ?? outcome.reason }
    this.#find(report)?.finish(told)
  }

  /** The sink ends: none of them is told by it. */
  close(): void {
    this.#closed = true
    for (const waiting of this.#waiting) waiting.finish({ kind: 'stopped' })
  }

  #find(report: WaitingReport): Waiting | undefined {
    return this.#waiting.find((one) => one === report)
  }
}
