// One rendering under way: its output, its variables, what it has used up, and where it is.

import type { MaybeValue } from '../values/model.ts'
import type { Location } from '../../gotime/location.ts'
import type { Time } from '../../gotime/time.ts'
import type { EventData } from '../event/event-data.ts'
import type { Budget } from '../limits.ts'
import type { Node } from '../syntax/ast.ts'

/** What functions may ask of the world. */
export interface Environment {
  /** The machine's own zone. */
  readonly local: Location
  /** A zone by its name, `Asia/Tokyo`; undefined if there is none. */
  zone(name: string): Location | undefined
}

interface Variable {
  readonly name: string
  value: MaybeValue
}

/** The end of a rendering by a fault of the template, at a node. */
export class ExecFailure extends Error {
  readonly node: Node
  /** The name of the tree in which the node stands. */
  readonly tree: string
  readonly suggestion: string | undefined

  constructor(message: string, node: Node, tree: string, suggestion: string | undefined) {
    super(message)
    this.node = node
    this.tree = tree
    this.suggestion = suggestion
  }
}

export class Execution {
  /** The output so far. */
  text = ''
  /** What is being evaluated, as Go keeps it for its messages. */
  node: Node
  tree: string
  depth = 0
  variables: Variable[]
  readonly data: EventData
  readonly budget: Budget
  readonly environment: Environment
  /** The present, in the local zone. */
  readonly now: () => Time

  constructor(
    tree: string,
    node: Node,
    dot: MaybeValue,
    data: EventData,
    budget: Budget,
    environment: Environment,
    now: () => Time,
  ) {
    this.tree = tree
    this.node = node
    this.variables = [{ name: '$', value: dot }]
    this.data = data
    this.budget = budget
    this.environment = environment
    this.now = now
  }

  fail(message: string, suggestion?: string): never {
    throw new ExecFailure(message, this.node, this.tree, suggestion)
  }

  write(text: string): void {
    this.text += text
    this.budget.checkLength(this.text.length)
  }

  // Variables live on a stack, as in Go: the last of a name is meant, and a block's end forgets its own.

  push(name: string, value: MaybeValue): void {
    this.variables.push({ name, value })
  }

  assign(name: string, value: MaybeValue): void {
    const variable = this.variables.findLast((known) => known.name === name)
    if (variable === undefined) this.fail(`undefined variable: ${name}`)
    variable.value = value
  }

  lookUp(name: string): MaybeValue {
    const variable = this.variables.findLast((known) => known.name === name)
    if (variable === undefined) this.fail(`undefined variable: ${name}`)
    return variable.value
  }

  /** Sets the nth variable from the top of the stack, 1 being the last. */
  setFromTop(nth: number, value: MaybeValue): void {
    const variable = this.variables.at(-nth)
    if (variable !== undefined) variable.value = value
  }
}
