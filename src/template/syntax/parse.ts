// Reads a template's text into trees, by Go's grammar and with Go's error texts.

import { nearestName } from '../errors.ts'
import type { TemplateParseError } from '../errors.ts'
import { quote, unquote } from '../strconv/quote.ts'
import type {
  BranchNode,
  ChainNode,
  CommandNode,
  FieldNode,
  ListNode,
  OperandNode,
  ParsedTemplate,
  PipeNode,
  StatementNode,
  TemplateNode,
  VariableNode,
} from './ast.ts'
import { isEmptyList, nodeText } from './ast.ts'
import type { Token, TokenType } from './lex.ts'
import { isKeyword, Lexer } from './lex.ts'
import { readNumber } from './number-literal.ts'
import { placeAt } from './place.ts'

/** Go stops at 10,000; the stack of this parser holds fewer, and nobody nests even these. */
const MAX_NESTING = 500

class ParseFailure extends Error {
  readonly token: Token
  readonly suggestion: string | undefined

  constructor(message: string, token: Token, suggestion?: string) {
    super(message)
    this.token = token
    this.suggestion = suggestion
  }
}

export type ParseResult =
  | { readonly ok: true; readonly parsed: ParsedTemplate }
  | { readonly ok: false; readonly error: TemplateParseError }

/** The functions that a template may call. */
export interface KnownFunctions {
  readonly names: ReadonlySet<string>
  /** Functions that others have and these templates do not, each with the reason. */
  readonly refused: ReadonlyMap<string, string>
}

export const NONE_REFUSED: ReadonlyMap<string, string> = new Map()

export function parseTemplate(name: string, text: string, functions: KnownFunctions): ParseResult {
  const parser = new Parser(name, text, functions)
  try {
    return { ok: true, parsed: { name, text, trees: parser.parse() } }
  } catch (failure) {
    if (!(failure instanceof ParseFailure)) throw failure
    const { token, suggestion } = failure
    const error: TemplateParseError = {
      phase: 'parse',
      template: name,
      ...placeAt(text, token.position),
      message: `template: ${name}:${token.line}: ${failure.message}`,
      found: token.type === 'error' || token.type === 'eof' ? '' : token.text,
      suggestion,
    }
    return { ok: false, error }
  }
}

type ListEnd = { readonly type: 'end' } | { readonly type: 'else'; readonly position: number }

class Parser {
  readonly #name: string
  readonly #lexer: Lexer
  readonly #functions: KnownFunctions
  readonly #trees = new Map<string, ListNode>()
  /** Tokens that were put back; the last is the next. */
  readonly #pending: Token[] = []
  #token: Token = { type: 'eof', position: 0, text: '', line: 1 }
  /** The names that are known here, in the order of their declaration. */
  #variables = ['$']
  #rangeDepth = 0
  #nesting = 0
  #actionLine = 0

  constructor(name: string, text: string, functions: KnownFunctions) {
    this.#name = name
    this.#lexer = new Lexer(text)
    this.#functions = functions
  }

  parse(): ReadonlyMap<string, ListNode> {
    const nodes: StatementNode[] = []
    const position = this.#peek().position
    for (;;) {
      const token = this.#next()
      if (token.type === 'eof') break
      if (token.type === 'leftDelim' && this.#takes('define')) {
        this.#definition()
        continue
      }
      this.#back(token)
      const node = this.#textOrAction()
      if (node.type === 'end' || node.type === 'else') this.#fail(`unexpected {{${node.type}}}`)
      nodes.push(node)
    }
    this.#add(this.#name, { type: 'list', position, nodes })
    return this.#trees
  }

  // Tokens

