/**
 * For tests: what Elasticsearch and OpenSearch make of requests, as strictly as they do: forms that another version
 * takes are refused. It keeps indices, aliases, templates and documents in memory, and says nothing of searching.
 * https://www.elastic.co/docs/api/doc/elasticsearch, https://docs.opensearch.org/latest/api-reference/
 */
import { isRecord, recordIn, recordOf } from '../json.ts'
import type { JsonRecord } from '../json.ts'

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly contentType: string | undefined
  readonly body: string
}

export interface Said {
  readonly status: number
  readonly body: string
}

export interface ItemError {
  readonly status: number
  readonly type: string
  readonly reason: string
}

export interface StoredDocument {
  readonly index: string
  readonly id: string
  readonly source: JsonRecord
  /** How often it was written. */
  readonly writes: number
}

export interface SearchEngineSettings {
  /** As in `GET /`. */
  readonly version: string
  readonly opensearch?: boolean
  /** Ingest pipelines that there are. */
  readonly pipelines?: readonly string[]
  /** Indices are not made by their first document. */
  readonly noAutoCreate?: boolean
}

/** What a bulk request may say of an action, in every version; `_type` before 8. */
const actionFields = ['_index', '_id', 'pipeline', 'if_seq_no', 'if_primary_term', '_type']

export class SearchEngineDouble {
  readonly #settings: SearchEngineSettings
  readonly #major: number
  readonly #documents = new Map<string, StoredDocument>()
  readonly #indices = new Map<string, { aliases: Set<string>; mappings: unknown }>()
  readonly templates = new Map<string, JsonRecord>()
  readonly indexTemplates = new Map<string, JsonRecord>()
  readonly dataStreams = new Set<string>()
  /** Refuses a document after everything else was found well. */
  refuse: (index: string, source: JsonRecord) => ItemError | undefined = () => undefined

  constructor(settings: SearchEngineSettings) {
    this.#settings = settings
    this.#major = Number(settings.version.split('.')[0])
  }

  get documents(): readonly StoredDocument[] {
    return [...this.#documents.values()]
  }

  get indices(): readonly string[] {
    return [...this.#indices.keys()]
  }

  aliasesOf(index: string): readonly string[] {
    return [...(this.#indices.get(index)?.aliases ?? [])]
  }

  mappingsOf(index: string): unknown {
    return this.#indices.get(index)?.mappings
  }

  /** Somebody deletes an index, with all that is in it. */
  deleteIndex(index: string): void {
    this.#indices.delete(index)
    for (const [key, document] of this.#documents) if (document.index === index) this.#documents.delete(key)
  }

  answer(asked: Asked): Said {
    const { method, target } = asked
    const path = (target.split('?')[0] ?? '').split('/').map((part) => decodeURIComponent(part))
    const [, first = '', second = '', third] = path
    if (first === '') return method === 'GET' || method === 'HEAD' ? ok(this.#root()) : wrongMethod()
    if (first === '_bulk' && method === 'POST') return this.#bulk(asked)
    if (first === '_nodes') return ok({ nodes: {} })
    if (first === '_aliases' && method === 'POST') return this.#addAliases(asked)
    if (first === '_template') return this.#template(this.templates, method, second, asked)
    if (first === '_index_template') return this.#template(this.indexTemplates, method, second, asked)
    if (first === '_data_stream') return this.dataStreams.has(second) ? ok({}) : noIndex(second)
    if (first === '_ingest' && third !== undefined)
      return (this.#settings.pipelines ?? []).includes(third) ? ok({}) : { status: 404, body: '{}' }
    if (first.startsWith('_')) return wrongMethod()
    if (method === 'PUT' && second === '') return this.#makeIndex(first, asked)
    if (method === 'GET' && second === '_alias') return this.#showAliases(first)
    return wrongMethod()
  }

  #root(): unknown {
    const { version, opensearch } = this.#settings
    return { version: { number: version, ...(opensearch && { distribution: 'opensearch' }) } }
  }

  #makeIndex(name: string, asked: Asked): Said {
    const body = recordIn(asked.body === '' ? '{}' : asked.body)
    const wrong = this.#wrongName(name)
    if (wrong) return failure(wrong)
    if (this.#indices.has(name)) {
      return failure(problem(400, 'resource_already_exists_exception', `index [${name}] already exists`))
    }
    const unknown = Object.keys(recordOf(body['settings'])).find((setting) =>
      setting.startsWith('index.kube'),
    )
    if (unknown !== undefined && this.#major >= 5) {
      return failure(problem(400, 'illegal_argument_exception', `unknown setting [${unknown}]`))
    }
    this.#addIndex(name, body['mappings'])
    return ok({ acknowledged: true, shards_acknowledged: true, index: name })
  }

  #wrongName(name: string): ItemError | undefined {
    return name === name.toLowerCase() && /^[^\s"*\\<|,>/?]+$/.test(name)
      ? undefined
      : problem(400, 'invalid_index_name_exception', `Invalid index name [${name}]`)
  }

  #addIndex(name: string, mappings: unknown): void {
    const template = [...this.templates.values()].find((one) => matches(one, name))
    this.#indices.set(name, { aliases: new Set(), mappings: mappings ?? template?.['mappings'] })
  }

  #showAliases(name: string): Said {
    const index = this.#indices.get(name)
    if (!index && !this.dataStreams.has(name)) return noIndex(name)
    return ok({
      [name]: { aliases: Object.fromEntries([...(index?.aliases ?? [])].map((one) => [one, {}])) },
    })
  }

  #addAliases(asked: Asked): Said {
    const { actions } = recordIn(asked.body)
    if (!Array.isArray(actions)) return failure(problem(400, 'parse_exception', 'no actions'))
    for (const action of actions) {
      const { index, alias } = recordOf(recordOf(action)['add'])
      const there = this.#indices.get(String(index))
      if (!there) return noIndex(String(index))
      there.aliases.add(String(alias))
    }
    return ok({ acknowledged: true })
  }

  #template(kept: Map<string, JsonRecord>, method: string, name: string, asked: Asked): Said {
    if (method === 'GET') {
      const template = kept.get(name)
      return template ? ok({ [name]: template }) : { status: 404, body: '{}' }
    }
    const template = recordIn(asked.body)
    if (!Array.isArray(template['index_patterns'])) {
      return failure(problem(400, 'action_request_validation_exception', 'index patterns are missing'))
    }
    kept.set(name, template)
    return ok({ acknowledged: true })
  }

  #bulk({ body, contentType }: Asked): Said {
    if (contentType !== 'application/x-ndjson') {
      return failure(
        problem(406, 'media_type_header_exception', `Invalid media-type value [${contentType ?? ''}]`),
      )
    }
    if (!body.endsWith('\n')) {
      return failure(
        problem(400, 'illegal_argument_exception', 'The bulk request must be terminated by a newline [\\n]'),
      )
    }
    const lines = body.slice(0, -1).split('\n')
    const items: unknown[] = []
    for (let at = 0; at < lines.length; at += 2) {
      const [[operation = '', given] = []] = Object.entries(recordIn(lines[at] ?? ''))
      const action = recordOf(given)
      const wrong = this.#wrongAction(operation, action)
      if (wrong !== undefined) return failure(problem(400, 'illegal_argument_exception', wrong))
      const source: unknown = parsed(lines[at + 1])
      const index = String(action['_index'])
      const id = String(action['_id'])
      const result = isRecord(source)
        ? this.#write(operation, action, index, id, source)
        : problem(400, 'mapper_parsing_exception', 'failed to parse')
      const { status } = result
      const error = result.type === undefined ? undefined : { type: result.type, reason: result.reason }
      items.push({ [operation]: { _index: index, _id: id, status, ...(error && { error }) } })
    }
    return ok({ took: 1, errors: items.some((item) => JSON.stringify(item).includes('"error"')), items })
  }

