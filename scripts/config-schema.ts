/** The JSON Schema of the configuration file, with which editors complete and check it: from what reads the file. */
import * as z from 'zod/mini'
import { fileSchema, filtersSchema, paceSchema, sinkSchema } from '../src/config/file/schema.ts'
import type { SinkDeclaration } from '../src/sink-kit/sink.ts'

type Json = Record<string, unknown>

/** `sinks`: all that there are. */
export function configSchema(sinks: readonly SinkDeclaration[]): Json {
  const file = schemaOf(fileSchema)
  const properties = propertiesOf(file)
  const { name } = propertiesOf(schemaOf(sinkSchema))
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of kube-eventer',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...properties,
      sinks: {
        description: 'Where events go.',
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'type'],
          properties: { name, type: { enum: sinks.map((sink) => sink.name) } },
          oneOf: sinks.map((sink) => sinkOf(sink, name)),
        },
      },
    },
    definitions: {
      filters: schemaOf(filtersSchema),
      secret: {
        description: 'A secret: a text, or where it comes from.',
        anyOf: [
          { type: 'string' },
          referenceOf('env', 'Name of a variable of the environment.'),
          referenceOf('file', 'Path of a file that holds it.'),
        ],
      },
    },
  }
}

function sinkOf(sink: SinkDeclaration, name: unknown): Json {
  const own = schemaOf(sink.schema)
  const options = {
    description: `The options of ${sink.name}.`,
    type: 'object',
    additionalProperties: false,
    properties: { ...propertiesOf(own), ...propertiesOf(schemaOf(paceSchema)) },
    ...(own['required'] !== undefined && { required: own['required'] }),
  }
  return {
    description: sink.summary,
    additionalProperties: false,
    properties: {
      name,
      type: { const: sink.name, description: sink.summary },
      options,
      filters: { description: 'Which events it gets.', $ref: '#/definitions/filters' },
    },
    required: own['required'] === undefined ? ['name', 'type'] : ['name', 'type', 'options'],
  }
}

function referenceOf(kind: 'env' | 'file', description: string): Json {
  return {
    type: 'object',
    additionalProperties: false,
    required: [kind],
    properties: { [kind]: { type: 'string', minLength: 1, description } },
  }
}

function schemaOf(schema: z.core.$ZodType): Json {
  const { $schema: _, ...json }: Json = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-07',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema['secret'] !== true) return
      delete jsonSchema['secret']
      const { type, additionalProperties } = jsonSchema
      if (type === 'object' && additionalProperties !== undefined) {
        jsonSchema.additionalProperties = { $ref: '#/definitions/secret' }
      } else {
        for (const key of ['type', 'minLength', 'pattern', 'format'] as const) delete jsonSchema[key]
        jsonSchema.allOf = [{ $ref: '#/definitions/secret' }]
      }
    },
  })
  return json
}

function propertiesOf(schema: Json): Json {
  const { properties } = schema
  return typeof properties === 'object' && properties !== null
    ? Object.fromEntries(Object.entries(properties))
    : {}
}
