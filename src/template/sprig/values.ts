// sprig's functions of any value: defaults, kinds and types, equality, JSON, failing on purpose.

import type { MaybeValue, Value } from '../values/model.ts'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed, variadic } from '../execute/callable.ts'
import type { Execution } from '../execute/execution.ts'
import type { JsonStyle } from '../json.ts'
import { decodeJson, encodeJson } from '../json.ts'
import { ANY, BOOL, CallError, STRING } from '../values/type.ts'
import { boolValue, isTrue, stringValue } from '../values/value.ts'
import { deepEqual, isEmpty, kindName, textOf } from './convert.ts'

function typeName(value: MaybeValue): string {
  return value === undefined ? '<nil>' : value.type.name
}

/** As JSON; with `must` what has none is an error, else the empty text. */
function json(value: MaybeValue, style: JsonStyle, isStrict: boolean, run: Execution): Value {
  try {
    return stringValue(encodeJson(value, style, run.budget))
  } catch (error) {
    if (isStrict || !(error instanceof CallError)) throw error
    return stringValue('')
  }
}

const PLAIN: JsonStyle = { escapesHtml: true, indent: '' }
const PRETTY: JsonStyle = { escapesHtml: true, indent: '  ' }
const RAW: JsonStyle = { escapesHtml: false, indent: '' }

function decoded(text: MaybeValue, isStrict: boolean, run: Execution): MaybeValue {
  const result = decodeJson(textOf(text), run.budget)
  if ('value' in result) return result.value
  if (isStrict) throw new CallError(result.error)
  return undefined
}

export const VALUE_FUNCTIONS: readonly TemplateFunction[] = [
  variadic('default', [ANY, ANY], ([fallback, given]) => (isEmpty(given) ? fallback : given)),
  fixed('empty', [ANY], ([value]) => boolValue(isEmpty(value))),
  variadic('coalesce', [ANY], (args) => args.find((value) => !isEmpty(value))),
  variadic('all', [ANY], (args) => boolValue(args.every((value) => !isEmpty(value)))),
  variadic('any', [ANY], (args) => boolValue(args.some((value) => !isEmpty(value)))),
  fixed('ternary', [ANY, ANY, BOOL], ([yes, no, condition]) => (isTrue(condition) ? yes : no)),
  fixed('typeOf', [ANY], ([value]) => stringValue(typeName(value))),
  fixed('typeIs', [STRING, ANY], ([name, value]) => boolValue(textOf(name) === typeName(value))),
  fixed('typeIsLike', [STRING, ANY], ([name, value]) =>
    boolValue([textOf(name), `*${textOf(name)}`].includes(typeName(value))),
  ),
  fixed('kindOf', [ANY], ([value]) => stringValue(kindName(value))),
  fixed('kindIs', [STRING, ANY], ([name, value]) => boolValue(textOf(name) === kindName(value))),
  fixed('deepEqual', [ANY, ANY], ([left, right], run) => boolValue(deepEqual(left, right, run))),
  fixed('toJson', [ANY], ([value], run) => json(value, PLAIN, false, run)),
  fixed('mustToJson', [ANY], ([value], run) => json(value, PLAIN, true, run)),
  fixed('toPrettyJson', [ANY], ([value], run) => json(value, PRETTY, false, run)),
  fixed('mustToPrettyJson', [ANY], ([value], run) => json(value, PRETTY, true, run)),
  fixed('toRawJson', [ANY], ([value], run) => json(value, RAW, true, run)),
  fixed('mustToRawJson', [ANY], ([value], run) => json(value, RAW, true, run)),
  fixed('fromJson', [STRING], ([text], run) => decoded(text, false, run)),
  fixed('mustFromJson', [STRING], ([text], run) => decoded(text, true, run)),
  fixed('fail', [STRING], ([message]) => {
    throw new CallError(textOf(message))
  }),
]
