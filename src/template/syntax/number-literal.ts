// A number in a template: untyped like Go's constants, so it may be an int, an unsigned, a float and a complex one.

import {
  MAX_INT64,
  MAX_UINT64,
  MIN_INT64,
  parseFloat64,
  parseSigned,
  parseUnsigned,
} from '../strconv/parse-number.ts'
import { quote, unquoteRune } from '../strconv/quote.ts'

export interface ComplexNumber {
  readonly real: number
  readonly imaginary: number
}

/** The readings that a number's text allows; undefined where it cannot be read so. */
export interface NumberLiteral {
  readonly text: string
  readonly int?: bigint | undefined
  readonly uint?: bigint | undefined
  readonly float?: number | undefined
  readonly complex?: ComplexNumber | undefined
}

/** The number, or Go's error text. */
export function readNumber(
  text: string,
  kind: 'character' | 'complex' | 'number',
): NumberLiteral | { readonly error: string } {
  if (kind === 'character') return readCharacter(text)
  if (kind === 'complex') return readComplex(text)
  if (text.endsWith('i')) {
    const imaginary = parseFloat64(text.slice(0, -1))
    if (imaginary !== undefined) return complexLiteral(text, { real: 0, imaginary })
  }
  return readReal(text)
}

function readCharacter(text: string): NumberLiteral | { readonly error: string } {
  const code = unquoteRune(text)
  if (code === 'bad syntax') return { error: 'invalid syntax' }
  if (code === 'malformed') return { error: `malformed character constant: ${text}` }
  return { text, int: BigInt(code), uint: BigInt(code), float: code }
}

/** `1+2i`: no spaces, the imaginary part last. */
function readComplex(text: string): NumberLiteral | { readonly error: string } {
  for (let at = text.length - 1; at > 0; at--) {
    if (!/[+-]/.test(text[at] ?? '') || /[eEpP]/.test(text[at - 1] ?? '')) continue
    const real = parseFloat64(text.slice(0, at))
    const imaginary = parseFloat64(text.slice(at, -1))
    if (real === undefined || imaginary === undefined) break
    return complexLiteral(text, { real, imaginary })
  }
  return { error: `syntax error scanning complex number` }
}

function complexLiteral(text: string, complex: ComplexNumber): NumberLiteral {
  if (complex.imaginary !== 0) return { text, complex }
  return { text, complex, float: complex.real, ...wholeReadings(complex.real) }
}

function readReal(text: string): NumberLiteral | { readonly error: string } {
  const int = parseSigned(text)
  const uint = parseUnsigned(text) ?? (int === 0n ? 0n : undefined)
  if (int !== undefined) return { text, int, uint, float: Number(int) }
  if (uint !== undefined) return { text, uint, float: Number(uint) }
  const float = parseFloat64(text)
  if (float === undefined) return { error: `illegal number syntax: ${quote(text)}` }
  if (!/[.eEpP]/.test(text)) return { error: `integer overflow: ${quote(text)}` }
  return { text, float, ...wholeReadings(float) }
}

/** A float that is whole can be used as an integer. */
function wholeReadings(value: number): Pick<NumberLiteral, 'int' | 'uint'> {
  if (!Number.isInteger(value)) return {}
  const whole = BigInt(value)
  return {
    int: whole >= MIN_INT64 && whole <= MAX_INT64 ? whole : undefined,
    uint: whole >= 0n && whole <= MAX_UINT64 ? whole : undefined,
  }
}
