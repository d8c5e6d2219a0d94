/** Finds the name that someone probably meant. */

/** The candidate nearest to `text` by edit distance, `undefined` if none is near (a third of its length, 1 at least). */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(text.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(text.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein: characters inserted, removed, replaced, or (the commonest slip) two neighbours swapped. */
function editDistance(from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let i = 0; i < from.length; i++) {
    const below = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1)
      const isSwap = i > 0 && j > 0 && from[i] === to[j - 1] && from[i - 1] === to[j]
      const swapped = isSwap ? (before[j - 1] ?? 0) + 1 : Infinity
      below.push(Math.min(replaced, swapped, (row[j + 1] ?? 0) + 1, (below[j] ?? 0) + 1))
    }
    before = row
    row = below
  }
  return row[to.length] ?? 0
}
