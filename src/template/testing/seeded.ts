// Random choices for tests, the same again for the same seed: `TEMPLATE_SEED=… node --test`.

export interface Seeded {
  /** Says the seed, for the message of a failed assertion. */
  readonly seedText: string
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
  pick<T>(choices: readonly [T, ...T[]]): T
  /** True once in `times`. */
  oneIn(times: number): boolean
}

/** Seeded by `seed`, else by TEMPLATE_SEED; without either always the same, so that a change is judged by itself. */
export function seeded(seed = Number(process.env['TEMPLATE_SEED'] ?? 20_261_122)): Seeded {
  let state = seed >>> 0
  const next = (): number => {
    // A counter through a 32-bit mixer.
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  const below = (limit: number): number => next() % limit
  return {
    seedText: `TEMPLATE_SEED=${seed}`,
    below,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
    oneIn: (times) => below(times) === 0,
  }
}
