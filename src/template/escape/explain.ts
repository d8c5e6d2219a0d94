// What escaping does with a template, for people: whether it is on and why, and what becomes of each action.

import type { TemplatePlace } from '../errors.ts'
import type { ActionNode, ParsedTemplate } from '../syntax/ast.ts'
import { nodeText } from '../syntax/ast.ts'
import { placeAt } from '../syntax/place.ts'
import { escapeFilter, planEscaping, type EscapeMode } from './escape.ts'

export type ActionEscape =
  /** For the strings around it; more than once where a string holds JSON itself. */
  | { readonly kind: 'escaped'; readonly times: number }
  /** It stands outside strings, and prints as it is. */
  | { readonly kind: 'outside' }
  /** Its last command, `by`, escapes or quotes already. */
  | { readonly kind: 'by-itself'; readonly by: string }

export interface ExplainedAction extends TemplatePlace {
  /** As Go's messages show it: `{{.Message}}`. */
  readonly text: string
  readonly escape: ActionEscape
}

export type EscapeExplanation =
  /** In the order of the text; an action of a template that is called in several places may come several times. */
  | { readonly on: true; readonly actions: readonly ExplainedAction[] }
  /**
   * - `switched-off`: the mode is `none`
   * - `not-sent-as-json`: the mode is `auto`, and the body is not sent as JSON
   * - `not-json`: the mode is `auto`, and the template's own text is no JSON
   * - `ambiguous`: it cannot be told in which strings actions stand; `detail` says why
   */
  | {
      readonly on: false
      readonly why: 'switched-off' | 'not-sent-as-json' | 'not-json' | 'ambiguous'
      readonly detail: string
    }

/** `mode` and `sendsJson` as the template is compiled with. */
export function explainEscaping(
  parsed: ParsedTemplate,
  mode: EscapeMode,
  sendsJson: boolean,
): EscapeExplanation {
  if (mode === 'none') return { on: false, why: 'switched-off', detail: '' }
  if (mode === 'auto' && !sendsJson) return { on: false, why: 'not-sent-as-json', detail: '' }
  const { contexts, warnings } = planEscaping(parsed, mode, sendsJson)
  if (contexts === undefined) {
    const detail = warnings.join('; ')
    return { on: false, why: detail === '' ? 'not-json' : 'ambiguous', detail }
  }
  const actions = [...contexts.values()].flatMap(({ levels }) =>
    [...levels].map(([node, level]) => ({ node, escape: escapeOf(node, level) })),
  )
  return {
    on: true,
    actions: withoutRepeats(actions)
      .toSorted((left, right) => left.node.position - right.node.position)
      .map(({ node, escape }) => ({ ...placeAt(parsed.text, node.position), text: nodeText(node), escape })),
  }
}

interface FoundAction {
  readonly node: ActionNode
  readonly escape: ActionEscape
}

function escapeOf(node: ActionNode, level: number): ActionEscape {
  if (level === 0) return { kind: 'outside' }
  if (escapeFilter(node, level) !== undefined) return { kind: 'escaped', times: level }
  const [called] = node.pipe.commands.at(-1)?.args ?? []
  return { kind: 'by-itself', by: called === undefined ? '' : nodeText(called) }
}

/** A template that is called in several places of the same kind is told once. */
function withoutRepeats(actions: readonly FoundAction[]): readonly FoundAction[] {
  const byKey = new Map(
    actions.map((action) => [`${action.node.position} ${JSON.stringify(action.escape)}`, action]),
  )
  return [...byKey.values()]
}
