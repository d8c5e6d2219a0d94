/** Random choices for fault tests: the same again for the same seed, which every failure can be repeated with. */

export interface Random {
  readonly seed: number
  /** In [0, 1). */
  next(): number
  /** A whole number from `min` to `max`, both possible. */
  integer(min: number, max: number): number
}

/** Seeded by FAULTS_SEED, else by the clock. */
export function seededRandom(): Random {
  const seed = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000)
  let state = seed >>> 0
  const next = (): number => {
    // A counter through a 32-bit mixer: good enough to choose moments.
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  return { seed, next, integer: (min, max) => min + Math.floor(next() * (max - min + 1)) }
}
