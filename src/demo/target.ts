// What a request is about: its path and method read as verb, resource, namespace and name.
import type { Resource } from './objects.ts'
import type { Verb } from './faults.ts'

export type Target =
  | {
      readonly kind: 'resource'
      readonly verb: Verb
      readonly group: string
      readonly resource: Resource
      /** '' for all namespaces. */
      readonly namespace: string
      /** '' for the whole resource. */
      readonly name: string
      readonly query: URLSearchParams
    }
  | { readonly kind: 'access-review'; readonly verb: Verb }
  | { readonly kind: 'health'; readonly verb: Verb; readonly path: string }
  | { readonly kind: 'version'; readonly verb: Verb; readonly path: string }
  /** A method that the resource has not. */
  | { readonly kind: 'method-not-allowed'; readonly verb: Verb; readonly path: string }
  | { readonly kind: 'unknown'; readonly verb: Verb; readonly path: string }

const health = new Set(['/livez', '/readyz', '/healthz'])
const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
const resourcePath =
  /^\/(?:api\/v1|apis\/(events\.k8s\.io)\/v1)(?:\/namespaces\/([^/]+))?\/(events|configmaps)(?:\/([^/]+))?$/

export function targetOf(method: string, url: string): Target {
  const { pathname: path, searchParams: query } = new URL(url, 'http://stand-in')
  const plain = verbOfMethod(method)
  if (health.has(path)) return { kind: 'health', verb: plain, path }
  if (path === '/version') return { kind: 'version', verb: plain, path }
  if (path === reviews && method === 'POST') return { kind: 'access-review', verb: 'create' }

  const [whole, group = '', namespace = '', resource, name = ''] = resourcePath.exec(path) ?? []
  if (whole === undefined) return { kind: 'unknown', verb: plain, path }
  const known = resource === 'events' ? 'events' : 'configmaps'
  if (group && known !== 'events') return { kind: 'unknown', verb: plain, path }
  const verb = verbOf(method, name !== '', namespace !== '', isTrue(query.get('watch')))
  if (!verb) return { kind: 'method-not-allowed', verb: plain, path }
  return {
    kind: 'resource',
    verb,
    group,
    resource: known,
    namespace: decodeURIComponent(namespace),
    name: decodeURIComponent(name),
    query,
  }
}

/** The name by which faults are addressed. */
export function resourceNameOf(target: Target): string {
  switch (target.kind) {
    case 'resource':
      return target.resource
    case 'access-review':
      return 'selfsubjectaccessreviews'
    default:
      return target.path
  }
}

/** A boolean as the API server reads it in a query: there without a value is true. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

function verbOf(method: string, named: boolean, namespaced: boolean, watch: boolean): Verb | undefined {
  if (!named) {
    if (method === 'GET') return watch ? 'watch' : 'list'
    return method === 'POST' && namespaced ? 'create' : undefined
  }
  if (!namespaced || !['GET', 'PUT', 'PATCH', 'DELETE'].includes(method)) return undefined
  return verbOfMethod(method)
}

function verbOfMethod(method: string): Verb {
  switch (method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return 'delete'
    default:
      return 'get'
  }
}
