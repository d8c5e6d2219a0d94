/** Holds a sink's options against its schema; what is wrong is told by name, never by value. */
import * as z from 'zod/mini'
import { quoteName } from './problems.ts'

export interface OptionIssue {
  readonly what: string
  /** '' where `what` says it too. */
  readonly remedy: string
}

export type ValidatedOptions =
  | { readonly ok: true; readonly options: unknown }
  | { readonly ok: false; readonly issues: readonly OptionIssue[] }

/** Every issue at once. A value is never quoted: any may be a secret. */
export function validateOptions(
  schema: z.ZodMiniType,
  input: Readonly<Record<string, unknown>>,
): ValidatedOptions {
  const result = z.safeParse(schema, input)
  if (result.success) return { ok: true, options: result.data }
  return { ok: false, issues: result.error.issues.flatMap((issue) => toIssues(issue, input)) }
}

function toIssues(issue: z.core.$ZodIssue, input: Readonly<Record<string, unknown>>): readonly OptionIssue[] {
  const option = nameOf(issue.path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      what: `there is no option ${quoteName(key) ?? 'of this name'}`,
      remedy: 'remove it',
    }))
  }
  const missing = issue.path.length === 1 && input[option] === undefined
  const subject = option === '' ? 'the argument' : `option \`${option}\``
  const what = `${subject} ${missing ? 'is missing' : messageOf(issue)}`
  // Authors of sinks write the remedy behind a colon: `is no HTTP method: write POST`.
  const remedy = missing ? `add ${option}=…` : what.includes(': ') ? '' : 'correct its value'
  return [{ what, remedy }]
}

/** Names of records are the user's own, and may be a secret in the wrong place: told as far as they are plain. */
function nameOf(path: readonly PropertyKey[]): string {
  const names = path.map(String)
  const end = names.findIndex((name) => !/^[\w-]{1,40}$/.test(name))
  return (end === -1 ? names : names.slice(0, end)).join('.')
}

/** What is wrong with a value, as what follows the option's name in a sentence. */
export function messageOf(issue: z.core.$ZodIssue): string {
  // `zod/mini` carries no texts of its own: another one was written by the sink's author.
  if (issue.message !== '' && issue.message !== 'Invalid input') return issue.message
  switch (issue.code) {
    case 'invalid_key':
      return issue.issues[0]
        ? `has a name that ${messageOf(issue.issues[0])}`
        : 'has a name that is not allowed'
    case 'invalid_type':
      return `must be a ${typeNames.get(issue.expected) ?? issue.expected}`
    case 'invalid_value':
      return `is none of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      return `must be at least ${amountOf(issue.minimum, issue.origin)}`
    case 'too_big':
      return `must be at most ${amountOf(issue.maximum, issue.origin)}`
    case 'invalid_format':
      return `must be a valid ${issue.format}`
    default:
      return 'has a value that is not allowed'
  }
}

/** Types as people call them. */
const typeNames: ReadonlyMap<string, string> = new Map([
  ['string', 'text: put it in quotes'],
  ['array', 'list: write [a, b]'],
  ['object', 'map: write name: value lines'],
  ['record', 'map: write name: value lines'],
])

function amountOf(bound: number | bigint, origin: string): string {
  if (origin === 'string') return `${bound} characters long`
  return origin === 'array' ? `${bound} values` : `${bound}`
}
