/** kubectl as the admin of a test's control plane. */
import { spawn } from 'node:child_process'
import { findKubectl } from './control-plane-binaries.ts'
import type { ControlPlane } from './control-plane.ts'

/**
 * Runs `kubectl ARGS` with `input` on its standard input; answers what it wrote to standard output.
 * @throws Error with what it wrote to standard error, if its exit code is not 0.
 */
export async function kubectl(cluster: ControlPlane, args: readonly string[], input = ''): Promise<string> {
  const access = [
    `--server=${cluster.url}`,
    `--certificate-authority=${cluster.caFile}`,
    `--token=${cluster.adminToken}`,
    // Nothing of this machine's user counts, and no discovery is kept for a server that is gone tomorrow.
    '--kubeconfig=/dev/null',
    '--cache-dir=/dev/null/none',
  ]
  const child = spawn(findKubectl(), [...access, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  let complaint = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  child.stdin.on('error', () => undefined).end(input)
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.on('error', reject).on('close', resolve)
  const code = await promise
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed (${code}):\n${complaint}`)
  return said
}
