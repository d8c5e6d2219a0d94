// A parsed template as a tree. Positions are UTF-16 offsets in its text.

import type { NumberLiteral } from './number-literal.ts'

export interface TextNode {
  readonly type: 'text'
  readonly position: number
  readonly text: string
}

export interface ActionNode {
  readonly type: 'action'
  readonly position: number
  readonly pipe: PipeNode
}

export interface BranchNode {
  readonly type: 'if' | 'with' | 'range'
  readonly position: number
  readonly pipe: PipeNode
  readonly list: ListNode
  readonly elseList: ListNode | undefined
}

export interface JumpNode {
  readonly type: 'break' | 'continue'
  readonly position: number
}

export interface TemplateNode {
  readonly type: 'template'
  readonly position: number
  readonly name: string
  readonly pipe: PipeNode | undefined
}

/** What a list is made of. */
export type StatementNode = TextNode | ActionNode | BranchNode | JumpNode | TemplateNode

export interface ListNode {
  readonly type: 'list'
  readonly position: number
  readonly nodes: readonly StatementNode[]
}

export interface PipeNode {
  readonly type: 'pipe'
  readonly position: number
  /** `$x = …` rather than `$x := …`. */
  readonly isAssignment: boolean
  readonly declared: readonly VariableNode[]
  readonly commands: readonly CommandNode[]
}

export interface CommandNode {
  readonly type: 'command'
  readonly position: number
  /** At least one. */
  readonly args: readonly [OperandNode, ...OperandNode[]]
}

export interface FieldNode {
  readonly type: 'field'
  readonly position: number
  /** `.A.B`: A and B. */
  readonly names: readonly string[]
}

export interface VariableNode {
  readonly type: 'variable'
  readonly position: number
  /** With its dollar sign. */
  readonly name: string
  readonly names: readonly string[]
}

export interface ChainNode {
  readonly type: 'chain'
  readonly position: number
  readonly operand: OperandNode
  readonly names: readonly string[]
}

export interface IdentifierNode {
  readonly type: 'identifier'
  readonly position: number
  readonly name: string
}

export interface DotNode {
  readonly type: 'dot' | 'nil'
  readonly position: number
}

export interface BooleanNode {
  readonly type: 'bool'
  readonly position: number
  readonly value: boolean
}

export interface NumberNode {
  readonly type: 'number'
  readonly position: number
  readonly number: NumberLiteral
}

export interface StringNode {
  readonly type: 'string'
  readonly position: number
  readonly literal: string
  readonly text: string
}

export type OperandNode =
  | FieldNode
  | VariableNode
  | ChainNode
  | IdentifierNode
  | DotNode
  | BooleanNode
  | NumberNode
  | StringNode
  | PipeNode

export type Node = StatementNode | ListNode | CommandNode | OperandNode

/** A template's trees by name, the main one among them. */
export interface ParsedTemplate {
  readonly name: string
  readonly text: string
  readonly trees: ReadonlyMap<string, ListNode>
}

/** Whether a list holds nothing but white space: such a definition may be replaced by another. */
export function isEmptyList(list: ListNode): boolean {
  return list.nodes.every((node) => node.type === 'text' && /^[\s\x85]*$/.test(node.text))
}

/** A node as Go's error messages show it. */
export function nodeText(node: Node): string {
  switch (node.type) {
    case 'text':
      return node.text
    case 'action':
      return `{{${nodeText(node.pipe)}}}`
    case 'if':
    case 'with':
    case 'range': {
      const otherwise = node.elseList === undefined ? '' : `{{else}}${nodeText(node.elseList)}`
      return `{{${node.type} ${nodeText(node.pipe)}}}${nodeText(node.list)}${otherwise}{{end}}`
    }
    case 'break':
    case 'continue':
      return `{{${node.type}}}`
    case 'template':
      return `{{template ${JSON.stringify(node.name)}${node.pipe === undefined ? '' : ` ${nodeText(node.pipe)}`}}}`
    case 'list':
      return node.nodes.map(nodeText).join('')
    case 'pipe': {
      const declared = node.declared.map(nodeText).join(', ')
      const sign = node.isAssignment ? ' = ' : ' := '
      return (declared === '' ? '' : declared + sign) + node.commands.map(nodeText).join(' | ')
    }
    case 'command':
      return node.args.map(inParentheses).join(' ')
    case 'field':
      return node.names.map((name) => `.${name}`).join('')
    case 'variable':
      return [node.name, ...node.names].join('.')
    case 'chain':
      return inParentheses(node.operand) + node.names.map((name) => `.${name}`).join('')
    case 'identifier':
      return node.name
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'bool':
      return String(node.value)
    case 'number':
      return node.number.text
    case 'string':
      return node.literal
  }
}

function inParentheses(node: OperandNode): string {
  return node.type === 'pipe' ? `(${nodeText(node)})` : nodeText(node)
}
