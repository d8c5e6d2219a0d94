// Cuts a template's text into tokens, as Go does: trim markers and comments end here.

import { quote, quoteRune } from '../strconv/quote.ts'
import { isNameCharacter, isPrint } from '../unicode.ts'

export type TokenType =
  | 'error'
  | 'bool'
  | 'char'
  | 'character'
  | 'complex'
  | 'assign'
  | 'declare'
  | 'eof'
  | 'field'
  | 'identifier'
  | 'leftDelim'
  | 'leftParen'
  | 'number'
  | 'pipe'
  | 'rawString'
  | 'rightDelim'
  | 'rightParen'
  | 'space'
  | 'string'
  | 'text'
  | 'variable'
  | 'dot'
  | 'nil'
  | Keyword

const KEYWORDS = [
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
] as const
export type Keyword = (typeof KEYWORDS)[number]

export interface Token {
  readonly type: TokenType
  /** UTF-16 offset in the template's text. */
  readonly position: number
  /** The text of the token; of an error, what is wrong. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

const WORDS: ReadonlyMap<string, TokenType> = new Map<string, TokenType>([
  ...KEYWORDS.map((word): [string, TokenType] => [word, word]),
  ['nil', 'nil'],
  ['true', 'bool'],
  ['false', 'bool'],
])

export function isKeyword(type: TokenType): type is Keyword {
  return KEYWORDS.some((word) => word === type)
}

const TRAILING_SPACE = /[ \t\r\n]+$/
const LEADING_SPACE = /[ \t\r\n]*/y
const LEFT_TRIM = /-[ \t\r\n]/y
const RIGHT_DELIM = /(?:[ \t\r\n]-)?\}\}/y
const SPACES = /[ \t\r\n]+/y
const END_OF_NAME = /[ \t\r\n.,|:()]|\}\}|$/y

export class Lexer {
  readonly #input: string
  #position = 0
  #line = 1
  #parenDepth = 0
  #insideAction = false
  #failed: Token | undefined

  constructor(input: string) {
    this.#input = input
  }

  next(): Token {
    if (this.#failed !== undefined) return this.#failed
    return this.#insideAction ? this.#action() : this.#text()
  }

  /** Emits what stands between the present position and `end`. */
  #emit(type: TokenType, end: number): Token {
    const text = this.#input.slice(this.#position, end)
    const token = { type, position: this.#position, text, line: this.#line }
    this.#skipTo(end)
    return token
  }

  #skipTo(end: number): void {
    for (let at = this.#input.indexOf('\n', this.#position); at !== -1 && at < end;) {
      this.#line++
      at = this.#input.indexOf('\n', at + 1)
    }
    this.#position = end
  }

