/** What the answers of a cluster mean: for a request as a whole, and for each document of a bulk request. */
import type { Outcome, RetryReason } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import type { HttpAnswer } from '../../sink-kit/http-client.ts'
import { describeAnswer, outcomeOfAnswer } from '../../sink-kit/http-outcome.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import { isRecord, recordIn } from './json.ts'

/** An error as the servers tell it; those before 2 have a text alone. */
export interface ServerError {
  readonly type: string
  readonly reason: string
}

/** What became of each document, in order; or that the answer does not tell. */
export type BulkVerdict =
  | { readonly kind: 'all-taken' }
  | { readonly kind: 'items'; readonly items: readonly BulkItem[] }
  | { readonly kind: 'unclear' }

export interface BulkItem {
  readonly status: number
  readonly error: ServerError | undefined
}

/** All that is before the items: `errors` stands there in every version. */
const head = /^\s*\{[^[\]]{0,400}?"errors"\s*:\s*(true|false)/

/** Reads the body of a 200; `count` documents were sent. */
export function readBulkAnswer(body: string, count: number): BulkVerdict {
  if (head.exec(body)?.[1] === 'false') return { kind: 'all-taken' }
  const parsed = recordIn(body)
  if (parsed['errors'] === false) return { kind: 'all-taken' }
  const items = parsed['items']
  if (!Array.isArray(items) || items.length !== count) return { kind: 'unclear' }
  return { kind: 'items', items: items.map(readItem) }
}

/** `{"index": {…}}`, whatever the action is called. */
function readItem(item: unknown): BulkItem {
  const [result] = isRecord(item) ? Object.values(item) : []
  if (!isRecord(result) || typeof result['status'] !== 'number') return { status: 0, error: undefined }
  return { status: result['status'], error: readError(result['error']) }
}

/** The error in an answer's body, where there is one. */
export function errorIn(body: string): ServerError | undefined {
  return readError(recordIn(body)['error'])
}

function readError(error: unknown): ServerError | undefined {
  if (typeof error === 'string') return { type: /^\w+(?=\[)/.exec(error)?.[0] ?? '', reason: error }
  if (!isRecord(error)) return undefined
  const { type, reason } = error
  const cause = readError(error['caused_by'])
  const text = typeof reason === 'string' ? reason : ''
  return {
    type: typeof type === 'string' ? type : '',
    // Why a document was not understood stands one level below.
    reason: cause && cause.reason !== '' && !text.includes(cause.reason) ? `${text}: ${cause.reason}` : text,
  }
}

/** The outcome of a request that was answered as a whole, and not with success. */
export function outcomeOfRefusal(answer: HttpAnswer, nowMs: number, redact: Redactor): Outcome {
  const error = errorIn(answer.body)
  const body = error ? textOfError(error) : answer.body
  const outcome = outcomeOfAnswer({ ...answer, body }, undefined, nowMs, redact)
  // Of a whole request a 400 says nothing about one event: no event is given up for it.
  return outcome.kind === 'rejected'
    ? {
        kind: 'retry',
        reason: 'refused',
        ...(outcome.detail === undefined ? {} : { detail: outcome.detail }),
      }
    : outcome
}

/** Errors with 400 that are about the index, the pipeline or the request, not about the document. */
const aboutTheIndex: ReadonlySet<string> = new Set([
  'index_closed_exception',
  'invalid_index_name_exception',
  'invalid_alias_name_exception',
  'index_not_found_exception',
  'cluster_block_exception',
  'security_exception',
])

/** The outcome of one document. `create`: it was sent as a new one. */
export function outcomeOfItem({ status, error }: BulkItem, create: boolean, redact: Redactor): Outcome {
  if (status >= 200 && status < 300) return delivered
  // Its id is there already: a resend of what was stored.
  if (status === 409 && create) return delivered
  const detail = describeAnswer(`answered ${status}`, error ? textOfError(error) : '', redact)
  if (status === 400 && error && !isAboutTheIndex(error))
    return { kind: 'rejected', reason: 'bad-message', detail }
  return { kind: 'retry', reason: reasonOf(status), detail }
}

/** The index that the document belongs to is not there: it can be made, and the document sent again. */
export function lacksIndex({ status, error }: BulkItem): boolean {
  return status === 404 && error?.type === 'index_not_found_exception'
}

function isAboutTheIndex({ type, reason }: ServerError): boolean {
  if (aboutTheIndex.has(type)) return true
  // A pipeline that is not there, and an operation that a data stream does not take, have no type of their own.
  return (
    type === 'illegal_argument_exception' &&
    /^pipeline with id|pipeline .*(?:does not exist|is missing)|data streams?\b/.test(reason)
  )
}

function reasonOf(status: number): RetryReason {
  if (status === 429) return 'throttled'
  if (status === 503) return 'unreachable'
  return status >= 400 && status < 500 && status !== 409 ? 'refused' : 'server-error'
}

function textOfError({ type, reason }: ServerError): string {
  return type === '' || reason.startsWith(type) ? reason : `${type}: ${reason}`
}
