/** argv → command; nothing else. The journal's worker threads start from this file too, since a release is one file. */
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  const { main } = await import('./cli/main.ts')
  process.exitCode = await main(process.argv.slice(2), new URL(import.meta.url))
} else {
  const { runJournalWorker } = await import('./journal/worker.ts')
  runJournalWorker()
}
