/** Secrets in a configuration file: by value, or by reference to the environment or to a file. */
import * as z from 'zod/mini'
import { isSecret, unwrapped } from '../../sink-kit/secret-option.ts'
import type { Environment } from '../expand-env.ts'
import type { SecretReference } from '../config.ts'

export interface ReferenceContext {
  readonly env: Environment
  /** A file's text; throws as `readFileSync` does. */
  readonly read: (path: string) => string
}

export interface ReferenceProblem {
  readonly path: readonly string[]
  readonly what: string
  readonly remedy: string
}

export interface ResolvedSecrets {
  /** `input` with each reference replaced by what it stands for; `undefined` where it cannot be read. */
  readonly value: unknown
  readonly references: readonly SecretReference[]
  readonly problems: readonly ReferenceProblem[]
}

/** Replaces references where `schema` has secrets. What is no secret is left as it is. */
export function resolveSecrets(
  schema: z.core.$ZodType,
  input: unknown,
  context: ReferenceContext,
): ResolvedSecrets {
  const references: SecretReference[] = []
  const problems: ReferenceProblem[] = []
  const walk = (at: z.core.$ZodType, value: unknown, path: readonly string[], marked: boolean): unknown => {
    const secret = marked || isSecret(at)
    const { def } = unwrapped(at)._zod
    if (isMap(value) && 'shape' in def && isShape(def.shape)) {
      const { shape } = def
      return mapValues(value, (item, name) => {
        const inner = Object.hasOwn(shape, name) ? shape[name] : undefined
        return inner ? walk(inner, item, [...path, name], secret) : item
      })
    }
    if (isMap(value) && 'valueType' in def && isSchema(def.valueType)) {
      const { valueType } = def
      return mapValues(value, (item, name) => walk(valueType, item, [...path, name], secret))
    }
    if (Array.isArray(value)) {
      const element = 'element' in def && isSchema(def.element) ? def.element : at
      return value.map((item: unknown, index) => walk(element, item, [...path, String(index)], secret))
    }
    if (!secret || !isMap(value)) return value
    const read = readReference(value, context)
    if ('what' in read) {
      problems.push({ path, ...read })
      return undefined
    }
    references.push({ path, ...read.reference })
    return read.text
  }
  return { value: walk(schema, input, [], false), references, problems }
}

type ReadReference =
  | { readonly text: string; readonly reference: Omit<SecretReference, 'path'> }
  | { readonly what: string; readonly remedy: string }

function readReference(value: Readonly<Record<string, unknown>>, context: ReferenceContext): ReadReference {
  const [[kind, name] = ['', undefined], ...more] = Object.entries(value)
  if (more.length > 0 || (kind !== 'env' && kind !== 'file') || typeof name !== 'string' || name === '') {
    return { what: 'is no secret', remedy: 'write a text, {env: NAME} or {file: /path}' }
  }
  if (kind === 'env') {
    const text = Object.hasOwn(context.env, name) ? context.env[name] : undefined
    if (text !== undefined) return { text, reference: { kind, name } }
    const shown = /^[A-Za-z_]\w{0,63}$/.test(name) ? `variable ${name}` : 'variable it names'
    const remedy = 'set it in the environment of the process (env: of the container)'
    return { what: `names a variable that is not set: there is no ${shown} in the environment`, remedy }
  }
  try {
    return { text: context.read(name).replace(/\r?\n$/, ''), reference: { kind, name } }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    // A value that is no path may be the secret itself.
    const shown = name.startsWith('/') ? name : 'its file'
    const remedy = 'mount the file there, readable for the user that the program runs as'
    return { what: `: ${shown} cannot be read (${code})`, remedy }
  }
}

/** Plain data: a map of a YAML file. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mapValues(
  map: Readonly<Record<string, unknown>>,
  change: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value, name)]))
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value
}

function isShape(value: unknown): value is Readonly<Record<string, z.core.$ZodType>> {
  return typeof value === 'object' && value !== null
}
