// The room's front: a template's text is compiled once, and rendered for each event.

import type { KubernetesEvent } from '../domain/event.ts'
import { Time } from '../gotime/time.ts'
import type { TimeZones } from '../gotime/time-zones.ts'
import type { TemplateExecError, TemplateParseError } from './errors.ts'
import { keyOf } from './escape/context.ts'
import type { EscapeMode, EscapePlan } from './escape/escape.ts'
import { escapeFilter, planEscaping } from './escape/escape.ts'
import { JsonLexer } from './escape/json-lexer.ts'
import type { EventData } from './event/event-data.ts'
import { eventTime, eventValue } from './event/from-json.ts'
import type { Shortcut } from './event/shortcuts.ts'
import { findShortcuts } from './event/shortcuts.ts'
import type { CompiledTemplate, Plan } from './execute/compile.ts'
import { compile } from './execute/compile.ts'
import type { Environment } from './execute/execution.ts'
import { ExecFailure, Execution } from './execute/execution.ts'
import { BUILTINS } from './functions/builtin.ts'
import { bytesOf, canonical } from './go-string.ts'
import { REFUSED, SPRIG } from './sprig/sprig.ts'
import type { TemplateLimits } from './limits.ts'
import { Budget, DEFAULT_LIMITS } from './limits.ts'
import type { ActionNode, ListNode, ParsedTemplate } from './syntax/ast.ts'
import { nodeText } from './syntax/ast.ts'
import type { KnownFunctions } from './syntax/parse.ts'
import { NONE_REFUSED, parseTemplate } from './syntax/parse.ts'
import { goPlaceAt, placeAt } from './syntax/place.ts'
import { textOf } from '../domain/text-of.ts'

/**
 * - `builtin`: the functions of Go's templates alone, as kube-eventer has them
 * - `sprig`: sprig's (v3.2) too, which take the place of Go's where they have the same name, as in Helm
 * - `body`: both, and where they have the same name (`slice`) Go's: a body of kube-eventer's means the same
 */
export type FunctionLibrary = 'builtin' | 'sprig' | 'body'

export interface TemplateOptions {
  /** What errors call it; default `body`. */
  readonly name?: string
  /**
   * Whether values are escaped for the JSON strings around them: `auto` where the template's own text is JSON
   * and it is sent as JSON. Where they are not, `"` is deleted from `.Message`, as kube-eventer does.
   */
  readonly escape: EscapeMode
  readonly functions: FunctionLibrary
  /** The zones for times; its local one is that in which an event's times are seen. */
  readonly zones: TimeZones
  /** Whether the output is sent as JSON; asked by `escape: 'auto'` alone. Default false. */
  readonly sendsJson?: boolean
  /**
   * `kube-eventer`: `.LastTimestamp` is the event's time (lastTimestamp, else eventTime, else the present), and
   * messages lose their quotes where nothing is escaped. `as-sent`: the event as it is. Default `kube-eventer`.
   */
  readonly data?: 'kube-eventer' | 'as-sent'
  readonly limits?: Partial<TemplateLimits>
}

export type CompileResult =
  | { readonly ok: true; readonly template: Template; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: TemplateParseError }

export type RenderResult =
  /** `bytes` only where the output is no valid UTF-8; `text` has U+FFFD there then. */
  | { readonly ok: true; readonly text: string; readonly bytes?: Uint8Array }
  | { readonly ok: false; readonly error: TemplateExecError }

const libraries: Readonly<Record<FunctionLibrary, typeof BUILTINS>> = {
  builtin: BUILTINS,
  sprig: SPRIG,
  body: new Map([...SPRIG, ...BUILTINS]),
}

/** The functions that a template may call, and those that are refused with a reason. */
export function knownTo(library: FunctionLibrary): KnownFunctions {
  return {
    names: new Set(libraries[library].keys()),
    refused: library === 'builtin' ? NONE_REFUSED : REFUSED,
  }
}

