/** What there is to know of a sink, from its declaration: the one source of `sinks NAME`. */
import * as z from 'zod/mini'
import { kitOptionSummaries } from '../config/option-summaries.ts'
import { isSecret, unwrapped } from '../sink-kit/secret-option.ts'
import type { Pace, SinkDeclaration } from '../sink-kit/sink.ts'

export interface SinkReference {
  readonly name: string
  readonly summary: string
  readonly options: readonly OptionReference[]
  /** Those that every sink has, as the command line spells them. */
  readonly kitOptions: readonly { readonly name: string; readonly summary: string }[]
  readonly examples: readonly { readonly title: string; readonly argument: string }[]
  readonly pace: Pace
  /** What its options in a configuration file must be. */
  readonly jsonSchema: unknown
}

export interface OptionReference {
  /** As in a configuration file. */
  readonly name: string
  /** `text`, `number`, `GET | POST`, `map of texts` */
  readonly type: string
  readonly required: boolean
  /** As JSON; absent where there is none. */
  readonly default?: string
  readonly secret: boolean
  readonly summary: string
}

/** Stands for a destination in examples. */
const exampleHost = 'hooks.example.test'

export function sinkReference(declaration: SinkDeclaration): SinkReference {
  const { name, summary, schema, examples, pace } = declaration
  return {
    name,
    summary,
    options: optionsOf(schema),
    kitOptions: kitOptionSummaries(),
    examples: examples.map(({ title, argument }) => ({
      title,
      argument: argument.replaceAll('<endpoint>', exampleHost),
    })),
    pace,
    jsonSchema: jsonSchemaOf(schema),
  }
}

function jsonSchemaOf(schema: z.core.$ZodType): unknown {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
}

function optionsOf(schema: z.core.$ZodType): readonly OptionReference[] {
  if (!(schema instanceof z.ZodMiniObject)) return []
  const fields: Readonly<Record<string, z.core.$ZodType>> = schema.shape
  return Object.entries(fields).map(([name, field]) => {
    const given = field._zod.def.type === 'default' && 'defaultValue' in field._zod.def
    const standard = given ? Reflect.get(field._zod.def, 'defaultValue') : undefined
    const optional = field._zod.optin === 'optional'
    return {
      name,
      type: typeText(jsonSchemaOf(unwrapped(field))),
      required: !optional && standard === undefined,
      ...(standard !== undefined && { default: JSON.stringify(standard) }),
      secret: isSecret(field),
      summary: descriptionOf(field),
    }
  })
}

/** Of the option itself, or of what it wraps. */
function descriptionOf(field: z.core.$ZodType): string {
  const own = z.globalRegistry.get(field)?.description
  return own ?? z.globalRegistry.get(unwrapped(field))?.description ?? innerDescription(field)
}

function innerDescription(field: z.core.$ZodType): string {
  const { def } = field._zod
  if (!('innerType' in def) || !(def.innerType instanceof z.ZodMiniType)) return ''
  return z.globalRegistry.get(def.innerType)?.description ?? innerDescription(def.innerType)
}

/** A JSON Schema in a few words. */
function typeText(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null) return 'any'
  if ('enum' in schema && Array.isArray(schema.enum)) return schema.enum.map(String).join(' | ')
  if ('const' in schema) return String(schema.const)
  if ('anyOf' in schema && Array.isArray(schema.anyOf)) {
    return oneOf(schema.anyOf.map(typeText))
  }
  const type = 'type' in schema ? schema.type : undefined
  if (Array.isArray(type)) return oneOf(type.map((one) => typeText({ type: one })))
  switch (type) {
    case 'string':
      return 'text'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'true or false'
    case 'array':
      return `list of ${typeText('items' in schema ? schema.items : undefined)}`
    case 'object':
      return 'additionalProperties' in schema ? `map of ${typeText(schema.additionalProperties)}` : 'map'
    default:
      return 'any'
  }
}

/** Texts are how the command line writes what is a list or a boolean in a file. */
function oneOf(types: readonly string[]): string {
  const distinct = [...new Set(types)]
  const richer = distinct.filter((type) => type !== 'text')
  return (richer.length > 0 ? richer : distinct).join(' or ')
}