  #next(): Token {
    this.#token = this.#pending.pop() ?? this.#lexer.next()
    return this.#token
  }

  #nextNonSpace(): Token {
    for (;;) {
      const token = this.#next()
      if (token.type !== 'space') return token
    }
  }

  #back(token: Token): void {
    this.#pending.push(token)
  }

  #peek(): Token {
    const token = this.#next()
    this.#back(token)
    return token
  }

  #peekNonSpace(): Token {
    const token = this.#nextNonSpace()
    this.#back(token)
    return token
  }

  /** Takes the next token if it is of this type; spaces before it are lost either way. */
  #takes(type: TokenType): boolean {
    if (this.#peekNonSpace().type !== type) return false
    this.#next()
    return true
  }

  #expect(types: readonly TokenType[], context: string): Token {
    const token = this.#nextNonSpace()
    return types.includes(token.type) ? token : this.#unexpected(token, context)
  }

  #fail(message: string, suggestion?: string): never {
    throw new ParseFailure(message, this.#token, suggestion)
  }

  #unexpected(token: Token, context: string): never {
    if (token.type !== 'error') this.#fail(`unexpected ${tokenText(token)} in ${context}`)
    if (this.#actionLine === 0 || this.#actionLine === token.line) this.#fail(token.text)
    const where = token.text.endsWith(' action') ? 'started' : 'in action started'
    this.#fail(`${token.text} ${where} at ${this.#name}:${this.#actionLine}`)
  }

  /** Runs `read` one level deeper. */
  #nested<T>(read: () => T): T {
    if (++this.#nesting > MAX_NESTING) this.#fail('max expression depth exceeded')
    const result = read()
    this.#nesting--
    return result
  }

  // Definitions

  #add(name: string, list: ListNode): void {
    const known = this.#trees.get(name)
    if (known === undefined || isEmptyList(known)) this.#trees.set(name, list)
    else if (!isEmptyList(list)) this.#fail(`template: multiple definition of template ${quote(name)}`)
  }

  #definition(): void {
    const context = 'define clause'
    const name = this.#unquoted(this.#expect(['string', 'rawString'], context))
    this.#expect(['rightDelim'], context)
    this.#add(name, this.#ownList(context))
  }

  /** A list that knows none of the variables around it, up to its end. */
  #ownList(context: string): ListNode {
    const [variables, rangeDepth] = [this.#variables, this.#rangeDepth]
    this.#variables = ['$']
    this.#rangeDepth = 0
    const { list, end } = this.#nested(() => this.#list())
    if (end.type !== 'end') this.#fail(`unexpected {{else}} in ${context}`)
    this.#variables = variables
    this.#rangeDepth = rangeDepth
    return list
  }

  #unquoted(token: Token): string {
    return unquote(token.text) ?? this.#fail('invalid syntax')
  }

  // Statements

  #list(): { list: ListNode; end: ListEnd } {
    const nodes: StatementNode[] = []
    const { position } = this.#peekNonSpace()
    while (this.#peekNonSpace().type !== 'eof') {
      const node = this.#textOrAction()
      if (node.type === 'end' || node.type === 'else')
        return { list: { type: 'list', position, nodes }, end: node }
      nodes.push(node)
    }
    this.#next()
    return this.#fail('unexpected EOF')
  }

  #textOrAction(): StatementNode | ListEnd {
    const token = this.#nextNonSpace()
    if (token.type === 'text') return { type: 'text', position: token.position, text: token.text }
    if (token.type !== 'leftDelim') this.#unexpected(token, 'input')
    this.#actionLine = token.line
    const node = this.#action()
    this.#actionLine = 0
    return node
  }

  #action(): StatementNode | ListEnd {
    const token = this.#nextNonSpace()
    switch (token.type) {
      case 'block':
        return this.#block()
      case 'break':
      case 'continue':
        return this.#jump(token.type, token.position)
      case 'else':
        return this.#else()
      case 'end':
        this.#expect(['rightDelim'], 'end')
        return { type: 'end' }
      case 'if':
      case 'range':
      case 'with':
        return this.#branch(token.type)
      case 'template':
        return this.#templateCall()
      default:
        this.#back(token)
        return { type: 'action', position: token.position, pipe: this.#pipeline('command', 'rightDelim') }
    }
  }

  #jump(type: 'break' | 'continue', position: number): StatementNode {
    const token = this.#nextNonSpace()
    if (token.type !== 'rightDelim') this.#unexpected(token, `{{${type}}}`)
    if (this.#rangeDepth === 0) this.#fail(`{{${type}}} outside {{range}}`)
    return { type, position }
  }

  #else(): ListEnd {
    const peeked = this.#peekNonSpace()
    if (peeked.type === 'if' || peeked.type === 'with') return { type: 'else', position: peeked.position }
    return { type: 'else', position: this.#expect(['rightDelim'], 'else').position }
  }

  #branch(type: BranchNode['type']): BranchNode {
    const known = this.#variables.length
    const pipe = this.#pipeline(type, 'rightDelim')
    if (type === 'range') this.#rangeDepth++
    const { list, end } = this.#nested(() => this.#list())
    if (type === 'range') this.#rangeDepth--
    const elseList = end.type === 'else' ? this.#elseList(type, end.position) : undefined
    this.#variables.length = known
    return { type, position: pipe.position, pipe, list, elseList }
  }

  /** `{{else if}}` and `{{else with}}` are an else that holds one statement and shares its end. */
  #elseList(type: BranchNode['type'], position: number): ListNode {
    if (type !== 'range' && this.#peek().type === type) {
      this.#next()
      return { type: 'list', position, nodes: [this.#nested(() => this.#branch(type))] }
    }
    const { list, end } = this.#nested(() => this.#list())
    if (end.type !== 'end') this.#fail('expected end; found {{else}}')
    return list
  }

  #block(): TemplateNode {
    const context = 'block clause'
    const token = this.#nextNonSpace()
    const name = this.#templateName(token, context)
    const pipe = this.#pipeline(context, 'rightDelim')
    this.#add(name, this.#ownList(context))
    return { type: 'template', position: token.position, name, pipe }
  }

  #templateCall(): TemplateNode {
    const context = 'template clause'
    const token = this.#nextNonSpace()
    const name = this.#templateName(token, context)
    const next = this.#nextNonSpace()
    if (next.type === 'rightDelim')
      return { type: 'template', position: token.position, name, pipe: undefined }
    this.#back(next)
    return { type: 'template', position: token.position, name, pipe: this.#pipeline(context, 'rightDelim') }
  }

  #templateName(token: Token, context: string): string {
    if (token.type !== 'string' && token.type !== 'rawString') this.#unexpected(token, context)
    return this.#unquoted(token)
  }

  // Pipelines

  #pipeline(context: string, end: TokenType): PipeNode {
    const { position } = this.#peekNonSpace()
    const { declared, isAssignment } = this.#declarations(context)
    const commands: CommandNode[] = []
    for (;;) {
      const token = this.#nextNonSpace()
      if (token.type === end) break
      if (!startsOperand(token.type)) this.#unexpected(token, context)
      this.#back(token)
      commands.push(this.#command())
    }
    if (commands.length === 0) this.#fail(`missing value for ${context}`)
    commands.forEach((command, index) => {
      // Only the first may begin with something that cannot be called.
      if (index > 0 && ['bool', 'dot', 'nil', 'number', 'string'].includes(command.args[0].type)) {
        this.#fail(`non executable command in pipeline stage ${index + 1}`)
      }
    })
    return { type: 'pipe', position, isAssignment, declared, commands }
  }

  #declarations(context: string): { declared: VariableNode[]; isAssignment: boolean } {
    const declared: VariableNode[] = []
    for (;;) {
      if (this.#peekNonSpace().type !== 'variable') return { declared, isAssignment: false }
      const variable = this.#next()
      const after = this.#next()
      const next = after.type === 'space' ? this.#nextNonSpace() : after
      if (next.type === 'assign' || next.type === 'declare') {
        this.#declare(variable, declared)
        return { declared, isAssignment: next.type === 'assign' }
      }
      if (next.type !== 'char' || next.text !== ',') {
        this.#back(next)
        if (next !== after) this.#back(after)
        this.#back(variable)
        return { declared, isAssignment: false }
      }
      this.#declare(variable, declared)
      if (context !== 'range' || declared.length > 1) this.#fail(`too many declarations in ${context}`)
      const following = this.#peekNonSpace().type
      if (!['variable', 'rightDelim', 'rightParen'].includes(following)) {
        this.#fail('range can only initialize variables')
      }
    }
  }

  #declare(token: Token, declared: VariableNode[]): void {
    const variable = variableNode(token)
    declared.push(variable)
    this.#variables.push(token.text)
  }

  #command(): CommandNode {
    const { position } = this.#peekNonSpace()
    const args: OperandNode[] = []
    for (;;) {
      this.#peekNonSpace()
      const operand = this.#operand()
      if (operand !== undefined) args.push(operand)
      const token = this.#next()
      if (token.type === 'space') continue
      if (token.type === 'rightDelim' || token.type === 'rightParen') this.#back(token)
      else if (token.type !== 'pipe') this.#unexpected(token, 'operand')
      break
    }
    const [first, ...rest] = args
    return first === undefined
      ? this.#fail('empty command')
      : { type: 'command', position, args: [first, ...rest] }
  }

  #operand(): OperandNode | undefined {
    const term = this.#term()
    if (term === undefined) return undefined
    const { type, position } = this.#peek()
    if (type !== 'field') return term
    const names: string[] = []
    while (this.#peek().type === 'field') names.push(this.#next().text.slice(1))
    switch (term.type) {
      case 'field':
        return { ...term, position, names: [...term.names, ...names] }
      case 'variable':
        return { ...term, position, names: [...term.names, ...names] }
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        return this.#fail(`unexpected . after term ${quote(nodeText(term))}`)
      default: {
        const chain: ChainNode = { type: 'chain', position, operand: term, names }
        return chain
      }
    }
  }

  #term(): OperandNode | undefined {
    const token = this.#nextNonSpace()
    const { position, text } = token
    switch (token.type) {
      case 'identifier':
        this.#checkFunction(text)
        return { type: 'identifier', position, name: text }
      case 'dot':
      case 'nil':
        return { type: token.type, position }
      case 'variable':
        return this.#useVariable(token)
      case 'field': {
        const field: FieldNode = { type: 'field', position, names: [text.slice(1)] }
        return field
      }
      case 'bool':
        return { type: 'bool', position, value: text === 'true' }
      case 'character':
      case 'complex':
      case 'number': {
        const number = readNumber(text, token.type)
        return 'error' in number ? this.#fail(number.error) : { type: 'number', position, number }
      }
      case 'leftParen':
        return this.#nested(() => this.#pipeline('parenthesized pipeline', 'rightParen'))
      case 'string':
      case 'rawString':
        return { type: 'string', position, literal: text, text: this.#unquoted(token) }
      default:
        this.#back(token)
        return undefined
    }
  }

  #checkFunction(name: string): void {
    const { names, refused } = this.#functions
    if (names.has(name)) return
    const reason = refused.get(name)
    if (reason !== undefined) this.#fail(`function ${quote(name)} is not available: ${reason}`)
    // Who forgets the dot means the field: `{{Type}}`.
    const suggestion = /^[A-Z]/.test(name) ? `.${name}` : nearestName(name, names)
    this.#fail(`function ${quote(name)} not defined`, suggestion)
  }

  #useVariable(token: Token): VariableNode {
    const variable = variableNode(token)
    if (this.#variables.includes(variable.name)) return variable
    return this.#fail(
      `undefined variable ${quote(variable.name)}`,
      nearestName(variable.name, this.#variables),
    )
  }
}

function variableNode({ position, text }: Token): VariableNode {
  return { type: 'variable', position, name: text, names: [] }
}

const OPERAND_STARTS: ReadonlySet<TokenType> = new Set<TokenType>([
  'bool',
  'character',
  'complex',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  'leftParen',
])

function startsOperand(type: TokenType): boolean {
  return OPERAND_STARTS.has(type)
}

function tokenText({ type, text }: Token): string {
  if (type === 'eof') return 'EOF'
  if (isKeyword(type) || type === 'dot' || type === 'nil') return `<${text}>`
  return text.length > 10 ? `${quote(text.slice(0, 10))}...` : quote(text)
}
