/** How a cluster is reached: the server's address, its certificate, our credentials. Made by `auth.ts`. */
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { Proxy } from '../domain/proxy.ts'
import type { Credentials } from './credentials.ts'

export interface TlsMaterial {
  /** PEM; absent: `systemTrust` of the access. */
  readonly ca?: readonly string[]
  /** PEM, with the chain. */
  readonly cert?: string
  /** PEM. */
  readonly key?: string
}

/** What the pod's surroundings, a kubeconfig or the argument say of a cluster. */
export interface ClusterEndpoint {
  /** `https://10.0.0.1:443`, `http://127.0.0.1:8001`, `https://host/k8s/clusters/c-1`; no slash at the end. */
  readonly server: string
  readonly credentials: Credentials
  /** Sent with every request: impersonation, as a kubeconfig asks. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly tls: {
    readonly verify: boolean
    /** The certificate must be for one of these; empty: for the server's host. The first is sent as SNI. */
    readonly names: readonly string[]
    /** Reads the files anew: certificates are rotated while we run. Rejects if one cannot be read. */
    load(): Promise<TlsMaterial>
  }
  /** Named for this cluster: it counts whatever the environment says. */
  readonly proxy?: Proxy
  /** Said once at start. */
  readonly warnings: readonly string[]
}

export interface ClusterAccess extends ClusterEndpoint {
  /** The cluster's own, or the environment's for this server; absent: connect directly. */
  readonly proxy?: Proxy
  /** PEM: whom to trust where the cluster names no CA, and behind an https proxy. Never rejects. */
  systemTrust(): Promise<readonly string[]>
}

/** Node's check of a certificate, satisfied by any of `names`. */
export function checkAnyName(
  names: readonly string[],
): (host: string, cert: PeerCertificate) => Error | undefined {
  return (host, cert) => {
    let failure: Error | undefined
    for (const name of names.length > 0 ? names : [host]) {
      failure = checkServerIdentity(name, cert)
      if (failure === undefined) return undefined
    }
    return failure
  }
}
