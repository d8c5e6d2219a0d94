// Who asks, and what they may: bearer tokens and client certificates, then a rule in RBAC's words.
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { forbidden, unauthorized } from './status.ts'
import type { Target } from './target.ts'

/** True where a request is to be refused. An empty namespace is the whole cluster. */
export type Forbid = (verb: string, resource: string, namespace: string, name: string) => boolean

export interface AccessRules {
  /** If given, other tokens are refused, and requests without one come from nobody in particular. */
  readonly tokens: readonly string[] | undefined
  readonly forbid: Forbid | undefined
}

export const anonymous = 'system:anonymous'
const tokenUser = 'system:serviceaccount:kube-system:kube-eventer'

/** The user's name. Throws 401 for a token that is not known. */
export function authenticate(request: IncomingMessage, rules: AccessRules): string {
  const { socket } = request
  if (socket instanceof TLSSocket && socket.authorized) {
    const { CN } = socket.getPeerCertificate().subject ?? {}
    return (Array.isArray(CN) ? CN[0] : CN) ?? anonymous
  }
  if (!rules.tokens) return tokenUser
  const [, token] = /^bearer +(.+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (token === undefined) return anonymous
  if (!rules.tokens.includes(token)) throw unauthorized()
  return tokenUser
}

/** Throws 403 where the user may not. Health and version are everyone's. `name`: what a selector demands. */
export function authorise(user: string, target: Target, rules: AccessRules, name: string): void {
  if (target.kind === 'access-review') {
    const subject = { resource: 'selfsubjectaccessreviews', group: 'authorization.k8s.io' }
    if (user === anonymous) throw forbidden(user, 'create', subject, '')
    return
  }
  if (target.kind !== 'resource') return
  const { verb, resource, group, namespace } = target
  if (!isAllowed(user, { verb, resource, namespace, name }, rules)) {
    throw forbidden(user, verb, { resource, group, name }, namespace)
  }
}

export function isAllowed(
  user: string,
  asked: {
    readonly verb: string
    readonly resource: string
    readonly namespace: string
    readonly name: string
  },
  rules: AccessRules,
): boolean {
  if (user === anonymous) return false
  return !rules.forbid?.(asked.verb, asked.resource, asked.namespace, asked.name)
}
