/** A URL in the words of uri.json. */
import { parseGoQuery } from '../../../src/config/go-url.ts'
import type { GoUrl } from '../../../src/config/go-url.ts'
import type { UriFields } from './uri-expectation.ts'

export function fieldsOf(url: GoUrl): UriFields {
  const { scheme, user, host, path, rawPath, rawQuery, fragment, opaque, text } = url
  return {
    scheme,
    user: user?.name ?? null,
    password: user?.password ?? null,
    host,
    path,
    rawPath,
    rawQuery,
    fragment,
    opaque,
    string: text,
  }
}

/** A query's values by name, in order. */
export function grouped(rawQuery: string): Record<string, string[]> {
  const lists = new Map<string, string[]>()
  for (const [name, value] of parseGoQuery(rawQuery)) lists.set(name, [...(lists.get(name) ?? []), value])
  return Object.fromEntries(lists)
}
