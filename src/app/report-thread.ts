/** The thread that counts for reports of a running program: what it is given, and how it is told from other threads. */
import { isMainThread, workerData } from 'node:worker_threads'
import type { Report } from '../report/report.ts'
import type { ReportQuery } from './report.ts'

export const reportRole = 'kube-eventer-report'

export interface ReportThreadData {
  readonly role: typeof reportRole
  readonly query: ReportQuery
  /** Conditions as they were written, in the place of the query's filter: from a stranger, so they are read there, too. */
  readonly where?: string
  /** Where the journal lies; absent: it is in memory, and its parts are handed over. */
  readonly dataDir?: string
}

/** A part of a journal in memory: NDJSON, and when it arrived. */
export interface JournalPart {
  readonly lines: Uint8Array<ArrayBuffer>
  readonly blocks: readonly { readonly arrivedAtMs: number; readonly start: number; readonly end: number }[]
}

export type ToReportThread = { readonly kind: 'part'; readonly part: JournalPart } | { readonly kind: 'end' }

/** `more`: the next part may come. */
export type FromReportThread =
  | { readonly kind: 'more' }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'failed'; readonly message: string }
  /** The conditions are wrong. */
  | { readonly kind: 'refused'; readonly message: string }

export function isReportThread(): boolean {
  const data: unknown = workerData
  return !isMainThread && isReportThreadData(data)
}

/** The edge: what a thread is started with comes from this very program. */
export function isReportThreadData(data: unknown): data is ReportThreadData {
  return typeof data === 'object' && data !== null && 'role' in data && data.role === reportRole
}
