// Go's time.Duration: a signed 64-bit count of nanoseconds, its text ("1h2m3.5s") and the parsing of it.

import { quoteInput } from './quote.ts'

/** What reading a duration gives: the duration, or the error text that Go gives. */
export type DurationResult =
  { readonly ok: true; readonly duration: Duration } | { readonly ok: false; readonly error: string }

const MICROSECOND_NS = 1_000n
const MILLISECOND_NS = 1_000_000n
const SECOND_NS = 1_000_000_000n
const MINUTE_NS = 60n * SECOND_NS
const HOUR_NS = 60n * MINUTE_NS

const MAX_NS = (1n << 63n) - 1n
const MIN_NS = -(1n << 63n)
const LIMIT_NS = 1n << 63n

/** An elapsed time in nanoseconds; immutable. Where Go's int64 overflows silently, so does this. */
export class Duration {
  static readonly zero = new Duration(0n)
  static readonly max = new Duration(MAX_NS)
  static readonly min = new Duration(MIN_NS)

  /** Nanoseconds; within a signed 64-bit integer. */
  readonly ns: bigint

  constructor(ns: bigint) {
    this.ns = BigInt.asIntN(64, ns)
  }

  /** From milliseconds; what is finer than a nanosecond is cut off. */
  static fromMs(ms: number): Duration {
    const wholeMs = Math.trunc(ms)
    return new Duration(BigInt(wholeMs) * MILLISECOND_NS + BigInt(Math.trunc((ms - wholeMs) * 1e6)))
  }

  /** The nearest duration to `ns` that fits 64 bits. */
  static saturated(ns: bigint): Duration {
    if (ns > MAX_NS) return Duration.max
    if (ns < MIN_NS) return Duration.min
    return new Duration(ns)
  }

  /** Milliseconds, with a fraction where it is not whole; for timers and options. */
  get ms(): number {
    return Number(this.ns / MILLISECOND_NS) + Number(this.ns % MILLISECOND_NS) / 1e6
  }

  hours(): number {
    return this.#inUnits(HOUR_NS)
  }

  minutes(): number {
    return this.#inUnits(MINUTE_NS)
  }

  seconds(): number {
    return this.#inUnits(SECOND_NS)
  }

  /** Whole milliseconds, cut off towards zero. */
  milliseconds(): bigint {
    return this.ns / MILLISECOND_NS
  }

  /** Whole microseconds, cut off towards zero. */
  microseconds(): bigint {
    return this.ns / MICROSECOND_NS
  }

  nanoseconds(): bigint {
    return this.ns
  }

  /** Rounded towards zero to a multiple of `unit`; unchanged if `unit` is not positive. */
  truncate(unit: Duration): Duration {
    return unit.ns <= 0n ? this : new Duration(this.ns - (this.ns % unit.ns))
  }

  /** Rounded to the nearest multiple of `unit`, halves away from zero; the largest duration on overflow. */
  round(unit: Duration): Duration {
    if (unit.ns <= 0n) return this
    const magnitude = this.ns < 0n ? -this.ns : this.ns
    const rest = magnitude % unit.ns
    const rounded = rest + rest < unit.ns ? magnitude - rest : magnitude + unit.ns - rest
    return Duration.saturated(this.ns < 0n ? -rounded : rounded)
  }

  /** Without its sign; the smallest duration becomes the largest. */
  abs(): Duration {
    return this.ns < 0n ? Duration.saturated(-this.ns) : this
  }

