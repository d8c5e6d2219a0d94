/**
 * One send in flight: its deadline, its abort signal, and its end, whatever the sink does. The signal is reused from
 * send to send and replaced only after it was aborted; deadlines are checked by the pump, so no send has a timer.
 */
import type { Outcome } from '../domain/outcome.ts'
import { textOf } from '../domain/text-of.ts'

/** A sink that does not end this long after its signal aborted is no longer waited for, ms. */
const abandonAfterMs = 1_000

const timedOut: Outcome = { kind: 'retry', reason: 'timeout', detail: 'no answer in time' }
const stopped: Outcome = { kind: 'retry', reason: 'stopped' }

export class SendSlot {
  readonly #timeoutMs: number
  #controller = new AbortController()
  #current: { finish: (outcomes: readonly Outcome[]) => void; count: number } | undefined
  #deadlineMs: number | undefined
  #aborted: Outcome | undefined
  #abandoned = false

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  get busy(): boolean {
    return this.#current !== undefined
  }

  /** When the pump has to look at this slot, monotonic ms. */
  get deadlineMs(): number | undefined {
    return this.#deadlineMs
  }

  /** The sink never came back: this slot is not used again, whatever still comes. */
  get abandoned(): boolean {
    return this.#abandoned
  }

  /** `finish` is called once, with `count` outcomes. */
  start(
    send: (signal: AbortSignal) => Promise<readonly Outcome[]>,
    count: number,
    nowMs: number,
    finish: (outcomes: readonly Outcome[]) => void,
  ): void {
    this.#current = { finish, count }
    this.#deadlineMs = nowMs + this.#timeoutMs
    let answer: Promise<readonly Outcome[]>
    try {
      answer = send(this.#controller.signal)
    } catch (error) {
      answer = Promise.reject(error)
    }
    answer.then(
      (outcomes) => this.#end(outcomes),
      (error: unknown) => this.#end([], error),
    )
  }

  checkDeadline(nowMs: number): void {
    if (this.#deadlineMs === undefined || nowMs < this.#deadlineMs) return
    if (this.#aborted) {
      this.#abandoned = true
      this.#end([])
    } else {
      this.#abort(timedOut)
      this.#deadlineMs = nowMs + abandonAfterMs
    }
  }

  /** The program stops: what is in flight is not settled. */
  close(): void {
    if (this.#current) this.#abort(stopped)
    this.#current = undefined
    this.#deadlineMs = undefined
  }

  #abort(outcome: Outcome): void {
    this.#aborted = outcome
    this.#controller.abort()
  }

  #end(outcomes: readonly Outcome[], error?: unknown): void {
    const current = this.#current
    if (!current) return
    this.#current = undefined
    this.#deadlineMs = undefined
    const fallback = this.#aborted ?? failureOf(error)
    const aborted = this.#aborted
    if (aborted && !this.#abandoned) {
      this.#controller = new AbortController()
      this.#aborted = undefined
    }
    current.finish(
      Array.from({ length: current.count }, (_, at) => {
        const outcome = outcomes[at]
        // Whatever the sink makes of being aborted, it was too slow; what it did deliver stays delivered.
        return !outcome || (aborted && outcome.kind === 'retry') ? fallback : outcome
      }),
    )
  }
}

function failureOf(error: unknown): Outcome {
  const detail =
    error === undefined
      ? 'the sink answered fewer outcomes than it got occurrences'
      : `the sink failed: ${textOf(error)}`
  return { kind: 'retry', reason: 'server-error', detail }
}
