/**
 * Where an event's values lie in its own JSON text. They go into a document as they are: parsing and writing them anew
 * would cost more than all the rest, and could only change them.
 */

/** A part of the text; `end` is 0 where there is none. */
export interface Span {
  start: number
  end: number
}

const names = ['metadata', 'involvedObject', 'source', 'message', 'reason', 'type', 'count'] as const
export type RawFieldName = (typeof names)[number]

const keys = names.map((name) => ({ name, bytes: Buffer.from(name) }))

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/** The fields of one text at a time: it is made once and reads many. */
export class RawFields {
  readonly spans: Readonly<Record<RawFieldName, Span>> = {
    metadata: { start: 0, end: 0 },
    involvedObject: { start: 0, end: 0 },
    source: { start: 0, end: 0 },
    message: { start: 0, end: 0 },
    reason: { start: 0, end: 0 },
    type: { start: 0, end: 0 },
    count: { start: 0, end: 0 },
  }

  /**
   * Finds the values in `raw`, a JSON object that was parsed before. Of a name that comes twice the last one counts,
   * as in `JSON.parse`; one that is written with escapes is not found.
   */
  read(raw: Uint8Array): void {
    for (const name of names) this.spans[name].end = 0
    let at = skipSpace(raw, 0)
    if (raw[at] !== openBrace) return
    at += 1
    for (;;) {
      at = skipSpace(raw, at)
      if (raw[at] === comma) at = skipSpace(raw, at + 1)
      if (raw[at] !== quote) return
      const keyStart = at + 1
      at = endOfString(raw, at)
      const span = this.#spanOf(raw, keyStart, at - 1)
      at = skipSpace(raw, at)
      if (raw[at] !== colon) return
      const start = skipSpace(raw, at + 1)
      at = endOfValue(raw, start)
      if (span) {
        span.start = start
        span.end = at
      }
    }
  }

  #spanOf(raw: Uint8Array, start: number, end: number): Span | undefined {
    for (const { name, bytes } of keys) {
      if (bytes.length === end - start && bytes[0] === raw[start] && isSame(bytes, raw, start)) {
        return this.spans[name]
      }
    }
    return undefined
  }
}

function isSame(bytes: Uint8Array, raw: Uint8Array, start: number): boolean {
  for (let at = 1; at < bytes.length; at++) if (bytes[at] !== raw[start + at]) return false
  return true
}

function skipSpace(raw: Uint8Array, from: number): number {
  let at = from
  for (let byte = raw[at]; byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d; byte = raw[at])
    at += 1
  return at
}

/** Behind the string that begins at `from`. */
function endOfString(raw: Uint8Array, from: number): number {
  let at = from + 1
  while (at < raw.length) {
    const byte = raw[at]
    if (byte === quote) return at + 1
    at += byte === backslash ? 2 : 1
  }
  return raw.length
}

/** Behind the value that begins at `from`. */
function endOfValue(raw: Uint8Array, from: number): number {
  const first = raw[from]
  if (first === quote) return endOfString(raw, from)
  let at = from
  if (first !== openBrace && first !== openBracket) {
    while (at < raw.length && !endsScalar(raw[at])) at += 1
    return at
  }
  let depth = 0
  while (at < raw.length) {
    const byte = raw[at]
    if (byte === quote) {
      at = endOfString(raw, at)
      continue
    }
    at += 1
    if (byte === openBrace || byte === openBracket) depth += 1
    else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1
      if (depth === 0) return at
    }
  }
  return raw.length
}

function endsScalar(byte: number | undefined): boolean {
  return (
    byte === comma || byte === closeBrace || byte === closeBracket || (byte !== undefined && byte <= 0x20)
  )
}
