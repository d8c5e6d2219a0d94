/** A log line as a person at a terminal reads it; texts of several lines stay so, to be copied from. */

/** What pino writes: one JSON object a line. */
export interface LogRecord {
  readonly level: string
  /** ISO 8601 */
  readonly time: string
  readonly msg: string
  readonly [field: string]: unknown
}

/** One line, then an indented block for each field of several lines. Ends in a line break. */
export function humanLine(record: LogRecord, colour: boolean): string {
  const paint = colour ? painted : plain
  const { level, time, msg, ...fields } = record
  const head = `${paint('dim', time.slice(11, 23))} ${paint(level, level.toUpperCase().padEnd(5))} `
  const [first = '', ...rest] = visible(msg).split('\n')
  let line = head + first
  let blocks = rest.map((text) => `\n    ${text}`).join('')
  for (const [name, value] of Object.entries(fields)) {
    const text = fieldText(value)
    if (text.includes('\n')) {
      const indented = text.trimEnd().split('\n')
      blocks += `\n  ${paint('dim', `${name}:`)}${indented.map((part) => `\n    ${part}`).join('')}`
    } else {
      line += ` ${paint('dim', `${name}=`)}${text}`
    }
  }
  return `${line}${blocks}\n`
}

const colours: Readonly<Record<string, string>> = {
  dim: '\u001b[2m',
  debug: '\u001b[34m',
  info: '\u001b[32m',
  warn: '\u001b[33m',
  error: '\u001b[1;31m',
}
const reset = '\u001b[0m'

function painted(colour: string, text: string): string {
  return `${colours[colour] ?? ''}${text}${reset}`
}

function plain(_colour: string, text: string): string {
  return text
}

function fieldText(value: unknown): string {
  if (isError(value)) return visible(value.stack ?? `${value.type}: ${value.message}`)
  if (typeof value !== 'string') return visible(JSON.stringify(value) ?? '')
  const text = visible(value)
  return text === '' || (/[\s"=]/.test(text) && !text.includes('\n')) ? JSON.stringify(text) : text
}

function isError(value: unknown): value is { type: string; message: string; stack?: string } {
  return typeof value === 'object' && value !== null && 'type' in value && 'message' in value
}

/** Control characters in an event's text could rewrite the terminal. */
function visible(text: string): string {
  return text.replace(controls, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
