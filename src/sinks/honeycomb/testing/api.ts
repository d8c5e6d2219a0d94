/**
 * A double of Honeycomb's events API, written from its public documentation: keys and their rights, datasets, sizes,
 * and an answer with one entry for each event. https://docs.honeycomb.io/api/events
 */
import * as z from 'zod/mini'
import type { Answer, Received } from '../../../sink-kit/testing/http-receiver.ts'

export interface ApiSettings {
  readonly key: string
  /** Whether the key may send events. */
  readonly maySend?: boolean
  /** What is answered for one event, besides what is wrong with it. */
  readonly itemFor?: (event: StoredEvent) => object | undefined
  /** Bytes of a request. */
  readonly maxBodyBytes?: number
}

/** An event as it is stored. */
export interface StoredEvent {
  readonly dataset: string
  /** What it was told to be; absent: that of its arrival. */
  readonly time: string | undefined
  readonly data: Readonly<Record<string, unknown>>
}

export interface Api {
  readonly stored: readonly StoredEvent[]
  /** Events of each request that was taken, in order. */
  readonly batches: readonly number[]
  receive(request: Pick<Received, 'method' | 'target' | 'headers' | 'body'>): Answer
}

const usualMaxBodyBytes = 5_000_000
const maxEventBytes = 1_000_000

/** Names of its own are read whatever their capitals are, as Go reads JSON; `Timestamp` is none of them. */
const eventSchema = z.pipe(
  z.record(z.string(), z.unknown()),
  z.transform((event) =>
    Object.fromEntries(Object.entries(event).map(([name, value]) => [name.toLowerCase(), value])),
  ),
)

export function honeycombApi(settings: ApiSettings): Api {
  const { key, maySend = true, itemFor, maxBodyBytes = usualMaxBodyBytes } = settings
  const stored: StoredEvent[] = []
  const batches: number[] = []
  const take = (dataset: string, body: string): Answer => {
    if (Buffer.byteLength(body) > maxBodyBytes) return error(413, 'request body is too large')
    const events = listIn(body)
    if (events === undefined) return error(400, 'request body is malformed and cannot be read as JSON')
    batches.push(events.length)
    const items = events.map((value): object => {
      const read = z.safeParse(eventSchema, value)
      const data = read.success ? read.data['data'] : undefined
      if (typeof data !== 'object' || data === null || Object.keys(data).length === 0)
        return { status: 400, error: 'Request body should not be empty' }
      if (Buffer.byteLength(JSON.stringify(value)) > maxEventBytes)
        return { status: 400, error: 'Event is too large' }
      const time = read.success ? read.data['time'] : undefined
      const event = { dataset, time: typeof time === 'string' ? time : undefined, data: { ...data } }
      const refused = itemFor?.(event)
      if (refused) return refused
      stored.push(event)
      return { status: 202 }
    })
    return answer(200, items)
  }
  return {
    stored,
    batches,
    receive({ method, target, headers, body }) {
      const { pathname } = new URL(target, 'https://api.honeycomb.example.test')
      if (headers['x-honeycomb-team'] !== key) return error(401, 'unknown API key - check your credentials')
      if (method === 'GET' && pathname === '/1/auth') {
        return answer(200, { api_key_access: { events: maySend, markers: false }, team: { slug: 'example' } })
      }
      const dataset = /^\/1\/batch\/([^/]+)$/.exec(pathname)?.[1]
      if (method !== 'POST' || dataset === undefined) return error(404, 'not found')
      if (headers['content-type'] !== 'application/json') return error(415, 'unsupported media type')
      if (!maySend) return error(401, 'this key may not send events')
      return take(decodeURIComponent(dataset), body)
    },
  }
}

function listIn(body: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function answer(status: number, value: object): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

function error(status: number, text: string): Answer {
  return answer(status, { error: text })
}
