/** Asks the API server whether our account may do something, before it is needed. */
import type { ApiClient } from './api-client.ts'
import { ApiFault } from './api-fault.ts'
import { isRecord } from './event-shape.ts'

export interface AskedAccess {
  readonly verb: 'get' | 'list' | 'watch'
  /** Plural, of the core group: `events`, `configmaps`. */
  readonly resource: string
  /** Absent: in all namespaces. */
  readonly namespace?: string
}

/**
 * Follows authorization.k8s.io/v1 `SelfSubjectAccessReview`, which every account may create as a rule. Rejects with
 * `ApiFault` if it cannot be asked.
 */
export async function mayAccess(
  client: ApiClient,
  asked: AskedAccess,
  signal: AbortSignal,
): Promise<boolean> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: asked },
  }
  const body = await client.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, signal)
  let answer: unknown
  try {
    answer = JSON.parse(body.toString('utf8'))
  } catch {
    answer = undefined
  }
  const status = isRecord(answer) ? answer.status : undefined
  if (!isRecord(status) || typeof status.allowed !== 'boolean') {
    throw new ApiFault(
      'protocol',
      `${client.server} did not answer whether ${asked.verb} ${asked.resource} is allowed`,
    )
  }
  return status.allowed
}
