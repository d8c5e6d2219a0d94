// Makes up templates from a seed: most are right, some fail when they are read or rendered, as people's do.

import type { Seeded } from './seeded.ts'

const STRING_FIELDS = [
  '.Type',
  '.Reason',
  '.Message',
  '.Name',
  '.Namespace',
  '.InvolvedObject.Kind',
  '.InvolvedObject.Name',
  '.InvolvedObject.Namespace',
  '.InvolvedObject.FieldPath',
  '.Source.Component',
  '.Source.Host',
  '.ReportingController',
  '.ObjectMeta.Namespace',
  '.ResourceVersion',
  '.GenerateName',
  '.Action',
  '.GetName',
  '.LastTimestamp.String',
  '.InvolvedObject.GroupVersionKind.Kind',
] as const

const TIMES = ['.LastTimestamp', '.FirstTimestamp', '.EventTime', '.CreationTimestamp'] as const

const OTHER_FIELDS = [
  '.',
  '$',
  '.Count',
  '.UID',
  '.Labels',
  '.Annotations',
  '.Finalizers',
  '.Series',
  '.Related',
  '.Source',
  '.InvolvedObject',
  '.TypeMeta',
  '.Generation',
  '.DeletionTimestamp',
  '.DeletionGracePeriodSeconds',
  '.InvolvedObject.GroupVersionKind',
  '.GetLabels',
  '.GetOwnerReferences',
  '.Series.Count',
  '.Related.Name',
  '.Labels.app',
  '.Labels.none',
  '.InvolvedObject.DeepCopy.Name',
  '.LastTimestamp.Time',
  '.LastTimestamp.UTC',
  '.LastTimestamp.Unix',
  '.LastTimestamp.UnixNano',
  '.LastTimestamp.Month',
  '.LastTimestamp.Weekday',
  '.LastTimestamp.IsZero',
  '.EventTime.Year',
  '.FirstTimestamp.YearDay',
  '.Size',
] as const

const LAYOUTS = [
  '"2006-01-02 15:04:05"',
  '"Mon Jan _2 3:04PM MST 2006"',
  '`2006-01-02T15:04:05.000Z07:00`',
  '"02/01/06 .999 -0700 002"',
  '""',
] as const

const STRINGS = [
  '""',
  '"a"',
  '"héllo"',
  '`raw "text"`',
  '"tab\\t\\"q\\" \\u00e9 \\x41"',
  '"\\xff\\xc3"',
  '"日本語"',
  '"<b>&\'x=1\'"',
  '"Warning"',
  '"app"',
] as const
const INTEGERS = [
  '0',
  '1',
  '-1',
  '2',
  '3',
  '7',
  '12',
  '0x1F',
  '0b101',
  '0o17',
  '1_000',
  "'a'",
  "'é'",
  '-12',
] as const
const LARGE = [
  '9223372036854775807',
  '-9223372036854775808',
  '18446744073709551615',
  '1e3',
  '123456789012',
] as const
const FLOATS = [
  '1.5',
  '-2.25',
  '0.1',
  '1e21',
  '1e-7',
  '123456.789',
  '.5',
  '0x1p-2',
  '100000.0',
  '1e20',
  '2.5',
] as const
const COMPLEX = ['1i', '2+3i', '0i', '-1.5-2i'] as const
const TEXTS = ['', ' ', 'x', '\n', ' a b ', '{"k": "', '"}', '中', '}}', '{ ', ', '] as const
/** Verbs that any value can be given to without showing what is inside of times: addresses. */
const VERBS = [...'vvvvsssqqxXT'] as readonly string[]
const NUMBER_VERBS = [...'vdddtbocUxXeEfFgGqs', '!', 'z'] as readonly string[]
const WRONG = ['.Nope', '.Type.Nope', 'nil', 'nofunc', '$nope', '.metadata.name', '.Series.Count'] as const

/** One template. */
export function generateTemplate(random: Seeded): string {
  return new Generator(random).template()
}

class Generator {
  readonly #random: Seeded
  #variables = 0
  #depth = 0
  /** Loops around, within which `break` makes sense. */
  #loops = 0
  #hasDefinition = false

  constructor(random: Seeded) {
    this.#random = random
  }

  template(): string {
    const { oneIn } = this.#random
    const definition = oneIn(6) ? `{{define "t"}}${this.#nodes(2)}{{end}}` : ''
    this.#variables = 0
    this.#hasDefinition = definition !== ''
    const body = definition + this.#nodes(1 + this.#random.below(4))
    return oneIn(20) ? this.#spoiled(body) : body
  }

