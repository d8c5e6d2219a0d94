// Where a text stops being JSON, for people who wrote the template that made it.

import type { TemplatePlace } from './errors.ts'
import { runeCount } from './go-string.ts'

export interface JsonFault extends TemplatePlace {
  /** UTF-16 offset in the text. */
  readonly offset: number
  /** What stands there, in words: a line break, the end, a character in backticks. */
  readonly found: string
  /** What belongs there, in words. */
  readonly expected: string
}

/** Undefined for a JSON text (RFC 8259), as `JSON.parse` reads it. Takes time linear in the text. */
export function jsonFault(text: string): JsonFault | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch {
    return new Scanner(text).fault()
  }
}

/** "line 1, column 61: found `E`, where `,` or `}` belongs" */
export function describeJsonFault({ line, column, found, expected }: JsonFault): string {
  return `line ${line}, column ${column}: found ${found}, where ${expected} belongs`
}

const SPACE = /[ \t\r\n]*/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const WORD = /true|false|null/y
// oxlint-disable-next-line no-control-regex -- they are what no string may hold
const CHARACTERS = /[^"\\\u0000-\u001f]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

const AN_ESCAPE = 'an escape such as `\\n` or `\\\\`'

/** What is expected at a place where it is not. */
class Unexpected {
  readonly expected: string

  constructor(expected: string) {
    this.expected = expected
  }
}

/** Nested lists and objects are kept in a list of their own: no depth exhausts the stack. */
class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  fault(): JsonFault | undefined {
    try {
      this.#document()
      return undefined
    } catch (error) {
      if (!(error instanceof Unexpected)) throw error
      return this.#faultAt(error.expected)
    }
  }

  #document(): void {
    const open: ('{' | '[')[] = []
    for (;;) {
      if (!this.#opens(open)) this.#scalar()
      this.#closes(open)
      if (open.length === 0) break
    }
    if (this.#at < this.#text.length) throw new Unexpected('the end')
  }

  /** Goes into a list or object, up to its first value; false where a value of another kind stands. */
  #opens(open: ('{' | '[')[]): boolean {
    for (;;) {
      this.#match(SPACE)
      const bracket = this.#text[this.#at]
      if (bracket !== '{' && bracket !== '[') return false
      this.#at++
      open.push(bracket)
      this.#match(SPACE)
      if (this.#text[this.#at] === (bracket === '{' ? '}' : ']')) return true
      if (bracket === '{') this.#key('a key in quotes, or `}`')
    }
  }

  /** Behind a value: leaves what ends here, up to the next value. */
  #closes(open: ('{' | '[')[]): void {
    for (;;) {
      this.#match(SPACE)
      const inside = open.at(-1)
      if (inside === undefined) return
      const end = inside === '{' ? '}' : ']'
      const character = this.#text[this.#at]
      if (character === end) {
        this.#at++
        open.pop()
        continue
      }
      if (character !== ',') throw new Unexpected(`\`,\` or \`${end}\``)
      this.#at++
      if (inside === '{') this.#key('a key in quotes')
      return
    }
  }

  #key(expected: string): void {
    this.#match(SPACE)
    if (this.#text[this.#at] !== '"') throw new Unexpected(expected)
    this.#string()
    this.#match(SPACE)
    if (this.#text[this.#at] !== ':') throw new Unexpected('`:`')
    this.#at++
  }

  #scalar(): void {
    if (this.#text[this.#at] === '"') return this.#string()
    if (!this.#match(WORD) && !this.#match(NUMBER)) throw new Unexpected('a value')
  }

  #string(): void {
    this.#at++
    for (;;) {
      this.#match(CHARACTERS)
      const character = this.#text[this.#at]
      if (character === '"') break
      if (character === '\\' && this.#match(ESCAPE)) continue
      throw new Unexpected(character === undefined ? '`"` at the end of the string' : AN_ESCAPE)
    }
    this.#at++
  }

  /** Goes behind the match; false where there is none, or an empty one. */
  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const length = pattern.exec(this.#text)?.[0].length ?? 0
    this.#at += length
    return length > 0
  }

  #faultAt(expected: string): JsonFault {
    const before = this.#text.slice(0, this.#at)
    const lineStart = before.lastIndexOf('\n') + 1
    return {
      offset: this.#at,
      line: before.split('\n').length,
      column: runeCount(before.slice(lineStart)) + 1,
      found: shown(this.#text.codePointAt(this.#at)),
      expected,
    }
  }
}

function shown(code: number | undefined): string {
  if (code === undefined) return 'the end'
  if (code === 0x0a) return 'a line break'
  if (code === 0x0d) return 'a carriage return'
  if (code === 0x09) return 'a tab'
  if (code < 0x20 || (code >= 0x7f && code < 0xa0))
    return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return `\`${String.fromCodePoint(code)}\``
}
