// Writes any value by a verb, as Go's fmt does: methods first, then by kind, and marks for what does not fit.

import type {
  ComplexValue,
  IntValue,
  MapValue,
  MaybeValue,
  Method,
  PointerValue,
  SliceValue,
  StructValue,
  Value,
} from '../values/model.ts'
import { UTC } from '../../gotime/location.ts'
import { stringOf } from '../go-string.ts'
import type { Budget } from '../limits.ts'
import { LimitExceeded } from '../limits.ts'
import type { FloatFormat } from '../strconv/format-float.ts'
import { BYTES, STRING } from '../values/type.ts'
import { sortedKeys } from '../values/sorted-keys.ts'
import type { Flags } from './format.ts'
import {
  formatCharacter,
  formatFloatVerb,
  formatHexadecimal,
  formatInteger,
  formatQuoted,
  formatQuotedCharacter,
  formatText,
  formatUnicode,
  hexadecimalOfText,
  pad,
} from './format.ts'

/** Dictionaries can hold themselves; Go would never end. */
const MAX_DEPTH = 500
/** Where Go prints an address, which means nothing in a template: always this one. */
const ADDRESS = 0xc000010000n

/** How a value was reached: unexported fields have no methods, deeper pointers are not followed. */
type Position = { readonly depth: number; readonly isExported: boolean }

const TOP: Position = { depth: 0, isExported: true }

export class Printer {
  text = ''
  readonly #budget: Budget | undefined
  /** Inside an error mark: no methods then, since one of them may be at fault. */
  #isErroring = false

  constructor(budget?: Budget) {
    this.#budget = budget
  }

  write(text: string): void {
    this.text += text
  }

  /** One operand of a print function; undefined is nil. */
  printOperand(operand: MaybeValue, verb: string, flags: Flags): void {
    this.#budget?.spend(1)
    this.#budget?.checkLength(Math.max(this.text.length, flags.width ?? 0, flags.precision ?? 0))
    if (operand === undefined || operand.kind === 'interface') {
      if (verb === 'T' || verb === 'v') this.write(pad('<nil>', flags))
      else this.#badVerb(undefined, verb, flags)
      return
    }
    if (verb === 'T') this.write(formatText(operand.type.name, flags))
    else if (verb === 'p') this.#pointer(operand, 'p', flags)
    else if (hasNoMethods(operand) || !this.#byMethod(operand, verb, flags))
      this.#printValue(operand, verb, flags, TOP)
  }

  #badVerb(value: MaybeValue, verb: string, flags: Flags): void {
    this.#isErroring = true
    if (value === undefined) this.write(`%!${verb}(<nil>)`)
    else {
      this.write(`%!${verb}(${value.type.name}=`)
      this.#printValue(value, 'v', flags, TOP)
      this.write(')')
    }
    this.#isErroring = false
  }

  /** Whether the value has said by a method of its own how it is written. */
  #byMethod(value: Value, verb: string, flags: Flags): boolean {
    if (this.#isErroring) return false
    if (verb === 'w') {
      this.#badVerb(value, verb, flags)
      return true
    }
    if (flags.sharpV) {
      const text = callText(value, 'GoString')
      if (text !== undefined) this.write(text === null ? '<nil>' : formatText(text, flags))
      return text !== undefined
    }
    if (!['v', 's', 'x', 'X', 'q'].includes(verb)) return false
    const text = callText(value, 'String')
    if (text === undefined) return false
    // A method that a nil pointer does not survive.
    if (text === null) this.write('<nil>')
    else this.#text(value, text, verb, flags)
    return true
  }

