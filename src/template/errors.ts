// What can be wrong with a template: found when it is read, or when it meets an event.

/** Where in a template, both from 1; a column counts characters. */
export interface TemplatePlace {
  readonly line: number
  readonly column: number
}

interface TemplateError extends TemplatePlace {
  /** The template's name. */
  readonly template: string
  /** What Go's text/template says, its positions included. */
  readonly message: string
  /** What stands in the template at that place; empty where nothing does. */
  readonly found: string
  /** What may have been meant, as it would be written: `.Name`. */
  readonly suggestion?: string | undefined
}

/** The text is no template. */
export interface TemplateParseError extends TemplateError {
  readonly phase: 'parse'
}

/** The template cannot be rendered with this event. */
export interface TemplateExecError extends TemplateError {
  readonly phase: 'exec'
}

/** One line for people: what, where, and what may have been meant. */
export function describeTemplateError(error: TemplateParseError | TemplateExecError): string {
  const place = `template "${error.template}", line ${error.line}, column ${error.column}`
  const found = error.found === '' ? '' : ` at \`${error.found}\``
  const meant = error.suggestion === undefined ? '' : `; meant: \`${error.suggestion}\`?`
  return `${place}${found}: ${withoutPosition(error.message)}${meant}`
}

/** Go's message without the place, for where that is told in another way. */
export function withoutPosition(message: string): string {
  return message
    .replace(/^template: .*?:\d+(?::\d+)?: /, '')
    .replace(/^executing "(?:[^"\\]|\\.)*" at <[^]*?>: /, '')
}

/** Names that differ by little are taken for typing errors. */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  const lower = name.toLowerCase()
  for (const candidate of names) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const distance = editDistance(lower, candidate.toLowerCase())
    if (distance < least) {
      least = distance
      nearest = candidate
    }
  }
  return nearest
}

/** Insertions, deletions, changes and swaps of neighbours. */
function editDistance(left: string, right: string): number {
  let before: number[] = []
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const current = [i]
    for (let j = 1; j <= right.length; j++) {
      const changed = (previous[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      let least = Math.min(changed, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1)
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1)
      }
      current.push(least)
    }
    before = previous
    previous = current
  }
  return previous[right.length] ?? 0
}
