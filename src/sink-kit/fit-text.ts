/** Cuts a text to a platform's size in bytes: between characters as people see them, with a mark that says how much is missing. */

/** Bytes that a text takes on the wire. */
export type Measure = (text: string) => number

/** Bytes of a text inside a JSON string, UTF-8, without its quotes. */
export const jsonBytes: Measure = (text) => Buffer.byteLength(JSON.stringify(text), 'utf8') - 2

/** Longest piece that is looked at for where characters end: one that is longer is cut inside. */
const longestCharacter = 64

/**
 * `text` if it takes `maxBytes` at most, else its beginning and `… (1234 characters more)`. Where not even the mark has
 * room the answer is empty.
 */
export function fitText(text: string, maxBytes: number, measure: Measure): string {
  // No character takes less than a byte: most texts need not be measured to the end.
  if (text.length * 6 <= maxBytes || (text.length <= maxBytes && measure(text) <= maxBytes)) return text
  let low = 0
  let high = Math.min(text.length, maxBytes)
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (measure(text.slice(0, middle) + markFor(text, middle)) <= maxBytes) low = middle
    else high = middle - 1
  }
  const kept = text.slice(0, characterStart(text, low)).trimEnd()
  const cut = kept + markFor(text, kept.length)
  return measure(cut) <= maxBytes ? cut : ''
}

function markFor(text: string, at: number): string {
  return `… (${characterCount(text, at)} characters more)`
}

/** Code points from `at` on. */
function characterCount(text: string, at: number): number {
  let count = 0
  for (let index = at; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    // The second half of a pair belongs to the first.
    if (unit < 0xdc00 || unit > 0xdfff || index === at) count++
  }
  return count
}

/** The last place at or before `at` where a character begins: a flag or a family is one character of many code points. */
function characterStart(text: string, at: number): number {
  if (at >= text.length) return text.length
  const from = Math.max(0, at - longestCharacter)
  let start = from
  for (const { index } of segmenter().segment(text.slice(from, at + longestCharacter))) {
    if (from + index > at) break
    start = from + index
  }
  // The first piece may begin inside a character: then only code points are kept whole.
  if (start > from || from === 0) return start
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at
}

let made: Intl.Segmenter | undefined
function segmenter(): Intl.Segmenter {
  return (made ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' }))
}