  #printValue(value: Value, verb: string, flags: Flags, position: Position): void {
    const { depth, isExported } = position
    if (depth > 0) {
      this.#budget?.spend(1)
      this.#budget?.checkLength(this.text.length)
      if (depth > MAX_DEPTH) throw new LimitExceeded(`a value is nested more than ${MAX_DEPTH} deep`)
      if (isExported && !hasNoMethods(value) && this.#byMethod(value, verb, flags)) return
    }
    switch (value.kind) {
      case 'interface':
        if (flags.sharpV) this.write('interface {}(nil)')
        else if (verb === 'v' || depth > 0) this.write('<nil>')
        else this.#badVerb(undefined, verb, flags)
        return
      case 'bool':
        if (verb === 't' || verb === 'v') this.write(pad(String(value.value), flags))
        else this.#badVerb(value, verb, flags)
        return
      case 'int':
      case 'uint':
        this.#integer(value, verb, flags)
        return
      case 'float':
        if (!this.#float(value.value, verb, flags)) this.#badVerb(value, verb, flags)
        return
      case 'complex':
        this.#complex(value, verb, flags)
        return
      case 'string':
        this.#text(value, value.value, verb, flags)
        return
      case 'map':
        this.#map(value, verb, flags, position)
        return
      case 'struct':
        this.#struct(value, verb, flags, position)
        return
      case 'slice':
        this.#slice(value, verb, flags, position)
        return
      case 'pointer':
        this.#pointerValue(value, verb, flags, position)
    }
  }

  #integer(value: IntValue, verb: string, flags: Flags): void {
    const number = value.value
    switch (verb) {
      case 'v':
        if (flags.sharpV && value.kind === 'uint') {
          this.write(formatInteger(number, 16, 'v', { ...flags, sharp: true }))
          return
        }
        this.write(formatInteger(number, 10, verb, flags))
        return
      case 'd':
        this.write(formatInteger(number, 10, verb, flags))
        return
      case 'b':
        this.write(formatInteger(number, 2, verb, flags))
        return
      case 'o':
      case 'O':
        this.write(formatInteger(number, 8, verb, flags))
        return
      case 'x':
      case 'X':
        this.write(formatInteger(number, 16, verb, flags))
        return
      case 'c':
        this.write(formatCharacter(number, flags))
        return
      case 'q':
        this.write(formatQuotedCharacter(number, flags))
        return
      case 'U':
        this.write(formatUnicode(number, flags))
        return
      default:
        this.#badVerb(value, verb, flags)
    }
  }

