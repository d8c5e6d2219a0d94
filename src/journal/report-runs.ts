/** Which run of a report a sink has had, so that a restart tells none twice and misses none. */

export interface ReportRun {
  readonly report: string
  readonly sink: string
  /** What it runs by, as it was written: under another schedule nothing was missed. */
  readonly schedule: string
  /** The last run that is done with; of one that never ran the moment from which runs count. ms since 1970. */
  readonly dueMs: number
}

/** What a commit does to them. */
export type ReportRunWork =
  | { readonly kind: 'note'; readonly run: ReportRun }
  | { readonly kind: 'forget'; readonly report: string; readonly sink: string }

/** Tells runs apart in a map. */
export function reportRunKey({ report, sink }: Pick<ReportRun, 'report' | 'sink'>): string {
  return JSON.stringify([report, sink])
}
