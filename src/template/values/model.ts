// What templates work with: Go's types and values as Go's reflection sees them, their shapes only.

import type { Location } from '../../gotime/location.ts'
import type { Time } from '../../gotime/time.ts'
import type { ComplexNumber } from '../syntax/number-literal.ts'

export type Kind =
  | 'bool'
  | 'int'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint64'
  | 'float64'
  | 'complex128'
  | 'string'
  | 'struct'
  | 'slice'
  | 'map'
  | 'pointer'
  | 'interface'

export interface GoType {
  readonly kind: Kind
  /** As `%T` prints it: `v1.Event`, `*v1.Event`, `map[string]string`. */
  readonly name: string
  /** Of slices, maps and pointers; maps have strings for keys. */
  readonly elem?: GoType
  /** Of structs, embedded ones included. */
  readonly fields?: readonly StructField[]
  /** What can be called on a value, and on a pointer to it only; promoted methods included. */
  readonly methods: ReadonlyMap<string, Method>
  readonly pointerMethods: ReadonlyMap<string, Method>
  readonly isComparable: boolean
}

export interface StructField {
  readonly name: string
  readonly type: GoType
  readonly isEmbedded: boolean
  readonly isExported: boolean
  /** The key in JSON; empty where the struct is inlined or the field is left out. */
  readonly json: string
  /** `omitempty`, or always written. */
  readonly omitsEmpty: boolean
  /** Its number in Kubernetes' protobuf; 0 where it has none. */
  readonly proto: number
}

/** What a method may need of the rendering that calls it. */
export interface CallContext {
  readonly local: Location
}

export interface Method {
  readonly name: string
  readonly params: readonly GoType[]
  /** The results' types by name; `error` is a second result that is checked, not returned. */
  readonly results: readonly string[]
  /**
   * The receiver is the struct (or other value) itself; undefined where it is called on a nil pointer, which
   * only `nilSafe` methods allow. Throws CallError where Go's returns an error. Undefined: not supported.
   */
  readonly call?: (
    receiver: Value,
    args: readonly (Value | undefined)[],
    context: CallContext,
  ) => Value | undefined
  /** What the method answers on a nil pointer; without it, that is Go's nil pointer dereference. */
  readonly onNil?: (receiver: Value, args: readonly (Value | undefined)[]) => Value | undefined
}

interface Typed {
  readonly type: GoType
  /** Reached through a pointer or a slice, so that methods of its pointer can be called. */
  readonly isAddressable: boolean
}

export interface BoolValue extends Typed {
  readonly kind: 'bool'
  readonly value: boolean
}

/** All integers; within the range of their type. */
export interface IntValue extends Typed {
  readonly kind: 'int' | 'uint'
  readonly value: bigint
}

export interface FloatValue extends Typed {
  readonly kind: 'float'
  readonly value: number
}

export interface ComplexValue extends Typed {
  readonly kind: 'complex'
  readonly value: ComplexNumber
}

/** Canonical, see go-string.ts. */
export interface StringValue extends Typed {
  readonly kind: 'string'
  readonly value: string
}

/** Elements are undefined only in a slice of interfaces, where they are nil. */
export interface SliceValue extends Typed {
  readonly kind: 'slice'
  /** Null: a nil slice. */
  readonly items: readonly (Value | undefined)[] | null
  /** How many elements there are from the first on, beyond the end too. */
  readonly capacity: number
}

/** Keys are strings. Dictionaries of functions like `set` can be written to, hence a plain Map. */
export interface MapValue extends Typed {
  readonly kind: 'map'
  /** Null: a nil map. */
  readonly entries: Map<string, Value | undefined> | null
}

export interface PointerValue extends Typed {
  readonly kind: 'pointer'
  /** Null: a nil pointer. Two pointers are equal if this is the same object. */
  readonly target: Value | null
}

export interface StructValue extends Typed {
  readonly kind: 'struct'
  readonly fields: StructFields
  /** What methods work with, where the fields are not it: a time, a location. */
  readonly native?: Time | Location | undefined
}

/** A nil interface; one that holds something is never met, only what it holds. */
export interface NilInterface extends Typed {
  readonly kind: 'interface'
}

export type Value =
  | BoolValue
  | IntValue
  | FloatValue
  | ComplexValue
  | StringValue
  | SliceValue
  | MapValue
  | PointerValue
  | StructValue
  | NilInterface

/** Fields are made when they are asked for: most templates ask for few. */
export interface StructFields {
  at(index: number): Value
}

/** Go's zero reflect.Value is `undefined`: what a missing key gives; printed as `<no value>`. */
export type MaybeValue = Value | undefined
