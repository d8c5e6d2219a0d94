// Escapes values for the JSON strings that a template's own text puts around them, and decides when to.

import type { ActionNode, CommandNode, ParsedTemplate } from '../syntax/ast.ts'
import type { TreeContext } from './context.ts'
import { findContexts } from './context.ts'
import { JsonLexer } from './json-lexer.ts'
import { isJsonBody } from './json-skeleton.ts'
import type { Branches } from './skeleton.ts'
import { skeletonOf } from './skeleton.ts'

export type EscapeMode = 'none' | 'json' | 'auto'

export interface EscapePlan {
  /** By the keys of trees in their contexts; undefined: nothing is escaped. */
  readonly contexts: ReadonlyMap<string, TreeContext> | undefined
  readonly warnings: readonly string[]
}

const OFF: EscapePlan = { contexts: undefined, warnings: [] }

/** `sendsJson`: what is made of the template goes out as JSON. */
export function planEscaping(parsed: ParsedTemplate, mode: EscapeMode, sendsJson: boolean): EscapePlan {
  if (mode === 'none' || (mode === 'auto' && !(sendsJson && makesJson(parsed)))) return OFF
  const result = findContexts(parsed)
  if (result.ok) return { contexts: result.contexts, warnings: [] }
  return {
    contexts: undefined,
    warnings: [
      `template "${parsed.name}": values are not escaped for JSON, and quotes are deleted from messages: ${result.reason}; ` +
        'end each branch in the part of the JSON in which it began, or set ke.escape=none to keep it so',
    ],
  }
}

/** Whether the template's own text is JSON, as it stands or in either of its branches. */
function makesJson({ name, trees }: ParsedTemplate): boolean {
  const main = trees.get(name)
  if (main === undefined) return false
  const isJson = (branches: Branches): boolean => isJsonBody(skeletonOf(main, branches).text)
  return isJson('both') || (isJson('first') && isJson('other') && hasCleanStrings(skeletonOf(main).text))
}

/** Whether no string of the template's own holds a control character, in whichever branch. */
function hasCleanStrings(text: string): boolean {
  const lexer = new JsonLexer()
  for (const character of text) {
    if (character < ' ' && lexer.level > 0) return false
    lexer.read(character, () => [])
  }
  return true
}

/** What is done with the text of an action that stands in so many strings; undefined: nothing. */
export function escapeFilter(node: ActionNode, level: number): ((text: string) => string) | undefined {
  if (level === 0 || escapesItself(node)) return undefined
  if (level === 1) return escapeForString
  return (text) => {
    let escaped = text
    for (let times = 0; times < level; times++) escaped = escapeForString(escaped)
    return escaped
  }
}

const SPECIAL = /["\\]|[^ -\uffff]/
const ALL_SPECIAL = new RegExp(SPECIAL, 'g')

/** As the inside of a JSON string. What needs no escaping stays as it is, invalid UTF-8 too. */
function escapeForString(text: string): string {
  if (!SPECIAL.test(text)) return text
  return text.replaceAll(ALL_SPECIAL, (character) => JSON.stringify(character).slice(1, -1))
}

const OWN_ESCAPERS: ReadonlySet<string> = new Set(['js', 'toJson', 'toRawJson', 'toPrettyJson', 'quote'])

/** Pipelines that end in a function which escapes, or quotes, already. */
function escapesItself({ pipe }: ActionNode): boolean {
  const last = pipe.commands.at(-1)
  const [called] = last?.args ?? []
  if (last === undefined || called?.type !== 'identifier') return false
  return OWN_ESCAPERS.has(called.name) || (called.name === 'printf' && onlyQuotes(last))
}

/** `printf` with verbs of one kind, `%q`. */
function onlyQuotes({ args: [, format] }: CommandNode): boolean {
  if (format?.type !== 'string') return false
  const verbs = format.text.replaceAll('%%', '').match(/%[^a-zA-Z]*[a-zA-Z]?/g) ?? []
  return verbs.length > 0 && verbs.every((verb) => verb.endsWith('q'))
}
