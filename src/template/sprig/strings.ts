// sprig's functions of texts. Where they count, they count bytes.

import type { MaybeValue } from '../values/model.ts'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed, variadic } from '../execute/callable.ts'
import type { Execution } from '../execute/execution.ts'
import { byteLength, bytesOf, canonical, compareStrings, runesOf, sliceBytes } from '../go-string.ts'
import { sprint } from '../print/print.ts'
import { quote } from '../strconv/quote.ts'
import {
  isDigit,
  isLetter,
  isLower,
  isSpace,
  isTitle,
  isUpper,
  toLowerRune,
  toTitleRune,
  toUpperRune,
} from '../unicode.ts'
import { ANY, CallError, INT, STRING, STRING_MAP } from '../values/type.ts'
import { boolValue, mapValue, stringsValue, stringValue } from '../values/value.ts'
import { numberOf, sliceItems, textOf, toText } from './convert.ts'
import { camelCase, separatedWords } from './letter-case.ts'

function mapped(text: string, change: (code: number) => number): string {
  return runesOf(text)
    .map((code) => String.fromCodePoint(change(code)))
    .join('')
}

/** Go's slicing of a string, which fails out of range. */
function sliceOrFail(text: string, start: number, end: number): string {
  const length = byteLength(text)
  if (start < 0 || end > length || start > end) {
    throw new CallError(`runtime error: slice bounds out of range [${start}:${end}] with length ${length}`)
  }
  return sliceBytes(text, start, end)
}

function truncate(count: number, text: string): string {
  const length = byteLength(text)
  if (count < 0) return length + count > 0 ? sliceBytes(text, length + count, length) : text
  return length > count ? sliceBytes(text, 0, count) : text
}

function substring(start: number, end: number, text: string): string {
  const length = byteLength(text)
  if (start < 0) return sliceOrFail(text, 0, end)
  return sliceOrFail(text, start, end < 0 || end > length ? length : end)
}

/** Shortened with `...` at either end; `offset` is where the middle part begins. */
function abbreviate(text: string, offset: number, width: number): string {
  const length = byteLength(text)
  if (text === '' || length <= width) return text
  let start = Math.min(offset, length)
  if (length - start < width - 3) start = length - (width - 3)
  if (start <= 4) return `${sliceOrFail(text, 0, width - 3)}...`
  if (width < 7) return ''
  if (start + width - 3 < length) return `...${abbreviate(sliceBytes(text, start, length), 0, width - 3)}`
  return `...${sliceBytes(text, length - (width - 3), length)}`
}

/** The first byte after each gap, taken for a character, as the library that sprig uses does. */
function initials(text: string): string {
  let result = ''
  let afterGap = true
  for (const byte of bytesOf(text)) {
    if (isSpace(byte)) afterGap = true
    else if (afterGap) {
      result += String.fromCodePoint(byte)
      afterGap = false
    }
  }
  return result
}

/** Likewise by bytes, so that only ASCII survives where there is anything to delete. */
function withoutSpaces(text: string): string {
  const bytes = [...bytesOf(text)]
  const kept = bytes.filter((byte) => !isSpace(byte))
  return kept.length === bytes.length ? text : kept.map((byte) => String.fromCodePoint(byte)).join('')
}

function swapCase(text: string): string {
  let afterSpace = true
  return mapped(text, (code) => {
    if (isUpper(code) || isTitle(code)) {
      afterSpace = false
      return toLowerRune(code)
    }
    if (!isLower(code)) {
      afterSpace = isSpace(code)
      return code
    }
    const isFirst = afterSpace
    afterSpace = false
    return isFirst ? toTitleRune(code) : toUpperRune(code)
  })
}

/** Each letter that begins a word in title case. */
function titleCase(text: string): string {
  let isInWord = false
  return mapped(text, (code) => {
    const begins = !isInWord
    isInWord = code === 0x5f || isLetter(code) || isDigit(code) || (code >= 0x80 && !isSpace(code))
    return begins ? toTitleRune(code) : code
  })
}

function uncapitalized(text: string): string {
  let atStart = true
  return mapped(text, (code) => {
    if (isSpace(code)) {
      atStart = true
      return code
    }
    const change = atStart
    atStart = false
    return change ? toLowerRune(code) : code
  })
}

