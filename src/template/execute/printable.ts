// What of a value is given to a print function: Go prefers what has a text of its own.

import type { MaybeValue, Value } from '../values/model.ts'
import { addressOf, indirect, stringValue } from '../values/value.ts'

const NO_VALUE: Value = stringValue('<no value>')

/** Pointers are followed, but where only the pointer has a `String` method it is taken. */
export function printableValue(value: MaybeValue): Value {
  const at = value?.kind === 'pointer' ? indirect(value).value : value
  if (at === undefined || at.kind === 'interface') return NO_VALUE
  const { methods, pointerMethods } = at.type
  return at.isAddressable && !methods.has('String') && pointerMethods.has('String') ? addressOf(at) : at
}
