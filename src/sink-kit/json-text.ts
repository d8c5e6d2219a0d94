/** Escapes a value for the inside of a JSON string, and nothing that need not be: Go's templates print the rest raw. */

// oxlint-disable-next-line no-control-regex -- control characters are what JSON must escape
const needsEscape = /["\\\u0000-\u001f]/

/**
 * `text` for a place between two quotes in JSON. A text without `"`, `\` and control characters stays as it is to
 * the byte; `<`, `>`, `&` are never escaped.
 */
export function escapeJsonText(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text).slice(1, -1) : text
}
