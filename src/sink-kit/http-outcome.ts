/** What an HTTP answer means for the occurrence that was sent: the table in ARCHITECTURE.md, "What a failed send means". */
import type { Outcome, RetryReason } from '../domain/outcome.ts'
import { delivered } from '../domain/outcome.ts'
import type { Platform } from './platform.ts'
import type { Redactor } from './secrets.ts'

export interface HttpAnswer {
  readonly status: number
  /** The header `Retry-After` as it came. */
  readonly retryAfter?: string
  /** The body's beginning; '' where it was not read. */
  readonly body: string
}

/** Longest wait that a destination may ask for, ms. */
const longestWaitMs = 24 * 3_600_000
// oxlint-disable-next-line no-control-regex -- a log line must stay one line
const unprintable = /[\s\u0000-\u001f\u007f]+/g
/** Characters of an answer that are worth showing. */
const shownCharacters = 200
/** Characters of an answer that are redacted to show those. */
const lookedAtCharacters = 2_000

/**
 * The outcome of an answer. A known platform's code counts more than the status. `nowMs` is the wall clock, for a
 * `Retry-After` with a date; `redact` cleans what is quoted from the answer.
 */
export function outcomeOfAnswer(
  answer: HttpAnswer,
  platform: Platform | undefined,
  nowMs: number,
  redact: Redactor,
): Outcome {
  const { status } = answer
  const succeeded = status >= 200 && status < 300
  if (succeeded && !platform) return delivered
  const afterMs = answer.retryAfter === undefined ? undefined : readRetryAfter(answer.retryAfter, nowMs)
  const verdict = platform?.readVerdict(answer.body)
  const said =
    verdict && verdict.kind !== 'fine'
      ? describeAnswer(`${platform?.name ?? ''} answered`, verdict.text, redact)
      : ''
  switch (verdict?.kind) {
    case 'rejected':
      return { kind: 'rejected', reason: verdict.reason, detail: said }
    case 'retry':
      return retry(verdict.reason, afterMs ?? verdict.afterMs, said)
    case 'unknown':
      // Nobody is blamed for what is in no document, unless the status does it.
      if (succeeded) return retry('server-error', afterMs, said)
  }
  if (succeeded) return delivered
  const detail = said === '' ? describeAnswer(`answered ${status}`, answer.body, redact) : said
  switch (status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return { kind: 'rejected', reason: 'bad-message', detail }
    case 408:
    case 503:
      return retry('unreachable', afterMs, detail)
    case 429:
      return retry('throttled', afterMs, detail)
    default:
      return retry(status >= 300 && status < 500 ? 'refused' : 'server-error', afterMs, detail)
  }
}

/**
 * Reads `Retry-After` (RFC 9110, 10.2.3): seconds or a date. ms from now, 0 at least and a day at most;
 * `undefined` if it is neither.
 */
export function readRetryAfter(text: string, nowMs: number): number | undefined {
  const value = text.trim()
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, longestWaitMs)
  // `Date.parse` takes nearly anything for a date, a bare number among it.
  if (!/^[A-Za-z]{3,9},? /.test(value)) return undefined
  const atMs = Date.parse(value)
  if (Number.isNaN(atMs)) return undefined
  return Math.min(Math.max(atMs - nowMs, 0), longestWaitMs)
}

function retry(reason: RetryReason, afterMs: number | undefined, detail: string): Outcome {
  return afterMs === undefined
    ? { kind: 'retry', reason, detail }
    : { kind: 'retry', reason, afterMs, detail }
}

/** `what: text`, on one line, short, and without what `redact` knows for a secret. */
export function describeAnswer(what: string, text: string, redact: Redactor): string {
  // Redacted before it is cut, since half of a secret is not found; what is far behind can never be shown.
  const near = text.slice(0, lookedAtCharacters)
  let clean = redact(near).replace(unprintable, ' ').trim()
  if (near.length < text.length && clean.length <= shownCharacters) clean = clean.replace(/\S*$/, '…')
  if (clean === '') return what
  return `${what}: ${clean.length > shownCharacters ? `${clean.slice(0, shownCharacters)}…` : clean}`
}
