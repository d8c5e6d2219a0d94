// Go strings in JavaScript: bytes that are no valid UTF-8 live on as lone surrogates, so that none is lost.
//
// A byte 0x80-0xFF that belongs to no character is held as U+DC80-U+DCFF. Text that comes from outside is made
// well-formed first, so a lone surrogate can mean nothing else. A string is canonical when its escaped bytes,
// put side by side, form no valid character; everything here takes and gives canonical strings.

const ENCODER = new TextEncoder()
const STRICT_DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const ESCAPE_BASE = 0xdc00

/** The replacement character, which Go puts for what is no character. */
export const RUNE_ERROR = 0xfffd

/** What comes from JSON, as Go reads it: a lone surrogate is U+FFFD. */
export function fromOutside(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed()
}

/** The bytes of a Go string. */
export function bytesOf(text: string): Uint8Array {
  if (text.isWellFormed()) return ENCODER.encode(text)
  const bytes: number[] = []
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (isEscapedByte(code)) bytes.push(code - ESCAPE_BASE)
    else bytes.push(...ENCODER.encode(character))
  }
  return Uint8Array.from(bytes)
}

/** The Go string of these bytes. */
export function stringOf(bytes: Uint8Array): string {
  try {
    return STRICT_DECODER.decode(bytes)
  } catch {
    return escaped(bytes)
  }
}

function escaped(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at)
    if (length === 0) {
      text += String.fromCharCode(ESCAPE_BASE + (bytes[at] ?? 0))
      at += 1
    } else {
      text += STRICT_DECODER.decode(bytes.subarray(at, at + length))
      at += length
    }
  }
  return text
}

/** The length of the valid character at `at`, or 0 if none begins there. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0
  if (length === 0 || at + length > bytes.length) return 0
  try {
    return STRICT_DECODER.decode(bytes.subarray(at, at + length)) === '' ? 0 : length
  } catch {
    return 0
  }
}

/** Puts together what concatenation may have joined: `"\xc3" + "\xa9"` is one character. */
export function canonical(text: string): string {
  return text.isWellFormed() ? text : stringOf(bytesOf(text))
}

/** Whether this code point, got by iterating over a Go string, stands for a byte that is no character. */
export function isEscapedByte(code: number): boolean {
  return code >= 0xdc80 && code <= 0xdcff
}

/** The byte for which an escaped code point stands. */
export function escapedByte(code: number): number {
  return code - ESCAPE_BASE
}

/** Go's `len`: bytes. */
export function byteLength(text: string): number {
  let length = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) length += 1
    else if (unit < 0x800) length += 2
    else if (unit >= 0xd800 && unit <= 0xdbff) {
      length += 4
      index++
    } else if (isEscapedByte(unit)) length += 1
    else length += 3
  }
  return length
}

/** Go's `s[start:end]`, in bytes; both must be in range. */
export function sliceBytes(text: string, start: number, end: number): string {
  return isAscii(text) ? text.slice(start, end) : stringOf(bytesOf(text).subarray(start, end))
}

const NOT_ASCII = /[^\0-\x7f]/

function isAscii(text: string): boolean {
  return !NOT_ASCII.test(text)
}

/** The number of characters; a byte that is none counts as one, as in Go. */
export function runeCount(text: string): number {
  let count = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit >= 0xd800 && unit <= 0xdbff) {
      count--
      index++
    }
  }
  return count
}

/** The characters of a Go string as code points; a byte that is none is U+FFFD. */
export function runesOf(text: string): number[] {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0
    return isEscapedByte(code) ? RUNE_ERROR : code
  })
}

/** Orders as Go does, by bytes. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0
  if (isAscii(left) && isAscii(right)) return left < right ? -1 : 1
  return Buffer.compare(bytesOf(left), bytesOf(right))
}
