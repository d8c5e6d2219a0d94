// Go's types as far as templates meet them. Each type is one object: the same type is the same object.

import type { GoType, Kind, Method } from './model.ts'

/** What a function or method that fails says; the template's error names the call. */
export class CallError extends Error {}

const NO_METHODS: ReadonlyMap<string, Method> = new Map()

function basic(kind: Kind, name: string = kind): GoType {
  return { kind, name, methods: NO_METHODS, pointerMethods: NO_METHODS, isComparable: true }
}

export const BOOL = basic('bool')
export const INT = basic('int')
export const INT32 = basic('int32')
export const INT64 = basic('int64')
export const UINT8 = basic('uint8')
export const UINT64 = basic('uint64')
export const FLOAT64 = basic('float64')
export const COMPLEX128 = basic('complex128')
export const STRING = basic('string')
/** `interface{}`, also known as `any`. */
export const ANY = basic('interface', 'interface {}')
/** A parameter that takes its argument as it is, addressable or invalid: Go's reflect.Value. */
export const REFLECT_VALUE = basic('struct', 'reflect.Value')

function derived(make: (elem: GoType) => GoType): (elem: GoType) => GoType {
  const known = new Map<GoType, GoType>()
  return (elem) => {
    let type = known.get(elem)
    if (type === undefined) {
      type = make(elem)
      known.set(elem, type)
    }
    return type
  }
}

export const pointerTo = derived((elem) => ({
  kind: 'pointer',
  name: `*${elem.name}`,
  elem,
  methods: elem.pointerMethods,
  pointerMethods: NO_METHODS,
  isComparable: true,
}))

export const sliceOf = derived((elem) => ({
  kind: 'slice',
  name: `[]${elem.name}`,
  elem,
  methods: NO_METHODS,
  pointerMethods: NO_METHODS,
  isComparable: false,
}))

const mapOf = derived((elem) => ({
  kind: 'map',
  name: `map[string]${elem.name}`,
  elem,
  methods: NO_METHODS,
  pointerMethods: NO_METHODS,
  isComparable: false,
}))

export const STRINGS = sliceOf(STRING)
export const BYTES = sliceOf(UINT8)
export const ANYS = sliceOf(ANY)
export const STRING_MAP = mapOf(STRING)
export const ANY_MAP = mapOf(ANY)

/** Whether a variable of this type can be nil; a reflect.Value counts, as in Go's text/template. */
export function canBeNil(type: GoType): boolean {
  return ['interface', 'map', 'pointer', 'slice'].includes(type.kind) || type === REFLECT_VALUE
}

/** The field of that name, of an embedded struct too: the indexes that lead to it. */
export function findField(type: GoType, name: string): readonly number[] | undefined {
  const fields = type.fields ?? []
  const own = fields.findIndex((field) => field.name === name)
  if (own !== -1) return [own]
  for (const [index, field] of fields.entries()) {
    if (!field.isEmbedded) continue
    const inner = findField(field.type, name)
    if (inner !== undefined) return [index, ...inner]
  }
  return undefined
}
