/** Whether tests against real servers run: only where `npm run test:servers` has installed the servers. */

/** Set by scripts/test-servers.ts once everything is installed. */
export const installedVariable = 'KUBE_EVENTER_TEST_SERVERS'

/** For `describe(name, { skip: needs('a Kubernetes control plane') }, …)`: false, or why it is skipped. */
export function needs(server: string): string | false {
  if (process.env[installedVariable] === 'installed') return false
  return `needs ${server}: npm run test:servers installs it and runs this`
}
