/** What became of an event at each sink, as far as the journal tells: read from its file, whether the program runs or not. */
import type { KubernetesEvent } from '../domain/event.ts'
import type { SettledOffsets } from '../journal/journal.ts'
import { isSettled, settledTimes, type SettledAt, type SettledBetween } from '../journal/settled-log.ts'
import { readLetters } from '../journal/sqlite/letters.ts'
import { readSettledLog, searchOccurrences, type FoundOccurrence } from '../journal/sqlite/searching.ts'
import { openStopped } from '../journal/stopped.ts'
import { maxDeadLetters } from '../journal/store.ts'

/** What became of one occurrence at one sink. */
export type Fate =
  /** It was sent, filtered or the sink was not there yet: what of it, the journal alone does not tell. */
  | { readonly kind: 'settled'; readonly times: readonly SettledBetween[] }
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'dead'
      readonly id: number
      readonly reason: string
      readonly detail: string
      readonly diedAtMs: number
    }

export interface Explained {
  readonly occurrence: FoundOccurrence
  /** By sink. */
  readonly fates: ReadonlyMap<string, Fate>
}

/** Newest occurrences first, at most `limit`. Throws `JournalError`. */
export function explainFromJournal(dataDir: string, subject: string, limit: number): readonly Explained[] {
  const journal = openStopped(dataDir)
  try {
    const { db, state } = journal
    // Sinks stand as they did before the search: what is settled meanwhile is told as waiting.
    const sinks = [...state.sinks]
    const found = searchOccurrences(db, {
      mustHold: lastPart(subject),
      fromMs: Number.NEGATIVE_INFINITY,
      toMs: Number.POSITIVE_INFINITY,
      matches: (event) => isAbout(event, subject),
      limit,
    })
    if (found.length === 0) return []
    const logs = new Map(sinks.map(([name]) => [name, readSettledLog(db, name)]))
    const letters = new Map(
      sinks.map(([name]) => [name, readLetters(db, { sink: name, limit: maxDeadLetters })] as const),
    )
    return found.map((occurrence) => {
      const { offset } = occurrence
      const fates = sinks.map(([name, settled]): [string, Fate] => {
        const letter = letters.get(name)?.find((one) => one.offset === offset)
        if (letter !== undefined) {
          const { id, reason, detail, diedAtMs } = letter
          return [name, { kind: 'dead', id, reason, detail, diedAtMs }]
        }
        return [name, fateOf(offset, settled, logs.get(name) ?? [])]
      })
      return { occurrence, fates: new Map(fates) }
    })
  } finally {
    journal.close()
  }
}

function fateOf(offset: number, settled: SettledOffsets, log: readonly SettledAt[]): Fate {
  if (!isSettled(settled, offset)) return { kind: 'waiting' }
  return { kind: 'settled', times: settledTimes(log, settled, offset) }
}

/** `NAMESPACE/NAME` or a uid, of the event or of the object that it is about. */
function isAbout({ metadata, involvedObject }: KubernetesEvent, subject: string): boolean {
  if (metadata.uid === subject || involvedObject.uid === subject) return true
  return (
    subject === `${metadata.namespace ?? ''}/${metadata.name ?? ''}` ||
    subject === `${involvedObject.namespace ?? ''}/${involvedObject.name ?? ''}`
  )
}

/** Names and uids stand in JSON as they are: they have no character that is escaped. */
function lastPart(subject: string): string {
  return subject.slice(subject.lastIndexOf('/') + 1)
}
