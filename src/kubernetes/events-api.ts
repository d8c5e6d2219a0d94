/** The paths of the events API, as a source watches it: all namespaces or one, all events or some. */
import type { SourceOptions } from '../domain/source-options.ts'

/** A page of a list: some 600 KB of JSON, parsed in a few milliseconds. */
const PAGE_ITEMS = 500

export interface EventPaths {
  /** Answers with the collection's current version, at the price of one item. */
  readonly version: string
  page(continueToken: string | undefined): string
  watch(cursor: string, timeoutSeconds: number): string
  named(namespace: string, name: string): string
}

export function eventPaths(options: Pick<SourceOptions, 'namespace' | 'fieldSelector'>): EventPaths {
  const collection = options.namespace === undefined ? '/api/v1/events' : namespaced(options.namespace)
  const selector: Record<string, string> =
    options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }
  return {
    // Without the selector: etcd would search for a match, and the version is the same.
    version: `${collection}?limit=1`,
    page: (token) =>
      query(collection, {
        limit: String(PAGE_ITEMS),
        ...selector,
        ...(token === undefined ? {} : { continue: token }),
      }),
    watch: (cursor, timeoutSeconds) =>
      query(collection, {
        watch: '1',
        resourceVersion: cursor,
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(timeoutSeconds),
        ...selector,
      }),
    named: (namespace, name) => `${namespaced(namespace)}/${encodeURIComponent(name)}`,
  }
}

function namespaced(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`
}

function query(path: string, parameters: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(parameters).toString()}`
}
