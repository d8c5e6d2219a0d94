/** Which events a sink wants, as configured. The front ends write it, `stages/` compiles it. */
export interface FilterOptions {
  /**
   * `all`: every type. `Normal`: Normal and Warning. `Warning`: Warning only. An event of another type
   * passes `all` alone.
   */
  readonly level: 'all' | 'Normal' | 'Warning'
  /** Exact values of `involvedObject.namespace`; absent: any. An empty list lets nothing pass. */
  readonly namespaces?: readonly string[]
  /** Exact values of `involvedObject.kind`; absent: any. An empty list lets nothing pass. */
  readonly kinds?: readonly string[]
}
