// Go's Sprint, Sprintln and Sprintf: operands in a row, and verbs with their error marks.

import type { MaybeValue } from '../values/model.ts'
import { canonical, isEscapedByte } from '../go-string.ts'
import type { Budget } from '../limits.ts'
import type { Flags } from './format.ts'
import { NO_FLAGS } from './format.ts'
import { Printer } from './printer.ts'

/** Spaces stand between operands of which neither is a string. */
export function sprint(operands: readonly MaybeValue[], budget?: Budget): string {
  const printer = new Printer(budget)
  let wasText = false
  operands.forEach((operand, index) => {
    const isText = operand?.kind === 'string'
    if (index > 0 && !isText && !wasText) printer.write(' ')
    printer.printOperand(operand, 'v', NO_FLAGS)
    wasText = isText
  })
  return canonical(printer.text)
}

/** Spaces between all operands, and a line break at the end. */
export function sprintln(operands: readonly MaybeValue[], budget?: Budget): string {
  const printer = new Printer(budget)
  operands.forEach((operand, index) => {
    if (index > 0) printer.write(' ')
    printer.printOperand(operand, 'v', NO_FLAGS)
  })
  printer.write('\n')
  return canonical(printer.text)
}

export function sprintf(format: string, operands: readonly MaybeValue[], budget?: Budget): string {
  return canonical(new FormatReader(format, operands, new Printer(budget)).run())
}

/** Widths and precisions beyond this are mistakes. */
const MAX_NUMBER = 1_000_000

class FormatReader {
  readonly #format: string
  readonly #operands: readonly MaybeValue[]
  readonly #printer: Printer
  #at = 0
  #operand = 0
  /** An operand was chosen by its number: extra ones are not told then. */
  #isReordered = false
  /** The last thing read was such a number. */
  #afterIndex = false
  #isGoodIndex = true

  constructor(format: string, operands: readonly MaybeValue[], printer: Printer) {
    this.#format = format
    this.#operands = operands
    this.#printer = printer
  }

  run(): string {
    const format = this.#format
    while (this.#at < format.length) {
      const percent = format.indexOf('%', this.#at)
      this.#printer.write(format.slice(this.#at, percent === -1 ? undefined : percent))
      if (percent === -1) break
      this.#at = percent + 1
      if (!this.#directive()) break
    }
    this.#extraOperands()
    return this.#printer.text
  }

  /** What follows a `%`; false at the end of the format. */
  #directive(): boolean {
    this.#isGoodIndex = true
    this.#afterIndex = false
    const letters = this.#flagLetters()
    this.#index()
    const width = this.#width()
    const minus = letters.includes('-') || width.isNegative
    const precision = this.#precision()
    if (!this.#afterIndex) this.#index()
    const code = this.#format.codePointAt(this.#at)
    if (code === undefined) {
      this.#printer.write('%!(NOVERB)')
      return false
    }
    this.#at += code > 0xffff ? 2 : 1
    const verb = isEscapedByte(code) ? '\ufffd' : String.fromCodePoint(code)
    const isGoValue = verb === 'v' || verb === 'w'
    this.#verb(verb, {
      width: width.value,
      precision,
      minus,
      zero: letters.includes('0') && !width.isNegative,
      space: letters.includes(' '),
      plus: letters.includes('+') && !isGoValue,
      sharp: letters.includes('#') && !isGoValue,
      plusV: letters.includes('+') && isGoValue,
      sharpV: letters.includes('#') && isGoValue,
    })
    return true
  }

  #flagLetters(): string {
    const start = this.#at
    while (/[#0+\- ]/.test(this.#format[this.#at] ?? '')) this.#at++
    return this.#format.slice(start, this.#at)
  }

  /** `[3]` chooses the next operand. */
  #index(): void {
    this.#afterIndex = false
    if (this.#format[this.#at] !== '[') return
    this.#isReordered = true
    const end = this.#format.indexOf(']', this.#at + 1)
    if (end === -1) {
      this.#isGoodIndex = false
      this.#at += 1
      return
    }
    const digits = this.#format.slice(this.#at + 1, end)
    this.#at = end + 1
    const index = /^[0-9]+$/.test(digits) ? Number(digits) - 1 : -1
    const isNumber = /^[0-9]+$/.test(digits) && Number(digits) <= MAX_NUMBER * 10
    if (isNumber && index >= 0 && index < this.#operands.length) {
      this.#operand = index
      this.#afterIndex = true
      return
    }
    this.#isGoodIndex = false
    this.#afterIndex = isNumber
  }

  #width(): { value: number | undefined; isNegative: boolean } {
    if (this.#format[this.#at] === '*') {
      this.#at++
      this.#afterIndex = false
      const width = this.#integerOperand()
      if (width === undefined) this.#printer.write('%!(BADWIDTH)')
      return {
        value: width === undefined ? undefined : Math.abs(width),
        isNegative: width !== undefined && width < 0,
      }
    }
    const value = this.#number()
    if (this.#afterIndex && value !== undefined) this.#isGoodIndex = false
    return { value, isNegative: false }
  }

  #precision(): number | undefined {
    if (this.#format[this.#at] !== '.' || this.#at + 1 >= this.#format.length) return undefined
    this.#at++
    if (this.#afterIndex) this.#isGoodIndex = false
    this.#index()
    if (this.#format[this.#at] !== '*') return this.#number() ?? 0
    this.#at++
    this.#afterIndex = false
    const precision = this.#integerOperand()
    if (precision !== undefined && precision >= 0) return precision
    this.#printer.write('%!(BADPREC)')
    return undefined
  }

  /** A number in the format; one that is far too large takes the rest of the format with it, as in Go. */
  #number(): number | undefined {
    const start = this.#at
    let value = 0
    while (/[0-9]/.test(this.#format[this.#at] ?? '')) {
      if (value > MAX_NUMBER) {
        this.#at = this.#format.length
        return undefined
      }
      value = value * 10 + Number(this.#format[this.#at])
      this.#at++
    }
    return this.#at > start ? value : undefined
  }

  #integerOperand(): number | undefined {
    if (this.#operand >= this.#operands.length) return undefined
    const operand = this.#operands[this.#operand++]
    if (operand?.kind !== 'int' && operand?.kind !== 'uint') return undefined
    const value = Number(operand.value)
    return Math.abs(value) > MAX_NUMBER ? undefined : value
  }

  #verb(verb: string, flags: Flags): void {
    const printer = this.#printer
    if (verb === '%') printer.write('%')
    else if (!this.#isGoodIndex) printer.write(`%!${verb}(BADINDEX)`)
    else if (this.#operand >= this.#operands.length) printer.write(`%!${verb}(MISSING)`)
    else printer.printOperand(this.#operands[this.#operand++], verb, flags)
  }

  #extraOperands(): void {
    if (this.#isReordered || this.#operand >= this.#operands.length) return
    const printer = this.#printer
    printer.write('%!(EXTRA ')
    this.#operands.slice(this.#operand).forEach((operand, index) => {
      if (index > 0) printer.write(', ')
      if (operand === undefined) {
        printer.write('<nil>')
        return
      }
      printer.write(`${operand.type.name}=`)
      printer.printOperand(operand, 'v', NO_FLAGS)
    })
    printer.write(')')
  }
}
