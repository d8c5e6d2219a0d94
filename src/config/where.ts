/**
 * `where` of a report: which events it counts, as one line: `level=Warning namespaces=shop,billing reason!=Pulled`.
 * Names and expressions are read as the options of a sink are.
 */
import type { FilterField, FilterOptions, Pattern } from '../domain/filter-options.ts'
import { readNames, readReasons } from '../sink-kit/filter-argument.ts'
import { reviewFilter, type FilterSpelling } from '../sink-kit/filter-review.ts'
import { didYouMean } from './suggestion.ts'

export type ReadWhere =
  | { readonly ok: true; readonly filter: FilterOptions }
  /** Everything that is wrong, each a sentence with its remedy. */
  | { readonly ok: false; readonly problems: readonly { readonly what: string; readonly remedy: string }[] }

const fields: readonly FilterField[] = ['namespaces', 'kinds', 'reason', 'message', 'object']
const names: readonly string[] = ['level', ...fields]
const form = 'write conditions as in level=Warning namespaces=shop reason!=Pulled'

const nameOf = (field: FilterField, excludes: boolean): string => `${field}${excludes ? '!' : ''}`
const spelling: FilterSpelling = {
  name: nameOf,
  assign: (field, excludes, value) => `${nameOf(field, excludes)}=${value}`,
  isLenient: false,
}

/** Conditions stand between spaces; one with a space in it stands in double quotes: `"message=not found"`. '': all. */
export function readWhere(text: string): ReadWhere {
  const problems: { what: string; remedy: string }[] = []
  let level: FilterOptions['level'] = 'all'
  const wanted: { [Field in FilterField]?: readonly Pattern[] } = {}
  const exclude: { [Field in FilterField]?: readonly Pattern[] } = {}
  for (const condition of conditionsIn(text)) {
    const [, name = '', not, value = ''] = /^([A-Za-z]*)(!?)=(.*)$/s.exec(condition) ?? []
    if (name === '' || value === '') {
      problems.push({ what: 'a condition is not NAME=VALUE', remedy: form })
    } else if (!names.includes(name) || (name === 'level' && not === '!')) {
      const what = `there is no condition \`${name}${not}\``
      problems.push({ what, remedy: didYouMean(name, names) ?? `write one of ${names.join(', ')}` })
    } else if (name === 'level') {
      if (value === 'all' || value === 'Normal' || value === 'Warning') level = value
      else problems.push({ what: 'the level is none of all, Normal, Warning', remedy: 'write level=Warning' })
    } else {
      const field = fields.find((one) => one === name)
      if (field === undefined) continue
      const side = not === '!' ? exclude : wanted
      side[field] = [...(side[field] ?? []), ...patternsOf(field, value)]
    }
  }
  const filter: FilterOptions = {
    level,
    ...wanted,
    ...(Object.keys(exclude).length > 0 && { exclude }),
  }
  problems.push(...reviewFilter(filter, spelling).errors)
  return problems.length > 0 ? { ok: false, problems } : { ok: true, filter }
}

function patternsOf(field: FilterField, value: string): readonly Pattern[] {
  switch (field) {
    case 'namespaces':
    case 'kinds':
      return readNames([value]) ?? []
    case 'reason':
      return readReasons([value]) ?? []
    case 'message':
    case 'object':
      return [{ kind: 'regexp', source: value, anchored: false }]
  }
}

function conditionsIn(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}
