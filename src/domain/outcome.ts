/** What became of one occurrence at one sink. Closed unions: a reason is also a metric's label. */

/**
 * Why a send may be tried again. What each means for the sink is the table in ARCHITECTURE.md,
 * "What a failed send means".
 * - `unreachable`: no connection, or 408, 503
 * - `throttled`: 429, a platform's own "too fast"
 * - `refused`: 401, 403, 404, 405, 410, any other 4xx, 3xx but 307 and 308, a platform's "misconfigured"
 * - `server-error`: any other 5xx, an answer that makes no sense
 * - `timeout`: no answer in time
 * - `stopped`: the program is stopping; says nothing about the sink
 */
export type RetryReason = 'unreachable' | 'throttled' | 'refused' | 'server-error' | 'timeout' | 'stopped'

/**
 * Why an occurrence is given up and kept as a dead letter.
 * - `bad-message`: 400, 413, 415, 422, a platform's own "this message is bad"
 * - `template-failed`: the body could not be rendered from this event
 * - `retried-too-long`: retried for longer than the sink's `retryFor`
 */
export type RejectReason = 'bad-message' | 'template-failed' | 'retried-too-long'

export type Outcome =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'retry'
      readonly reason: RetryReason
      /** What the destination asked for (`Retry-After`), ms from now. */
      readonly afterMs?: number
      /** For people: status code, platform's text. Free of secrets. */
      readonly detail?: string
    }
  | { readonly kind: 'rejected'; readonly reason: RejectReason; readonly detail?: string }

export const delivered: Outcome = Object.freeze({ kind: 'delivered' })
