// Turns parsed trees into closures, once; rendering runs them. The order of evaluation, and so of errors, is Go's.

import type { MaybeValue } from '../values/model.ts'
import { sprint } from '../print/print.ts'
import type {
  ActionNode,
  BranchNode,
  CommandNode,
  ListNode,
  Node,
  OperandNode,
  ParsedTemplate,
  PipeNode,
  StatementNode,
  TemplateNode,
} from '../syntax/ast.ts'
import { nodeText } from '../syntax/ast.ts'
import { heldValue, indirect, intValue, isTrue, itemAt, NIL_INTERFACE, stringValue } from '../values/value.ts'
import { sortedKeys } from '../values/sorted-keys.ts'
import type { Argument, Evaluate } from './arguments.ts'
import { constantValue } from './arguments.ts'
import type { Final } from './call.ts'
import { callFunction, fieldOf, isMissing, MISSING } from './call.ts'
import type { FunctionTable } from './callable.ts'
import type { Execution } from './execution.ts'
import { printableValue } from './printable.ts'

/** How a statement ended: what follows it runs, or a loop's round or the loop is over. */
const NEXT = 0
const BREAK = 1
const CONTINUE = 2
type Ending = typeof NEXT | typeof BREAK | typeof CONTINUE

type Run = (run: Execution, dot: MaybeValue) => Ending

/** What may be done with a text before it is written: escaping. */
export type TextFilter = (text: string) => string

/** What the compiler is told from outside about a tree in a context. */
export interface Plan {
  /** The tree that is rendered, in the context in which it begins. */
  readonly main: string
  /** A tree's name and the context in which it is called, by one key. */
  treeOf(key: string): string
  /** The key of what a template call in this tree and context calls. */
  calleeOf(key: string, node: TemplateNode): string
  /** What is done with the text of an action in this tree and context. */
  filterOf(key: string, node: ActionNode): TextFilter | undefined
  /** A way to the text of an action that needs no evaluation, if there is one. */
  shortcutOf(key: string, node: ActionNode): ((run: Execution) => string) | undefined
}

/** Runs the template's main tree. */
export type CompiledTemplate = (run: Execution, dot: MaybeValue) => void

export function compile(parsed: ParsedTemplate, functions: FunctionTable, plan: Plan): CompiledTemplate {
  const compiler = new Compiler(parsed, functions, plan)
  const main = compiler.tree(plan.main)
  return (run, dot) => {
    main.run?.(run, dot)
  }
}

class Compiler {
  readonly #parsed: ParsedTemplate
  readonly #functions: FunctionTable
  readonly #plan: Plan
  /** Trees may call themselves: known before they are compiled. */
  readonly #compiled = new Map<string, { run: Run | undefined }>()
  #key = ''

  constructor(parsed: ParsedTemplate, functions: FunctionTable, plan: Plan) {
    this.#parsed = parsed
    this.#functions = functions
    this.#plan = plan
  }

  tree(key: string): { run: Run | undefined } {
    const known = this.#compiled.get(key)
    if (known !== undefined) return known
    const cell: { run: Run | undefined } = { run: undefined }
    this.#compiled.set(key, cell)
    const list = this.#parsed.trees.get(this.#plan.treeOf(key))
    if (list !== undefined) {
      const outer = this.#key
      this.#key = key
      cell.run = this.#list(list)
      this.#key = outer
    }
    return cell
  }

  // Statements

  #list(list: ListNode): Run {
    const statements = list.nodes.map((node) => this.#statement(node))
    return (run, dot) => {
      for (const statement of statements) {
        const ending = statement(run, dot)
        if (ending !== NEXT) return ending
      }
      return NEXT
    }
  }

