// `managedFields`: the API server notes who set which fields, and clients must cope with its size.

/** Objects that are one value to the API server. */
const atomic = new Set(['involvedObject', 'related'])
/** Maps and optional structs: their own presence is noted too, as `.`. */
const dotted = new Set(['data', 'binaryData', 'labels', 'annotations', 'series', 'resourceAttributes'])
const never = new Set(['kind', 'apiVersion', 'metadata', 'managedFields'])

interface Entry {
  readonly manager: string
  readonly operation: 'Update'
  readonly apiVersion: string
  readonly time: string
  readonly fieldsType: 'FieldsV1'
  readonly fieldsV1: object
}

/** The entry for an object that `userAgent` sent at `time`. */
export function managedFields(
  object: object,
  apiVersion: string,
  userAgent: string | undefined,
  time: string,
): Entry[] {
  const metadata = 'metadata' in object && isObject(object.metadata) ? metadataFields(object.metadata) : {}
  return [
    {
      manager: userAgent?.split('/')[0] || 'unknown',
      operation: 'Update',
      apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: { ...metadata, ...fieldsOf(object) },
    },
  ]
}

function metadataFields(metadata: object): object {
  const owned = Object.entries(metadata).filter(([name]) => name === 'labels' || name === 'annotations')
  return owned.length === 0 ? {} : { 'f:metadata': fieldsOf(Object.fromEntries(owned)) }
}

function fieldsOf(object: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(object)) {
    if (never.has(name) || value === undefined || value === null) continue
    if (!isObject(value) || atomic.has(name)) fields[`f:${name}`] = {}
    else fields[`f:${name}`] = dotted.has(name) ? { '.': {}, ...fieldsOf(value) } : fieldsOf(value)
  }
  return fields
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
