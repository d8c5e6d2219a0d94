/** The program's pages compared with the original's: to the character, the metrics by name, label and value. */
import { isAsExpected } from './placeholders.ts'
import type { Page } from './program.ts'
import type { RecordedPage } from './recording.ts'

/** Differences in words. */
export function comparePage(expected: RecordedPage, got: Page): string[] {
  const found: string[] = []
  const tell = (what: string, wanted: string | number, answered: string | number): void => {
    if (wanted !== answered)
      found.push(
        `${expected.path}: ${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(answered)}`,
      )
  }
  tell('status', expected.status, got.status)
  tell('content type', expected.contentType, got.contentType)
  if (isMetrics(expected)) return [...found, ...compareMetrics(expected, got.body)]
  tell('body', expected.body, got.body)
  return found
}

function isMetrics({ contentType }: RecordedPage): boolean {
  return contentType.startsWith('text/plain; version=')
}

/** `go_*`, `process_*` and `promhttp_*` are the runtime's; our own have a prefix that the original has not. */
function compareMetrics({ path, body }: RecordedPage, got: string): string[] {
  const left = eventerLines(got)
  const missing: string[] = []
  for (const line of eventerLines(body)) {
    const at = left.findIndex((candidate) => isAsExpected(line, candidate))
    if (at === -1) missing.push(line)
    else left.splice(at, 1)
  }
  return [
    ...missing.map((line) => `${path}: missing: ${line}`),
    ...left.map((line) => `${path}: not expected: ${line}`),
  ]
}

function eventerLines(text: string): string[] {
  return text.split('\n').filter((line) => /^(?:# (?:HELP|TYPE) )?eventer_/.test(line))
}

/** The sum of a metric's samples, whatever their labels; 0 where it has none. */
export function metricSum(text: string, name: string): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
