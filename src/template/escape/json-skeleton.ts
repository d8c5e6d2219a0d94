// Whether a skeleton is JSON: an action may stand for any value, or for nothing.

import { CONTROL, OUTPUT } from './skeleton.ts'

/** Deeper nesting than any body has. */
const MAX_DEPTH = 200

const GAP = new RegExp(`[ \\t\\r\\n${CONTROL}${OUTPUT}]*`, 'y')
const LITERAL = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const START = new RegExp(`^[ \\t\\r\\n${CONTROL}]*[{[]`)
const START_OR_TEXT = new RegExp(`^[ \\t\\r\\n${CONTROL}]*[{["]`)

/** A body that begins as JSON does, and is. */
export function isJsonBody(skeleton: string): boolean {
  return START_OR_TEXT.test(skeleton) && isJson(skeleton)
}

/** What a string holds that is JSON again; a quoted word is not taken for it. */
export function isNestedJson(content: string): boolean {
  return START.test(content) && isJson(content)
}

function isJson(text: string): boolean {
  const reader = new Reader(text)
  return reader.value(0) && reader.atEnd()
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  atEnd(): boolean {
    this.#gap()
    return this.#at === this.#text.length
  }

  /** Skips white space and marks; whether there was a mark, and whether one of output. */
  #gap(): { readonly hasMark: boolean; readonly hasOutput: boolean } {
    const gap = this.#match(GAP) ?? ''
    const hasOutput = gap.includes(OUTPUT)
    return { hasMark: hasOutput || gap.includes(CONTROL), hasOutput }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    this.#at += found?.length ?? 0
    return found
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  value(depth: number): boolean {
    if (depth > MAX_DEPTH) return false
    const { hasOutput } = this.#gap()
    if (this.#takes('{')) return this.#members('}', depth)
    if (this.#takes('[')) return this.#members(']', depth)
    return this.#match(STRING) !== undefined || this.#match(LITERAL) !== undefined || hasOutput
  }

  /** What stands between brackets. After any action the list may end, and a comma may be its branch's. */
  #members(end: '}' | ']', depth: number): boolean {
    let mayEnd = true
    for (;;) {
      const { hasMark } = this.#gap()
      if (this.#takes(end)) return mayEnd || hasMark
      if (hasMark && this.#takes(',')) continue
      if (end === '}' && !this.#key()) return false
      if (!this.value(depth + 1)) return false
      this.#gap()
      if (this.#takes(end)) return true
      if (!this.#takes(',')) return false
      mayEnd = false
    }
  }

  #key(): boolean {
    if (this.#match(STRING) === undefined) return false
    this.#gap()
    return this.#takes(':')
  }
}
