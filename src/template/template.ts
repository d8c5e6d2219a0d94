// The room's front: a template's text is compiled once, and rendered for each event.

import type { KubernetesEvent } from '../domain/event.ts'
import { Time } from '../gotime/time.ts'
import type { TimeZones } from '../gotime/time-zones.ts'
import type { TemplateExecError, TemplateParseError } from './errors.ts'
import { eventTime, eventValue } from './event/from-json.ts'
import type { FunctionTable } from './execute/callable.ts'
import type { CompiledTemplate, Plan } from './execute/compile.ts'
import { compile } from './execute/compile.ts'
import type { Environment } from './execute/execution.ts'
import { ExecFailure, Execution } from './execute/execution.ts'
import { BUILTINS } from './functions/builtin.ts'
import { bytesOf } from './go-string.ts'
import type { TemplateLimits } from './limits.ts'
import { Budget, DEFAULT_LIMITS } from './limits.ts'
import type { ParsedTemplate } from './syntax/ast.ts'
import { nodeText } from './syntax/ast.ts'
import { parseTemplate } from './syntax/parse.ts'
import { goPlaceAt, placeAt } from './syntax/place.ts'

export interface TemplateOptions {
  readonly name?: string
  readonly escape: 'none' | 'json' | 'auto'
  readonly functions: 'builtin' | 'sprig'
  readonly zones: TimeZones
  readonly sendsJson?: boolean
  readonly data?: 'kube-eventer' | 'as-sent'
  readonly limits?: Partial<TemplateLimits>
}

export type CompileResult =
  | { readonly ok: true; readonly template: Template; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: TemplateParseError }

export type RenderResult =
  | { readonly ok: true; readonly text: string; readonly bytes?: Uint8Array }
  | { readonly ok: false; readonly error: TemplateExecError }

export function compileTemplate(text: string, options: TemplateOptions): CompileResult {
  const functions: FunctionTable = BUILTINS
  const result = parseTemplate(options.name ?? 'body', text, new Set(functions.keys()))
  if (!result.ok) return result
  const plan: Plan = {
    main: result.parsed.name,
    treeOf: (key) => key,
    calleeOf: (_, node) => node.name,
    filterOf: () => undefined,
    shortcutOf: () => undefined,
  }
  return {
    ok: true,
    template: new Template(result.parsed, compile(result.parsed, functions, plan), options),
    warnings: [],
  }
}

export class Template {
  readonly #parsed: ParsedTemplate
  readonly #compiled: CompiledTemplate
  readonly #options: TemplateOptions
  readonly #limits: TemplateLimits
  readonly #environment: Environment

  constructor(parsed: ParsedTemplate, compiled: CompiledTemplate, options: TemplateOptions) {
    this.#parsed = parsed
    this.#compiled = compiled
    this.#options = options
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
    const { zones } = options
    this.#environment = { local: zones.local, zone: (name) => zones.load(name) }
  }

  render(event: KubernetesEvent, now: { readonly epochMs: number }): RenderResult {
    const { local } = this.#environment
    const prepares = this.#options.data !== 'as-sent'
    const dot = eventValue({
      event,
      local,
      dropsQuotes: prepares,
      lastTimestamp: prepares ? () => eventTime(event, local, now) : undefined,
    })
    const budget = new Budget(this.#limits)
    const present = () => (now instanceof Time ? now.in(local) : Time.fromEpochMs(now.epochMs, local))
    const root = this.#parsed.trees.get(this.#parsed.name) ?? { type: 'list', position: 0, nodes: [] }
    const run = new Execution(this.#parsed.name, root, dot, budget, this.#environment, present)
    try {
      this.#compiled(run, dot)
      if (run.text.isWellFormed()) return { ok: true, text: run.text }
      return { ok: true, text: run.text.toWellFormed(), bytes: bytesOf(run.text) }
    } catch (error) {
      return { ok: false, error: this.#failure(error, run) }
    }
  }

  #failure(error: unknown, run: Execution): TemplateExecError {
    const failure =
      error instanceof ExecFailure
        ? error
        : new ExecFailure(
            error instanceof Error ? error.message : String(error),
            run.node,
            run.tree,
            undefined,
          )
    const { name, text } = this.#parsed
    const context = nodeText(failure.node)
    return {
      phase: 'exec',
      template: name,
      ...placeAt(text, failure.node.position),
      message: `template: ${name}:${goPlaceAt(text, failure.node.position)}: executing ${JSON.stringify(failure.tree)} at <${context}>: ${failure.message}`,
      found: context,
      suggestion: failure.suggestion,
    }
  }
}
