/** The two APIs that points are written with: that of InfluxDB 1, and that of 2, which 3 has too. */
import type { HttpRequest } from '../../sink-kit/http-client.ts'
import type { InfluxdbOptions } from './options.ts'

type Header = readonly [name: string, value: string]

/** The retention policy that points go to, as in the original. */
export const policy = 'default'

export interface WriteApi {
  /** Path and query of a write. */
  readonly path: string
  readonly headers: readonly Header[]
  /** The database to make where it is not there; absent where that is not the sink's to do. */
  readonly database?: string
}

export function writeApi(options: InfluxdbOptions): WriteApi {
  const { bucket, org, token, db = 'k8s', user, pw = '' } = options
  if (bucket !== undefined) {
    const place: Record<string, string> = org === undefined ? { bucket } : { bucket, org }
    return {
      path: `/api/v2/write?${queryOf({ ...place, precision: 'ns' })}`,
      headers: token === undefined ? [] : [['Authorization', `Token ${token}`]],
    }
  }
  const credentials = Buffer.from(`${user ?? ''}:${pw}`, 'utf8').toString('base64')
  return {
    path: `/write?${queryOf({ consistency: '', db, precision: '', rp: policy })}`,
    headers: user === undefined ? [] : [['Authorization', `Basic ${credentials}`]],
    database: db,
  }
}

/** A statement, as the original asks it: with a POST, without a body. */
export function statement(text: string, headers: readonly Header[]): HttpRequest {
  return { method: 'POST', path: `/query?${queryOf({ db: '', q: text })}`, headers }
}

/** A name in a statement. */
export function quoted(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
}

function queryOf(pairs: Readonly<Record<string, string>>): string {
  return new URLSearchParams(pairs).toString()
}
