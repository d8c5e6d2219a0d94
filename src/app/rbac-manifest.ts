/** What a cluster has to allow, as the manifests that allow it: for `kubectl apply`. */
import type { Account, ClusterPrivilege } from './rbac.ts'
import { ruleText, type PolicyRule } from '../kubernetes/rbac.ts'

/** Where the original's manifests, which have this name everywhere, put the program. */
export const usualNamespace = 'kube-system'

/** YAML documents: the account, and a role with its binding wherever something has to be allowed. */
export function rbacManifest(privilege: ClusterPrivilege, account: Account): string {
  const name = roleName(account)
  const { everywhere, inNamespaces } = privilege
  const documents = [
    ['apiVersion: v1', 'kind: ServiceAccount', ...metadata(account.name, account.namespace)],
    ...(everywhere.length === 0 ? [] : roleAndBinding('Cluster', name, undefined, everywhere, account)),
    ...[...inNamespaces].flatMap(([namespace, rules]) => roleAndBinding('', name, namespace, rules, account)),
  ]
  return `${documents.map((lines) => lines.join('\n')).join('\n---\n')}\n`
}

/** Two programs in two namespaces must not share a binding: applying one would take the other's away. */
function roleName({ namespace, name }: Account): string {
  return namespace === usualNamespace ? name : `${namespace}:${name}`
}

function roleAndBinding(
  prefix: 'Cluster' | '',
  name: string,
  namespace: string | undefined,
  rules: readonly PolicyRule[],
  account: Account,
): readonly (readonly string[])[] {
  const head = (kind: string): readonly string[] => [
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${prefix}${kind}`,
    ...metadata(name, namespace),
  ]
  return [
    [...head('Role'), 'rules:', ...rules.map((rule) => ruleText(rule).replaceAll(/^/gm, '  '))],
    [
      ...head('RoleBinding'),
      'roleRef:',
      '  apiGroup: rbac.authorization.k8s.io',
      `  kind: ${prefix}Role`,
      `  name: ${JSON.stringify(name)}`,
      'subjects:',
      '  - kind: ServiceAccount',
      `    name: ${JSON.stringify(account.name)}`,
      `    namespace: ${JSON.stringify(account.namespace)}`,
    ],
  ]
}

function metadata(name: string, namespace: string | undefined): readonly string[] {
  return [
    'metadata:',
    `  name: ${JSON.stringify(name)}`,
    ...(namespace === undefined ? [] : [`  namespace: ${JSON.stringify(namespace)}`]),
  ]
}