  /** With a character taken out, or one put in. */
  #spoiled(body: string): string {
    const at = this.#random.below(body.length + 1)
    const put = this.#random.pick(['', '}', '{', '|', '(', ')', '"', '$', '.', ' ', '=', 'x'])
    return body.slice(0, at) + put + body.slice(at + (put === '' ? 1 : 0))
  }

  #nodes(count: number): string {
    return Array.from({ length: count }, () => this.#random.pick(TEXTS) + this.#node()).join('')
  }

  #node(): string {
    const { below, oneIn } = this.#random
    if (this.#depth > 3) return this.#action()
    this.#depth++
    const known = this.#variables
    if (!oneIn(3)) {
      this.#depth--
      return this.#action()
    }
    const node = this.#block(below(9))
    this.#variables = known
    this.#depth--
    return node
  }

  #action(): string {
    const { oneIn } = this.#random
    if (this.#loops > 0 && oneIn(12)) return this.#random.pick(['{{break}}', '{{continue}}'])
    if (this.#hasDefinition && oneIn(5)) return '{{template "t" .}}'
    if (oneIn(150)) return this.#delimited(this.#random.pick(WRONG))
    if (oneIn(30)) return '{{/* a comment */}}'
    if (oneIn(8)) {
      const pipe = this.#pipe()
      return this.#delimited(`$v${++this.#variables} := ${pipe}`)
    }
    if (oneIn(12) && this.#variables > 0) return this.#delimited(`${this.#variable()} = ${this.#pipe()}`)
    return this.#delimited(this.#pipe())
  }

  #delimited(inner: string): string {
    const { oneIn } = this.#random
    return `{{${oneIn(8) ? '- ' : oneIn(3) ? ' ' : ''}${inner}${oneIn(8) ? ' -' : oneIn(3) ? ' ' : ''}}}`
  }

  #variable(): string {
    return `$v${1 + this.#random.below(this.#variables)}`
  }

  #block(kind: number): string {
    const { oneIn } = this.#random
    switch (kind) {
      case 0:
      case 1:
      case 2: {
        const otherwise = oneIn(2) ? `{{else${oneIn(3) ? ` if ${this.#pipe()}` : ''}}}${this.#nodes(1)}` : ''
        return `{{if ${this.#pipe()}}}${this.#nodes(1)}${otherwise}{{end}}`
      }
      case 3:
      case 4: {
        const name = oneIn(3) ? `$v${++this.#variables} := ` : ''
        const otherwise = oneIn(2)
          ? `{{else${oneIn(3) ? ` with ${this.#operand()}` : ''}}}${this.#nodes(1)}`
          : ''
        return `{{with ${name}${this.#operand()}}}${this.#nodes(1)}${otherwise}{{end}}`
      }
      case 8:
        return `{{block "b${this.#random.below(1_000_000)}" ${this.#operand()}}}${this.#nodes(1)}{{end}}`
      default: {
        const over = this.#random.pick([
          '.Labels',
          '.Finalizers',
          '.Annotations',
          '3',
          '.OwnerReferences',
          '0',
          '.Count',
          // No number: real Go would count to the largest ones.
          oneIn(5)
            ? this.#random.pick(['.Type', '.', 'true', '.LastTimestamp', '.Series', '"abc"', '1.5'])
            : '.GetLabels',
        ])
        const names = this.#random.below(3)
        const declared = Array.from({ length: names }, () => `$v${++this.#variables}`).join(', ')
        this.#loops++
        const body = this.#nodes(1 + this.#random.below(2))
        this.#loops--
        const otherwise = oneIn(3) ? `{{else}}${this.#nodes(1)}` : ''
        return `{{range ${declared}${names > 0 ? ' := ' : ''}${over}}}${body}${otherwise}{{end}}`
      }
    }
  }

  #pipe(): string {
    const { oneIn } = this.#random
    const first = oneIn(2) ? this.#operand() : this.#call()
    return oneIn(4) ? `${first} | ${this.#lastCall()}` : first
  }

  #lastCall(): string {
    const { pick, oneIn } = this.#random
    if (oneIn(6)) {
      return pick([
        'len',
        `eq ${this.#operand()}`,
        `index ${this.#operand()}`,
        'slice "abcdef" 1',
        '.LastTimestamp.Format',
        '.Type',
      ])
    }
    return pick([
      'html',
      'js',
      'urlquery',
      'print',
      'println 1',
      'not',
      `printf "%${this.#flags()}${pick(['v', ...VERBS])}"`,
      'printf "%s-%v" "x"',
      `and ${this.#operand()}`,
      `or ${this.#operand()}`,
    ])
  }

  #call(): string {
    const { pick, below } = this.#random
    const a = (): string => this.#argument()
    switch (below(15)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return this.#printf()
      case 4:
        return `${pick(['print', 'println', 'html', 'js', 'urlquery'])} ${a()} ${a()}`
      case 5:
        if (below(4) > 0) return `${pick(['eq', 'ne', 'lt', 'le'])} ${pick(STRING_FIELDS)} ${pick(STRINGS)}`
        return `${pick(['eq', 'ne', 'lt', 'le', 'gt', 'ge'])} ${a()} ${a()}`
      case 6: {
        const [left, right] = below(2) > 0 ? [INTEGERS, INTEGERS] : [FLOATS, FLOATS]
        return `${pick(['eq', 'ne', 'lt', 'le', 'gt', 'ge'])} ${pick(left)} ${pick(right)}`
      }
      case 7:
        return `eq ${pick(STRING_FIELDS)} ${pick(STRINGS)} ${pick(STRINGS)}`
      case 8:
        return `${pick(['and', 'or'])} ${a()} ${a()} ${a()}`
      case 9:
        return `index ${pick(['.Labels', '.Annotations', '.GetLabels'])} ${pick(STRINGS)}`
      case 10:
        return `index ${pick(['.Message', '.LastTimestamp.String', '"abc"', '.Type', '.Finalizers'])} ${pick(['0', '1', '2', '-1', "'a'"])}`
      case 11:
        return `slice ${pick(['.Message', '.LastTimestamp.String', '"héllo"', '.Type'])} ${pick(['0', '1', '2', '0b10'])}${pick(['', ' 2', ' 5', ' 40'])}`
      case 12:
        return `${pick(TIMES)}.Format ${pick(LAYOUTS)}`
      case 13:
        return pick([
          `.LastTimestamp.Add ${pick(LARGE)}`,
          '.LastTimestamp.Sub .FirstTimestamp.Time',
          '(.LastTimestamp.Sub .CreationTimestamp.Time).Minutes',
          '.LastTimestamp.AddDate 0 1 -3',
          '.LastTimestamp.Truncate 3600000000000',
          '.LastTimestamp.After .FirstTimestamp.Time',
          '.FirstTimestamp.Before .LastTimestamp',
          '.LastTimestamp.Format 5',
          '.LastTimestamp.Date',
          '.GetName 1',
        ])
      default:
        return below(3) === 0 ? `len ${a()}` : `${pick(['not', 'html', 'js', 'urlquery', 'print'])} ${a()}`
    }
  }

  #printf(): string {
    const { pick, below, oneIn } = this.#random
    const isNumeric = oneIn(2)
    const verbs = 1 + below(3)
    const verb = (): string => pick(isNumeric ? ['d', ...NUMBER_VERBS] : ['v', ...VERBS])
    const format = Array.from(
      { length: verbs },
      () => pick(['', ' ', 'a', 'é:']) + `%${this.#flags()}${verb()}`,
    )
    const count = oneIn(10) ? below(4) : verbs
    const plain = (): string =>
      oneIn(3) ? pick([...STRINGS, ...STRING_FIELDS, 'true', '.Count']) : this.#number()
    const args = Array.from({ length: count }, () => (isNumeric ? plain() : this.#argument()))
    return ['printf', `"${format.join('')}"`, ...args].join(' ')
  }

  #flags(): string {
    const { pick, oneIn, below } = this.#random
    const flags = oneIn(3) ? pick(['#', '+', '-', ' ', '0', '+#', '-0', '# ']) : ''
    const width = oneIn(4) ? String(below(12)) : oneIn(40) ? '[1]' : ''
    const precision = oneIn(5) ? `.${pick(['', '0', '1', '3', '7'])}` : ''
    return flags + width + precision
  }

  #number(): string {
    const { pick, below } = this.#random
    return pick([
      pick(INTEGERS),
      pick(INTEGERS),
      pick(FLOATS),
      pick(LARGE),
      below(3) === 0 ? pick(COMPLEX) : '5',
    ])
  }

  #argument(): string {
    const { oneIn } = this.#random
    return oneIn(5) && this.#depth < 6 ? this.#nested() : this.#operand()
  }

  #nested(): string {
    this.#depth++
    const inner = `(${this.#pipe()})`
    this.#depth--
    return this.#random.oneIn(8) ? `${inner}.Name` : inner
  }

  #operand(): string {
    const { pick, below } = this.#random
    switch (below(12)) {
      case 0:
        return this.#variables > 0 ? this.#variable() : '$'
      case 1:
        return pick(STRINGS)
      case 2:
        return this.#number()
      case 3:
        return pick(['true', 'false'])
      case 4:
        return pick(TIMES)
      case 5:
      case 6:
        return `$${pick(STRING_FIELDS)}`
      case 7:
        return pick(OTHER_FIELDS)
      case 8: {
        const field = pick(OTHER_FIELDS)
        return field.length > 1 ? `$${field}` : '.'
      }
      default:
        return pick(STRING_FIELDS)
    }
  }
}
