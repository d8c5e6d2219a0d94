/** For tests: reads line protocol strictly, and refuses what any server would take otherwise than it was meant. */

export type FieldValue = string | number | boolean | bigint

export interface Point {
  readonly measurement: string
  readonly tags: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, FieldValue>>
  /** ns since 1970. */
  readonly time: bigint
}

export interface ReadLine {
  readonly text: string
  readonly point: Point
}

/** Every line of a body; each ends with a line break. Throws an `Error` with what is wrong. */
export function readLines(body: string): readonly ReadLine[] {
  const lines: ReadLine[] = []
  const reader = new LineReader(body)
  while (!reader.isAtEnd()) {
    if (reader.skipComment()) continue
    lines.push(reader.line())
  }
  return lines
}

class LineReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  skipComment(): boolean {
    if (this.#text[this.#at] !== '#') return false
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = end === -1 ? this.#text.length : end + 1
    return true
  }

  line(): ReadLine {
    const start = this.#at
    const measurement = this.#name(', ', 'measurement')
    const tags = this.#tags()
    this.#expect(' ')
    const fields = this.#fields()
    this.#expect(' ')
    const time = this.#time()
    this.#expect('\n')
    return { text: this.#text.slice(start, this.#at - 1), point: { measurement, tags, fields, time } }
  }

  #tags(): Record<string, string> {
    const tags: Record<string, string> = {}
    let last = ''
    while (this.#text[this.#at] === ',') {
      this.#at += 1
      const key = this.#name('=, ', 'tag key')
      this.#expect('=')
      if (key <= last) throw this.#wrong(`tag ${key} is not in order`)
      tags[key] = this.#name(',= ', `value of tag ${key}`)
      last = key
    }
    return tags
  }

  #fields(): Record<string, FieldValue> {
    const fields: Record<string, FieldValue> = {}
    for (let isMore = true; isMore;) {
      const key = this.#name('=, ', 'field key')
      this.#expect('=')
      if (key in fields) throw this.#wrong(`field ${key} is there twice`)
      fields[key] = this.#value()
      isMore = this.#text[this.#at] === ','
      if (isMore) this.#at += 1
    }
    return fields
  }

  #value(): FieldValue {
    if (this.#text[this.#at] === '"') return this.#string()
    const [raw = ''] = /^[^,\s]*/.exec(this.#text.slice(this.#at, this.#at + 400)) ?? []
    this.#at += raw.length
    if (/^-?\d+i$/.test(raw)) return BigInt(raw.slice(0, -1))
    if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(raw)) return Number(raw)
    if (/^(?:true|false)$/.test(raw)) return raw === 'true'
    throw this.#wrong(`${raw} is no value of a field`)
  }

  #string(): string {
    let value = ''
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const character = this.#text[at]
      if (character === '"') {
        this.#at = at + 1
        return value
      }
      if (character === '\\') {
        const escaped = this.#text[++at]
        if (escaped !== '"' && escaped !== '\\') throw this.#wrong(`\\${escaped} is no escape of a field`)
        value += escaped
      } else value += character
    }
    throw this.#wrong('a text has no end')
  }

  /** Up to an unescaped character of `ends`. */
  #name(ends: string, what: string): string {
    let name = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? ''
      if (ends.includes(character)) break
      if (character === '\n') throw this.#wrong(`a line break in a ${what}`)
      const next = this.#text[this.#at + 1] ?? ''
      if (character === '\\' && ',= '.includes(next) && next !== '') {
        name += next
        this.#at += 1
      } else name += character
    }
    if (name === '') throw this.#wrong(`missing ${what}`)
    return name
  }

  #time(): bigint {
    const [raw = ''] = /^-?\d*/.exec(this.#text.slice(this.#at, this.#at + 40)) ?? []
    this.#at += raw.length
    if (!/^-?\d+$/.test(raw)) throw this.#wrong('missing timestamp')
    const time = BigInt(raw)
    if (BigInt.asIntN(64, time) !== time) throw this.#wrong('time outside range')
    return time
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw this.#wrong(`expected ${JSON.stringify(character)}`)
    this.#at += 1
  }

  #wrong(what: string): Error {
    const around = this.#text.slice(Math.max(0, this.#at - 40), this.#at + 20)
    return new Error(`unable to parse at ${this.#at} (…${around}…): ${what}`)
  }
}
