/** What is told beside the body: where the template is wrong, what was escaped and why, and whether the body is JSON. */
import type { BodyFault, PreparedBody, PreparedTemplate, TemplateTrouble } from '../../app/render.ts'
import { objectText } from '../event-line.ts'
import { plain, table } from '../table.ts'
import type { NamedEvent, RenderRequest } from './request.ts'

type EscapeExplanation = Extract<PreparedTemplate, { readonly kind: 'template' }>['escaping']
type ActionEscape = Extract<EscapeExplanation, { readonly on: true }>['actions'][number]['escape']

export interface RenderedEvent {
  readonly named: NamedEvent
  readonly body: PreparedBody
}

export interface ReportSubjects {
  readonly request: RenderRequest
  readonly prepared: PreparedTemplate
  readonly bodies: readonly RenderedEvent[]
  readonly colour: boolean
}

/** For people; ends in a line break. */
export function reportText({ request, prepared, bodies, colour }: ReportSubjects): string {
  if (prepared.kind === 'broken') {
    return errorText(placedText(prepared.error), colour)
  }
  return [
    escapingText(prepared.escaping, request),
    ...bodies.map((rendered) => `${eventText(rendered, request, colour)}\n`),
  ].join('')
}

export function errorText(what: string, colour: boolean): string {
  return `${colour ? '\u001b[31merror\u001b[0m' : 'error'}: ${what}\n`
}

/** `body.tmpl:2:14: …`, and what stands there and what may have been meant. */
function placedText(error: TemplateTrouble): string {
  const { template, line, column, found, said, suggestion } = error
  return [
    `${template}:${line}:${column}: ${said}`,
    ...(found === '' ? [] : [`found: ${plain(found)}`]),
    ...(suggestion === undefined ? [] : [`meant: ${suggestion}`]),
  ].join('\n  ')
}

function escapingText(escaping: EscapeExplanation, { isSupposed, use }: RenderRequest): string {
  if (!escaping.on)
    return `escaping: off: ${whyOff(escaping)}\n  " is deleted from .Message, as kube-eventer does\n`
  if (escaping.actions.length === 0) return 'escaping: on; there is no action\n'
  const rows = escaping.actions.map(({ line, column, text, escape }) => [
    `  ${line}:${column}`,
    plain(text),
    escapeText(escape),
  ])
  const supposed =
    isSupposed && use.escape === 'auto' ? ': as JSON, unless --sink or --content-type tells otherwise' : ''
  return `escaping: on${supposed}\n${table(rows)}`
}

function whyOff(escaping: Extract<EscapeExplanation, { readonly on: false }>): string {
  switch (escaping.why) {
    case 'switched-off':
      return 'escape=none says so'
    case 'not-sent-as-json':
      return 'the body is not sent as JSON'
    case 'not-json':
      return "the template's own text is no JSON"
    case 'ambiguous':
      return escaping.detail
  }
}

function escapeText(escape: ActionEscape): string {
  switch (escape.kind) {
    case 'escaped':
      if (escape.times === 1) return 'escaped: in a string'
      return `escaped ${escape.times} times: in JSON that is in a string`
    case 'outside':
      return 'as it is: outside strings'
    case 'by-itself':
      return `as it is: ${escape.by} escapes already`
  }
}

function eventText({ named, body }: RenderedEvent, { mustBeJson }: RenderRequest, colour: boolean): string {
  const { name, event } = named
  const subject = `${name} (${objectText(event.involvedObject)}, ${plain(event.reason ?? '-')})`
  if (body.kind === 'failed') return `${subject}: ${errorText(placedText(body.error), colour).trimEnd()}`
  const bytes = body.isUtf8 ? '' : '; bytes that are no UTF-8 are shown as U+FFFD'
  if (body.fault === undefined) return `${subject}: valid JSON${bytes}`
  const where = `${body.fault.said}${bytes}\n  ${excerpt(body.text, body.fault)}`
  if (!mustBeJson) return `${subject}: no JSON, if it should be: ${where}`
  return `${subject}: ${errorText(`sent as JSON, and none: ${where}`, colour).trimEnd()}`
}

const excerptLength = 40

/** `…"EventKind": "Pod" --> "EventReason": "BackOff…` */
function excerpt(text: string, { offset }: BodyFault): string {
  const before = text.slice(Math.max(0, offset - excerptLength), offset).toWellFormed()
  const behind = text.slice(offset, offset + excerptLength).toWellFormed()
  return [
    `${offset > excerptLength ? '…' : ''}${plain(before)}`,
    '-->',
    `${plain(behind)}${offset + excerptLength < text.length ? '…' : ''}`,
  ].join(' ')
}
