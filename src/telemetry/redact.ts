/**
 * The last line before anything is told: takes out what looks like a secret, in case another place slipped. In a
 * URL the path, every query value and userinfo are secret, since chat robots carry their keys there.
 */

/** The text with each URL as `scheme://host/…`, and values of what is named like a secret as `…`. */
export function redact(text: string): string {
  const short = text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text
  if (!suspicious.test(short)) return short
  return short
    .replace(url, (whole: string, scheme: string, rest: string) =>
      // Where code is, in a stack trace.
      scheme.toLowerCase() === 'file' ? whole : `${scheme}://${shownHost(rest)}`,
    )
    .replace(credentials, '…@')
    .replace(bearer, '$1 …')
    .replace(assignment, (whole: string, name: string) =>
      // `ke.file.token=/run/secret` names a file, not a secret.
      name.startsWith('ke.file.') ? whole : `${name}=…`,
    )
}

/** A copy of a log line's fields, made of plain data, with every text redacted. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    plain[reservedNames.has(name) ? `${name}_` : name] = isSecretName(name) ? '…' : redactValue(value, 0)
  }
  return plain
}

/** Longer texts are cut: no sentence for people is, and the patterns below stay cheap. */
const maxTextLength = 16_384
const suspicious = /:\/\/|@|=|bearer|basic/i
const url = /([a-z][a-z0-9+.-]{0,30}):\/\/([^\s"'`<>]*)/gi
/** `user:password@` without a scheme, as in `user:password@tcp(db.example.test:3306)`; not an image's digest. */
const credentials = /[^\s:/?@"'`]{1,128}:[^\s"'`]{1,256}@(?!sha256:)/g
const bearer = /\b(Bearer|Basic)\s+[\w.~+/=-]{16,}/gi
const secretName =
  '(?:[\\w.-]{0,64}(?:token|secret|password|passwd|pwd|credentials?|api[_-]?key|access[_-]?key|authorization|signature)|sign)'
const assignment = new RegExp(`((?<=[?&])(?:key|sig|code)|\\b${secretName})=[^\\s&"'\`,;]+`, 'gi')
const wholeSecretName = new RegExp(`^${secretName}$`, 'i')
const host = /^(?:[\w.*-]+|\[[\da-f:.]+\])(?::\d+)?$/i
const trailingPunctuation = /[.,;:)\]}]+$/
const reservedNames = new Set(['level', 'time', 'msg'])

/** Deeper than this a value is told as its type only; log fields are flat, a slip may not be. */
const maxDepth = 5

function shownHost(rest: string): string {
  const end = rest.search(/[/?#\\]/)
  const authority = end < 0 ? rest : rest.slice(0, end)
  const after = end < 0 ? '' : rest.slice(end)
  // An unescaped `/`, `?` or `#` in a password moves the `@` behind what looks like the host.
  if (after.includes('@')) return '…'
  const hostAndPort = authority.slice(authority.lastIndexOf('@') + 1)
  const tail = after === '' ? (trailingPunctuation.exec(hostAndPort)?.[0] ?? '') : ''
  const bare = tail.startsWith(']') ? hostAndPort : hostAndPort.slice(0, hostAndPort.length - tail.length)
  if (!host.test(bare)) return '…'
  return hostAndPort + (after === '' || after === '/' ? after : '/…')
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? 'function' : value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (value instanceof URL) return redact(value.href)
  if (depth >= maxDepth) return Array.isArray(value) ? 'array' : 'object'
  if (value instanceof Error) return redactError(value, depth)
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1))
  const plain: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) {
    plain[name] = isSecretName(name) ? '…' : redactValue(item, depth + 1)
  }
  return plain
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const plain: Record<string, unknown> = { type: error.name, message: redact(error.message) }
  if ('code' in error && typeof error.code === 'string') plain['code'] = error.code
  if (error.stack) plain['stack'] = redact(error.stack)
  if (error.cause !== undefined) plain['cause'] = redactValue(error.cause, depth + 1)
  return plain
}

function isSecretName(name: string): boolean {
  return wholeSecretName.test(name) && !name.startsWith('ke.file.')
}
