/**
 * Marks options that hold secrets: in a configuration file they may come from the environment or a file, and they
 * are shown nowhere.
 */
import * as z from 'zod/mini'

/** For `.check(secret)`: the option is a secret, or each value of it if it is a record or a list. */
export const secret = z.meta({ secret: true })

/** Whether the schema, or what it wraps (`optional`, a default, a pipe's input), is marked. */
export function isSecret(schema: z.core.$ZodType): boolean {
  for (let at: z.core.$ZodType | undefined = schema; at !== undefined; at = wrappedIn(at)) {
    if (z.globalRegistry.get(at)?.['secret'] === true) return true
  }
  return false
}

/** The schema without what wraps it. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = wrappedIn(schema)
  return inner === undefined ? schema : unwrapped(inner)
}

function wrappedIn(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const { def } = schema._zod
  if ('innerType' in def && isSchema(def.innerType)) return def.innerType
  return 'in' in def && isSchema(def.in) ? def.in : undefined
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value
}
