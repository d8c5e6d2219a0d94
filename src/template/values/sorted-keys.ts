// The keys of a map in the order in which Go's range and fmt visit them.

import type { MapValue } from './model.ts'
import { compareStrings } from '../go-string.ts'

export function sortedKeys(map: MapValue): string[] {
  return [...(map.entries?.keys() ?? [])].toSorted(compareStrings)
}
