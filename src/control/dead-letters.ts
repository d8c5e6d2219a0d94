/** Dead letters as `dead` shows them: read from the journal itself, whether the program runs or not. */
import type { StoredLetter } from '../journal/journal.ts'
import { readLetters } from '../journal/sqlite/letters.ts'
import { openStopped } from '../journal/stopped.ts'

/** Names stay: this is what `--json` prints. */
export interface DeadLetterView {
  readonly id: number
  readonly sink: string
  readonly cluster: string
  readonly diedAt: string
  readonly reason: string
  readonly detail: string
  /** It is being sent again. */
  readonly replaying: boolean
  /** The event as it is kept; `undefined` if it is no JSON. */
  readonly event: unknown
}

export interface DeadLetterQuery {
  readonly sink?: string
  readonly ids?: readonly number[]
  readonly limit: number
}

/** Newest first. Throws `JournalError`. */
export function readDeadLetters(dataDir: string, query: DeadLetterQuery): readonly DeadLetterView[] {
  const journal = openStopped(dataDir)
  try {
    return readLetters(journal.db, query).map(viewOf)
  } finally {
    journal.close()
  }
}

function viewOf({
  id,
  sink,
  cluster,
  diedAtMs,
  reason,
  detail,
  replaying,
  raw,
}: StoredLetter): DeadLetterView {
  let event: unknown
  try {
    event = JSON.parse(Buffer.from(raw).toString('utf8'))
  } catch {
    // Shown without it.
  }
  return { id, sink, cluster, diedAt: new Date(diedAtMs).toISOString(), reason, detail, replaying, event }
}
