/** What a schema has against a file's content, told with place, expectation and remedy, and never a value. */
import type * as z from 'zod/mini'
import { kitOptionNames } from '../../sink-kit/kit-options.ts'
import { unwrapped } from '../../sink-kit/secret-option.ts'
import type { Problem } from '../config.ts'
import { errorAt, quoteName } from '../problems.ts'
import { messageOf } from '../sink-options.ts'
import { didYouMean } from '../suggestion.ts'
import type { FileDocument } from './document.ts'
import { isMap } from './references.ts'
import { filtersSchema, paceSchema } from './schema.ts'

/** `base`: where in the file what `schema` was held against begins. */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  document: FileDocument,
  schema: z.core.$ZodType,
  base: readonly PropertyKey[] = [],
): readonly Problem[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path]
    if (issue.code === 'unrecognized_keys') {
      const known = namesIn(schema, issue.path, base)
      return issue.keys.map((key) => unknownKey(key, known, path, document))
    }
    return [describeIssue(issue, path, document)]
  })
}

function describeIssue(
  issue: z.core.$ZodIssue,
  path: readonly PropertyKey[],
  document: FileDocument,
): Problem {
  const subject = subjectOf(path)
  if (valueAt(document.value, path) === undefined) {
    const name = String(path.at(-1) ?? '')
    return errorAt(document.placeOf(path), `${subject} is missing`, `add ${name}: …`)
  }
  const message = messageOf(issue)
  const remedy = message.includes(': ') ? '' : 'correct its value'
  return errorAt(document.placeOf(path), `${subject} ${message}`, remedy)
}

function unknownKey(
  key: string,
  known: readonly string[],
  path: readonly PropertyKey[],
  document: FileDocument,
): Problem {
  const what = `${nameOf(path)} has no option ${quoteName(key) ?? 'of this name'}`
  return errorAt(document.placeOfKey([...path, key]), what, remedyFor(key, known, path))
}

function remedyFor(key: string, known: readonly string[], path: readonly PropertyKey[]): string {
  const plain = key.replace(/^ke\./, '')
  const isOption = path[0] === 'sinks' && path[2] === 'options'
  if (key !== plain && known.includes(plain)) return `in a file it has no ke. before it: write ${plain}`
  if (isOption && plain === 'name') return "write it beside the sink's type"
  if (isOption && Object.hasOwn(filtersSchema.shape, plain)) return `write it under the sink's filters`
  if (path[0] === 'sinks' && path.length === 2) {
    if (Object.hasOwn(filtersSchema.shape, key)) return "write it under the sink's filters"
    if (key === 'url' || kitOptionNames.includes(plain)) return "write it under the sink's options"
  }
  return didYouMean(key, known) ?? (known.length > 0 ? `there are ${known.join(', ')}` : 'remove it')
}

/** The names that there are at `path`. */
function namesIn(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
  base: readonly PropertyKey[],
): readonly string[] {
  const { def } = unwrapped(schema)._zod
  const [step, ...rest] = path
  if (step === undefined) {
    const own = 'shape' in def && isMap(def.shape) ? Object.keys(def.shape) : []
    return base.at(-1) === 'options' ? [...own, ...Object.keys(paceSchema.shape)] : own
  }
  const inner: unknown =
    'shape' in def && isMap(def.shape)
      ? def.shape[String(step)]
      : 'element' in def
        ? def.element
        : 'valueType' in def
          ? def.valueType
          : undefined
  return isSchema(inner) ? namesIn(inner, rest, []) : []
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value
}

/** `option \`options.timeout\``, `this sink`. */
function subjectOf(path: readonly PropertyKey[]): string {
  const name = nameOf(path)
  return name.startsWith('`') ? `option ${name}` : name
}

/** Names of records are the user's own, and may be a secret in the wrong place: told as far as they are plain. */
function nameOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file'
  const isListed = (path[0] === 'sinks' || path[0] === 'sources') && path.length > 1
  const names = (isListed ? path.slice(2) : path).map(String)
  const end = names.findIndex((name) => !/^[\w-]{1,40}$/.test(name))
  const shown = (end === -1 ? names : names.slice(0, end)).join('.')
  return shown === '' ? `this ${path[0] === 'sinks' ? 'sink' : 'source'}` : `\`${shown}\``
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const step of path) {
    if (Array.isArray(at)) at = at[Number(step)]
    else if (isMap(at)) at = at[String(step)]
    else return undefined
  }
  return at
}
