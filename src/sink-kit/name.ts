/** The name that a sink's offset belongs to, where the user gave none. */
import { createHmac } from 'node:crypto'

export interface SinkToName {
  /** The name the user gave; used as it is. */
  readonly givenName?: string
  /** The declaration's name: `webhook`. */
  readonly type: string
  /** Host of the destination, '' if it has none. */
  readonly host: string
  /** The whole argument: secret, only ever hashed. */
  readonly endpoint: string
}

/**
 * Names for sinks, in their order: the given one, else `type-host-hash`, where the hash is six hex digits of
 * HMAC-SHA256 over the endpoint with the journal's salt, so that nobody can test guesses of a secret against a
 * name. Equal ones get `#2`, `#3` in order.
 */
export function nameSinks(sinks: readonly SinkToName[], salt: Uint8Array): readonly string[] {
  const taken = new Set(sinks.flatMap(({ givenName }) => (givenName === undefined ? [] : [givenName])))
  const used = new Map<string, number>()
  return sinks.map((sink) => {
    if (sink.givenName !== undefined) return sink.givenName
    const hash = createHmac('sha256', salt).update(sink.endpoint).digest('hex').slice(0, 6)
    const base = [sink.type, sink.host, hash].filter((part) => part !== '').join('-')
    let count = used.get(base) ?? 0
    let name: string
    do {
      count += 1
      name = count === 1 ? base : `${base}#${count}`
    } while (taken.has(name))
    used.set(base, count)
    return name
  })
}
