// Go's strconv.FormatFloat for 64 bits: the formats b e f g x, shortest or with a precision, rounded to even.

/** How a number is written: `%e`, `%f`, `%g` and so on. */
export type FloatFormat = 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X'

/** A value's decimal digits: `0.d1d2d3… · 10^point`. */
type Decimal = { readonly digits: string; readonly point: number }

/** `precision` -1 asks for the fewest digits that still name this number. */
export function formatFloat(value: number, format: FloatFormat, precision: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const magnitude = Math.abs(value)
  switch (format) {
    case 'b':
      return sign + binary(magnitude)
    case 'x':
    case 'X': {
      const text = hexadecimal(magnitude, precision)
      return sign + (format === 'X' ? text.toUpperCase() : text)
    }
    default:
      return sign + decimal(magnitude, format, precision)
  }
}

function decimal(value: number, format: 'e' | 'E' | 'f' | 'g' | 'G', precision: number): string {
  const isShortest = precision < 0
  const digits = isShortest ? shortest(value) : rounded(value, format, precision)
  if (format === 'f') {
    return fixed(digits, isShortest ? Math.max(digits.digits.length - digits.point, 0) : precision)
  }
  if (format === 'e' || format === 'E') {
    return exponential(digits, isShortest ? Math.max(digits.digits.length - 1, 0) : precision, format)
  }
  const count = digits.digits.length
  const exponent = digits.point - 1
  if (exponent < -4 || exponent >= exponentLimit(digits, precision)) {
    return exponential(digits, Math.max(count - 1, 0), format === 'g' ? 'e' : 'E')
  }
  return fixed(digits, Math.max(count - digits.point, 0))
}

/** From this exponent on `%g` writes as `%e` does. */
function exponentLimit({ digits, point }: Decimal, precision: number): number {
  if (precision < 0) return 6
  const limit = precision === 0 ? 1 : precision
  return limit > digits.length && digits.length >= point ? digits.length : limit
}

function shortest(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 }
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 }
}

/** Exact decimal digits, rounded half to even at the place that the format asks for, trailing zeros cut. */
function rounded(value: number, format: string, precision: number): Decimal {
  const exact = exactDecimal(value)
  const keep =
    format === 'f'
      ? exact.point + precision
      : format === 'e' || format === 'E'
        ? precision + 1
        : precision === 0
          ? 1
          : precision
  return roundTo(exact, keep)
}

function exactDecimal(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 }
  const { mantissa, exponent } = split(value)
  if (exponent >= 0) {
    const digits = (mantissa << BigInt(exponent)).toString()
    return { digits: digits.replace(/0+$/, ''), point: digits.length }
  }
  // m / 2^n = m · 5^n / 10^n
  const digits = (mantissa * 5n ** BigInt(-exponent)).toString()
  return { digits: digits.replace(/0+$/, ''), point: digits.length + exponent }
}

function roundTo({ digits, point }: Decimal, keep: number): Decimal {
  if (keep < 0) return { digits: '', point: 0 }
  if (keep >= digits.length) return { digits, point }
  const kept = digits.slice(0, keep)
  if (!roundsUp(digits, keep)) {
    const trimmed = kept.replace(/0+$/, '')
    return trimmed === '' ? { digits: '', point: 0 } : { digits: trimmed, point }
  }
  const raised = (BigInt(`1${kept}`) + 1n).toString()
  // A carry beyond the first digit: 9.99 becomes 10.
  if (raised.startsWith('2')) return { digits: '1', point: point + 1 }
  return { digits: raised.slice(1).replace(/0+$/, ''), point }
}

function roundsUp(digits: string, keep: number): boolean {
  const next = digits.charCodeAt(keep) - 0x30
  if (next !== 5 || digits.length > keep + 1) return next >= 5
  return keep > 0 && (digits.charCodeAt(keep - 1) - 0x30) % 2 === 1
}

function fixed({ digits, point }: Decimal, places: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  if (places <= 0) return whole
  const fraction = ('0'.repeat(Math.max(-point, 0)) + digits.slice(Math.max(point, 0))).slice(0, places)
  return `${whole}.${fraction.padEnd(places, '0')}`
}

function exponential({ digits, point }: Decimal, places: number, letter: 'e' | 'E'): string {
  const fraction = places > 0 ? `.${digits.slice(1, places + 1).padEnd(places, '0')}` : ''
  return `${digits[0] ?? '0'}${fraction}${letter}${exponentText(digits === '' ? 0 : point - 1)}`
}

function exponentText(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`
}

/** `value = mantissa · 2^exponent`, the mantissa with its leading one in bit 52 where the number is normal. */
function split(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & ((1n << 52n) - 1n)
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 }
}

function binary(value: number): string {
  const { mantissa, exponent } = split(value)
  return `${mantissa}p${exponent >= 0 ? '+' : ''}${exponent}`
}

function hexadecimal(value: number, precision: number): string {
  if (value === 0) return `0x0${precision > 0 ? `.${'0'.repeat(precision)}` : ''}p+00`
  let { mantissa, exponent } = split(value)
  while (mantissa < 1n << 52n) {
    mantissa <<= 1n
    exponent--
  }
  exponent += 52
  if (precision >= 0 && precision < 13) {
    const shift = BigInt(52 - precision * 4)
    const rest = mantissa & ((1n << shift) - 1n)
    const half = 1n << (shift - 1n)
    mantissa >>= shift
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa++
    mantissa <<= shift
    if (mantissa >= 1n << 53n) {
      mantissa >>= 1n
      exponent++
    }
  }
  const digits = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, '0')
  const fraction =
    precision < 0 ? digits.replace(/0+$/, '') : digits.padEnd(precision, '0').slice(0, precision)
  return `0x1${fraction === '' ? '' : `.${fraction}`}p${exponentText(exponent)}`
}
