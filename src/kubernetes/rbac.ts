/** The rule that is missing when the API server forbids the watch, as text to paste. */

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
