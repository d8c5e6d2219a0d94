/** Chance that can be had again: the same seed gives the same numbers. */

/** Numbers in [0, 1), by mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A seed for this run, which the test prints; `TEST_SEED` gives the one of a run that failed. */
export function newSeed(): number {
  return Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 1_000_000))
}
