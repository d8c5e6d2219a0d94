/** Which cluster a source means and how to get in: its options, the pod's surroundings or a kubeconfig, resolved. */
import { X509Certificate } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { systemClock, type Clock } from '../domain/clock.ts'
import { proxyFor, proxyWarnings, UnusableProxyError, type Env, type Proxy } from '../domain/proxy.ts'
import type { SourceOptions } from '../domain/source-options.ts'
import type { ClusterAccess, ClusterEndpoint } from './cluster-access.ts'
import { anonymous, tokenFile, type Credentials } from './credentials.ts'
import { resolveKubeconfig } from './kubeconfig.ts'
import { resolveInCluster, SERVICE_ACCOUNT_DIRECTORY, withoutSlash } from './service-account.ts'
import { SourceConfigError } from './source-config-error.ts'
import { systemTrust } from './system-trust.ts'
import { textOf } from '../domain/text-of.ts'

/** What is not in the options; each has its place in a real pod as the default. */
export interface Surroundings {
  readonly env?: Env
  readonly serviceAccountDirectory?: string
  readonly homeDirectory?: string
  readonly clock?: Clock
}

/**
 * Inside a cluster (`inClusterConfig`, the default) the pod's service account; else a kubeconfig, which then names the
 * server; else the server in the argument, without credentials; else `~/.kube/config`. `KUBECONFIG` is not consulted.
 * Rejects with `SourceConfigError`; nothing has been sent then.
 */
export async function resolveAccess(
  options: SourceOptions,
  surroundings: Surroundings = {},
): Promise<ClusterAccess> {
  const {
    env = process.env,
    serviceAccountDirectory = SERVICE_ACCOUNT_DIRECTORY,
    homeDirectory = homedir(),
    clock = systemClock,
  } = surroundings
  const endpoint = await resolve()
  const credentials = await serviceAccountInstead(endpoint.credentials)
  await checkCertificates(options.cluster, endpoint)
  return {
    ...endpoint,
    credentials,
    ...(endpoint.proxy === undefined ? fromEnvironment(options.cluster, endpoint, env) : {}),
    systemTrust: () => systemTrust(env),
  }

  async function resolve(): Promise<ClusterEndpoint> {
    if (options.inClusterConfig) {
      return resolveInCluster(options, { env, serviceAccountDirectory, clock })
    }
    const { kubeconfig, context, server } = options
    if (kubeconfig === undefined && context === undefined && server !== '') return plainServer(options)
    return resolveKubeconfig(options, kubeconfig ?? join(homeDirectory, '.kube', 'config'), env, clock)
  }

  async function serviceAccountInstead(found: Credentials): Promise<Credentials> {
    if (!options.useServiceAccount || options.inClusterConfig) return found
    const fromFile = tokenFile(join(serviceAccountDirectory, 'token'), clock)
    return fromFile.authorization().then(
      () => fromFile,
      () => found,
    )
  }
}

function plainServer(options: SourceOptions): ClusterEndpoint {
  return {
    server: withoutSlash(options.server),
    credentials: anonymous,
    headers: {},
    tls: { verify: !options.insecure, names: [], load: () => Promise.resolve({}) },
    warnings: [],
  }
}

/** The proxy that the environment names for this server. */
function fromEnvironment(
  cluster: string,
  { server, warnings }: ClusterEndpoint,
  env: Env,
): { readonly proxy?: Proxy; readonly warnings: readonly string[] } {
  const url = new URL(server)
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const port = Number(url.port) || (scheme === 'https' ? 443 : 80)
  try {
    const proxy = proxyFor(scheme, url.hostname.replace(/^\[(.*)\]$/, '$1'), port, env)
    return {
      ...(proxy === undefined ? {} : { proxy }),
      warnings: [...warnings, ...proxyWarnings(env)],
    }
  } catch (error) {
    if (!(error instanceof UnusableProxyError)) throw error
    const { what, variable, remedy } = error
    throw new SourceConfigError(
      cluster,
      { what, where: `the environment variable ${variable}`, remedy },
      error,
    )
  }
}

/** A certificate that does not parse, or a key that is another's, is told now and not as a failed handshake. */
async function checkCertificates(cluster: string, access: ClusterEndpoint): Promise<void> {
  const { ca, cert, key } = await access.tls.load()
  try {
    // createSecureContext passes over a CA that it cannot read; the first of a bundle shows whether it is one.
    ca?.forEach((pem) => new X509Certificate(pem))
    createSecureContext({ ca: ca === undefined ? undefined : [...ca], cert, key })
  } catch (error) {
    const reason = textOf(error)
    throw new SourceConfigError(
      cluster,
      {
        what: `the certificates for ${access.server} cannot be used: ${reason}`,
        where: 'the CA, client certificate or client key',
        remedy: 'each must be PEM, and the key must belong to the certificate',
      },
      error,
    )
  }
}
