/**
 * Occurrences that a sink sends from a copy of their own and not from the journal: dead letters and what a person
 * commanded it to send. In lanes they stand before all that the journal has, by their number: their offset is below 0.
 */
import type { Occurrence } from '../domain/occurrence.ts'
import { parseEvent } from '../journal/late-reads.ts'
import { firstReplayId } from '../journal/replays.ts'

const below = 2 ** 52

/** Latency is counted from `arrivedAtMs` on. `undefined`: the text is no event. */
export function ownCopy(
  { id, cluster, raw }: { readonly id: number; readonly cluster: string; readonly raw: Uint8Array },
  arrivedAtMs: number,
): Occurrence | undefined {
  const event = parseEvent(raw)
  return event && { offset: id - below, cluster, arrivedAtMs, event, raw }
}

export function idOf({ offset }: Occurrence): number {
  return offset + below
}

export function isOwnCopy({ offset }: Occurrence): boolean {
  return offset < 0
}

/** Not a dead letter, but what its sink was commanded to send. */
export function isReplay(occurrence: Occurrence): boolean {
  return isOwnCopy(occurrence) && idOf(occurrence) >= firstReplayId
}
