/** argv → command; nothing else. Worker threads start from this file too, since a release is one file. */
import { isMainThread } from 'node:worker_threads'
import { isReportThread } from './app/report-thread.ts'
import { isIndexThread } from './search/index/role.ts'

if (isMainThread) {
  const { main } = await import('./cli/main.ts')
  process.exitCode = await main(process.argv.slice(2), new URL(import.meta.url))
} else if (isIndexThread()) {
  const { runIndexWorker } = await import('./search/index/worker.ts')
  runIndexWorker()
} else if (isReportThread()) {
  const { runReportWorker } = await import('./app/report-worker.ts')
  runReportWorker()
} else {
  const { runJournalWorker } = await import('./journal/worker.ts')
  runJournalWorker()
}