/** Reads and compiles a template. Never throws for what the text holds. */
export function compileTemplate(text: string, options: TemplateOptions): CompileResult {
  const functions = libraries[options.functions]
  const result = parseTemplate(options.name ?? 'body', text.toWellFormed(), knownTo(options.functions))
  if (!result.ok) return result
  const { parsed } = result
  const escaping = planEscaping(parsed, options.escape, options.sendsJson ?? false)
  const main = parsed.trees.get(parsed.name)
  const shortcuts = main === undefined ? new Map<ActionNode, Shortcut>() : findShortcuts(main)
  const compiled = compile(parsed, functions, planOf(parsed, escaping, shortcuts))
  return {
    ok: true,
    template: new Template(parsed, compiled, options, escaping.contexts !== undefined),
    warnings: escaping.warnings,
  }
}

function planOf(
  { name }: ParsedTemplate,
  { contexts }: EscapePlan,
  shortcuts: ReadonlyMap<ActionNode, Shortcut>,
): Plan {
  const shortcutOf = (_: string, node: ActionNode) => shortcuts.get(node)
  if (contexts === undefined) {
    return {
      main: name,
      treeOf: (key) => key,
      calleeOf: (_, node) => node.name,
      filterOf: () => undefined,
      shortcutOf,
    }
  }
  return {
    main: keyOf(name, new JsonLexer().signature),
    treeOf: (key) => contexts.get(key)?.tree ?? '',
    calleeOf: (key, node) => contexts.get(key)?.callees.get(node) ?? '',
    filterOf: (key, node) => escapeFilter(node, contexts.get(key)?.levels.get(node) ?? 0),
    shortcutOf,
  }
}

/** A compiled template. */
export class Template {
  /** Whether values are escaped for JSON. */
  readonly escapes: boolean
  readonly #parsed: ParsedTemplate
  readonly #compiled: CompiledTemplate
  readonly #limits: TemplateLimits
  readonly #environment: Environment
  readonly #prepares: boolean
  readonly #root: ListNode

  constructor(
    parsed: ParsedTemplate,
    compiled: CompiledTemplate,
    options: TemplateOptions,
    escapes: boolean,
  ) {
    this.escapes = escapes
    this.#parsed = parsed
    this.#compiled = compiled
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.#prepares = options.data !== 'as-sent'
    this.#root = parsed.trees.get(parsed.name) ?? { type: 'list', position: 0, nodes: [] }
    const { zones } = options
    this.#environment = { local: zones.local, zone: (name) => zones.load(name) }
  }

  /** Renders one event; `now` is the present, and when an event without any time was first seen. Never throws. */
  render(event: KubernetesEvent, now: { readonly epochMs: number }): RenderResult {
    const { local } = this.#environment
    const data: EventData = {
      event,
      local,
      dropsQuotes: this.#prepares && !this.escapes,
      lastTimestamp: this.#prepares ? () => eventTime(event, local, now) : undefined,
    }
    const present = () => (now instanceof Time ? now.in(local) : Time.fromEpochMs(now.epochMs, local))
    const dot = eventValue(data)
    const budget = new Budget(this.#limits)
    const run = new Execution(this.#parsed.name, this.#root, dot, data, budget, this.#environment, present)
    try {
      this.#compiled(run, dot)
      const text = canonical(run.text)
      if (text.isWellFormed()) return { ok: true, text }
      const bytes = bytesOf(text)
      return { ok: true, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), bytes }
    } catch (error) {
      return { ok: false, error: this.#failure(error, run) }
    }
  }

  #failure(error: unknown, run: Execution): TemplateExecError {
    const { node, tree, message, suggestion } = asFailure(error, run)
    const { name, text } = this.#parsed
    const found = nodeText(node)
    const place = `${name}:${goPlaceAt(text, node.position)}`
    return {
      phase: 'exec',
      template: name,
      ...placeAt(text, node.position),
      message: `template: ${place}: executing ${JSON.stringify(tree)} at <${found}>: ${message}`,
      found,
      suggestion,
    }
  }
}

/** A limit, or a fault of this program: told at the place where the rendering was, as any error is. */
function asFailure(error: unknown, run: Execution): ExecFailure {
  if (error instanceof ExecFailure) return error
  const message = textOf(error)
  return new ExecFailure(message, run.node, run.tree, undefined)
}
