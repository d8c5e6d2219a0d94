// The questions that Go's unicode package answers, asked of the tables of the JavaScript engine.

const LETTER = /^\p{L}$/u
const DIGIT = /^\p{Nd}$/u
const GRAPHIC = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u
const SPACE = /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/u

export function isLetter(code: number): boolean {
  if (code < 0x80) return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
  return LETTER.test(String.fromCodePoint(code))
}

export function isDigit(code: number): boolean {
  if (code < 0x80) return code >= 0x30 && code <= 0x39
  return DIGIT.test(String.fromCodePoint(code))
}

/** Letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrint(code: number): boolean {
  if (code < 0x80) return code >= 0x20 && code < 0x7f
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false
  return GRAPHIC.test(String.fromCodePoint(code))
}

export function isSpace(code: number): boolean {
  return SPACE.test(String.fromCodePoint(code))
}

/** Letters, digits and `_`: what names in templates are made of. */
export function isNameCharacter(code: number): boolean {
  return code === 0x5f || isLetter(code) || isDigit(code)
}

/** One character for one, as Go maps them: `ß` stays, `İ` becomes `i`. */
export function toUpperRune(code: number): number {
  const mapped = String.fromCodePoint(code).toUpperCase()
  const upper = mapped.codePointAt(0) ?? code
  if (String.fromCodePoint(upper) === mapped) return upper
  return simpleUpper(code)
}

/** The letters whose full mapping is several characters, and which yet have a simple one. */
function simpleUpper(code: number): number {
  if (code >= 0x1f80 && code <= 0x1faf) return code % 16 < 8 ? code + 8 : code
  return code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3 ? code + 9 : code
}

export function toLowerRune(code: number): number {
  if (code === 0x130) return 0x69
  const mapped = String.fromCodePoint(code).toLowerCase()
  const lower = mapped.codePointAt(0) ?? code
  return String.fromCodePoint(lower) === mapped ? lower : code
}

/** The four digraphs with a title case of their own; for all others that is the upper case. */
const TITLE_CASE: ReadonlyMap<number, number> = new Map(
  [0x1c4, 0x1c7, 0x1ca, 0x1f1].flatMap((upper) => [
    [upper, upper + 1],
    [upper + 1, upper + 1],
    [upper + 2, upper + 1],
  ]),
)

export function toTitleRune(code: number): number {
  return TITLE_CASE.get(code) ?? toUpperRune(code)
}

export function isUpper(code: number): boolean {
  return /^\p{Lu}$/u.test(String.fromCodePoint(code))
}

export function isLower(code: number): boolean {
  return /^\p{Ll}$/u.test(String.fromCodePoint(code))
}

export function isTitle(code: number): boolean {
  return /^\p{Lt}$/u.test(String.fromCodePoint(code))
}
