/** A Kubernetes source as configured. The front ends write it, `kubernetes/` uses it. */
export interface SourceOptions {
  /** Name of the source; its cursor belongs to this name. */
  readonly cluster: string
  /** `https://host:port` of the API server, '' if the argument names none. */
  readonly server: string
  /** Use the pod's own service account (default). */
  readonly inClusterConfig: boolean
  /** Outside: use the pod's token file if it is readable. */
  readonly useServiceAccount: boolean
  /** Path of a kubeconfig (`auth=`, `localKubeConfig=`; the latter wins). */
  readonly kubeconfig?: string
  /** The context of the kubeconfig; absent: its current one. */
  readonly context?: string
  /** Do not verify the server's certificate. */
  readonly insecure: boolean
  /** Kubernetes field selector, to watch less. */
  readonly fieldSelector?: string
  /** Watch one namespace only. */
  readonly namespace?: string
  /** At a first start (or with a memory journal): tell what is there already, if younger. */
  readonly lookBack: LookBack
}

export type LookBack =
  { readonly kind: 'none' } | { readonly kind: 'all' } | { readonly kind: 'duration'; readonly ms: number }