  #statement(node: StatementNode): Run {
    switch (node.type) {
      case 'text':
        return (run) => {
          run.write(node.text)
          return NEXT
        }
      case 'action':
        return this.#action(node)
      case 'break':
        return () => BREAK
      case 'continue':
        return () => CONTINUE
      case 'if':
      case 'with':
        return this.#conditional(node)
      case 'range':
        return this.#range(node)
      case 'template':
        return this.#templateCall(node)
    }
  }

  #action(node: ActionNode): Run {
    const filter = this.#plan.filterOf(this.#key, node)
    const shortcut = this.#plan.shortcutOf(this.#key, node)
    if (shortcut !== undefined) {
      return (run) => {
        run.budget.spend(1)
        const text = shortcut(run)
        run.write(filter === undefined ? text : filter(text))
        return NEXT
      }
    }
    const evaluate = this.#pipe(node.pipe)
    if (node.pipe.declared.length > 0) {
      return (run, dot) => {
        evaluate(run, dot)
        return NEXT
      }
    }
    return (run, dot) => {
      const value = evaluate(run, dot)
      run.node = node
      const text = printed(value, run)
      run.write(filter === undefined ? text : filter(text))
      return NEXT
    }
  }

  #conditional(node: BranchNode): Run {
    const evaluate = this.#pipe(node.pipe)
    const list = this.#list(node.list)
    const otherwise = node.elseList === undefined ? undefined : this.#list(node.elseList)
    const setsDot = node.type === 'with'
    return (run, dot) => {
      const known = run.variables.length
      const value = evaluate(run, dot)
      let ending: Ending = NEXT
      if (isTrue(heldValue(value))) ending = list(run, setsDot ? value : dot)
      else if (otherwise !== undefined) ending = otherwise(run, dot)
      run.variables.length = known
      return ending
    }
  }

  #range(node: BranchNode): Run {
    const evaluate = this.#pipe(node.pipe)
    const list = this.#list(node.list)
    const otherwise = node.elseList === undefined ? undefined : this.#list(node.elseList)
    const { declared, isAssignment } = node.pipe
    const [first, second] = declared
    const round = (run: Execution, index: MaybeValue, elem: MaybeValue): Ending => {
      const known = run.variables.length
      if (first !== undefined && isAssignment) run.assign(first.name, second === undefined ? elem : index)
      else if (first !== undefined) run.setFromTop(1, elem)
      if (second !== undefined && isAssignment) run.assign(second.name, elem)
      else if (second !== undefined) run.setFromTop(2, index)
      const ending = list(run, elem)
      run.variables.length = known
      return ending
    }
    return (run, dot) => {
      run.node = node
      const known = run.variables.length
      const { value } = indirect(evaluate(run, dot))
      let isEmpty = true
      let ending: Ending = NEXT
      for (const [index, elem] of elements(run, value, declared.length)) {
        isEmpty = false
        run.budget.spend(1)
        if (round(run, index, elem) === BREAK) break
      }
      if (isEmpty && otherwise !== undefined) ending = otherwise(run, dot)
      run.variables.length = known
      // A break in the else part is parsed as the outer range's, and yet ends this one: so Go's evaluator has it.
      return ending === BREAK ? NEXT : ending
    }
  }

  #templateCall(node: TemplateNode): Run {
    const called = this.#parsed.trees.has(node.name)
      ? this.tree(this.#plan.calleeOf(this.#key, node))
      : undefined
    const evaluate = node.pipe === undefined ? undefined : this.#pipe(node.pipe)
    return (run, dot) => {
      run.node = node
      if (called?.run === undefined) return run.fail(`template ${JSON.stringify(node.name)} not defined`)
      run.budget.checkDepth(run.depth + 1)
      run.budget.spend(1)
      const inner = evaluate?.(run, dot)
      const { variables, tree } = run
      run.variables = [{ name: '$', value: inner }]
      run.tree = node.name
      run.depth++
      called.run(run, inner)
      run.depth--
      run.tree = tree
      run.variables = variables
      return NEXT
    }
  }

  // Expressions

  #pipe(pipe: PipeNode): Evaluate {
    const commands = pipe.commands.map((command) => this.#command(command))
    const { declared, isAssignment } = pipe
    const [only] = commands
    if (commands.length === 1 && declared.length === 0 && only !== undefined) {
      return (run, dot) => {
        run.node = pipe
        run.budget.spend(1)
        return heldValue(only(run, dot, MISSING))
      }
    }
    return (run, dot) => {
      run.node = pipe
      run.budget.spend(1)
      let value: Final = MISSING
      for (const command of commands) value = heldValue(command(run, dot, value))
      const result = value ?? undefined
      for (const { name } of declared) {
        if (isAssignment) run.assign(name, result)
        else run.push(name, result)
      }
      return result
    }
  }

  #command({ args }: CommandNode): (run: Execution, dot: MaybeValue, final: Final) => MaybeValue {
    const [first, ...others] = args
    const rest = others.map((node) => this.#argument(node))
    switch (first.type) {
      case 'field':
        return this.#chain(first, first.names, rest, (_, dot) => dot)
      case 'chain': {
        const operand = this.#operand(first.operand)
        return this.#chain(first, first.names, rest, operand)
      }
      case 'variable': {
        const { name, names } = first
        if (names.length > 0) return this.#chain(first, names, rest, (run) => run.lookUp(name))
        return (run, _, final) => {
          run.node = first
          const value = run.lookUp(name)
          refuseArguments(run, first, rest, final)
          return value
        }
      }
      case 'identifier': {
        const called = this.#functions.get(first.name)
        const node: Node = { type: 'command', position: first.position, args }
        return (run, dot, final) => {
          run.node = first
          if (called === undefined) return run.fail(`${JSON.stringify(first.name)} is not a defined function`)
          return callFunction(run, dot, called, node, rest, final)
        }
      }
      case 'pipe': {
        const evaluate = this.#pipe(first)
        return (run, dot, final) => {
          refuseArguments(run, first, rest, final)
          return evaluate(run, dot)
        }
      }
      case 'dot':
        return (run, dot, final) => {
          run.node = first
          refuseArguments(run, first, rest, final)
          return dot
        }
      case 'nil':
        return (run, _, final) => {
          run.node = first
          refuseArguments(run, first, rest, final)
          return run.fail('nil is not a command')
        }
      case 'bool':
      case 'number':
      case 'string':
        return (run, _, final) => {
          run.node = first
          refuseArguments(run, first, rest, final)
          return constantValue(run, first)
        }
    }
  }

  /** `.A.B.C` from where `start` leads; the arguments are for the last. */
  #chain(
    node: OperandNode,
    names: readonly string[],
    args: readonly Argument[],
    start: Evaluate,
  ): (run: Execution, dot: MaybeValue, final: Final) => MaybeValue {
    const last = names.at(-1) ?? ''
    const leading = names.slice(0, -1)
    return (run, dot, final) => {
      run.node = node
      let receiver = start(run, dot)
      for (const name of leading) receiver = fieldOf(run, dot, name, node, [], MISSING, receiver)
      return fieldOf(run, dot, last, node, args, final, receiver)
    }
  }

  #argument(node: OperandNode): Argument {
    switch (node.type) {
      case 'bool':
      case 'number':
      case 'string':
      case 'dot':
      case 'nil':
        return { node }
      default:
        return { node, evaluate: this.#operand(node) }
    }
  }

  /** An operand alone, without arguments. */
  #operand(node: OperandNode): Evaluate {
    if (node.type === 'pipe') return this.#pipe(node)
    const command = this.#command({ type: 'command', position: node.position, args: [node] })
    return (run, dot) => command(run, dot, MISSING)
  }
}

