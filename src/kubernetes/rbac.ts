/** The rules that this program needs, and as text to paste where the API server misses one. */

/** A rule of a Role or ClusterRole, of the core group. */
export interface PolicyRule {
  readonly resource: 'events' | 'configmaps'
  /** Absent: all of them. */
  readonly names?: readonly string[]
  readonly verbs: readonly ('get' | 'list' | 'watch')[]
}

/** `get`: whether a server at another address is still the same cluster is asked by single events. */
export const eventsRule: PolicyRule = { resource: 'events', verbs: ['get', 'list', 'watch'] }

/**
 * What reading and watching these ConfigMaps needs, and nothing more. A watch of a collection by the field selector
 * `metadata.name=…` counts as one of that name; a list does not have to be allowed.
 */
export function configMapRule(names: readonly string[]): PolicyRule {
  return { resource: 'configmaps', names, verbs: ['get', 'watch'] }
}

/** An item of `rules:`, as YAML. */
export function ruleText({ resource, names, verbs }: PolicyRule): string {
  return [
    '- apiGroups: [""]',
    `  resources: ${listText([resource])}`,
    ...(names === undefined ? [] : [`  resourceNames: ${listText(names)}`]),
    `  verbs: ${listText(verbs)}`,
  ].join('\n')
}

function listText(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(', ')}]`
}

/** `namespace` set: a Role there is enough. */
export function missingRule(namespace: string | undefined): string {
  const role = namespace === undefined ? 'ClusterRole' : `Role in namespace ${JSON.stringify(namespace)}`
  return `add this rule to the ${role} that is bound to this program's account:\n${ruleText(eventsRule)}`
}

export function missingConfigMapRule(namespace: string, name: string): string {
  const role = `Role in namespace ${JSON.stringify(namespace)}`
  return `add this rule to a ${role} that is bound to this program's account:\n${ruleText(configMapRule([name]))}`
}
