/** How a cluster is reached: the server's address, its certificate, our credentials. Made by `auth.ts`. */
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { Credentials } from './credentials.ts'

export interface TlsMaterial {
  /** PEM; absent: the certificates that Node and the system trust. */
  readonly ca?: readonly string[]
  /** PEM, with the chain. */
  readonly cert?: string
  /** PEM. */
  readonly key?: string
}

export interface ClusterAccess {
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
  /** Said once at start. */
  readonly warnings: readonly string[]
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
