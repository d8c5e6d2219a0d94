/**
 * What the fields of a document are. One table in the three languages that servers speak: Elasticsearch before 5.x
 * was done with `string`, with types up to 6, without since then.
 */

/** `exact`: a name or an id; `text`: searched by word, and whole as `.raw`; `opaque`: kept, and not searched. */
type FieldKind = 'exact' | 'text' | 'date' | 'long' | 'opaque'

interface Fields {
  readonly [name: string]: FieldKind | Fields
}

const documentFields: Fields = {
  Count: 'long',
  Message: 'text',
  Reason: 'exact',
  Type: 'exact',
  FirstOccurrenceTimestamp: 'date',
  LastOccurrenceTimestamp: 'date',
  EventTags: {
    cluster_name: 'exact',
    eventID: 'exact',
    hostname: 'text',
    pod_id: 'exact',
    pod_name: 'text',
  },
  InvolvedObject: {
    apiVersion: 'exact',
    fieldPath: 'text',
    kind: 'exact',
    name: 'text',
    namespace: 'text',
    resourceVersion: 'exact',
    uid: 'exact',
  },
  Metadata: {
    creationTimestamp: 'date',
    // Who wrote which field when: a field of the index for each of them, up to the limit of an index.
    managedFields: 'opaque',
    name: 'text',
    namespace: 'text',
    resourceVersion: 'exact',
    uid: 'exact',
  },
  Source: { component: 'exact', host: 'text' },
}

export type MappingLanguage = 'strings' | 'typed' | 'typeless'

/** A mapping as it stands in an index or in a template; `withTimestamp`: for data streams. */
export function mappingFor(language: MappingLanguage, withTimestamp = false): unknown {
  const fields = withTimestamp ? { '@timestamp': 'date' as const, ...documentFields } : documentFields
  const properties = propertiesOf(fields, language === 'strings' ? oldField : newField)
  switch (language) {
    case 'strings':
      return { _default_: { _all: { enabled: false } }, events: { properties } }
    case 'typed':
      return { events: { properties } }
    case 'typeless':
      return { properties }
  }
}

function propertiesOf(fields: Fields, write: (kind: FieldKind) => unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      typeof field === 'string' ? write(field) : { properties: propertiesOf(field, write) },
    ]),
  )
}

/** The longest term that Lucene takes is 32,766 bytes, four a character at most. */
const longestTerm = 8_191

/**
 * What a server makes of a text by itself, `.keyword` included, is kept: queries and dashboards on indices without
 * this mapping go on working. `.raw` is what the mapping for old servers has.
 */
function newField(kind: FieldKind): unknown {
  const keyword = { type: 'keyword', ignore_above: 256 }
  switch (kind) {
    case 'exact':
      return { type: 'text', fields: { keyword } }
    case 'text':
      return { type: 'text', fields: { keyword, raw: { type: 'keyword', ignore_above: longestTerm } } }
    case 'opaque':
      return { type: 'object', enabled: false }
    case 'date':
    case 'long':
      return { type: kind }
  }
}

function oldField(kind: FieldKind): unknown {
  switch (kind) {
    case 'exact':
      return { type: 'string', index: 'not_analyzed' }
    case 'text':
      return { type: 'string', fields: { raw: { type: 'string', index: 'not_analyzed' } } }
    case 'date':
      return { type: 'date', format: 'strict_date_optional_time||epoch_millis' }
    case 'opaque':
      return { type: 'object', enabled: false }
    case 'long':
      return { type: kind }
  }
}
