/** Placeholders in what is expected: known ones become patterns, all else stands for itself. */

const patterns: Readonly<Record<string, string>> = {
  // Go's time.Now().String(): `2026-11-22 04:56:35.057679684 +0000 UTC m=+7.130317200`
  'now-go-string': String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})? [+-]\d{4} \S+ m=[+-]\d+\.\d+`,
  /** The same without the monotonic reading: what a rule makes of it. */
  'now-go-time': String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})? [+-]\d{4} \S+`,
  'now-rfc3339': String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)`,
  'now-iso-basic': String.raw`\d{8}T\d{6}Z`,
  'now-ms': String.raw`\d{13}`,
  'now-s': String.raw`\d{10}`,
  'now-us': String.raw`\d{16}`,
  // Base64, escaped for a query.
  sign: '[A-Za-z0-9%]+',
  sha256: '[0-9a-f]{64}',
  signature: '[0-9a-f]{64}',
  today: String.raw`\d{4}.?\d\d.?\d\d`,
  uuid: '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  hostname: String.raw`[\w.-]+`,
  length: String.raw`\d+`,
  n: String.raw`[0-9.eE+-]+|\+Inf|NaN`,
  /** A sentence where the original says nothing: what a rule makes of an empty one. */
  'some-text': String.raw`\S.*`,
}

const placeholder = new RegExp(`<(${Object.keys(patterns).join('|')})>`)

/** Whether `observed` is `expected`, character by character but for placeholders. */
export function isAsExpected(expected: string, observed: string): boolean {
  if (expected === observed) return true
  return placeholder.test(expected) && patternOf(expected).test(observed)
}

/** The whole text as a pattern. */
function patternOf(expected: string): RegExp {
  const parts = expected.split(placeholder)
  // Of what `split` answers, the odd ones are the names in the parentheses.
  const sources = parts.map((part, at) =>
    at % 2 === 0 ? escapePattern(part) : `(?:${patterns[part] ?? ''})`,
  )
  return new RegExp(`^${sources.join('')}$`, 's')
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}
