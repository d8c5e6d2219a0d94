/** Access from inside a cluster: the address in the pod's environment, the token and CA that the kubelet mounts. */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../domain/clock.ts'
import type { SourceOptions } from '../domain/source-options.ts'
import type { ClusterEndpoint, TlsMaterial } from './cluster-access.ts'
import { tokenFile } from './credentials.ts'
import { readFailure, SourceConfigError } from './source-config-error.ts'

export const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The names under which every cluster's DNS knows its own API server. */
const OWN_NAMES = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc']

export interface PodSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly serviceAccountDirectory: string
  readonly clock: Clock
}

export async function resolveInCluster(
  options: SourceOptions,
  pod: PodSurroundings,
): Promise<ClusterEndpoint> {
  const tokenPath = join(pod.serviceAccountDirectory, 'token')
  const caPath = join(pod.serviceAccountDirectory, 'ca.crt')
  const { server, names } = addressOf(options, pod.env)
  const credentials = tokenFile(tokenPath, pod.clock)
  try {
    await credentials.authorization()
  } catch (error) {
    throw new SourceConfigError(
      options.cluster,
      {
        what: `the pod's service account token ${readFailure(error)}`,
        where: tokenPath,
        remedy:
          'in a pod: set automountServiceAccountToken: true; outside a cluster: ' +
          '--source=kubernetes:?inClusterConfig=false&localKubeConfig=<path of a kubeconfig>',
      },
      error,
    )
  }
  const warnings: string[] = []
  const load = async (): Promise<TlsMaterial> => {
    if (options.insecure || server.startsWith('http:')) return {}
    return { ca: [await readFile(caPath, 'utf8')] }
  }
  const firstLoad = await load().catch((error: unknown) => {
    // As client-go does: a cluster whose API server has a publicly trusted certificate works without.
    warnings.push(
      `${caPath} ${readFailure(error)}: the API server's certificate is checked against the system's CAs`,
    )
    return undefined
  })
  return {
    server,
    credentials,
    headers: {},
    tls: {
      verify: !options.insecure,
      names,
      load: firstLoad === undefined ? () => load().catch(() => ({})) : load,
    },
    warnings,
  }
}

/**
 * `https://kubernetes.default` and its like go to the address in the environment: one lookup less to fail, and
 * it works while the cluster's DNS does not. The certificate may be for the address or for the name asked for.
 */
function addressOf(
  options: SourceOptions,
  env: PodSurroundings['env'],
): { server: string; names: readonly string[] } {
  const asked = options.server === '' ? undefined : new URL(options.server)
  const named = asked?.protocol === 'https:' && isOwnName(asked.hostname) ? asked.hostname : undefined
  if (asked !== undefined && named === undefined) return { server: withoutSlash(options.server), names: [] }
  const host = env.KUBERNETES_SERVICE_HOST
  const port = env.KUBERNETES_SERVICE_PORT
  if (!host || !port) {
    if (asked !== undefined) return { server: withoutSlash(options.server), names: [] }
    throw new SourceConfigError(options.cluster, {
      what: 'not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set',
      where: '--source',
      remedy:
        'outside a cluster: --source=kubernetes:?inClusterConfig=false&localKubeConfig=<path of a kubeconfig>',
    })
  }
  const server = `https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  if (named === undefined) return { server, names: [] }
  // A host name in the environment (some providers set one) is routed by SNI: it goes first.
  return { server, names: isIP(host) === 0 ? [host, named] : [named, host] }
}

function isOwnName(host: string): boolean {
  return OWN_NAMES.includes(host) || host.startsWith('kubernetes.default.svc.')
}

export function withoutSlash(server: string): string {
  return server.replace(/\/+$/, '')
}
