/** Why a stage let an occurrence pass or stopped it; shown by `explain` and counted by the metric. */

export type FilterReason = 'level' | 'namespace' | 'kind' | 'reason' | 'message' | 'object'

export type Decision =
  { readonly pass: true } | { readonly pass: false; readonly reason: FilterReason; readonly detail?: string }

export const passed: Decision = Object.freeze({ pass: true })
