/** Renders a template as a sink would, and tells what came of it: for `render`. */
import type { KubernetesEvent } from '../domain/event.ts'
import type { TimeZones } from '../gotime/time-zones.ts'
import type { TemplateOrigin } from '../sink-kit/body.ts'
import { originText } from '../sink-kit/body-template.ts'
import { withoutPosition, type TemplateExecError, type TemplateParseError } from '../template/errors.ts'
import type { EscapeMode } from '../template/escape/escape.ts'
import { explainEscaping, type EscapeExplanation } from '../template/escape/explain.ts'
import { describeJsonFault, jsonFault, type JsonFault } from '../template/json-fault.ts'
import { parseTemplate } from '../template/syntax/parse.ts'
import { compileTemplate, knownTo } from '../template/template.ts'
import type { TextState } from './template-feeds.ts'

export interface RenderSettings {
  /** What errors call the template. */
  readonly name: string
  readonly escape: EscapeMode
  readonly sendsJson: boolean
  /** The local one is that of the times. */
  readonly zones: TimeZones
}

/** What is wrong with a template; `said` is the message without the place. */
export type TemplateTrouble = (TemplateParseError | TemplateExecError) & { readonly said: string }

/** Where a body is no JSON; `said` tells place, what was found and what belongs there. */
export type BodyFault = JsonFault & { readonly said: string }

export type PreparedTemplate =
  | { readonly kind: 'broken'; readonly error: TemplateTrouble }
  | {
      readonly kind: 'template'
      readonly escaping: EscapeExplanation
      /** `nowMs`: when the event is taken to arrive, ms since 1970. */
      render(event: KubernetesEvent, nowMs: number): PreparedBody
    }

export type PreparedBody =
  | {
      readonly kind: 'body'
      readonly text: string
      /** False: the bytes are no UTF-8, and `text` has U+FFFD where they are not. */
      readonly isUtf8: boolean
      /** Where it is no JSON, be it sent as JSON or not. */
      readonly fault: BodyFault | undefined
    }
  | { readonly kind: 'failed'; readonly error: TemplateTrouble }

/** Compiles `text` as the sinks do. */
export function prepareTemplate(text: string, settings: RenderSettings): PreparedTemplate {
  const { name, escape, sendsJson, zones } = settings
  const compiled = compileTemplate(text, { name, escape, sendsJson, functions: 'body', zones })
  if (!compiled.ok) return { kind: 'broken', error: troubleOf(compiled.error) }
  const parsed = parseTemplate(name, text.toWellFormed(), knownTo('body'))
  // It was read a moment ago.
  if (!parsed.ok) return { kind: 'broken', error: troubleOf(parsed.error) }
  const { template } = compiled
  return {
    kind: 'template',
    escaping: explainEscaping(parsed.parsed, escape, sendsJson),
    render: (event, nowMs) => {
      const rendered = template.render(event, { epochMs: nowMs })
      if (!rendered.ok) return { kind: 'failed', error: troubleOf(rendered.error) }
      const { text: body, bytes } = rendered
      return { kind: 'body', text: body, isUtf8: bytes === undefined, fault: faultOf(body) }
    },
  }
}

/** Why there is no text of a template, for people. */
export function describeUnread(
  origin: TemplateOrigin,
  state: Exclude<TextState, { readonly kind: 'content' }>,
): string {
  const from = originText(origin)
  switch (state.kind) {
    case 'missing':
      return `${from} is not there: a sink sends the default body until it is created`
    case 'no-content':
      return `${from} has no key \`content\`: a sink sends the default body until it has one`
    case 'forbidden':
      return `${from} may not be read: ${state.detail}\n${state.rule}`
    case 'unavailable':
      return `${from} cannot be read: ${state.detail}`
  }
}

function troubleOf(error: TemplateParseError | TemplateExecError): TemplateTrouble {
  return { ...error, said: withoutPosition(error.message) }
}

function faultOf(body: string): BodyFault | undefined {
  const fault = jsonFault(body)
  return fault && { ...fault, said: describeJsonFault(fault) }
}
