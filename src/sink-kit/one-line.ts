/** What a server said, for a log line: on one line, and not at length. */

/** Characters of the server's words that are worth showing. */
const shownCharacters = 300

/** What is far behind can never be shown. */
const lookedAtCharacters = 2_000

/** `text` without line breaks and control characters, cut to 300 characters. Redact first: half a secret is not found. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- a log line must stay one line
  const line = text.slice(0, lookedAtCharacters).replace(/[\s\u0000-\u001f\u007f]+/g, ' ')
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line
}
