/** Which events a sink wants, as configured. The front ends write it, `stages/` compiles it. */

/** A condition on one text of an event. */
export type Pattern =
  | { readonly kind: 'exact'; readonly value: string }
  /** RE2 as Go's `regexp` has it. `anchored`: it must match the whole text, else some part of it. */
  | { readonly kind: 'regexp'; readonly source: string; readonly anchored: boolean }

/**
 * What patterns are held against.
 * - `namespaces`: `involvedObject.namespace`
 * - `kinds`: `involvedObject.kind`
 * - `reason`, `message`: the event's own
 * - `object`: `kind/namespace/name` of the involved object, the namespace empty where it has none: `Node//worker-1`
 */
export type FilterField = 'namespaces' | 'kinds' | 'reason' | 'message' | 'object'

/** Patterns by field. Of one field's patterns any may match. */
export type FilterConditions = { readonly [Field in FilterField]?: readonly Pattern[] }

export interface FilterOptions extends FilterConditions {
  /**
   * `all`: every type. `Normal`: Normal and Warning. `Warning`: Warning only. An event of another type
   * passes `all` alone.
   */
  readonly level: 'all' | 'Normal' | 'Warning'
  /**
   * Each field that is given must match; absent: any. An empty list lets nothing pass. No pattern of `namespaces`,
   * `kinds` and `reason` matches an event that has none, an empty pattern neither, as in kube-eventer.
   */
  readonly namespaces?: readonly Pattern[]
  readonly kinds?: readonly Pattern[]
  readonly reason?: readonly Pattern[]
  readonly message?: readonly Pattern[]
  readonly object?: readonly Pattern[]
  /**
   * Whose namespace `namespaces` looks at: the involved object's, the default, or the event's own, as two of
   * kube-eventer's sinks do (events of a node lie in `default`). `exclude` always looks at the object's.
   */
  readonly namespaceOf?: 'object' | 'event'
  /** Lets events of objects without a namespace pass `namespaces`. */
  readonly clusterScoped?: boolean
  /** An event that one pattern of any of these fields matches is left out. What it has not is an empty text here. */
  readonly exclude?: FilterConditions
}
