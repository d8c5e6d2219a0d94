// Requests that change something: create, update, merge patch, delete, and the access review.
import { isAllowed, type AccessRules } from './access.ts'
import { managedFields } from './managed-fields.ts'
import { isRecord, mergePatch } from './merge-patch.ts'
import { generatedName, kubernetesTime, type ApiObject } from './objects.ts'
import { alreadyExists, badRequest, conflict, deleted, notFound, unsupportedMediaType } from './status.ts'
import { parseObject, type StoredState } from './store.ts'
import type { Cluster } from './cluster.ts'
import type { Target } from './target.ts'
import type { View } from './views.ts'

export interface WriteRequest {
  readonly target: Extract<Target, { kind: 'resource' }>
  readonly body: Buffer
  readonly contentType: string
  readonly userAgent: string | undefined
  readonly wallMs: number
}

export interface WriteAnswer {
  readonly status: 200 | 201
  readonly body: Buffer
}

/** Throws a refusal for what the API server would refuse. */
export function write(cluster: Cluster, request: WriteRequest, view: View): WriteAnswer {
  const { target } = request
  const shown = (status: 200 | 201, state: StoredState): WriteAnswer => ({
    status,
    body: Buffer.concat([view.object(state), newline]),
  })
  const key = `${target.namespace}/${target.name}`
  const existing = cluster.collections[target.resource].get(key)
  switch (target.verb) {
    case 'create': {
      const object = readObject(request.body, target.namespace)
      const name = object.metadata.name || generatedName(object.metadata.generateName ?? '')
      if (cluster.collections[target.resource].get(`${target.namespace}/${name}`)) {
        throw alreadyExists({ ...target, name })
      }
      return shown(201, store(cluster, request, name, object, undefined))
    }
    case 'update': {
      // The API server creates an event that is not there, and no ConfigMap.
      if (!existing && target.resource !== 'events') throw notFound(target)
      const object = readObject(request.body, target.namespace)
      return shown(existing ? 200 : 201, store(cluster, request, target.name, object, existing))
    }
    case 'patch': {
      if (!patchTypes.includes(request.contentType)) throw unsupportedMediaType(patchTypes)
      if (!existing) throw notFound(target)
      const patched = mergePatch(parseObject(existing), readJson(request.body))
      const version = changedVersion(request.body)
      const object = asObject(patched, target.namespace)
      const metadata = { ...object.metadata, resourceVersion: version }
      return shown(200, store(cluster, request, target.name, { ...object, metadata }, existing))
    }
    default: {
      const gone = cluster.collections[target.resource].delete(key)
      if (!gone) throw notFound(target)
      return { status: 200, body: jsonBody(deleted(target, gone.uid)) }
    }
  }
}

const newline = Buffer.from('\n')
/** Events and ConfigMaps hold no lists, so that a strategic merge is a plain one. */
const patchTypes = ['application/merge-patch+json', 'application/strategic-merge-patch+json']

/** Answers every review as the rules do. */
export function accessReview(
  user: string,
  request: Omit<WriteRequest, 'target'>,
  rules: AccessRules,
): WriteAnswer {
  const review = readJson(request.body)
  const spec = isRecord(review) && isRecord(review.spec) ? review.spec : {}
  const asked = isRecord(spec.resourceAttributes) ? spec.resourceAttributes : {}
  const text = (name: string): string => (typeof asked[name] === 'string' ? asked[name] : '')
  const question = {
    verb: text('verb'),
    resource: text('resource'),
    namespace: text('namespace'),
    name: text('name'),
  }
  const apiVersion = 'authorization.k8s.io/v1'
  const time = kubernetesTime(request.wallMs)
  const body = {
    kind: 'SelfSubjectAccessReview',
    apiVersion,
    metadata: { managedFields: managedFields({ spec }, apiVersion, request.userAgent, time) },
    spec,
    status: { allowed: isAllowed(user, question, rules) },
  }
  return { status: 201, body: jsonBody(body) }
}

export function jsonBody(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}

function store(
  cluster: Cluster,
  request: WriteRequest,
  name: string,
  object: ApiObject,
  existing: StoredState | undefined,
): StoredState {
  const { resource, namespace } = request.target
  const { resourceVersion, uid } = object.metadata
  if (existing && resourceVersion && resourceVersion !== String(existing.revision)) {
    throw conflict({ resource, name })
  }
  if (existing && uid && uid !== existing.uid) throw conflict({ resource, name })
  const time = kubernetesTime(request.wallMs)
  const metadata = {
    ...object.metadata,
    // What a client says about these is not asked.
    uid: existing?.uid,
    creationTimestamp: existing?.creationTimestamp,
    managedFields: managedFields(object, 'v1', request.userAgent, time),
  }
  return cluster.store(resource, { ...object, metadata }, { namespace, name })
}

/** Asked of a patch's own text: the version that the patched object had is no demand. */
function changedVersion(body: Buffer): string | undefined {
  const patch = readJson(body)
  const metadata = isRecord(patch) && isRecord(patch.metadata) ? patch.metadata : {}
  return typeof metadata.resourceVersion === 'string' ? metadata.resourceVersion : undefined
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (error) {
    throw badRequest(`the request body is not JSON: ${error instanceof Error ? error.message : ''}`)
  }
}

function readObject(body: Buffer, namespace: string): ApiObject {
  return asObject(readJson(body), namespace)
}

function asObject(value: unknown, namespace: string): ApiObject {
  if (!isApiObject(value)) throw badRequest('the request body is no object with metadata')
  const { metadata } = value
  if (!metadata.name && !metadata.generateName) throw badRequest('name or generateName is required')
  if (metadata.namespace && metadata.namespace !== namespace) {
    const problem = 'the namespace of the provided object does not match the namespace sent on the request'
    throw badRequest(problem)
  }
  return value
}

/** As far as the stand-in itself relies on it. */
function isApiObject(value: unknown): value is ApiObject {
  return isRecord(value) && isRecord(value.metadata)
}
