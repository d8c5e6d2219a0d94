/** Regular expressions as Go's `regexp` has them: compiled once, linear in time, without an engine where none is needed. */
import { engineNameOf } from './unicode-classes.ts'
import { tokensOf } from './expression-tokens.ts'
import type { Token } from './expression-tokens.ts'
import { literalTest } from './literal-expression.ts'
import { re2Engine } from './re2-engine.ts'

export interface RegexpFault {
  /** In Go's words: `missing closing ]`. */
  readonly what: string
  /** The piece of the expression that is wrong. */
  readonly piece: string
  /** Where it begins: the number of characters (code points) before it. */
  readonly at: number
}

export type CompiledRegexp =
  | { readonly ok: true; readonly test: (text: string) => boolean }
  | { readonly ok: false; readonly fault: RegexpFault }

/** `anchored`: it must match the whole text, else some part of it. */
export function compileRegexp(source: string, anchored: boolean): CompiledRegexp {
  const simple = literalTest(source, anchored)
  return simple === undefined ? compileWithEngine(source, anchored) : { ok: true, test: simple }
}

/** As `compileRegexp`, whatever the expression. */
export function compileWithEngine(source: string, anchored: boolean): CompiledRegexp {
  const tokens = tokensOf(source)
  const unknown = tokens.find((token) => token.kind === 'property' && spelled(token) === undefined)
  if (unknown)
    return { ok: false, fault: faultAt(source, unknown.at, 'invalid character class range', unknown.text) }
  const { RE2JS, RE2JSException, RE2JSSyntaxException } = re2Engine()
  try {
    const regexp = RE2JS.compile(tokens.map((token) => spelled(token) ?? token.text).join(''))
    return { ok: true, test: anchored ? (text) => regexp.testExact(text) : (text) => regexp.test(text) }
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) {
      return { ok: false, fault: faultOf(source, tokens, error.getDescription(), error.getPattern() ?? '') }
    }
    if (error instanceof RE2JSException)
      return { ok: false, fault: faultAt(source, 0, error.message, source) }
    throw error
  }
}

/**
 * A token as the engine spells it: it takes names of classes by one spelling only, and groups of one name once.
 * `undefined`: Go has no class of this name.
 */
function spelled({ kind, text }: Token): string | undefined {
  if (kind === 'group') return text.startsWith('(?P<') || text.startsWith('(?<') ? '(' : text
  const match = kind === 'property' ? /^\\([pP])\{(\^?)(.*)\}$/s.exec(text) : null
  if (match === null) return text
  const [, letter = '', negation = '', name = ''] = match
  const known = engineNameOf(name)
  return known === undefined ? undefined : `\\${letter}{${negation}${known}}`
}

function faultOf(source: string, tokens: readonly Token[], what: string, piece: string): RegexpFault {
  switch (what) {
    case 'missing closing )':
    case 'unexpected )': {
      const open: Token[] = []
      for (const token of tokens) {
        if (token.kind === 'group') open.push(token)
        if (token.kind === 'close' && open.pop() === undefined)
          return faultAt(source, token.at, what, token.text)
      }
      const last = open.at(-1)
      return faultAt(source, last?.at ?? 0, what, last?.text ?? piece)
    }
    case 'missing closing ]':
      return faultAt(source, source.length - piece.length, what, piece)
    case 'trailing backslash at end of expression':
      return faultAt(source, source.length - 1, what, '\\')
    default: {
      const token = tokens.find(({ at }) => source.startsWith(piece, at))
      return faultAt(source, token?.at ?? 0, what, piece)
    }
  }
}

function faultAt(source: string, index: number, what: string, piece: string): RegexpFault {
  return { what, piece, at: Array.from(source.slice(0, index)).length }
}
