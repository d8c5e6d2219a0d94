// Searching and merging sorted arrays.

/** Index of the first item for which `reached` holds, given that it holds for all that follow. */
export function lowerBound<T>(items: readonly T[], reached: (item: T) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    if (item !== undefined && reached(item)) high = middle
    else low = middle + 1
  }
  return low
}

/** `base` without `removed`, with `added` (sorted, none of them in `base`) put in their places. */
export function mergeSorted(
  base: readonly string[],
  added: readonly string[],
  removed: ReadonlySet<string>,
): string[] {
  const merged: string[] = []
  let next = 0
  for (const key of base) {
    for (let candidate = added[next]; candidate !== undefined && candidate < key; candidate = added[++next]) {
      merged.push(candidate)
    }
    if (!removed.has(key)) merged.push(key)
  }
  for (; next < added.length; next++) {
    const rest = added[next]
    if (rest !== undefined) merged.push(rest)
  }
  return merged
}