function refuseArguments(run: Execution, node: OperandNode, args: readonly Argument[], final: Final): void {
  if (args.length > 0 || !isMissing(final)) run.fail(`can't give argument to non-function ${nodeText(node)}`)
}

/** What a loop goes through: each element with its index or key. */
function* elements(
  run: Execution,
  value: MaybeValue,
  variables: number,
): Generator<readonly [MaybeValue, MaybeValue]> {
  switch (value?.kind) {
    case undefined:
      return
    case 'int':
    case 'uint':
      if (variables > 1) run.fail(`can't use ${value.value} to iterate over more than one variable`)
      for (let count = 0n; count < value.value; count++) yield [undefined, intValue(count, value.type)]
      return
    case 'slice': {
      const length = value.items?.length ?? 0
      for (let index = 0; index < length; index++) yield [intValue(index), itemAt(value, index)]
      return
    }
    case 'map':
      for (const key of sortedKeys(value)) yield [stringValue(key), value.entries?.get(key) ?? NIL_INTERFACE]
      return
    default:
      run.fail(`range can't iterate over ${sprint([value], run.budget)}`)
  }
}

/** The text that an action leaves in the output. */
function printed(value: MaybeValue, run: Execution): string {
  if (value?.kind === 'string' && value.type.methods.size === 0) return value.value
  return sprint([printableValue(value)], run.budget)
}
