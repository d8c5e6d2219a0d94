/** What comes of comparing one vector or one recorded run with the project. */

export type Verdict =
  /** Equal to what is expected; `rules` names those that rewrote it. */
  | { readonly kind: 'passed'; readonly rules: readonly string[] }
  /** At least one difference, the first ones first, each a text of one or more lines. */
  | { readonly kind: 'failed'; readonly differences: readonly string[]; readonly rules: readonly string[] }
  /** Not run: `why` names what is missing. */
  | { readonly kind: 'unsupported'; readonly why: string }

export function passed(rules: readonly string[] = []): Verdict {
  return { kind: 'passed', rules }
}

export function failed(differences: readonly string[], rules: readonly string[] = []): Verdict {
  return { kind: 'failed', differences, rules }
}

export function unsupported(why: string): Verdict {
  return { kind: 'unsupported', why }
}

/** Passed if there is no difference. */
export function verdictOf(differences: readonly string[], rules: readonly string[]): Verdict {
  return differences.length === 0 ? passed(rules) : failed(differences, rules)
}