/** Broken into lines of so many bytes at spaces; words that are longer only where that is asked for. */
function wrapped(
  text: string,
  width: number,
  separator: string,
  breaksWords: boolean,
  run: Execution,
): string {
  const line = separator === '' ? '\n' : separator
  const size = Math.max(width, 1)
  const bytes = Buffer.from(bytesOf(text))
  const parts: string[] = []
  const part = (start: number, end: number): string => sliceBytes(text, start, end)
  let offset = 0
  while (bytes.length - offset > size) {
    run.budget.spend(1)
    if (bytes[offset] === 0x20) {
      offset++
      continue
    }
    const space = bytes.subarray(offset, offset + size + 1).lastIndexOf(0x20) + offset
    if (space >= offset) {
      parts.push(part(offset, space), line)
      offset = space + 1
    } else if (breaksWords) {
      parts.push(part(offset, offset + size), line)
      offset += size
    } else {
      const next = bytes.indexOf(0x20, offset + size)
      parts.push(part(offset, next === -1 ? bytes.length : next))
      if (next !== -1) parts.push(line)
      offset = next === -1 ? bytes.length : next + 1
    }
  }
  parts.push(part(offset, bytes.length))
  return canonical(parts.join(''))
}

function trimmed(text: string, isCut: (code: number) => boolean): string {
  const characters = [...text]
  let start = 0
  let end = characters.length
  while (start < end && isCut(characters[start]?.codePointAt(0) ?? 0)) start++
  while (end > start && isCut(characters[end - 1]?.codePointAt(0) ?? 0)) end--
  return characters.slice(start, end).join('')
}

function trimSet(set: string, text: string): string {
  const codes = new Set([...set].map((character) => character.codePointAt(0)))
  return trimmed(text, (code) => codes.has(code))
}

/** Go's strings.Split: an empty separator cuts between characters. */
export function split(text: string, separator: string): string[] {
  return separator === '' ? [...text] : text.split(separator)
}

/** Into at most `count` parts, the last of which is the rest; all for a negative count. */
function splitN(text: string, separator: string, count: number): string[] {
  if (count === 0) return []
  const parts = split(text, separator)
  if (count < 0 || parts.length <= count) return parts
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]
}

function numbered(parts: readonly string[], run: Execution): MaybeValue {
  run.budget.spend(parts.length)
  return mapValue(STRING_MAP, new Map(parts.map((part, index) => [`_${index}`, stringValue(part)])))
}

/** The texts of a list, or of a lone value; nils left out. */
export function textsOf(value: MaybeValue, run: Execution): string[] {
  if (value?.kind === 'slice') {
    return sliceItems(value, run)
      .filter((item) => item !== undefined)
      .map((item) => toText(item, run))
  }
  return value === undefined ? [] : [toText(value, run)]
}

function repeated(count: number, text: string, run: Execution): string {
  if (count < 0) throw new CallError('strings: negative Repeat count')
  run.budget.checkLength(count * text.length)
  return canonical(text.repeat(count))
}

function replaced(old: string, replacement: string, text: string, run: Execution): string {
  const parts = split(text, old)
  run.budget.checkLength(text.length + parts.length * replacement.length)
  if (old !== '') return canonical(parts.join(replacement))
  return canonical(replacement + parts.map((part) => part + replacement).join(''))
}

function indented(count: number, text: string, run: Execution): string {
  if (count < 0) throw new CallError('strings: negative Repeat count')
  run.budget.checkLength(count * text.split('\n').length)
  const margin = ' '.repeat(count)
  return margin + text.replaceAll('\n', `\n${margin}`)
}

/** A function of texts that gives a text. */
function ofTexts(
  name: string,
  count: number,
  compute: (texts: string[], run: Execution) => string,
): TemplateFunction {
  const params = Array.from({ length: count }, () => STRING)
  return fixed(name, params, (args, run) => stringValue(compute(args.map(textOf), run)))
}

/** A function of numbers, then texts, that gives a text. */
function counting(
  name: string,
  numbers: number,
  texts: number,
  compute: (numbers: number[], texts: string[], run: Execution) => string,
): TemplateFunction {
  const params = [
    ...Array.from({ length: numbers }, () => INT),
    ...Array.from({ length: texts }, () => STRING),
  ]
  return fixed(name, params, (args, run) =>
    stringValue(compute(args.slice(0, numbers).map(numberOf), args.slice(numbers).map(textOf), run)),
  )
}

function testing(name: string, test: (part: string, text: string) => boolean): TemplateFunction {
  return fixed(name, [STRING, STRING], ([part, text]) => boolValue(test(textOf(part), textOf(text))))
}

