/** Sources as configured: the front ends write them, `kubernetes/` and `recording/` use them. */

/** A cluster. */
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

/** A recording that is played as if it came from a cluster: of a cluster's options it has the name alone. */
export interface RecordingSourceOptions extends Readonly<
  Partial<Record<Exclude<keyof SourceOptions, 'cluster'>, undefined>>
> {
  /** Name of the source; its place in the recording belongs to this name. */
  readonly cluster: string
  /** Path of the recording: NDJSON, gzipped or not. */
  readonly file: string
  /** How many times faster than it was recorded; `max`: without waiting. */
  readonly speed: number | 'max'
}

export type AnySourceOptions = SourceOptions | RecordingSourceOptions

export function isRecordingSource(source: AnySourceOptions): source is RecordingSourceOptions {
  return 'file' in source
}

/** The clusters among the sources; the others have no API server to ask. */
export function clustersOf(sources: readonly AnySourceOptions[]): readonly SourceOptions[] {
  return sources.flatMap((source) => (isRecordingSource(source) ? [] : [source]))
}
