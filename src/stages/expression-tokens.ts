/**
 * A regular expression cut into its tokens, as Go cuts it: enough to say where a mistake is, and to spell for the
 * engine what it spells otherwise than Go.
 */

export interface Token {
  /**
   * `property`: `\pL`, `\p{Greek}`. `escape`: any other, and `\Q…\E` as a whole. `group`: an opening bracket with
   * its `?:`, flags or name. `class`: the `[`, with the `^` and the first `]` that is literal there.
   */
  readonly kind: 'property' | 'escape' | 'group' | 'close' | 'class' | 'other'
  /** Of its first character, from 0, in UTF-16 units. */
  readonly at: number
  readonly text: string
}

const outsideClass: readonly (readonly [Token['kind'], RegExp])[] = [
  ['property', /\\[pP](?:\{[^}]*\}|[^{])/uy],
  ['escape', /\\Q[^]*?(?:\\E|$)|\\(?:x\{[^}]*\}|[^]?)/uy],
  ['class', /\[\^?\]?/uy],
  ['group', /\((?:\?P?<\w+>|\?[A-Za-z-]*:|\?[A-Za-z-]+(?=\)))?/uy],
  ['close', /\)/uy],
  ['other', /[^]/uy],
]

const insideClass: readonly (readonly [Token['kind'], RegExp])[] = [
  ['property', /\\[pP](?:\{[^}]*\}|[^{])/uy],
  ['escape', /\\(?:x\{[^}]*\}|[^]?)/uy],
  ['other', /\[:[^]*?:\]|[^]/uy],
]

/** The tokens, whose texts together are the expression. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  let isInClass = false
  while (at < source.length) {
    const token = tokenAt(source, at, isInClass ? insideClass : outsideClass)
    tokens.push(token)
    if (token.kind === 'class') isInClass = true
    else if (token.text === ']') isInClass = false
    at += token.text.length
  }
  return tokens
}

function tokenAt(source: string, at: number, kinds: readonly (readonly [Token['kind'], RegExp])[]): Token {
  for (const [kind, expression] of kinds) {
    expression.lastIndex = at
    const text = expression.exec(source)?.[0]
    if (text) return { kind, at, text }
  }
  return { kind: 'other', at, text: source.charAt(at) }
}
