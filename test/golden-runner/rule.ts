/** What a deliberate difference is: a rule that rewrites an expectation and knows nothing of who it belongs to. */

export interface Rule<Expectation> {
  /** In words, with hyphens; printed where the rule was used. */
  readonly id: string
  /** Where the difference is allowed: the page, and the words its row begins with. */
  readonly source: RuleSource
  /** Whether the expectation holds what the row speaks of. */
  applies(expectation: Expectation): boolean
  /** The expectation as the row has it. Pure. */
  rewrite(expectation: Expectation): Expectation
}

export type RuleSource =
  | { readonly page: 'compatibility.md'; readonly row: string }
  | { readonly page: 'golden/wire/README.md, Plain defects'; readonly row: string }

export interface Rewritten<Expectation> {
  readonly expectation: Expectation
  /** Ids of the rules that were used, in order. */
  readonly rules: readonly string[]
}

/** Applies the rules in their order, each to what the ones before it made. */
export function rewrite<Expectation>(
  expectation: Expectation,
  rules: readonly Rule<Expectation>[],
): Rewritten<Expectation> {
  let rewritten = expectation
  const used: string[] = []
  for (const rule of rules) {
    if (!rule.applies(rewritten)) continue
    rewritten = rule.rewrite(rewritten)
    used.push(rule.id)
  }
  return { expectation: rewritten, rules: used }
}
