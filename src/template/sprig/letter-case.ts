// snakecase, kebabcase and camelcase: how a name is cut into words and put together again.

import { runesOf } from '../go-string.ts'
import { isDigit, isLower, isSpace, isUpper, toLowerRune, toUpperRune } from '../unicode.ts'

type WordKind = 'none' | 'number' | 'upper' | 'letters' | 'connector' | 'punctuation' | 'other'
type Word = { readonly kind: WordKind; readonly runes: readonly number[] }

const PUNCTUATION = /^\p{P}$/u
const LETTER = /^\p{L}$/u
const NUMBER = /^\p{N}$/u

function isConnector(code: number): boolean {
  return code === 0x2d || code === 0x5f || isSpace(code)
}

/** What has cases, or is a letter that words are made of. */
function isAlphabetic(code: number): boolean {
  if (!LETTER.test(String.fromCodePoint(code))) return false
  // Ideographs and the like are no alphabet.
  return isUpper(code) || isLower(code) || /^\p{Lt}$/u.test(String.fromCodePoint(code))
}

function isNumber(code: number): boolean {
  return isDigit(code) || NUMBER.test(String.fromCodePoint(code))
}

function isPunctuation(code: number): boolean {
  return PUNCTUATION.test(String.fromCodePoint(code))
}

function wordsOf(text: string): Word[] {
  const runes = runesOf(text)
  const words: Word[] = []
  for (let at = 0; at < runes.length;) {
    const word = wordAt(runes, at)
    words.push(word)
    at += word.runes.length
  }
  return words
}

function wordAt(runes: readonly number[], at: number): Word {
  const first = runes[at] ?? 0
  const run = (belongs: (code: number) => boolean, start: number): number => {
    let end = start
    for (let code = runes[end]; code !== undefined && belongs(code); code = runes[end]) end++
    return end
  }
  const isLowerLetter = (code: number): boolean => isAlphabetic(code) && !isUpper(code)
  if (isConnector(first)) return { kind: 'connector', runes: runes.slice(at, run(isConnector, at)) }
  if (isPunctuation(first)) return { kind: 'punctuation', runes: runes.slice(at, run(isPunctuation, at)) }
  if (isUpper(first)) {
    let end = run(isUpper, at)
    if (end === at + 1) end = run(isLowerLetter, end)
    // "HTTPStatus" is "HTTP" and "Status".
    else if (end < runes.length && isAlphabetic(runes[end] ?? 0)) end--
    return { kind: 'upper', runes: runes.slice(at, end) }
  }
  if (isAlphabetic(first)) return { kind: 'letters', runes: runes.slice(at, run(isLowerLetter, at)) }
  if (isNumber(first)) return { kind: 'number', runes: runes.slice(at, run(isNumber, at)) }
  const isOther = (code: number): boolean =>
    !isConnector(code) && !isAlphabetic(code) && !isNumber(code) && !isPunctuation(code)
  return { kind: 'other', runes: runes.slice(at, run(isOther, at + 1)) }
}

/** `FirstName` becomes `first_name`, with the connector in the place of `_`. */
export function separatedWords(text: string, connector: string): string {
  const reader = new WordReader(wordsOf(text), connector)
  return reader.run()
}

class WordReader {
  readonly #words: readonly Word[]
  readonly #connector: string
  #next = 0
  #text = ''

  constructor(words: readonly Word[], connector: string) {
    this.#words = words
    this.#connector = connector
  }

  run(): string {
    let word = this.#take()
    while (this.#next < this.#words.length) {
      if (word.kind !== 'connector') this.#write(word)
      const last = word
      word = this.#take()
      if (last.kind === 'number') word = this.#afterNumber(word)
      else if (last.kind === 'connector') this.#write(last)
      else if (last.kind !== 'punctuation') word = this.#afterWord(word)
    }
    this.#write(word)
    return this.#text
  }

  #take(): Word {
    return this.#words[this.#next++] ?? { kind: 'none', runes: [] }
  }

  #write({ kind, runes }: Word): void {
    const changes = kind === 'upper' || kind === 'connector'
    for (const code of runes) {
      if (changes && isConnector(code)) this.#text += this.#connector
      else this.#text += String.fromCodePoint(changes && isUpper(code) ? toLowerRune(code) : code)
    }
  }

  /** Numbers and small letters go on without a connector. */
  #joined(first: Word): Word {
    let word = first
    while (word.kind === 'letters' || word.kind === 'number') {
      this.#write(word)
      word = this.#take()
    }
    return word
  }

  #connect(next: Word): void {
    if (next.kind !== 'none' && next.kind !== 'punctuation' && next.kind !== 'connector') {
      this.#text += this.#connector
    }
  }

  #afterNumber(first: Word): Word {
    const word = this.#joined(first)
    this.#connect(word)
    return word
  }

  #afterWord(word: Word): Word {
    if (word.kind !== 'number') {
      if (word.kind !== 'connector' && word.kind !== 'punctuation') this.#text += this.#connector
      return word
    }
    if (this.#next >= this.#words.length) return word
    const following = this.#take()
    if (following.kind !== 'letters') {
      // A number belongs to the word before it: "Bld4Floor" is "bld4_floor".
      this.#write(word)
      this.#connect(following)
      return following
    }
    // But not where small letters follow: "HTTP2xx" is "http_2xx".
    this.#text += this.#connector
    this.#write(word)
    const rest = this.#joined(following)
    this.#connect(rest)
    return rest
  }
}

/** `http_server` becomes `HttpServer`; leading connectors stay. */
export function camelCase(text: string): string {
  const runes = runesOf(text)
  let at = 0
  let camel = ''
  while (at < runes.length && isConnector(runes[at] ?? 0)) camel += String.fromCodePoint(runes[at++] ?? 0)
  if (at === runes.length) return camel
  let current = toUpperRune(runes[at++] ?? 0)
  for (; at < runes.length; at++) {
    const last = current
    current = runes[at] ?? 0
    if (isConnector(current) && isConnector(last)) {
      camel += String.fromCodePoint(last)
    } else if (isConnector(last)) {
      current = toUpperRune(current)
    } else {
      current = toLowerRune(current)
      camel += String.fromCodePoint(last)
    }
  }
  return camel + String.fromCodePoint(current)
}
