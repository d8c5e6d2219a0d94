/**
 * For tests: InfluxDB 1, 2 and 3 as far as a sink meets them. What it answers is what version 1.6 answers, and what the
 * documents of 2 and 3 say that those answer.
 */
import type { Answer, Received } from '../../../sink-kit/testing/http-receiver.ts'
import { readLines } from './line-protocol.ts'
import type { Point, ReadLine } from './line-protocol.ts'

export interface InfluxSettings {
  readonly version: 1 | 2 | 3
  /** Databases of version 1 with the durations of their policies, in the words of the server. */
  readonly databases?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Of version 2 and 3. */
  readonly bucket?: string
  readonly org?: string
  /** The only `Authorization` that is let in; absent: anybody. */
  readonly authorization?: string
  /** The user may write, and nothing else. */
  readonly mayOnlyWrite?: boolean
}

export class InfluxDouble {
  readonly #settings: InfluxSettings
  readonly databases: Map<string, Map<string, string>>
  /** Statements in the order in which they came. */
  readonly statements: string[] = []
  /** Bodies of writes, as text. */
  readonly writes: string[] = []
  readonly #points = new Map<string, Point>()
  /** Why a point is not taken. */
  refuse: (point: Point) => string | undefined = () => undefined

  constructor(settings: InfluxSettings) {
    this.#settings = settings
    this.databases = new Map(
      Object.entries(settings.databases ?? {}).map(([name, policies]) => [
        name,
        new Map(Object.entries(policies)),
      ]),
    )
  }

  /** What is stored: of a series and a time, what came last. */
  get points(): readonly Point[] {
    return [...this.#points.values()]
  }

  answer({
    method,
    target,
    headers,
    body,
  }: Pick<Received, 'method' | 'target' | 'headers' | 'body'>): Answer {
    const { pathname, searchParams } = new URL(target, 'http://influx.example.test')
    const { authorization, version } = this.#settings
    if (authorization !== undefined && headers.authorization !== authorization) {
      return version === 1
        ? failure(401, { error: 'authorization failed' })
        : failure(401, { code: 'unauthorized', message: 'unauthorized access' })
    }
    if (method !== 'POST') return failure(405, { error: 'Method Not Allowed' })
    if (version === 1 && pathname === '/query') return this.#query(searchParams.get('q') ?? '')
    if (version === 1 && pathname === '/write') return this.#writeToDatabase(searchParams, body)
    if (version !== 1 && pathname === '/api/v2/write') return this.#writeToBucket(searchParams, body)
    return { status: 404, body: '404 page not found\n' }
  }

  #query(statement: string): Answer {
    this.statements.push(statement)
    if (this.#settings.mayOnlyWrite) {
      return failure(403, { error: 'error authorizing query: not authorized to execute statement' })
    }
    const name = /(?:DATABASE|ON) "((?:[^"\\]|\\.)*)"/.exec(statement)?.[1]?.replace(/\\(.)/g, '$1') ?? ''
    const duration = /DURATION (\S+)/.exec(statement)?.[1] ?? 'INF'
    const database = this.databases.get(name)
    if (statement === 'SHOW USERS') return result({ series: [{ columns: ['user', 'admin'], values: [] }] })
    if (/^CREATE DATABASE "(?:[^"\\]|\\.)*" WITH (?:DURATION \w+ )?NAME "default"$/.test(statement)) {
      return this.#create(name, duration, statement.includes('DURATION'))
    }
    if (!database) return result({ error: `database not found: ${name}` })
    if (statement.startsWith('SHOW RETENTION POLICIES ON ')) {
      const values = [...database].map(([policy, told]) => [
        policy,
        told,
        '168h0m0s',
        1,
        policy === 'default',
      ])
      return result({ series: [{ columns: ['name', 'duration'], values }] })
    }
    if (
      /^(?:CREATE|ALTER) RETENTION POLICY "default" ON .* DURATION \w+(?: REPLICATION 1)?$/.test(statement)
    ) {
      database.set('default', toldDuration(duration))
      return result({})
    }
    return failure(400, { error: `error parsing query: ${statement}` })
  }

  #create(name: string, duration: string, hasDuration: boolean): Answer {
    const policies = this.databases.get(name)
    const told = policies?.get('default')
    if (policies && (told === undefined || (hasDuration && told !== toldDuration(duration)))) {
      return result({ error: 'retention policy conflicts with an existing policy' })
    }
    if (!policies) this.databases.set(name, new Map([['default', toldDuration(duration)]]))
    return result({})
  }

  #writeToDatabase(query: URLSearchParams, body: string): Answer {
    const name = query.get('db') ?? ''
    const database = this.databases.get(name)
    if (!database) return failure(404, { error: `database not found: ${JSON.stringify(name)}` })
    const policy = query.get('rp') ?? ''
    if (!database.has(policy)) return failure(500, { error: `retention policy not found: ${policy}` })
    return this.#write(body)
  }

  #writeToBucket(query: URLSearchParams, body: string): Answer {
    const { bucket, org, version } = this.#settings
    const notFound = (what: string): Answer =>
      failure(404, { code: 'not found', message: `${what} not found` })
    if (version === 2 && org !== undefined && query.get('org') !== org) {
      return notFound(`organization name "${query.get('org') ?? ''}"`)
    }
    if (bucket !== undefined && query.get('bucket') !== bucket) {
      return notFound(`bucket "${query.get('bucket') ?? ''}"`)
    }
    if (query.get('precision') !== 'ns')
      return failure(400, { code: 'invalid', message: 'invalid precision' })
    return this.#write(body)
  }

  #write(body: string): Answer {
    this.writes.push(body)
    let lines: readonly ReadLine[]
    try {
      lines = readLines(body)
    } catch (error) {
      const said = error instanceof Error ? error.message : ''
      return this.#settings.version === 2
        ? failure(400, { code: 'invalid', message: said })
        : failure(400, { error: said })
    }
    const refused: { readonly line: ReadLine; readonly at: number; readonly why: string }[] = []
    for (const [at, line] of lines.entries()) {
      const why = this.refuse(line.point)
      if (why === undefined) this.#points.set(keyOf(line.point), line.point)
      else refused.push({ line, at, why })
    }
    const [first] = refused
    if (first === undefined) return { status: 204, body: '' }
    switch (this.#settings.version) {
      case 1:
        return failure(400, { error: `partial write: ${first.why} dropped=${refused.length}` })
      case 2:
        return failure(422, {
          code: 'unprocessable entity',
          message: `failure writing points to database: partial write: ${first.why} dropped=${refused.length}`,
        })
      case 3:
        return failure(400, {
          error: 'partial write of line protocol occurred',
          data: refused.map(({ line, at, why }) => ({
            original_line: line.text,
            line_number: at + 1,
            error_message: why,
          })),
        })
    }
  }
}

/** What makes a point the same: another one with it takes its place. */
function keyOf({ measurement, tags, time }: Point): string {
  return JSON.stringify([measurement, tags, String(time)])
}

/** As version 1 tells a duration. */
function toldDuration(text: string): string {
  if (text === 'INF') return '0s'
  const hours = { h: 1, d: 24, w: 168 }[text.at(-1) ?? ''] ?? 0
  return `${Number.parseInt(text, 10) * hours}h0m0s`
}

function result(statement: object): Answer {
  return failure(200, { results: [{ statement_id: 0, ...statement }] })
}

function failure(status: number, body: object): Answer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}