  /** As Go's `Duration.String`: `72h3m0.5s`, `1.5ms`, `2µs`, `0s`. */
  toString(): string {
    if (this.ns === 0n) return '0s'
    const sign = this.ns < 0n ? '-' : ''
    const magnitude = this.ns < 0n ? -this.ns : this.ns
    if (magnitude < MICROSECOND_NS) return `${sign}${magnitude}ns`
    if (magnitude < MILLISECOND_NS) return `${sign}${decimalText(magnitude, 3)}µs`
    if (magnitude < SECOND_NS) return `${sign}${decimalText(magnitude, 6)}ms`
    const minutes = magnitude / MINUTE_NS
    const seconds = `${decimalText(magnitude % MINUTE_NS, 9)}s`
    if (minutes === 0n) return sign + seconds
    if (minutes < 60n) return `${sign}${minutes}m${seconds}`
    return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`
  }

  // Whole units and the rest are converted apart, so that the number is rounded once, as Go does.
  #inUnits(unitNs: bigint): number {
    return Number(this.ns / unitNs) + Number(this.ns % unitNs) / Number(unitNs)
  }
}

/** `value / 10^places` in decimals without trailing zeros. */
function decimalText(value: bigint, places: number): string {
  const scale = 10n ** BigInt(places)
  const fraction = (value % scale).toString().padStart(places, '0').replace(/0+$/, '')
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`
}

const UNITS_NS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', MICROSECOND_NS],
  ['\u00b5s', MICROSECOND_NS], // the micro sign
  ['\u03bcs', MICROSECOND_NS], // the Greek letter mu
  ['ms', MILLISECOND_NS],
  ['s', SECOND_NS],
  ['m', MINUTE_NS],
  ['h', HOUR_NS],
])

const NUMBER_AND_UNIT = /([0-9]*)(\.?)([0-9]*)([^.0-9]*)/y

/**
 * Reads a duration as Go's `time.ParseDuration`: a sign and then numbers with units, `1h30m`, `-1.5s`,
 * `300ms`, `.5us`; `0` needs no unit. The error text is Go's.
 */
export function parseGoDuration(text: string): DurationResult {
  const invalid: DurationResult = { ok: false, error: `time: invalid duration ${quoteInput(text)}` }
  const isNegative = text.startsWith('-')
  const start = isNegative || text.startsWith('+') ? 1 : 0
  if (text.length === start) return invalid
  if (text.length === start + 1 && text[start] === '0') return { ok: true, duration: Duration.zero }

  let totalNs = 0n
  NUMBER_AND_UNIT.lastIndex = start
  while (NUMBER_AND_UNIT.lastIndex < text.length) {
    const match = NUMBER_AND_UNIT.exec(text)
    const [, whole = '', , fraction = '', unit = ''] = match ?? []
    if (whole === '' && fraction === '') return invalid
    const wholeUnits = leadingDigits(whole)
    if (wholeUnits === undefined) return invalid
    if (unit === '') return { ok: false, error: `time: missing unit in duration ${quoteInput(text)}` }
    const unitNs = UNITS_NS.get(unit)
    if (unitNs === undefined) {
      return { ok: false, error: `time: unknown unit ${quoteInput(unit)} in duration ${quoteInput(text)}` }
    }
    let valueNs = wholeUnits * unitNs
    if (valueNs > LIMIT_NS) return invalid
    valueNs += fractionNs(fraction, unitNs)
    totalNs += valueNs
    if (valueNs > LIMIT_NS || totalNs > LIMIT_NS) return invalid
  }
  if (isNegative) return { ok: true, duration: new Duration(-totalNs) }
  return totalNs > MAX_NS ? invalid : { ok: true, duration: new Duration(totalNs) }
}

/** The number, or undefined if it is more than 2^63. */
function leadingDigits(digits: string): bigint | undefined {
  const significant = digits.replace(/^0+/, '')
  if (significant.length > 19) return undefined
  const value = BigInt(significant)
  return value > LIMIT_NS ? undefined : value
}

// Go stops at the digit that would pass 64 bits and computes the rest in float64: so must this, to the bit.
function fractionNs(digits: string, unitNs: bigint): bigint {
  let value = 0n
  let scale = 1
  for (const digit of digits) {
    if (value > MAX_NS / 10n) break
    const next = value * 10n + BigInt(digit)
    if (next > LIMIT_NS) break
    value = next
    scale *= 10
  }
  return BigInt(Math.trunc(Number(value) * (Number(unitNs) / scale)))
}
