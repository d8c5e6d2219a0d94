/** Something wrong with a `ke.` option: what, and what to do. Free of secrets. */
export interface OptionProblem {
  /** With its `ke.`. */
  readonly option: string
  readonly what: string
  readonly remedy: string
}