export const STRING_FUNCTIONS: readonly TemplateFunction[] = [
  fixed('hello', [], () => stringValue('Hello!')),
  counting('abbrev', 1, 1, ([width = 0], [text = '']) => (width < 4 ? text : abbreviate(text, 0, width))),
  counting('abbrevboth', 2, 1, ([left = 0, right = 0], [text = '']) =>
    right < 4 || (left > 0 && right < 7) ? text : abbreviate(text, left, right),
  ),
  counting('trunc', 1, 1, ([count = 0], [text = '']) => truncate(count, text)),
  counting('substr', 2, 1, ([start = 0, end = 0], [text = '']) => substring(start, end, text)),
  counting('repeat', 1, 1, ([count = 0], [text = ''], run) => repeated(count, text, run)),
  counting('indent', 1, 1, ([count = 0], [text = ''], run) => indented(count, text, run)),
  counting('nindent', 1, 1, ([count = 0], [text = ''], run) => `\n${indented(count, text, run)}`),
  counting('wrap', 1, 1, ([width = 0], [text = ''], run) => wrapped(text, width, '', false, run)),
  counting('wrapWith', 1, 2, ([width = 0], [separator = '', text = ''], run) =>
    wrapped(text, width, separator, true, run),
  ),
  ofTexts('trim', 1, ([text = '']) => trimmed(text, isSpace)),
  ofTexts('upper', 1, ([text = '']) => mapped(text, toUpperRune)),
  ofTexts('lower', 1, ([text = '']) => mapped(text, toLowerRune)),
  ofTexts('title', 1, ([text = '']) => titleCase(text)),
  ofTexts('untitle', 1, ([text = '']) => uncapitalized(text)),
  ofTexts('swapcase', 1, ([text = '']) => swapCase(text)),
  ofTexts('nospace', 1, ([text = '']) => withoutSpaces(text)),
  ofTexts('initials', 1, ([text = '']) => initials(text)),
  ofTexts('snakecase', 1, ([text = '']) => separatedWords(text, '_')),
  ofTexts('kebabcase', 1, ([text = '']) => separatedWords(text, '-')),
  ofTexts('camelcase', 1, ([text = '']) => camelCase(text)),
  ofTexts('trimAll', 2, ([set = '', text = '']) => trimSet(set, text)),
  ofTexts('trimall', 2, ([set = '', text = '']) => trimSet(set, text)),
  ofTexts('trimSuffix', 2, ([end = '', text = '']) =>
    end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text,
  ),
  ofTexts('trimPrefix', 2, ([start = '', text = '']) =>
    text.startsWith(start) ? text.slice(start.length) : text,
  ),
  ofTexts('replace', 3, ([old = '', replacement = '', text = ''], run) =>
    replaced(old, replacement, text, run),
  ),
  testing('contains', (part, text) => text.includes(part)),
  testing('hasPrefix', (part, text) => text.startsWith(part)),
  testing('hasSuffix', (part, text) => text.endsWith(part)),
  variadic('quote', [ANY], (args, run) =>
    stringValue(
      args
        .filter((value) => value !== undefined)
        .map((value) => quote(toText(value, run)))
        .join(' '),
    ),
  ),
  variadic('squote', [ANY], (args, run) =>
    stringValue(
      args
        .filter((value) => value !== undefined)
        .map((value) => `'${sprint([value], run.budget)}'`)
        .join(' '),
    ),
  ),
  variadic('cat', [ANY], (args, run) =>
    stringValue(
      args
        .filter((value) => value !== undefined)
        .map((value) => sprint([value], run.budget))
        .join(' '),
    ),
  ),
  fixed('plural', [STRING, STRING, INT], ([one, many, count]) =>
    stringValue(textOf(numberOf(count) === 1 ? one : many)),
  ),
  fixed('toString', [ANY], ([value], run) => stringValue(toText(value, run))),
  fixed('toStrings', [ANY], ([value], run) => stringsValue(textsOf(value, run))),
  fixed('join', [STRING, ANY], ([separator, value], run) => {
    const texts = textsOf(value, run)
    run.budget.checkLength(texts.length * textOf(separator).length)
    return stringValue(canonical(texts.join(textOf(separator))))
  }),
  fixed('sortAlpha', [ANY], ([value], run) =>
    stringsValue(
      value?.kind === 'slice' ? textsOf(value, run).toSorted(compareStrings) : [toText(value, run)],
    ),
  ),
  fixed('split', [STRING, STRING], ([separator, text], run) =>
    numbered(split(textOf(text), textOf(separator)), run),
  ),
  fixed('splitn', [STRING, INT, STRING], ([separator, count, text], run) =>
    numbered(splitN(textOf(text), textOf(separator), numberOf(count)), run),
  ),
  fixed('splitList', [STRING, STRING], ([separator, text], run) => {
    const parts = split(textOf(text), textOf(separator))
    run.budget.spend(parts.length)
    return stringsValue(parts)
  }),
]
