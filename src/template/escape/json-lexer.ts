// Where in JSON a text stands: outside strings, in one, or in a string of a JSON text that is itself in a string.

import { isNestedJson } from './json-skeleton.ts'
import { CONTROL } from './skeleton.ts'

const DECODED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

export class JsonLexer {
  #isInString = false
  /** What has been read of an escape sequence: a backslash, `\u00`. */
  #escape = ''
  /** Reads the string's content where that is JSON. */
  #nested: JsonLexer | undefined

  /** How often a value that stands here must be escaped: the strings it stands in. */
  get level(): number {
    return this.#isInString ? 1 + (this.#nested?.level ?? 0) : 0
  }

  /** Equal for states in which the same text means the same. */
  get signature(): string {
    if (!this.#isInString) return '.'
    return `"${this.#escape}${this.#nested?.signature ?? ''}`
  }

  /** Whether an action stands in the middle of an escape sequence, where no value can be escaped. */
  get isBroken(): boolean {
    return this.#escape !== '' || (this.#nested?.isBroken ?? false)
  }

  copy(): JsonLexer {
    const copy = new JsonLexer()
    copy.#isInString = this.#isInString
    copy.#escape = this.#escape
    copy.#nested = this.#nested?.copy()
    return copy
  }

  /** Reads a character; what follows it tells whether a string that opens holds JSON. */
  read(character: string, rest: () => Iterable<string>): void {
    if (!this.#isInString) {
      if (character !== '"') return
      this.#isInString = true
      this.#nested = isNestedJson(jsonContent(rest())) ? new JsonLexer() : undefined
    } else if (this.#escape === '' && character === '"') {
      this.#isInString = false
      this.#nested = undefined
    } else this.#inString(character, rest)
  }

  #inString(character: string, rest: () => Iterable<string>): void {
    if (character === CONTROL) return
    this.#escape += character
    const decoded = decodedEscape(this.#escape)
    if (decoded === undefined) return
    this.#escape = ''
    this.#nested?.read(decoded, () => decodedContent(rest()))
  }
}

/** The character that a sequence means; undefined while it is not complete. */
function decodedEscape(sequence: string): string | undefined {
  if (!sequence.startsWith('\\')) return sequence
  if (sequence.length === 1) return undefined
  const letter = sequence[1] ?? ''
  if (letter !== 'u') return DECODED[letter] ?? letter
  return sequence.length < 6 ? undefined : String.fromCharCode(Number.parseInt(sequence.slice(2), 16) || 0)
}

/** A string's content up to its end, decoded; marks stay. */
function* decodedContent(characters: Iterable<string>): Generator<string> {
  let escape = ''
  for (const character of characters) {
    if (escape === '' && character === '"') return
    escape += character
    const decoded = decodedEscape(escape)
    if (decoded === undefined) continue
    yield decoded
    escape = ''
  }
}

/** The content, or nothing as soon as it is clear that it begins in another way than JSON does. */
function jsonContent(characters: Iterable<string>): string {
  let content = ''
  let hasBegun = false
  for (const character of decodedContent(characters)) {
    content += character
    if (hasBegun || /[ \t\r\n]/.test(character) || character === CONTROL) continue
    if (character !== '{' && character !== '[') return ''
    hasBegun = true
  }
  return content
}
