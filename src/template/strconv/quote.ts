// Go's quoted strings: written as strconv.Quote writes them, read as its Unquote reads template literals.

import { escapedByte, isEscapedByte, RUNE_ERROR, stringOf } from '../go-string.ts'
import { isPrint } from '../unicode.ts'

const UTF8 = new TextEncoder()
const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x0b, '\\v'],
])

/** In double quotes, what does not print escaped; with `asciiOnly` all that is not ASCII too (`%+q`). */
export function quote(text: string, asciiOnly = false): string {
  let quoted = '"'
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    quoted += isEscapedByte(code) ? `\\x${hex(escapedByte(code), 2)}` : escapedRune(code, '"', asciiOnly)
  }
  return `${quoted}"`
}

/** In single quotes: `'x'`. */
export function quoteRune(code: number, asciiOnly = false): string {
  const valid = code > 0x10ffff || code < 0 || (code >= 0xd800 && code <= 0xdfff) ? RUNE_ERROR : code
  return `'${escapedRune(valid, "'", asciiOnly)}'`
}

function escapedRune(code: number, delimiter: string, asciiOnly: boolean): string {
  if (code === 0x5c || code === delimiter.charCodeAt(0)) return `\\${String.fromCodePoint(code)}`
  if (code < 0x80 ? code >= 0x20 && code < 0x7f : !asciiOnly && isPrint(code)) {
    return String.fromCodePoint(code)
  }
  const short = SHORT_ESCAPES.get(code)
  if (short !== undefined) return short
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

/** Whether a string can be written between back quotes: one line without control characters but tabs. */
export function canBackquote(text: string): boolean {
  return /^[\t -_a-~\u0080-\ufefe\uff00-\uffff]*$/.test(text) && text.isWellFormed()
}

/** What a literal says; undefined if its syntax is wrong. It stands in `"` or in back quotes. */
export function unquote(literal: string): string | undefined {
  const body = literal.slice(1, -1)
  if (literal.startsWith('`')) return body.replaceAll('\r', '')
  if (/[\n]/.test(body)) return undefined
  if (!body.includes('\\')) return body.includes('"') ? undefined : body
  const bytes: number[] = []
  for (let at = 0; at < body.length;) {
    const next = unquoteCharacter(body, at, '"')
    if (next === undefined) return undefined
    if (next.isByte) bytes.push(next.code)
    else bytes.push(...UTF8.encode(String.fromCodePoint(next.code)))
    at = next.end
  }
  return stringOf(Uint8Array.from(bytes))
}

/** What a character literal (`'a'`) says; undefined if its syntax is wrong. */
export function unquoteRune(literal: string): number | 'bad syntax' | 'malformed' {
  const next = unquoteCharacter(literal, 1, "'")
  if (next === undefined) return 'bad syntax'
  return next.end === literal.length - 1 && literal.endsWith("'") ? next.code : 'malformed'
}

type Character = { readonly code: number; readonly isByte: boolean; readonly end: number }

const SIMPLE: Readonly<Record<string, number>> = {
  a: 0x07,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
  '\\': 0x5c,
}
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

function unquoteCharacter(text: string, at: number, delimiter: string): Character | undefined {
  const code = text.codePointAt(at)
  if (code === undefined || code === delimiter.charCodeAt(0)) return undefined
  if (code !== 0x5c) return { code, isByte: false, end: at + (code > 0xffff ? 2 : 1) }
  const letter = text[at + 1] ?? ''
  const simple = SIMPLE[letter]
  if (simple !== undefined) return { code: simple, isByte: false, end: at + 2 }
  if (letter === "'" || letter === '"') {
    return letter === delimiter ? { code: letter.charCodeAt(0), isByte: false, end: at + 2 } : undefined
  }
  const length = HEX_DIGITS[letter]
  if (length !== undefined) return hexadecimal(text, at + 2, length)
  const octal = /^[0-7]{3}/.exec(text.slice(at + 1, at + 4))?.[0]
  if (octal === undefined || Number.parseInt(octal, 8) > 255) return undefined
  return { code: Number.parseInt(octal, 8), isByte: true, end: at + 4 }
}

function hexadecimal(text: string, at: number, length: number): Character | undefined {
  const digits = text.slice(at, at + length)
  if (digits.length !== length || !/^[0-9a-fA-F]+$/.test(digits)) return undefined
  const code = Number.parseInt(digits, 16)
  if (length === 2) return { code, isByte: true, end: at + length }
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined
  return { code, isByte: false, end: at + length }
}
