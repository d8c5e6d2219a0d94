// One operand as Go's fmt writes it: flags, width and precision applied to booleans, numbers and texts.

import { bytesOf, runeCount } from '../go-string.ts'
import type { FloatFormat } from '../strconv/format-float.ts'
import { formatFloat } from '../strconv/format-float.ts'
import { canBackquote, quote, quoteRune } from '../strconv/quote.ts'
import { isPrint } from '../unicode.ts'

/** What stands between `%` and the verb. */
export interface Flags {
  readonly width: number | undefined
  readonly precision: number | undefined
  readonly minus: boolean
  readonly plus: boolean
  readonly sharp: boolean
  readonly space: boolean
  readonly zero: boolean
  /** `%+v` and `%#v` mean other things than `+` and `#` elsewhere. */
  readonly plusV: boolean
  readonly sharpV: boolean
}

export const NO_FLAGS: Flags = {
  width: undefined,
  precision: undefined,
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  plusV: false,
  sharpV: false,
}

/** With spaces, or with zeros on the left, up to the width. */
export function pad(text: string, flags: Flags, withZeros = flags.zero): string {
  const { width = 0, minus } = flags
  if (width === 0) return text
  const missing = width - runeCount(text)
  if (missing <= 0) return text
  return minus ? text + ' '.repeat(missing) : (withZeros ? '0' : ' ').repeat(missing) + text
}

/** Base 2, 8, 10 or 16; `value` is the number itself, negative or not. */
export function formatInteger(value: bigint, base: 2 | 8 | 10 | 16, verb: string, flags: Flags): string {
  const isNegative = value < 0n
  const { width = 0, precision, plus, space, sharp, minus, zero } = flags
  let least = precision ?? 0
  if (precision === 0 && value === 0n) return ' '.repeat(width)
  if (precision === undefined && zero && !minus && flags.width !== undefined) {
    least = width - (isNegative || plus || space ? 1 : 0)
  }
  let digits = (isNegative ? -value : value).toString(base)
  if (verb === 'X') digits = digits.toUpperCase()
  digits = digits.padStart(least, '0')
  if (sharp) {
    if (base === 2) digits = `0b${digits}`
    else if (base === 8 && !digits.startsWith('0')) digits = `0${digits}`
    else if (base === 16) digits = (verb === 'X' ? '0X' : '0x') + digits
  }
  if (verb === 'O') digits = `0o${digits}`
  const sign = isNegative ? '-' : plus ? '+' : space ? ' ' : ''
  return pad(sign + digits, flags, false)
}

/** `%U`: `U+0078`, and with `#` the character. */
export function formatUnicode(value: bigint, flags: Flags): string {
  const code = BigInt.asUintN(64, value)
  const digits = code
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, flags.precision ?? 0), '0')
  const shown =
    flags.sharp && code <= 0x10ffffn && isPrint(Number(code))
      ? ` '${String.fromCodePoint(Number(code))}'`
      : ''
  return pad(`U+${digits}${shown}`, flags, false)
}

/** The character of that number; U+FFFD where there is none. */
function runeOf(value: bigint): number {
  const code = BigInt.asUintN(64, value)
  return code > 0x10ffffn || (code >= 0xd800n && code <= 0xdfffn) ? 0xfffd : Number(code)
}

export function formatCharacter(value: bigint, flags: Flags): string {
  return pad(String.fromCodePoint(runeOf(value)), flags)
}

export function formatQuotedCharacter(value: bigint, flags: Flags): string {
  return pad(quoteRune(runeOf(value), flags.plus), flags)
}

/** As many characters as the precision allows. */
export function truncated(text: string, flags: Flags): string {
  const { precision } = flags
  if (precision === undefined || text.length <= precision) return text
  let count = 0
  let end = 0
  for (const character of text) {
    if (count++ === precision) break
    end += character.length
  }
  return text.slice(0, end)
}

export function formatText(text: string, flags: Flags): string {
  return pad(truncated(text, flags), flags)
}

export function formatQuoted(text: string, flags: Flags): string {
  const kept = truncated(text, flags)
  return pad(flags.sharp && canBackquote(kept) ? `\`${kept}\`` : quote(kept, flags.plus), flags)
}

/** `%x` and `%X` of a text: its bytes. */
export function formatHexadecimal(bytes: Uint8Array, verb: 'x' | 'X', flags: Flags): string {
  const { precision, space, sharp } = flags
  const shown = precision === undefined ? bytes : bytes.subarray(0, precision)
  const prefix = verb === 'X' ? '0X' : '0x'
  const pairs = Array.from(shown, (byte) => {
    const pair = byte.toString(16).padStart(2, '0')
    return verb === 'X' ? pair.toUpperCase() : pair
  })
  if (pairs.length === 0) return pad('', flags)
  const text = space
    ? pairs.map((pair) => (sharp ? prefix + pair : pair)).join(' ')
    : (sharp ? prefix : '') + pairs.join('')
  return pad(text, flags)
}

export function hexadecimalOfText(text: string, verb: 'x' | 'X', flags: Flags): string {
  return formatHexadecimal(bytesOf(text), verb, flags)
}

/** `precision` is the default one; that of the flags goes first. */
export function formatFloatVerb(
  value: number,
  verb: FloatFormat | 'v',
  defaultPrecision: number,
  flags: Flags,
): string {
  const precision = flags.precision ?? defaultPrecision
  const text = formatFloat(value, verb === 'v' ? 'g' : verb, precision)
  let sign = text.startsWith('-') || text.startsWith('+') ? text.charAt(0) : '+'
  let number = text.startsWith('-') || text.startsWith('+') ? text.slice(1) : text
  if (flags.space && sign === '+' && !flags.plus) sign = ' '
  // Infinities and NaN are never padded with zeros; NaN shows a sign only where one is asked for.
  if (number === 'NaN') return pad(flags.space || flags.plus ? sign + number : number, flags, false)
  if (number === 'Inf') return pad(sign + number, flags, false)
  if (flags.sharp && verb !== 'b') number = withDecimalPoint(number, verb, precision)
  if (!flags.plus && sign === '+') return pad(number, flags)
  const width = flags.width ?? 0
  if (flags.zero && !flags.minus && width > number.length + 1) return sign + number.padStart(width - 1, '0')
  return pad(sign + number, flags)
}

/** `%#g` and the like keep the point and the zeros at the end. */
function withDecimalPoint(number: string, verb: string, precision: number): string {
  let digits = ['v', 'g', 'G', 'x'].includes(verb) ? (precision === -1 ? 6 : precision) : 0
  const isHexadecimal = verb === 'x' || verb === 'X'
  const tailAt = number.search(isHexadecimal ? /[pP]/ : /[eEpP]/)
  let mantissa = tailAt === -1 ? number : number.slice(0, tailAt)
  const tail = tailAt === -1 ? '' : number.slice(tailAt)
  let sawNonZero = false
  for (const character of mantissa) {
    if (character === '.') continue
    if (character !== '0') sawNonZero = true
    if (sawNonZero) digits--
  }
  if (!mantissa.includes('.')) {
    if (mantissa === '0') digits--
    mantissa += '.'
  }
  return mantissa + '0'.repeat(Math.max(digits, 0)) + tail
}
