/** Marks a thread as the index's among others that the program may start. Apart, so that asking loads nothing. */
import { workerData } from 'node:worker_threads'

export const indexRole = 'kube-eventer-search-index'

/** Whether this thread was started to keep an index. */
export function isIndexThread(): boolean {
  const data: unknown = workerData
  return typeof data === 'object' && data !== null && 'role' in data && data.role === indexRole
}
