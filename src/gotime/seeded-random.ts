// Random choices for tests, the same again for the same seed: `GOTIME_SEED=… node --test`.

export type SeededRandom = {
  /** Says the seed, for the message of a failed assertion. */
  readonly seedText: string
  /** A whole number from `min` to `max`, both possible. */
  integer(min: number, max: number): number
  pick<T>(choices: readonly [T, ...T[]]): T
}

/** A generator seeded by GOTIME_SEED, else by the clock. */
export function seededRandom(): SeededRandom {
  const seed = Number(process.env['GOTIME_SEED'] ?? Date.now() % 1_000_000)
  let state = seed >>> 0
  const next = () => {
    // A counter through a 32-bit mixer; quality enough to choose test cases.
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    seedText: `GOTIME_SEED=${seed}`,
    integer,
    pick: (choices) => choices[integer(0, choices.length - 1)] ?? choices[0],
  }
}
