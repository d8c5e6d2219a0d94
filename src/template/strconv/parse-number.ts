// Numbers read from text as Go's strconv reads them: ParseInt and ParseUint of base 0, ParseFloat.

export const MAX_INT64 = (1n << 63n) - 1n
export const MIN_INT64 = -(1n << 63n)
export const MAX_UINT64 = (1n << 64n) - 1n

/** Underscores stand between digits, or after a base prefix. */
function underscoresFit(text: string): boolean {
  const unsigned = text.replace(/^[+-]/, '')
  const prefixed = /^0[bBoOxX]/.test(unsigned)
  const digit = /^0[xX]/.test(unsigned) ? '[0-9a-fA-F]' : '[0-9]'
  const number = prefixed ? `0${unsigned.slice(2)}` : unsigned
  return !new RegExp(`(?<!${digit})_|_(?!${digit})`).test(number)
}

const BASES: readonly (readonly [prefix: RegExp, digits: RegExp, base: string])[] = [
  [/^0[xX]/, /^[0-9a-fA-F]+$/, '0x'],
  [/^0[bB]/, /^[01]+$/, '0b'],
  [/^0[oO]/, /^[0-7]+$/, '0o'],
  [/^0(?=[0-9_])/, /^[0-7]+$/, '0o'],
]

/** The magnitude of an unsigned number with an optional base prefix; undefined if it is none. */
function magnitude(text: string): bigint | undefined {
  if (text.includes('_') && !underscoresFit(text)) return undefined
  for (const [prefix, pattern, base] of BASES) {
    if (!prefix.test(text)) continue
    const digits = text.replace(prefix, '').replaceAll('_', '')
    return pattern.test(digits) ? BigInt(base + digits) : undefined
  }
  const digits = text.replaceAll('_', '')
  return /^[0-9]+$/.test(digits) ? BigInt(digits) : undefined
}

/** As `strconv.ParseUint(text, 0, 64)`: undefined for a sign, bad syntax and what does not fit. */
export function parseUnsigned(text: string): bigint | undefined {
  const value = magnitude(text)
  return value === undefined || value > MAX_UINT64 ? undefined : value
}

/** As `strconv.ParseInt(text, 0, 64)`. */
export function parseSigned(text: string): bigint | undefined {
  const value = magnitude(text.replace(/^[+-]/, ''))
  if (value === undefined) return undefined
  const signed = text.startsWith('-') ? -value : value
  return signed > MAX_INT64 || signed < MIN_INT64 ? undefined : signed
}

/** As `strconv.ParseInt(text, 10, 64)`. */
export function parseDecimal(text: string): bigint | undefined {
  return /^[+-]?[0-9]+$/.test(text) ? within(BigInt(text.replace('+', ''))) : undefined
}

function within(value: bigint): bigint | undefined {
  return value > MAX_INT64 || value < MIN_INT64 ? undefined : value
}

/** As `strconv.ParseFloat(text, 64)`; undefined for bad syntax and what is too large. */
export function parseFloat64(text: string): number | undefined {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
  if (special !== null) {
    if (special[2]?.toLowerCase() === 'nan') return special[1] === '' ? Number.NaN : undefined
    return special[1] === '-' ? -Infinity : Infinity
  }
  if (text.includes('_') && !underscoresFit(text)) return undefined
  const plain = text.replaceAll('_', '')
  if (/^[+-]?0[xX]/.test(plain)) return hexFloat(plain)
  if (!/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(plain)) return undefined
  const value = Number(plain)
  return Number.isFinite(value) ? value : undefined
}

/** `0x1.8p-2`; the exponent is needed, and rounding is to even. */
function hexFloat(text: string): number | undefined {
  const match = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)$/.exec(text)
  const [, sign = '', whole = '', fraction = '', exponentText = ''] = match ?? []
  if (match === null || whole + fraction === '') return undefined
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return sign === '-' ? -0 : 0
  const mantissa = BigInt(`0x${digits}`)
  const exponent = Number(exponentText) - 4 * fraction.length
  const value = scaled(mantissa, exponent)
  if (!Number.isFinite(value)) return undefined
  return sign === '-' ? -value : value
}

/** `mantissa · 2^exponent` rounded once, to even. */
function scaled(mantissa: bigint, exponent: number): number {
  const bits = mantissa.toString(2).length
  const top = bits + exponent
  if (top > 1024) return Infinity
  if (top < -1080) return 0
  const lowest = Math.max(top - 53, -1074)
  const shift = BigInt(lowest - exponent)
  if (shift <= 0n) return Number(mantissa << -shift) * 2 ** lowest
  const kept = mantissa >> shift
  const rest = mantissa - (kept << shift)
  const half = 1n << (shift - 1n)
  const rounded = rest > half || (rest === half && (kept & 1n) === 1n) ? kept + 1n : kept
  // In two steps, since 2^-1074 alone is the least that there is.
  return Number(rounded) * 2 ** Math.max(lowest, -1074)
}
