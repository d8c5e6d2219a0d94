// A template's own text with a mark for each action: what can be known of its output before any event is seen.

import type { ActionNode, ListNode, TemplateNode } from '../syntax/ast.ts'

/** An action whose output stands here. Not a character that any text needs. */
export const OUTPUT = '\uffff'
/** `if`, `else`, `end` and the like, which leave nothing themselves. */
export const CONTROL = '\ufffe'

export type Mark =
  | { readonly kind: 'action'; readonly at: number; readonly node: ActionNode }
  | { readonly kind: 'template'; readonly at: number; readonly node: TemplateNode }
  /** `break` or `continue`, in the loop that begins with the nth mark. */
  | { readonly kind: 'jump'; readonly at: number; readonly loop: number }
  /** Where a branch begins, where its other part does, where it ends. */
  | { readonly kind: 'begin' | 'else' | 'end'; readonly at: number; readonly begin: number }

export interface Skeleton {
  readonly text: string
  /** In the order of the text. */
  readonly marks: readonly Mark[]
}

/** Which of two branches are taken: each text as it stands, or one of them only. */
export type Branches = 'both' | 'first' | 'other'

export function skeletonOf(list: ListNode, branches: Branches = 'both'): Skeleton {
  const builder = new Builder(branches)
  builder.list(list, -1)
  return { text: builder.text, marks: builder.marks }
}

class Builder {
  text = ''
  readonly marks: Mark[] = []
  readonly #branches: Branches

  constructor(branches: Branches) {
    this.#branches = branches
  }

  /** `loop` is the mark of the loop around. */
  list(list: ListNode, loop: number): void {
    for (const node of list.nodes) {
      const at = this.text.length
      switch (node.type) {
        case 'text':
          this.text += node.text.replaceAll(/[\ufffe\uffff]/g, 'x')
          break
        case 'action':
          // A declaration leaves nothing.
          if (node.pipe.declared.length > 0) break
          this.marks.push({ kind: 'action', at, node })
          this.text += OUTPUT
          break
        case 'template':
          this.marks.push({ kind: 'template', at, node })
          this.text += OUTPUT
          break
        case 'break':
        case 'continue':
          this.marks.push({ kind: 'jump', at, loop })
          this.text += CONTROL
          break
        default: {
          const begin = this.#control('begin', this.marks.length)
          const inner = node.type === 'range' ? begin : loop
          if (this.#branches !== 'other') this.list(node.list, inner)
          if (node.elseList !== undefined) {
            this.#control('else', begin)
            if (this.#branches !== 'first') this.list(node.elseList, loop)
          }
          this.#control('end', begin)
        }
      }
    }
  }

  #control(kind: 'begin' | 'else' | 'end', begin: number): number {
    this.marks.push({ kind, at: this.text.length, begin })
    this.text += CONTROL
    return begin
  }
}
