/** When what was settled: a row of a sink's settled offsets a second at most, read to tell when an event was sent. */
import type { SettledOffsets } from './journal.ts'

export interface SettledAt extends SettledOffsets {
  /** When it was committed, ms since 1970. */
  readonly atMs: number
}

/** Of each sink a row so often, ms. */
export const settledLogEveryMs = 1000
/** Ranges that a row keeps: those beyond it show in a later one. */
export const settledLogRanges = 64

/** When an occurrence was settled, within the second or so between two rows. */
export interface SettledBetween {
  /** It was not settled then, ms since 1970; absent: it was at the beginning of the log. */
  readonly afterMs?: number
  /** It was settled then; absent: it was after the last row, and is now. */
  readonly byMs?: number
}

export function isSettled({ mark, ranges }: SettledOffsets, offset: number): boolean {
  return offset < mark || ranges.some(([from, to]) => from <= offset && offset <= to)
}

/** Each time that it was settled: more than once after a replay. `rows` ascend in time. */
export function settledTimes(
  rows: readonly SettledAt[],
  now: SettledOffsets,
  offset: number,
): readonly SettledBetween[] {
  const times: SettledBetween[] = []
  let before: SettledAt | undefined
  let was = false
  for (const row of rows) {
    const is = isSettled(row, offset)
    if (is && !was) times.push({ ...(before && { afterMs: before.atMs }), byMs: row.atMs })
    was = is
    before = row
  }
  if (isSettled(now, offset) && !was) times.push(before ? { afterMs: before.atMs } : {})
  return times
}
