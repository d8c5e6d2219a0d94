/** Writes a batch in as few statements as the server takes, and finds the rows that it does not. */
import type { Outcome } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import type { Failure } from './failure.ts'
import { outcomeOf } from './failure.ts'

/** What a statement came to; `undefined`: it is done. */
export type RunRows = (rows: readonly string[]) => Promise<Failure | undefined>

export interface WriteSettings {
  /** Bytes that rows of one statement may have. */
  readonly maxBytes: number
  /** A statement that fails leaves nothing behind; else the rows before the bad one are stored. */
  readonly isTransactional: boolean
  /** The unique index that makes a resend change nothing: a row that it holds is delivered. */
  readonly key: string | undefined
}

/** Times that a statement is tried when others write to the same rows. */
const conflictTries = 4

/**
 * Answers one outcome a row, in order. A row that cannot be stored is rejected, the others are stored. After a failure
 * that is not a row's, what is not written yet gets that failure's outcome.
 */
export async function writeRows(
  rows: readonly string[],
  run: RunRows,
  { maxBytes, isTransactional, key }: WriteSettings,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  /** Rows a statement may have: fewer after a row was refused, so that many bad ones do not make many long statements. */
  let limit = rows.length
  let conflicts = 0
  while (outcomes.length < rows.length) {
    const start = outcomes.length
    const firstBytes = Buffer.byteLength(rows[start] ?? '')
    if (firstBytes > maxBytes) {
      // The server would close the connection.
      outcomes.push(outcomeOf({ kind: 'too-long', detail: tooLong(firstBytes, maxBytes) }))
      continue
    }
    const size = sizeWithin(rows, start, Math.min(limit, rows.length - start), maxBytes)
    const failure = await run(rows.slice(start, start + size))
    if (failure === undefined) {
      for (let count = 0; count < size; count++) outcomes.push(delivered)
      limit = Math.min(rows.length, limit * 2)
      conflicts = 0
      continue
    }
    switch (failure.kind) {
      case 'conflict':
        conflicts += 1
        if (conflicts < conflictTries) continue
        return withRest(outcomes, rows.length, failure)
      case 'sink':
        return withRest(outcomes, rows.length, failure)
      case 'duplicate':
        if (size === 1)
          outcomes.push(failure.index === key && key !== undefined ? delivered : outcomeOf(failure))
        limit = Math.max(1, size >> 1)
        continue
      case 'too-long':
        if (size === 1) outcomes.push(outcomeOf(failure))
        limit = Math.max(1, size >> 1)
        continue
      case 'row': {
        const at = failure.at !== undefined && failure.at <= size ? failure.at : undefined
        if (size === 1 || at === 1) outcomes.push(outcomeOf(failure))
        else if (at !== undefined && !isTransactional) {
          for (let count = 1; count < at; count++) outcomes.push(delivered)
          outcomes.push(outcomeOf(failure))
        }
        // The rows before the bad one are good: they go by themselves, then the bad one is the first.
        limit = at !== undefined && at > 1 && isTransactional ? at - 1 : Math.max(1, size >> 1)
      }
    }
  }
  return outcomes
}

/** How many rows from `start` on, at least one, fit into one statement. */
function sizeWithin(rows: readonly string[], start: number, most: number, maxBytes: number): number {
  let bytes = 0
  for (let size = 0; size < most; size++) {
    // One byte for the comma between rows.
    bytes += Buffer.byteLength(rows[start + size] ?? '') + 1
    if (bytes > maxBytes) return Math.max(1, size)
  }
  return most
}

function tooLong(bytes: number, maxBytes: number): string {
  return `the row has ${bytes} bytes, and a statement may have ${maxBytes}: raise max_allowed_packet on the server`
}

function withRest(outcomes: readonly Outcome[], count: number, failure: Failure): readonly Outcome[] {
  const rest = outcomeOf(failure)
  return [...outcomes, ...Array.from({ length: count - outcomes.length }, () => rest)]
}
