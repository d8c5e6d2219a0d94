/** Looks a filter over before it is used: expressions that are none, and what is likely a mistake. */
import type { FilterConditions, FilterField, FilterOptions, Pattern } from '../domain/filter-options.ts'
import { compileRegexp, type RegexpFault } from '../stages/regexp.ts'
import { knownReasons } from './known-reasons.ts'
import { nearest } from './nearest.ts'

/** How a front end writes what a filter is made of. */
export interface FilterSpelling {
  /** `reason`, `ke.reason!`; `filters.exclude.reason` */
  name(field: FilterField, excludes: boolean): string
  /** `ke.reason!=Unhealthy` */
  assign(field: FilterField, excludes: boolean, value: string): string
  /**
   * Whether an expression of `namespaces`, `kinds` or `reason` that is none is left out if another one is right, as
   * kube-eventer has it: what it delivered goes on being delivered.
   */
  readonly isLenient: boolean
}

export interface FilterFinding {
  readonly what: string
  /** '' where `what` says it too. */
  readonly remedy: string
}

export interface FilterReview {
  /** The filter to use: without what was left out. */
  readonly filter: FilterOptions
  /** What makes the filter unusable. */
  readonly errors: readonly FilterFinding[]
  /** What was left out: a strict start takes these for errors. */
  readonly mistakes: readonly FilterFinding[]
  readonly warnings: readonly FilterFinding[]
}

/** As the command line writes filters. */
export const commandLineSpelling: FilterSpelling = {
  name: optionOf,
  assign: (field, excludes, value) => `${optionOf(field, excludes)}=${value}`,
  isLenient: true,
}

function optionOf(field: FilterField, excludes: boolean): string {
  if (excludes) return `ke.${field}!`
  return isOriginal(field) ? field : `ke.${field}`
}

/** Fields that kube-eventer filters by. */
function isOriginal(field: FilterField): boolean {
  return field === 'namespaces' || field === 'kinds' || field === 'reason'
}

const fields: readonly FilterField[] = ['namespaces', 'kinds', 'reason', 'message', 'object']

export function reviewFilter(filter: FilterOptions, spelling: FilterSpelling): FilterReview {
  const findings: Findings = { errors: [], mistakes: [], warnings: [] }
  const wanted = reviewConditions(filter, false, spelling, findings)
  const exclude = filter.exclude && reviewConditions(filter.exclude, true, spelling, findings)
  if (filter.clusterScoped && !filter.namespaces) {
    const what = `clusterScoped has no effect without \`${spelling.name('namespaces', false)}\``
    findings.warnings.push({ what, remedy: 'remove it' })
  }
  return { filter: { ...filter, ...wanted, ...(exclude && { exclude }) }, ...findings }
}

interface Findings {
  readonly errors: FilterFinding[]
  readonly mistakes: FilterFinding[]
  readonly warnings: FilterFinding[]
}

function reviewConditions(
  conditions: FilterConditions,
  excludes: boolean,
  spelling: FilterSpelling,
  findings: Findings,
): FilterConditions {
  const kept: { [Field in FilterField]?: readonly Pattern[] } = {}
  for (const field of fields) {
    const patterns = conditions[field]
    if (patterns === undefined) continue
    const option = `option \`${spelling.name(field, excludes)}\``
    if (patterns.length === 0 && !excludes) {
      findings.warnings.push({
        what: `${option} is empty, so no event passes`,
        remedy: 'name some, or remove it',
      })
    }
    const faults: FilterFinding[] = []
    kept[field] = patterns.filter((pattern) => {
      const compiled = pattern.kind === 'exact' ? undefined : compileRegexp(pattern.source, pattern.anchored)
      if (pattern.kind === 'exact' || compiled === undefined) return true
      if (!compiled.ok) {
        faults.push(faultFinding(option, pattern.source, compiled.fault, field, spelling))
        return false
      }
      findings.warnings.push(...slips(pattern.source, compiled.test, field, excludes, spelling))
      return true
    })
    const isLeftOut = spelling.isLenient && !excludes && isOriginal(field) && kept[field].length > 0
    if (isLeftOut) {
      findings.mistakes.push(
        ...faults.map(({ what, remedy }) => ({
          what: `${what}; it is left out, as in kube-eventer`,
          remedy,
        })),
      )
    } else findings.errors.push(...faults)
    // Only who comes from kube-eventer's command line knows it otherwise.
    if (!excludes && spelling.isLenient) {
      findings.warnings.push(...expressionsForNames(option, field, kept[field]))
    }
  }
  return kept
}

