/** How fast, and in what portions, a sink is driven. */

/** How the kit drives a sink. */
export interface Pace {
  /** Sends in flight at once. 1: strictly one after another, in the journal's order. */
  readonly concurrency: number
  /** Occurrences a `send` may get at most. */
  readonly batchCount: number
  /** Raw bytes a `send` may get at most. */
  readonly batchBytes: number
  /** How long a batch may wait to fill, ms. 0: leaves at once. */
  readonly lingerMs: number
  /** No answer within this time is a `timeout`, ms. */
  readonly timeoutMs: number
  /** An occurrence retried for longer is a dead letter, ms; `journal`: as long as the journal keeps it. */
  readonly retryForMs: number | 'journal'
  /**
   * Absent: occurrences of one object leave in order, and never two sends at once hold some of the same object. `any`:
   * each state of an event is a record of its own there, so that it says nothing which comes first, and no send has to
   * wait for another one's end.
   */
  readonly order?: 'any'
}
