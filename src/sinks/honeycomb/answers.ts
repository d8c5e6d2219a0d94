/** What Honeycomb's answers mean: for a request as a whole, and for each event of a batch. */
import type { Outcome } from '../../domain/outcome.ts'
import type { HttpAnswer } from '../../sink-kit/http-client.ts'
import { outcomeOfAnswer } from '../../sink-kit/http-outcome.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'

/** What became of each event of a request that was answered with success. */
export type BatchVerdict =
  | { readonly kind: 'items'; readonly items: readonly BatchItem[] }
  /** No list: what stands in Honeycomb's place (a proxy, a test's receiver) says it took all. */
  | { readonly kind: 'all-taken' }
  /** A list that is not about these events. */
  | { readonly kind: 'unclear' }

export interface BatchItem {
  readonly status: number
  readonly error: string
}

/** `[{"status":202}, {"status":400,"error":"…"}]`, an entry for each event, in their order: https://docs.honeycomb.io/api/events */
export function readBatchAnswer(body: string, count: number): BatchVerdict {
  const list = parsed(body)
  if (!Array.isArray(list)) return { kind: 'all-taken' }
  if (list.length !== count) return { kind: 'unclear' }
  return { kind: 'items', items: list.map(readItem) }
}

function readItem(item: unknown): BatchItem {
  const { status, error }: { status?: unknown; error?: unknown } =
    typeof item === 'object' && item !== null ? item : {}
  return {
    status: typeof status === 'number' ? status : 0,
    error: typeof error === 'string' ? error : '',
  }
}

/** The outcome of one event. A status that is none is Honeycomb's own trouble. */
export function outcomeOfItem({ status, error }: BatchItem, redact: Redactor): Outcome {
  return outcomeOfAnswer({ status: status === 0 ? 500 : status, body: error }, undefined, 0, redact)
}

/** The outcome of a request that was answered as a whole, and not with success. */
export function outcomeOfRefusal(answer: HttpAnswer, nowMs: number, redact: Redactor): Outcome {
  const body = parsed(answer.body)
  const said =
    typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string'
      ? body.error
      : answer.body
  const outcome = outcomeOfAnswer({ ...answer, body: said }, undefined, nowMs, redact)
  // Of a whole request a 400 says nothing about one event: no event is given up for it.
  if (outcome.kind !== 'rejected') return outcome
  const { detail } = outcome
  return { kind: 'retry', reason: 'refused', ...(detail === undefined ? {} : { detail }) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