  #wrongAction(operation: string, action: JsonRecord): string | undefined {
    if (operation !== 'index' && operation !== 'create') return `unknown operation [${operation}]`
    const unknown = Object.keys(action).find((name) => !actionFields.includes(name))
    if (unknown !== undefined) return `Action/metadata line contains an unknown parameter [${unknown}]`
    const isOpensearch = this.#settings.opensearch === true
    if ('_type' in action && (this.#major >= 8 || isOpensearch)) {
      return 'Action/metadata line [1] contains an unknown parameter [_type]'
    }
    if (!('_type' in action) && this.#major < 7 && !isOpensearch) return 'type is missing'
    return undefined
  }

  #write(
    operation: string,
    action: JsonRecord,
    index: string,
    id: string,
    source: JsonRecord,
  ): { readonly status: number; readonly type?: undefined } | ItemError {
    const { pipeline } = action
    if (pipeline !== undefined && !(this.#settings.pipelines ?? []).includes(String(pipeline))) {
      return problem(
        400,
        'illegal_argument_exception',
        `pipeline with id [${String(pipeline)}] does not exist`,
      )
    }
    const missing = this.#makePlace(index)
    if (missing) return missing
    if (this.dataStreams.has(index)) {
      if (operation !== 'create') {
        return problem(
          400,
          'illegal_argument_exception',
          'only write ops with an op_type of create are allowed in data streams',
        )
      }
      if (typeof source['@timestamp'] !== 'string') {
        return problem(
          400,
          'document_parsing_exception',
          'data stream timestamp field [@timestamp] is missing',
        )
      }
    }
    const key = JSON.stringify([index, id])
    const before = this.#documents.get(key)
    if ('if_seq_no' in action || (operation === 'create' && before)) {
      return problem(409, 'version_conflict_engine_exception', `[${id}]: version conflict`)
    }
    const refused = this.refuse(index, source)
    if (refused) return refused
    this.#documents.set(key, { index, id, source, writes: (before?.writes ?? 0) + 1 })
    return { status: before ? 200 : 201 }
  }

  /** What the first document of an index makes. */
  #makePlace(index: string): ItemError | undefined {
    if (this.#indices.has(index) || this.dataStreams.has(index)) return undefined
    const wrong = this.#wrongName(index)
    if (wrong) return wrong
    const template = [...this.indexTemplates.values()].find((one) => matches(one, index))
    if (template && 'data_stream' in template) this.dataStreams.add(index)
    else if (this.#settings.noAutoCreate) {
      return problem(404, 'index_not_found_exception', `no such index [${index}]`)
    } else this.#addIndex(index, undefined)
    return undefined
  }
}

function matches(template: JsonRecord, index: string): boolean {
  const patterns = template['index_patterns']
  return (
    Array.isArray(patterns) &&
    patterns.some((pattern) =>
      String(pattern).endsWith('*') ? index.startsWith(String(pattern).slice(0, -1)) : pattern === index,
    )
  )
}

export function problem(status: number, type: string, reason: string): ItemError {
  return { status, type, reason }
}

function ok(body: unknown): Said {
  return { status: 200, body: JSON.stringify(body) }
}

export function failure({ status, type, reason }: ItemError): Said {
  return { status, body: JSON.stringify({ error: { root_cause: [{ type, reason }], type, reason }, status }) }
}

function noIndex(name: string): Said {
  return failure(problem(404, 'index_not_found_exception', `no such index [${name}]`))
}

function wrongMethod(): Said {
  return { status: 405, body: '{"error":"Incorrect HTTP method for uri","status":405}' }
}

function parsed(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '')
  } catch {
    return undefined
  }
}
