// html, js and urlquery: the text of their arguments, escaped for where it goes.

import type { MaybeValue } from '../values/model.ts'
import type { TemplateFunction } from '../execute/callable.ts'
import { variadic } from '../execute/callable.ts'
import { printableValue } from '../execute/printable.ts'
import type { Execution } from '../execute/execution.ts'
import { bytesOf, isEscapedByte } from '../go-string.ts'
import { sprint } from '../print/print.ts'
import { isPrint } from '../unicode.ts'
import { ANY } from '../values/type.ts'
import { stringValue } from '../values/value.ts'

/** What print gives for the arguments, each pointer followed as an action follows it. */
function argumentsText(args: readonly MaybeValue[], run: Execution): string {
  const [only] = args
  if (args.length === 1 && only?.kind === 'string' && only.type.methods.size === 0) return only.value
  return sprint(args.map(printableValue), run.budget)
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[\0"'&<>]/g, (character) => HTML_ESCAPES[character] ?? character)
}

const JS_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
}

function escapeJs(text: string): string {
  return text.replaceAll(/[\\'"<>&=]|[^ -~]/gu, (character) => {
    const escape = JS_ESCAPES[character]
    if (escape !== undefined) return escape
    const code = character.codePointAt(0) ?? 0
    if (code === 0x7f) return character
    // A byte that is no character stays, as U+FFFD would, which prints.
    if (isEscapedByte(code)) return character
    if (code >= 0x80 && isPrint(code)) return character
    return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
  })
}

function escapeQuery(text: string): string {
  let escaped = ''
  for (const byte of bytesOf(text)) {
    const character = String.fromCharCode(byte)
    if (/[A-Za-z0-9\-_.~]/.test(character)) escaped += character
    else if (byte === 0x20) escaped += '+'
    else escaped += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return escaped
}

export const ESCAPERS: readonly TemplateFunction[] = [
  variadic('html', [ANY], (args, run) => stringValue(escapeHtml(argumentsText(args, run)))),
  variadic('js', [ANY], (args, run) => stringValue(escapeJs(argumentsText(args, run)))),
  variadic('urlquery', [ANY], (args, run) => stringValue(escapeQuery(argumentsText(args, run)))),
]
