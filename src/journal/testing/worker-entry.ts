/** Stands for the program's entry in tests: the journal's worker threads begin here. */
import { runJournalWorker } from '../worker.ts'

runJournalWorker()