  #error(message: string): Token {
    this.#failed = { type: 'error', position: this.#position, text: message, line: this.#line }
    return this.#failed
  }

  #matches(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at
    return pattern.exec(this.#input)?.[0]
  }

  #text(): Token {
    const delim = this.#input.indexOf('{{', this.#position)
    if (delim === -1) {
      const end = this.#input.length
      return this.#emit(this.#position < end ? 'text' : 'eof', end)
    }
    if (delim > this.#position) {
      const trims = this.#matches(LEFT_TRIM, delim + 2) !== undefined
      const before = this.#input.slice(this.#position, delim)
      const kept = trims ? before.replace(TRAILING_SPACE, '').length : before.length
      const token = kept > 0 ? this.#emit('text', this.#position + kept) : undefined
      this.#skipTo(delim)
      if (token !== undefined) return token
    }
    return this.#leftDelim()
  }

  #leftDelim(): Token {
    const afterMarker =
      this.#position + 2 + (this.#matches(LEFT_TRIM, this.#position + 2) === undefined ? 0 : 2)
    if (this.#input.startsWith('/*', afterMarker)) {
      this.#skipTo(afterMarker)
      return this.#comment()
    }
    const token = this.#emit('leftDelim', this.#position + 2)
    this.#insideAction = true
    this.#skipTo(afterMarker)
    this.#parenDepth = 0
    return token
  }

  #comment(): Token {
    const end = this.#input.indexOf('*/', this.#position + 2)
    if (end === -1) return this.#error('unclosed comment')
    const delim = this.#matches(RIGHT_DELIM, end + 2)
    if (delim === undefined) return this.#error('comment ends before closing delimiter')
    this.#skipTo(this.#trimmed(end + 2 + delim.length, delim))
    return this.#text()
  }

  /** The position after a right delimiter and what its trim marker trims. */
  #trimmed(end: number, delim: string): number {
    return delim.length === 2 ? end : end + (this.#matches(LEADING_SPACE, end) ?? '').length
  }

  #rightDelim(delim: string): Token {
    this.#skipTo(this.#position + delim.length - 2)
    const token = this.#emit('rightDelim', this.#position + 2)
    this.#skipTo(this.#trimmed(this.#position, delim))
    this.#insideAction = false
    return token
  }

  #action(): Token {
    const start = this.#position
    const delim = this.#matches(RIGHT_DELIM, start)
    if (delim !== undefined) {
      return this.#parenDepth === 0 ? this.#rightDelim(delim) : this.#error('unclosed left paren')
    }
    const code = this.#input.codePointAt(start)
    if (code === undefined) return this.#error('unclosed action')
    const character = String.fromCodePoint(code)
    switch (character) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        return this.#space()
      case '=':
        return this.#emit('assign', start + 1)
      case ':':
        return this.#input[start + 1] === '=' ? this.#emit('declare', start + 2) : this.#error('expected :=')
      case '|':
        return this.#emit('pipe', start + 1)
      case '"':
        return this.#quoted('"', 'string', 'unterminated quoted string')
      case "'":
        return this.#quoted("'", 'character', 'unterminated character constant')
      case '`': {
        const end = this.#input.indexOf('`', start + 1)
        return end === -1 ? this.#error('unterminated raw quoted string') : this.#emit('rawString', end + 1)
      }
      case '$':
        return this.#name('variable', start + 1)
      case '(':
        this.#parenDepth++
        return this.#emit('leftParen', start + 1)
      case ')':
        if (--this.#parenDepth < 0) return this.#error('unexpected right paren')
        return this.#emit('rightParen', start + 1)
      default:
        return this.#other(code, character)
    }
  }

  #other(code: number, character: string): Token {
    const start = this.#position
    if (character === '.' && start + 1 < this.#input.length && !/[0-9]/.test(this.#input[start + 1] ?? '')) {
      return this.#name('field', start + 1)
    }
    if (/[.+\-0-9]/.test(character)) return this.#number()
    if (isNameCharacter(code)) return this.#word()
    if (code < 0x80 && isPrint(code)) return this.#emit('char', start + 1)
    return this.#error(`unrecognized character in action: ${unicodeText(code)}`)
  }

  #space(): Token {
    let end = this.#position + (this.#matches(SPACES, this.#position) ?? '').length
    // The last of these spaces may belong to a trim marker.
    const delim = this.#matches(RIGHT_DELIM, end - 1)
    if (delim !== undefined) {
      end--
      if (end === this.#position) return this.#rightDelim(delim)
    }
    return this.#emit('space', end)
  }

  #quoted(delimiter: string, type: TokenType, unterminated: string): Token {
    for (let at = this.#position + 1; at < this.#input.length; at++) {
      const character = this.#input[at]
      if (character === '\n') break
      if (character === delimiter) return this.#emit(type, at + 1)
      if (character === '\\' && this.#input[++at] === '\n') break
    }
    return this.#error(unterminated)
  }

  /** A field or a variable; a lone dot or dollar sign too. */
  #name(type: 'field' | 'variable', start: number): Token {
    if (this.#matches(END_OF_NAME, start) !== undefined) {
      return this.#emit(type === 'field' ? 'dot' : type, start)
    }
    const end = this.#endOfName(start)
    return this.#matches(END_OF_NAME, end) === undefined ? this.#badCharacter(end) : this.#emit(type, end)
  }

  #word(): Token {
    const end = this.#endOfName(this.#position)
    if (this.#matches(END_OF_NAME, end) === undefined) return this.#badCharacter(end)
    return this.#emit(WORDS.get(this.#input.slice(this.#position, end)) ?? 'identifier', end)
  }

  #endOfName(start: number): number {
    let end = start
    for (;;) {
      const code = this.#input.codePointAt(end)
      if (code === undefined || !isNameCharacter(code)) return end
      end += code > 0xffff ? 2 : 1
    }
  }

  #badCharacter(at: number): Token {
    return this.#error(`bad character ${unicodeText(this.#input.codePointAt(at) ?? 0)}`)
  }

  #number(): Token {
    const start = this.#position
    let end = this.#scanNumber(start)
    if (end < 0) return this.#error(`bad number syntax: ${quote(this.#input.slice(start, -end))}`)
    if (!/[+-]/.test(this.#input[end] ?? '')) return this.#emit('number', end)
    end = this.#scanNumber(end)
    if (end < 0 || this.#input[end - 1] !== 'i') {
      return this.#error(`bad number syntax: ${quote(this.#input.slice(start, Math.abs(end)))}`)
    }
    return this.#emit('complex', end)
  }

  /** The end of what looks like a number; negative, the end of what does not. */
  #scanNumber(start: number): number {
    const end = start + (this.#matches(NUMBER, start) ?? '').length
    const code = this.#input.codePointAt(end)
    if (code === undefined || !isNameCharacter(code)) return end
    return -(end + (code > 0xffff ? 2 : 1))
  }
}

const NUMBER = new RegExp(
  [
    String.raw`[+-]?(?:0[xX][0-9a-fA-F_]*\.?[0-9a-fA-F_]*(?:[pP][+-]?[0-9_]*)?`,
    String.raw`0[oO][0-7_]*\.?[0-7_]*`,
    String.raw`0[bB][01_]*\.?[01_]*`,
    String.raw`[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]*)?)i?`,
  ].join('|'),
  'y',
)

/** `U+007D '}'` */
function unicodeText(code: number): string {
  const number = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return isPrint(code)
    ? `${number} ${isQuoteLike(code) ? `'${String.fromCodePoint(code)}'` : quoteRune(code)}`
    : number
}

// `%#U` escapes nothing between its quotes.
function isQuoteLike(code: number): boolean {
  return code === 0x27 || code === 0x5c
}
