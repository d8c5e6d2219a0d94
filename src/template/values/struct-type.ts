// Declares Go's struct types: their fields and methods as data, the promoted ones computed.

import type { GoType, Kind, Method, StructField } from './model.ts'

export interface FieldDeclaration {
  readonly name: string
  readonly type: GoType
  readonly json: string
  readonly proto: number
  readonly isEmbedded?: boolean
  readonly omitsEmpty?: boolean
}

/** A field that JSON and protobuf know; `keep` where JSON has it even when it is empty. */
export function field(
  name: string,
  type: GoType,
  json: string,
  proto: number,
  keep?: 'keep',
): FieldDeclaration {
  return { name, type, json, proto, omitsEmpty: keep === undefined }
}

/** An embedded struct: its fields and methods are also its holder's. Without a key it is inlined in JSON. */
export function embedded(name: string, type: GoType, json = '', proto = 0): FieldDeclaration {
  return { name, type, json, proto, isEmbedded: true }
}

export interface OwnMethods {
  /** Of the value, and so of a pointer to it too. */
  readonly values?: readonly Method[]
  /** Of a pointer only. */
  readonly pointers?: readonly Method[]
}

/** A struct type. Its methods may speak of the type itself. */
export function structType(
  name: string,
  declarations: readonly FieldDeclaration[],
  ownMethods: (self: GoType) => OwnMethods = () => ({}),
): GoType {
  const fields = declarations.map((declaration): StructField => {
    const { type, json, proto, isEmbedded = false, omitsEmpty = false } = declaration
    const isExported = /^\p{Lu}/u.test(declaration.name)
    return { name: declaration.name, type, isEmbedded, isExported, json, omitsEmpty, proto }
  })
  const methods = promotedMethods(fields, (type) => type.methods)
  const pointerMethods = promotedMethods(fields, (type) => type.pointerMethods)
  const isComparable = fields.every(({ type }) => type.isComparable)
  const self: GoType = { kind: 'struct', name, fields, methods, pointerMethods, isComparable }
  addMethods(self, methods, pointerMethods, ownMethods)
  return self
}

/** A type with a name of its own that is no struct: `types.UID`, `time.Duration`. */
export function namedType(
  kind: Kind,
  name: string,
  ownMethods: (self: GoType) => OwnMethods = () => ({}),
): GoType {
  const methods = new Map<string, Method>()
  const pointerMethods = new Map<string, Method>()
  const self: GoType = { kind, name, methods, pointerMethods, isComparable: true }
  addMethods(self, methods, pointerMethods, ownMethods)
  return self
}

function addMethods(
  self: GoType,
  methods: Map<string, Method>,
  pointerMethods: Map<string, Method>,
  ownMethods: (self: GoType) => OwnMethods,
): void {
  const { values = [], pointers = [] } = ownMethods(self)
  for (const method of values) methods.set(method.name, method)
  for (const method of [...values, ...pointers]) pointerMethods.set(method.name, method)
  // What a pointer's own method hides can be found on no value.
  for (const { name } of pointers) methods.delete(name)
}

/** The methods of embedded structs, which are called on the embedded part. */
function promotedMethods(
  fields: readonly StructField[],
  methodsOf: (type: GoType) => ReadonlyMap<string, Method>,
): Map<string, Method> {
  const methods = new Map<string, Method>()
  fields.forEach(({ isEmbedded, type }, index) => {
    if (!isEmbedded) return
    for (const method of methodsOf(type).values()) {
      // Two of a name and depth hide each other; the holder has then one of its own.
      if (!methods.has(method.name)) methods.set(method.name, promoted(method, index))
    }
  })
  return methods
}

function promoted({ name, params, results, call }: Method, index: number): Method {
  if (call === undefined) return { name, params, results }
  return {
    name,
    params,
    results,
    call: (receiver, args, context) =>
      receiver.kind === 'struct' ? call(receiver.fields.at(index), args, context) : undefined,
  }
}
