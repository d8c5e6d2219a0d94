/** A core/v1 `Event` as the API server sends it in JSON. Nothing here is ever mutated. */

/** Follows core/v1 `ObjectReference`. */
export interface ObjectReference {
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
  readonly apiVersion?: string
  readonly resourceVersion?: string
  readonly fieldPath?: string
}

/** The part of `metav1.ObjectMeta` that an event carries. Times are RFC 3339 texts. */
export interface ObjectMeta {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly creationTimestamp?: string | null
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** Follows core/v1 `Event`. Times are RFC 3339 texts; an absent one is `null` or missing. */
export interface KubernetesEvent {
  readonly kind?: string
  readonly apiVersion?: string
  readonly metadata: ObjectMeta
  readonly involvedObject: ObjectReference
  readonly reason?: string
  readonly message?: string
  readonly source?: { readonly component?: string; readonly host?: string }
  readonly firstTimestamp?: string | null
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly count?: number
  readonly type?: string
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string | null } | null
  readonly action?: string
  readonly related?: ObjectReference | null
  readonly reportingComponent?: string
  readonly reportingInstance?: string
}
