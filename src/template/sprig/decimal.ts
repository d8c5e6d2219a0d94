// Decimal arithmetic for addf and its companions: 0.1 + 0.2 is 0.3.

/** `value · 10^-scale` */
export interface Decimal {
  readonly value: bigint
  readonly scale: number
}

/** Quotients have so many digits after the point. */
const DIVISION_SCALE = 16

export function decimalOf(number: number): Decimal {
  const [mantissa = '0', exponent = '0'] = number.toExponential().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const scale = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  return scale >= 0 ? { value: digits, scale } : { value: digits * 10n ** BigInt(-scale), scale: 0 }
}

function scaled({ value, scale }: Decimal, to: number): bigint {
  return value * 10n ** BigInt(to - scale)
}

export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale)
  return { value: scaled(left, scale) + scaled(right, scale), scale }
}

export function subtractDecimals(left: Decimal, right: Decimal): Decimal {
  return addDecimals(left, { value: -right.value, scale: right.scale })
}

export function multiplyDecimals(left: Decimal, right: Decimal): Decimal {
  return { value: left.value * right.value, scale: left.scale + right.scale }
}

/** Rounded half away from zero; undefined for a division by zero. */
export function divideDecimals(left: Decimal, right: Decimal): Decimal | undefined {
  if (right.value === 0n) return undefined
  const numerator = left.value * 10n ** BigInt(DIVISION_SCALE + right.scale)
  const denominator = right.value * 10n ** BigInt(left.scale)
  const quotient = numerator / denominator
  const rest = numerator - quotient * denominator
  const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)
  const isNegative = numerator < 0n !== denominator < 0n
  const carry = magnitude(rest) * 2n >= magnitude(denominator) ? (isNegative ? -1n : 1n) : 0n
  return { value: quotient + carry, scale: DIVISION_SCALE }
}

export function numberOfDecimal({ value, scale }: Decimal): number {
  return Number(`${value}e${-scale}`)
}
