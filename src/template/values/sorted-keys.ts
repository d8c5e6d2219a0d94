// The keys of a map in the order in which Go's range and fmt visit them.

import { compareStrings } from '../go-string.ts'
import type { MapValue } from './value.ts'

export function sortedKeys(map: MapValue): string[] {
  return [...(map.entries?.keys() ?? [])].toSorted(compareStrings)
}
