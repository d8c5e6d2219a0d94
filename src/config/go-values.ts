/** How Go's `strconv` reads booleans and integers: what the original's flags and options accept. */

const trueWords = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const falseWords = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])

/** Follows `strconv.ParseBool`; `undefined` where Go refuses. */
export function parseGoBoolean(text: string): boolean | undefined {
  if (trueWords.has(text)) return true
  if (falseWords.has(text)) return false
  return undefined
}

// Base 0 of `strconv.ParseInt`: a prefix tells the base, `_` may separate digits.
const unsignedForms: readonly (readonly [RegExp, (digits: string) => string])[] = [
  [/^0$|^[1-9](_?[0-9])*$/, (digits) => digits],
  [/^0[xX](_?[0-9a-fA-F])+$/, (digits) => `0x${digits.slice(2)}`],
  [/^0[bB](_?[01])+$/, (digits) => `0b${digits.slice(2)}`],
  [/^0[oO](_?[0-7])+$/, (digits) => `0o${digits.slice(2)}`],
  [/^0(_?[0-7])+$/, (digits) => `0o${digits.slice(1)}`],
]

/** Follows `strconv.ParseUint` with base 0, within what a JavaScript integer holds; else `undefined`. */
export function parseGoUnsigned(text: string): number | undefined {
  for (const [form, toLiteral] of unsignedForms) {
    if (!form.test(text)) continue
    const value = Number(toLiteral(text).replaceAll('_', ''))
    return Number.isSafeInteger(value) ? value : undefined
  }
  return undefined
}

/** Follows `strconv.ParseInt` with base 0, within what a JavaScript integer holds; else `undefined`. */
export function parseGoInteger(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1
  const value = parseGoUnsigned(/^[+-]/.test(text) ? text.slice(1) : text)
  // `0 * -1` is the negative zero, which prints oddly.
  return value === undefined || value === 0 ? value : sign * value
}
