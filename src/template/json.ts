// Go's encoding/json for template values: what toJson writes and fromJson reads.

import type { MaybeValue, SliceValue, StructField, StructValue, Value } from './values/model.ts'
import type { Budget } from './limits.ts'
import { LimitExceeded } from './limits.ts'
import { UTC } from '../gotime/location.ts'
import { rawBytes } from './event/generated-methods.ts'
import { isEscapedByte, runesOf, stringOf } from './go-string.ts'
import { CallError } from './values/type.ts'
import { sortedKeys } from './values/sorted-keys.ts'
import { boolValue, dictValue, floatValue, isNil, isTrue, listValue, stringValue } from './values/value.ts'
import { textOf } from '../domain/text-of.ts'

const MAX_DEPTH = 500

export interface JsonStyle {
  /** `<`, `>` and `&` as `\u003c` and so on. */
  readonly escapesHtml: boolean
  /** One more for each level; empty: no line breaks. */
  readonly indent: string
}

/** The JSON text. Throws CallError for what has none: complex numbers, infinities. */
export function encodeJson(value: MaybeValue, style: JsonStyle, budget: Budget): string {
  return new Encoder(style, budget).value(value, 0)
}

class Encoder {
  readonly #style: JsonStyle
  readonly #budget: Budget

  constructor(style: JsonStyle, budget: Budget) {
    this.#style = style
    this.#budget = budget
  }

  value(value: MaybeValue, depth: number): string {
    this.#budget.spend(1)
    if (depth > MAX_DEPTH) throw new LimitExceeded(`a value is nested more than ${MAX_DEPTH} deep`)
    const own = ownJson(value)
    if (own !== undefined) return own
    switch (value?.kind) {
      case undefined:
      case 'interface':
        return 'null'
      case 'bool':
        return String(value.value)
      case 'int':
      case 'uint':
        return value.value.toString()
      case 'float':
        return floatJson(value.value)
      case 'complex':
        throw new CallError(`json: unsupported type: ${value.type.name}`)
      case 'string':
        return this.#text(value.value)
      case 'pointer':
        return value.target === null ? 'null' : this.value(value.target, depth)
      case 'slice':
        return this.#slice(value, depth)
      case 'map':
        if (value.entries === null) return 'null'
        return this.#object(
          sortedKeys(value).map((key) => [key, value.entries?.get(key)]),
          depth,
        )
      case 'struct':
        return this.#object(structEntries(value), depth)
    }
  }

  #text(text: string): string {
    this.#budget.spendText(text.length)
    return quoteJson(text, this.#style.escapesHtml)
  }

  #slice(slice: SliceValue, depth: number): string {
    if (slice.items === null) return 'null'
    if (slice.type.elem?.kind === 'uint8') return `"${Buffer.from(rawBytes(slice.items)).toString('base64')}"`
    return this.#enclosed(
      '[',
      ']',
      slice.items.map((item) => this.value(item, depth + 1)),
      depth,
    )
  }

  #object(entries: readonly (readonly [string, MaybeValue])[], depth: number): string {
    const colon = this.#style.indent === '' ? ':' : ': '
    const members = entries.map(([key, value]) => this.#text(key) + colon + this.value(value, depth + 1))
    return this.#enclosed('{', '}', members, depth)
  }

  #enclosed(open: string, close: string, parts: readonly string[], depth: number): string {
    const { indent } = this.#style
    if (parts.length === 0) return open + close
    this.#budget.checkLength(parts.reduce((length, part) => length + part.length, 0))
    if (indent === '') return open + parts.join(',') + close
    const margin = `\n${indent.repeat(depth + 1)}`
    return `${open}${margin}${parts.join(`,${margin}`)}\n${indent.repeat(depth)}${close}`
  }
}

/** What a type's MarshalJSON says. */
function ownJson(value: MaybeValue): string | undefined {
  if (value?.kind !== 'struct') return undefined
  const call = value.type.methods.get('MarshalJSON')?.call
  const bytes = call?.(value, [], { local: UTC })
  return bytes?.kind === 'slice' ? stringOf(rawBytes(bytes.items ?? [])) : undefined
}

/** A struct's fields with their keys; those of inlined structs among them. */
function structEntries(struct: StructValue): (readonly [string, Value])[] {
  return (struct.type.fields ?? []).flatMap((field, index): (readonly [string, Value])[] => {
    if (!field.isExported) return []
    const value = struct.fields.at(index)
    if (field.json === '') return field.isEmbedded && value.kind === 'struct' ? structEntries(value) : []
    return isLeftOut(field, value) ? [] : [[field.json, value]]
  })
}

function isLeftOut({ omitsEmpty, json }: StructField, value: Value): boolean {
  if (!omitsEmpty) return false
  // Structs are never empty, but this one time is left out where it is zero.
  if (value.kind === 'struct') return json === 'creationTimestamp' && isZeroTime(value)
  return isNil(value) || !isTrue(value)
}

function isZeroTime({ native }: StructValue): boolean {
  return native !== undefined && 'isZero' in native && native.isZero()
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

function quoteJson(text: string, escapesHtml: boolean): string {
  const special = escapesHtml
    ? /["\\<>&\u2028\u2029\udc80-\udcff]|[^ -\uffff]/gu
    : /["\\\u2028\u2029\udc80-\udcff]|[^ -\uffff]/gu
  const escaped = text.replaceAll(special, (character) => {
    const short = SHORT[character]
    if (short !== undefined) return short
    const code = character.codePointAt(0) ?? 0
    if (code > 0xffff) return character
    if (isEscapedByte(code)) return '\\ufffd'
    return `\\u${code.toString(16).padStart(4, '0')}`
  })
  return `"${escaped}"`
}

/** As ES6 writes numbers, which is Go's rule too. */
function floatJson(value: number): string {
  if (!Number.isFinite(value)) throw new CallError(`json: unsupported value: ${value}`)
  if (Object.is(value, -0)) return '-0'
  return String(value)
}

/** The values of a JSON text; an error text where it is none. */
export function decodeJson(
  text: string,
  budget: Budget,
): { readonly value: MaybeValue } | { readonly error: string } {
  let parsed: unknown
  try {
    parsed = JSON.parse(plain(text))
  } catch (error) {
    return { error: textOf(error) }
  }
  return { value: valueFrom(parsed, budget, 0) }
}

/** Bytes that are no characters are U+FFFD in JSON. */
function plain(text: string): string {
  return text.isWellFormed()
    ? text
    : runesOf(text)
        .map((code) => String.fromCodePoint(code))
        .join('')
}

function valueFrom(json: unknown, budget: Budget, depth: number): MaybeValue {
  budget.spend(1)
  if (depth > MAX_DEPTH) throw new LimitExceeded(`a value is nested more than ${MAX_DEPTH} deep`)
  if (typeof json === 'string') return stringValue(json.toWellFormed())
  if (typeof json === 'number') return floatValue(json)
  if (typeof json === 'boolean') return boolValue(json)
  if (Array.isArray(json)) return listValue(json.map((item: unknown) => valueFrom(item, budget, depth + 1)))
  if (typeof json !== 'object' || json === null) return undefined
  return dictValue(
    new Map(
      Object.entries(json).map(([key, item]) => [key.toWellFormed(), valueFrom(item, budget, depth + 1)]),
    ),
  )
}
