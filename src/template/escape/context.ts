// For each action of a template, in how many JSON strings it stands: how often its text must be escaped.

import type { ActionNode, ListNode, ParsedTemplate, TemplateNode } from '../syntax/ast.ts'
import { JsonLexer } from './json-lexer.ts'
import type { Mark, Skeleton } from './skeleton.ts'
import { skeletonOf } from './skeleton.ts'

/** A tree as it is called in one state of the JSON around it. */
export interface TreeContext {
  readonly tree: string
  readonly levels: ReadonlyMap<ActionNode, number>
  /** The keys of what its template calls call. */
  readonly callees: ReadonlyMap<TemplateNode, string>
}

export type ContextResult =
  | { readonly ok: true; readonly contexts: ReadonlyMap<string, TreeContext> }
  /** Why it cannot be told where actions stand. */
  | { readonly ok: false; readonly reason: string }

class Ambiguous extends Error {}

export const keyOf = (tree: string, signature: string): string => `${signature} ${tree}`

/** The contexts of the main tree and of all that it calls, by their keys. */
export function findContexts({ name, trees }: ParsedTemplate): ContextResult {
  const finder = new Finder(trees)
  try {
    finder.tree(name, new JsonLexer())
    return { ok: true, contexts: finder.contexts }
  } catch (error) {
    if (error instanceof Ambiguous) return { ok: false, reason: error.message }
    throw error
  }
}

class Finder {
  readonly contexts = new Map<string, TreeContext>()
  readonly #trees: ReadonlyMap<string, ListNode>

  constructor(trees: ReadonlyMap<string, ListNode>) {
    this.#trees = trees
  }

  /** The key of this tree where it begins in this state. It must end as it began, unless it is the whole. */
  tree(name: string, start: JsonLexer): string {
    const key = keyOf(name, start.signature)
    const list = this.#trees.get(name)
    if (list === undefined || this.contexts.has(key)) return key
    const levels = new Map<ActionNode, number>()
    const callees = new Map<TemplateNode, string>()
    // Known before it is read: it may call itself.
    this.contexts.set(key, { tree: name, levels, callees })
    const end = this.#read(skeletonOf(list), start.copy(), (mark, lexer) => {
      if (mark.kind === 'action') levels.set(mark.node, lexer.level)
      else if (mark.kind === 'template') callees.set(mark.node, this.tree(mark.node.name, lexer))
    })
    if (end.signature !== start.signature) {
      throw new Ambiguous(`template ${JSON.stringify(name)} begins and ends in different parts of the JSON`)
    }
    return key
  }

  #read(
    { text, marks }: Skeleton,
    lexer: JsonLexer,
    visit: (mark: Mark, lexer: JsonLexer) => void,
  ): JsonLexer {
    /** The state in which each branch began, by its mark. */
    const began = new Map<number, string>()
    let next = 0
    for (let at = 0; at < text.length; at++) {
      const mark = marks[next]
      if (mark?.at === at) {
        if (lexer.isBroken) throw new Ambiguous('an action stands in the middle of an escape sequence')
        if (mark.kind === 'begin') began.set(mark.begin, lexer.signature)
        else if (mark.kind === 'jump') requireSame(began.get(mark.loop), lexer)
        else if (mark.kind === 'else' || mark.kind === 'end') requireSame(began.get(mark.begin), lexer)
        else visit(mark, lexer)
        next++
      }
      lexer.read(text[at] ?? '', () => text.slice(at + 1, at + 1 + LOOK_AHEAD))
    }
    return lexer
  }
}

/** A JSON text in a string that is longer than this is taken for prose. */
const LOOK_AHEAD = 64 * 1024

function requireSame(signature: string | undefined, lexer: JsonLexer): void {
  if (signature === lexer.signature) return
  throw new Ambiguous('the branches of an action end in different parts of the JSON')
}