  #float(value: number, verb: string, flags: Flags): boolean {
    switch (verb) {
      case 'v':
        this.write(formatFloatVerb(value, 'v', -1, flags))
        return true
      case 'b':
      case 'g':
      case 'G':
      case 'x':
      case 'X': {
        const format: FloatFormat = verb
        this.write(formatFloatVerb(value, format, -1, flags))
        return true
      }
      case 'f':
      case 'e':
      case 'E':
        this.write(formatFloatVerb(value, verb, 6, flags))
        return true
      case 'F':
        this.write(formatFloatVerb(value, 'f', 6, flags))
        return true
      default:
        return false
    }
  }

  #complex(value: ComplexValue, verb: string, flags: Flags): void {
    if (!'vbgGxXfFeE'.includes(verb)) {
      this.#badVerb(value, verb, flags)
      return
    }
    this.write('(')
    this.#float(value.value.real, verb, flags)
    this.#float(value.value.imaginary, verb, { ...flags, plus: true })
    this.write('i)')
  }

  /** `text` is what `value` is, or what it says. */
  #text(value: Value, text: string, verb: string, flags: Flags): void {
    switch (verb) {
      case 'v':
        this.write(flags.sharpV ? formatQuoted(text, flags) : formatText(text, flags))
        return
      case 's':
        this.write(formatText(text, flags))
        return
      case 'x':
      case 'X':
        this.write(hexadecimalOfText(text, verb, flags))
        return
      case 'q':
        this.write(formatQuoted(text, flags))
        return
      default:
        this.#badVerb(value, verb, flags)
    }
  }

  #map(map: MapValue, verb: string, flags: Flags, { depth, isExported }: Position): void {
    if (flags.sharpV) {
      this.write(map.type.name)
      if (map.entries === null) {
        this.write('(nil)')
        return
      }
      this.write('{')
    } else this.write('map[')
    const inner = { depth: depth + 1, isExported }
    sortedKeys(map).forEach((key, index) => {
      if (index > 0) this.write(flags.sharpV ? ', ' : ' ')
      this.#text({ kind: 'string', type: STRING, value: key, isAddressable: false }, key, verb, flags)
      this.write(':')
      this.#element(map.entries?.get(key), verb, flags, inner)
    })
    this.write(flags.sharpV ? '}' : ']')
  }

  /** What an interface holds, or nil. */
  #element(value: MaybeValue, verb: string, flags: Flags, position: Position): void {
    if (value !== undefined) this.#printValue(value, verb, flags, position)
    else this.write(flags.sharpV ? 'interface {}(nil)' : '<nil>')
  }

  #struct(struct: StructValue, verb: string, flags: Flags, { depth, isExported }: Position): void {
    if (flags.sharpV) this.write(struct.type.name)
    this.write('{')
    struct.type.fields?.forEach((field, index) => {
      if (index > 0) this.write(flags.sharpV ? ', ' : ' ')
      if (flags.plusV || flags.sharpV) this.write(`${field.name}:`)
      const inner = { depth: depth + 1, isExported: isExported && field.isExported }
      this.#printValue(struct.fields.at(index), verb, flags, inner)
    })
    this.write('}')
  }

  #slice(slice: SliceValue, verb: string, flags: Flags, { depth, isExported }: Position): void {
    const isBytes = slice.type.elem?.kind === 'uint8'
    if (isBytes && ['s', 'q', 'x', 'X'].includes(verb)) {
      this.#bytes(slice, verb, flags)
      return
    }
    // A []byte at the top is known by its other name.
    const isPlainBytes = slice.type === BYTES && depth === 0 && (verb === 'v' || verb === 'd')
    if (flags.sharpV) {
      this.write(isPlainBytes ? '[]byte' : slice.type.name)
      if (slice.items === null) {
        this.write('(nil)')
        return
      }
    }
    this.write(flags.sharpV ? '{' : '[')
    const inner = { depth: depth + 1, isExported }
    slice.items?.forEach((item, index) => {
      if (index > 0) this.write(flags.sharpV ? ', ' : ' ')
      this.#element(item, verb, flags, inner)
    })
    this.write(flags.sharpV ? '}' : ']')
  }

  #bytes(slice: SliceValue, verb: string, flags: Flags): void {
    const bytes = Uint8Array.from(slice.items ?? [], (item) =>
      item?.kind === 'uint' ? Number(item.value) : 0,
    )
    if (verb === 'x' || verb === 'X') this.write(formatHexadecimal(bytes, verb, flags))
    else this.#text(slice, stringOf(bytes), verb, flags)
  }

  #pointerValue(pointer: PointerValue, verb: string, flags: Flags, { depth, isExported }: Position): void {
    const { target } = pointer
    if (depth === 0 && target !== null && ['slice', 'struct', 'map'].includes(target.kind)) {
      this.write('&')
      this.#printValue(target, verb, flags, { depth: 1, isExported })
      return
    }
    this.#pointer(pointer, verb, flags)
  }

  #pointer(value: Value, verb: string, flags: Flags): void {
    const isReference = value.kind === 'pointer' || value.kind === 'map' || value.kind === 'slice'
    if (!isReference) {
      this.#badVerb(value, verb, flags)
      return
    }
    const isNil =
      (value.kind === 'pointer' && value.target === null) ||
      (value.kind === 'map' && value.entries === null) ||
      (value.kind === 'slice' && value.items === null)
    const address = isNil ? 0n : ADDRESS
    switch (verb) {
      case 'v':
        if (flags.sharpV) {
          this.write(`(${value.type.name})(`)
          this.write(isNil ? 'nil' : formatInteger(address, 16, 'v', { ...flags, sharp: true }))
          this.write(')')
        } else if (isNil) this.write(pad('<nil>', flags))
        else this.write(formatInteger(address, 16, 'v', { ...flags, sharp: !flags.sharp }))
        return
      case 'p':
        this.write(formatInteger(address, 16, 'v', { ...flags, sharp: !flags.sharp }))
        return
      case 'b':
      case 'o':
      case 'd':
      case 'x':
      case 'X':
        this.#integer({ kind: 'uint', type: value.type, value: address, isAddressable: false }, verb, flags)
        return
      default:
        this.#badVerb(value, verb, flags)
    }
  }
}

function hasNoMethods(value: Value): boolean {
  return value.type.methods.size === 0
}

/** What the value's method says; undefined if it has none of that name, null if a nil pointer made it fail. */
function callText(value: Value, name: string): string | null | undefined {
  const method = value.type.methods.get(name)
  if (method?.call === undefined || method.params.length > 0) return undefined
  return textResult(value, method, method.call)
}

function textResult(value: Value, method: Method, call: NonNullable<Method['call']>): string | null {
  const receiver = value.kind === 'pointer' ? value.target : value
  const result = receiver === null ? method.onNil?.(value, []) : call(receiver, [], { local: UTC })
  return result?.kind === 'string' ? result.value : null
}
