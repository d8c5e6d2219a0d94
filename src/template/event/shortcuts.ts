// The straight way from an event's JSON to the text of an action like `{{.InvolvedObject.Kind}}`.
//
// Nearly all actions are such fields: they need no values with types, no search by name for each event.

import type { GoType } from '../values/model.ts'
import type { Execution } from '../execute/execution.ts'
import type { ActionNode, ListNode, OperandNode } from '../syntax/ast.ts'
import { nodeText } from '../syntax/ast.ts'
import { findField } from '../values/type.ts'
import type { EventData } from './event-data.ts'
import { messageText, microTimeFrom, textFrom, timeFrom } from './from-json.ts'
import type { Time } from '../../gotime/time.ts'
import { EVENT, META_TIME, MICRO_TIME } from './types.ts'

export type Shortcut = (run: Execution) => string

/** The shortcuts of a main tree: actions whose text is a field of the event. */
export function findShortcuts(main: ListNode): ReadonlyMap<ActionNode, Shortcut> {
  const shortcuts = new Map<ActionNode, Shortcut>()
  // Who declares a `$` of his own means something else by it.
  const hasOwnDollar = /\$\s*(?:,\s*\$\w*\s*)?:?=|,\s*\$\s*:?=/.test(nodeText(main))
  const visit = (list: ListNode, isRoot: boolean): void => {
    for (const node of list.nodes) {
      if (node.type === 'action') {
        const shortcut = shortcutOf(node, isRoot, hasOwnDollar)
        if (shortcut !== undefined) shortcuts.set(node, shortcut)
      } else if (node.type === 'if' || node.type === 'with' || node.type === 'range') {
        visit(node.list, isRoot && node.type === 'if')
        if (node.elseList !== undefined) visit(node.elseList, isRoot)
      }
    }
  }
  visit(main, true)
  return shortcuts
}

function shortcutOf({ pipe }: ActionNode, isRoot: boolean, hasOwnDollar: boolean): Shortcut | undefined {
  const [command] = pipe.commands
  if (pipe.declared.length > 0 || pipe.commands.length !== 1 || command === undefined) return undefined
  const [first, ...args] = command.args
  const isField = first.type === 'field' && isRoot
  const isDollarField =
    first.type === 'variable' && first.name === '$' && first.names.length > 0 && !hasOwnDollar
  if (!isField && !isDollarField) return undefined
  if (args.length > 0) return formattedTime(first.names, args)
  const steps = stepsTo(first.names)
  if (steps === undefined) return undefined
  const time = timeAt(steps)
  if (time !== undefined) return (run) => time(run.data).toString()
  return textAt(steps)
}

/** `.LastTimestamp.Format "2006-01-02"` */
function formattedTime(names: readonly string[], args: readonly OperandNode[]): Shortcut | undefined {
  const [layout] = args
  if (names.at(-1) !== 'Format' || args.length !== 1 || layout?.type !== 'string') return undefined
  const steps = stepsTo(names.slice(0, -1))
  const time = steps === undefined ? undefined : timeAt(steps)
  return time === undefined ? undefined : (run) => time(run.data).format(layout.text)
}

interface Steps {
  readonly type: GoType
  readonly names: readonly string[]
  /** The keys in JSON that lead there. */
  readonly keys: readonly string[]
}

/** The way to a field through structs only; methods go before fields, and pointers may be nil. */
function stepsTo(names: readonly string[]): Steps | undefined {
  let type: GoType = EVENT
  const keys: string[] = []
  for (const name of names) {
    if (type.kind !== 'struct' || type.pointerMethods.has(name)) return undefined
    for (const index of findField(type, name) ?? [Number.NaN]) {
      const field = type.fields?.[index]
      if (field === undefined || !field.isExported) return undefined
      if (field.json !== '') keys.push(field.json)
      type = field.type
    }
  }
  return { type, names, keys }
}

/** Times are the event's own: found by their one key, the creation's in the metadata. */
function timeAt({ type, keys }: Steps): ((data: EventData) => Time) | undefined {
  const read = valueAt(keys)
  if (type === MICRO_TIME) return (data) => microTimeFrom(read(data), data.local)
  if (type !== META_TIME) return undefined
  if (keys.join('.') !== 'lastTimestamp') return (data) => timeFrom(read(data), data.local)
  return (data) => data.lastTimestamp?.() ?? timeFrom(read(data), data.local)
}

function textAt({ type, keys }: Steps): Shortcut | undefined {
  const read = valueAt(keys)
  if (keys.join('.') === 'message') return ({ data }) => messageText(read(data), data.dropsQuotes)
  if (type.kind === 'string') return ({ data }) => textFrom(read(data))
  if (type.kind !== 'int32' && type.kind !== 'int64') return undefined
  return ({ data }) => {
    const number = read(data)
    return typeof number === 'number' && Number.isSafeInteger(number) ? String(number) : '0'
  }
}

function valueAt(keys: readonly string[]): (data: EventData) => unknown {
  const [first = '', second, ...more] = keys
  if (second === undefined) return ({ event }) => property(event, first)
  if (more.length === 0) return ({ event }) => property(property(event, first), second)
  return ({ event }) => keys.reduce<unknown>(property, event)
}

function property(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, key) : undefined
}
