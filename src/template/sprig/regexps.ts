// sprig's regular expressions: RE2's syntax, in time linear in the text, so that none can hang.

import type { MaybeValue } from '../values/model.ts'
import { createRequire } from 'node:module'
import type * as Re2 from 're2js'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed } from '../execute/callable.ts'
import { canonical } from '../go-string.ts'
import { isNameCharacter } from '../unicode.ts'
import { CallError, INT, STRING, STRINGS } from '../values/type.ts'
import { boolValue, sliceValue, stringsValue, stringValue } from '../values/value.ts'
import { numberOf, textOf } from './convert.ts'

let loaded: typeof Re2 | undefined

/** The engine is large: it is loaded when the first expression needs it. */
function engine(): typeof Re2 {
  // A module has no `require` of its own; in a release's file there is one, and the package beside it.
  loaded ??= typeof require === 'function' ? require('re2js') : createRequire(import.meta.url)('re2js')
  if (loaded === undefined) throw new CallError('regular expressions are not available')
  return loaded
}

/** Expressions are few and used for each event; those made of an event's values must not pile up. */
const MAX_REMEMBERED = 100
const remembered = new Map<string, Re2.RE2JS>()

/** `prefix` begins the error's text, as the function of that kind has it. */
function compile(source: string, prefix: string): Re2.RE2JS {
  const known = remembered.get(source)
  if (known !== undefined) return known
  const { RE2JS, RE2JSException } = engine()
  try {
    const made = RE2JS.compile(source)
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    remembered.set(source, made)
    return made
  } catch (error) {
    if (error instanceof RE2JSException) throw new CallError(`${prefix}${error.message}`)
    throw error
  }
}

interface Match {
  readonly start: number
  readonly end: number
  /** A group's text by number or name; undefined where it took no part. */
  group(key: number | string): string | undefined
}

/** All matches that do not overlap, leftmost first; an empty one right after another does not count. */
function* matches(expression: Re2.RE2JS, text: string): Generator<Match> {
  const matcher = expression.matcher(text)
  const names = expression.namedGroups()
  let at = 0
  let lastEnd = -1
  while (at <= text.length && matcher.find(at)) {
    const [start, end] = [matcher.start(), matcher.end()]
    const groups = Array.from(
      { length: expression.groupCount() + 1 },
      (_, index) => matcher.group(index) ?? undefined,
    )
    if (end > start || start !== lastEnd) {
      yield { start, end, group: (key) => groups[typeof key === 'number' ? key : (names[key] ?? -1)] }
    }
    lastEnd = end
    const width = (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
    at = end > start ? end : end + width
  }
}

/** Go's Regexp.FindAllString; undefined where nothing is found. */
function findAll(expression: Re2.RE2JS, text: string, limit: number): string[] | undefined {
  const found: string[] = []
  for (const { start, end } of matches(expression, text)) {
    if (limit >= 0 && found.length >= limit) break
    found.push(text.slice(start, end))
  }
  return found.length === 0 ? undefined : found
}

function replaceAll(expression: Re2.RE2JS, text: string, replacement: (match: Match) => string): string {
  let result = ''
  let at = 0
  for (const match of matches(expression, text)) {
    result += text.slice(at, match.start) + replacement(match)
    at = match.end
  }
  return canonical(result + text.slice(at))
}

/** `$1`, `$name`, `${1}`; `$$` is a dollar sign. A name is as long as it can be: `$1x` is a group `1x`. */
function expanded(template: string, match: Match): string {
  return template.replaceAll(
    /\$(?:\$|\{([^}]*)\}|([\p{L}\p{Nd}_]+))/gu,
    (whole: string, braced?: string, plain?: string) => {
      if (whole === '$$') return '$'
      const name = braced ?? plain ?? ''
      if (name === '' || ![...name].every((character) => isNameCharacter(character.codePointAt(0) ?? 0)))
        return whole
      return match.group(/^[0-9]+$/.test(name) ? Number(name) : name) ?? ''
    },
  )
}

/** Go's Regexp.Split; undefined for a limit of 0. */
function splitBy(source: string, expression: Re2.RE2JS, text: string, limit: number): string[] | undefined {
  if (limit === 0) return undefined
  if (source !== '' && text === '') return ['']
  const parts: string[] = []
  let begin = 0
  let end = 0
  let count = 0
  for (const match of matches(expression, text)) {
    if (limit > 0 && (parts.length === limit - 1 || count >= limit)) break
    count++
    end = match.start
    if (match.end !== 0) parts.push(text.slice(begin, end))
    begin = match.end
  }
  if (end !== text.length) parts.push(text.slice(begin))
  return parts
}

function strings(texts: readonly string[] | undefined): MaybeValue {
  return texts === undefined ? sliceValue(STRINGS, null) : stringsValue(texts)
}

type Compiler = (source: MaybeValue) => Re2.RE2JS

/** Each function as it is, and with `must`; they differ in the error's text. */
function both(
  name: string,
  make: (name: string, compiler: Compiler) => TemplateFunction,
): TemplateFunction[] {
  const panicking: Compiler = (source) => {
    const text = textOf(source)
    return compile(text, `regexp: Compile(${text.includes('`') ? JSON.stringify(text) : `\`${text}\``}): `)
  }
  const failing: Compiler = (source) => compile(textOf(source), '')
  return [make(name, panicking), make(`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, failing)]
}

function testOf(source: MaybeValue, text: MaybeValue): boolean {
  return compile(textOf(source), '').matcher(textOf(text)).find()
}

export const REGEXP_FUNCTIONS: readonly TemplateFunction[] = [
  fixed('regexMatch', [STRING, STRING], ([source, text]) => {
    try {
      return boolValue(testOf(source, text))
    } catch (error) {
      if (error instanceof CallError) return boolValue(false)
      throw error
    }
  }),
  fixed('mustRegexMatch', [STRING, STRING], ([source, text]) => boolValue(testOf(source, text))),
  ...both('regexFind', (name, compiler) =>
    fixed(name, [STRING, STRING], ([source, text]) =>
      stringValue(findAll(compiler(source), textOf(text), 1)?.[0] ?? ''),
    ),
  ),
  ...both('regexFindAll', (name, compiler) =>
    fixed(name, [STRING, STRING, INT], ([source, text, limit]) =>
      strings(findAll(compiler(source), textOf(text), numberOf(limit))),
    ),
  ),
  ...both('regexReplaceAll', (name, compiler) =>
    fixed(name, [STRING, STRING, STRING], ([source, text, template]) =>
      stringValue(replaceAll(compiler(source), textOf(text), (match) => expanded(textOf(template), match))),
    ),
  ),
  ...both('regexReplaceAllLiteral', (name, compiler) =>
    fixed(name, [STRING, STRING, STRING], ([source, text, literal]) =>
      stringValue(replaceAll(compiler(source), textOf(text), () => textOf(literal))),
    ),
  ),
  ...both('regexSplit', (name, compiler) =>
    fixed(name, [STRING, STRING, INT], ([source, text, limit]) =>
      strings(splitBy(textOf(source), compiler(source), textOf(text), numberOf(limit))),
    ),
  ),
  fixed('regexQuoteMeta', [STRING], ([text]) =>
    stringValue(textOf(text).replaceAll(/[\\.+*?()|[\]{}^$]/g, (character) => `\\${character}`)),
  ),
]
