/** An event's first time as its document tells it: UTC, as Go writes a `time.Time` in JSON. */
import type { Occurrence } from '../../domain/occurrence.ts'
import { UTC } from '../../gotime/location.ts'
import { readMetaTime } from '../../gotime/metav1.ts'

const layout = '2006-01-02T15:04:05.999999999Z07:00'
const zeroTime = '0001-01-01T00:00:00Z'
/** How the API server writes a `metav1.Time`: the same as what is to be told. */
const plain = /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ$/

/** `firstTimestamp`; without one the year 1, as the original tells it. */
export function firstTimeOf({ event: { firstTimestamp } }: Occurrence): string {
  if (!firstTimestamp) return zeroTime
  if (plain.test(firstTimestamp)) return firstTimestamp
  const read = readMetaTime(firstTimestamp, UTC)
  return read.ok ? read.time.utc().format(layout) : zeroTime
}