function faultFinding(
  option: string,
  source: string,
  { what, piece, at }: RegexpFault,
  field: FilterField,
  spelling: FilterSpelling,
): FilterFinding {
  const place = `\`${shown(piece)}\` at character ${at + 1}`
  return {
    what: `${option}: \`${shown(source)}\` is no regular expression: ${what}: ${place}`,
    remedy: remedyFor(what, piece, field, spelling),
  }
}

function remedyFor(what: string, piece: string, field: FilterField, spelling: FilterSpelling): string {
  const itself = `write \`\\${piece.charAt(0)}\` for the character itself`
  if (/^\(\?<?[!=]/.test(piece)) {
    return (
      'expressions are RE2, which does not look around; ' +
      `to leave events out, name those: \`${spelling.assign(field, true, '…')}\``
    )
  }
  switch (what) {
    case 'missing closing ]':
    case 'missing closing )': {
      const split =
        spelling.isLenient && isOriginal(field) ? '; a comma ends an expression, in brackets too' : ''
      return `close it, or ${itself}${split}`
    }
    case 'unexpected )':
      return `open it, or ${itself}`
    case 'missing argument to repetition operator':
      return `put what repeats before it (\`.*\` is anything), or ${itself}`
    case 'invalid nested repetition operator':
      return 'keep one of them'
    case 'invalid repeat count':
      return 'repeat 1000 times at most'
    case 'trailing backslash at end of expression':
      return 'remove it, or write `\\\\` for the character itself'
    default:
      return 'correct it: the syntax is RE2, as in Go'
  }
}

/** An expression that is right and likely means something else. */
function slips(
  source: string,
  test: (text: string) => boolean,
  field: FilterField,
  excludes: boolean,
  spelling: FilterSpelling,
): readonly FilterFinding[] {
  const option = `option \`${spelling.name(field, excludes)}\``
  const word = negatedWord(source)
  if (word !== undefined) {
    const what = `${option}: \`[^…]\` in \`${shown(source)}\` is any one character but those listed, and does not mean "not ${word}"`
    const remedy = excludes
      ? `write \`${spelling.assign(field, true, word)}\``
      : `to leave that out, write \`${spelling.assign(field, true, word)}\` instead`
    return [{ what, remedy }]
  }
  if (field !== 'reason') return []
  if (source === '')
    return [{ what: `${option} has an empty expression, which every reason matches`, remedy: 'remove it' }]
  if (knownReasons.some(test)) return []
  const meant = wordsOf(source)
    .map((one) => nearest(one, knownReasons))
    .find((one) => one !== undefined)
  const split =
    /[{}]/.test(source) && spelling.isLenient && !excludes
      ? '; a comma ends an expression, in braces too'
      : ''
  return [
    {
      what: `${option}: \`${shown(source)}\` matches none of the reasons that Kubernetes itself gives${split}`,
      remedy:
        meant === undefined
          ? 'keep it if another controller gives such a reason'
          : `meant: \`${meant}\`? Keep it if another controller gives such a reason`,
    },
  ]
}

/** The word in `[^Unhealthy]`: letters that stand together mean a word, not a set of letters. */
function negatedWord(source: string): string | undefined {
  const [, text = ''] = /\[\^([\w.|() -]+)\]/.exec(source) ?? []
  return /[A-Za-z]{4}/.test(text) ? text.replace(/^\((.*)\)$/, '$1') : undefined
}

function wordsOf(source: string): readonly string[] {
  return source
    .split('|')
    .map((part) => part.replaceAll(/\\.|[^\w-]/g, ''))
    .filter((word) => word.length > 2)
}

/** kube-eventer's documents promise expressions here, and it compares letter by letter. Told once an option. */
function expressionsForNames(
  option: string,
  field: FilterField,
  patterns: readonly Pattern[],
): readonly FilterFinding[] {
  if (field !== 'namespaces' && field !== 'kinds') return []
  const sources = patterns.flatMap((pattern) =>
    pattern.kind === 'regexp' ? [`\`${shown(pattern.source)}\``] : [],
  )
  if (sources.length === 0) return []
  const what =
    `${option}: ${sources.join(', ')} ${sources.length === 1 ? 'is' : 'are'} matched against whole names as regular ` +
    'expressions, where kube-eventer compared letter by letter'
  return [{ what, remedy: 'nothing to do if you mean expressions' }]
}

/** For a line of a log. */
function shown(text: string): string {
  const plain = text.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
  return plain.length > 100 ? `${plain.slice(0, 100)}…` : plain
}
