/** The rules that are missing when the API server forbids a watch, as text to paste. */

/** `namespace` set: a Role there is enough. */
export function missingRule(namespace: string | undefined): string {
  const role = namespace === undefined ? 'ClusterRole' : `Role in namespace ${JSON.stringify(namespace)}`
  return [
    `add this rule to the ${role} that is bound to this program's account:`,
    '- apiGroups: [""]',
    '  resources: ["events"]',
    '  verbs: ["get", "list", "watch"]',
  ].join('\n')
}

/** What reading and watching one ConfigMap needs, and nothing more. */
export function missingConfigMapRule(namespace: string, name: string): string {
  return [
    `add this rule to a Role in namespace ${JSON.stringify(namespace)} that is bound to this program's account:`,
    '- apiGroups: [""]',
    '  resources: ["configmaps"]',
    `  resourceNames: [${JSON.stringify(name)}]`,
    '  verbs: ["get", "watch"]',
  ].join('\n')
}
