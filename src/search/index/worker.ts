/**
 * The thread that keeps an index up to date, since neither its writing nor its reading may hold up the event loop. It is
 * told when there is something new, and ends when it has had nothing to do for a while.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { DatabaseSync } from 'node:sqlite'
import { textOf } from '../../domain/text-of.ts'
import { Indexing } from './indexing.ts'
import { indexRole, isIndexThread } from './role.ts'
import { openIndexToWrite } from './schema.ts'

export interface IndexWorkerData {
  readonly role: typeof indexRole
  readonly dataDir: string
  /** The journal's file. */
  readonly journalPath: string
  /** The journal's salt: an index of another one is thrown away. */
  readonly journal: Uint8Array
}

/** `firstOffset`: what the journal holds begins there; what is older is removed. */
export interface IndexUpTo {
  readonly firstOffset: number
}

export type IndexAnswer =
  /** Everything that was there is indexed; what lies below `nextOffset`. */
  { readonly kind: 'done'; readonly nextOffset: number } | { readonly kind: 'failed'; readonly why: string }

/** Does nothing but in a thread that was started for it. */
export function runIndexWorker(): void {
  const port = parentPort
  if (port === null || !isIndexThread()) return
  // The edge: whoever gives the role gives the rest.
  const data = workerData as IndexWorkerData
  let indexing: Indexing | undefined
  let close = (): void => {}
  port.on('message', (message: IndexUpTo | 'end') => {
    if (message === 'end') {
      close()
      port.close()
      return
    }
    try {
      if (indexing === undefined) {
        const index = openIndexToWrite(data.dataDir, data.journal)
        const journal = new DatabaseSync(data.journalPath, { readOnly: true, timeout: 5_000 })
        close = () => {
          index.close()
          journal.close()
        }
        indexing = new Indexing(index, journal)
      }
      while (indexing.step());
      while (indexing.prune(message.firstOffset));
      answer({ kind: 'done', nextOffset: indexing.nextOffset })
    } catch (error) {
      answer({ kind: 'failed', why: textOf(error) })
      // Whoever asks again begins with a new thread.
      close()
      port.close()
    }
  })
  const answer = (told: IndexAnswer): void => port.postMessage(told)
}
