/** A journal in memory for the source's tests; strict: what it did not ask for is an error. */
import type { KubernetesEvent } from '../../domain/event.ts'
import { identityOf, type NewOccurrence } from '../../domain/occurrence.ts'
import type { SourceJournal, SourceState } from '../../domain/source-journal.ts'

export interface FakeJournal extends SourceJournal {
  /** Every append, in order. */
  readonly appends: readonly { readonly occurrences: readonly NewOccurrence[]; readonly state: SourceState }[]
  readonly occurrences: readonly NewOccurrence[]
  /** From now on `ready` waits, and an append is an error. */
  shut(): void
  open(): void
  /** The next append throws this. */
  failNext(error: Error): void
  /** Resolves as soon as `holds` does, which is asked after each append. */
  until(holds: (journal: FakeJournal) => boolean): Promise<void>
}

export function fakeJournal(saved?: SourceState, before: readonly NewOccurrence[] = []): FakeJournal {
  let state = saved
  const occurrences = [...before]
  const appends: { occurrences: readonly NewOccurrence[]; state: SourceState }[] = []
  const waiting = new Set<() => void>()
  let gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined
  let failure: Error | undefined
  const journal: FakeJournal = {
    appends,
    occurrences,
    state: () => state,
    append: (added, next) => {
      if (gate !== undefined) throw new Error('append while the journal was not ready')
      if (failure !== undefined) {
        const error = failure
        failure = undefined
        throw error
      }
      occurrences.push(...added)
      appends.push({ occurrences: added, state: next })
      state = next
      for (const look of waiting) look()
    },
    nextOffset: () => occurrences.length + 1,
    ready: (signal) => {
      if (gate === undefined) return undefined
      const { opened } = gate
      return new Promise((resolve, reject) => {
        void opened.then(resolve)
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
    },
    identitiesSince: (fromOffset) => {
      // Offsets begin at 1.
      const since = occurrences.slice(Math.max(0, fromOffset - 1))
      return Promise.resolve(new Set(since.map(({ event }) => identityOf(event))))
    },
    newest: (count) => Promise.resolve(newestFirst(occurrences).slice(0, count)),
    shut: () => {
      gate = gateOf()
    },
    open: () => {
      const opened = gate
      gate = undefined
      opened?.open()
    },
    failNext: (error) => {
      failure = error
    },
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds(journal)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
  return journal
}

function gateOf(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

function newestFirst(occurrences: readonly NewOccurrence[]): readonly KubernetesEvent[] {
  return occurrences.map(({ event }) => event).toReversed()
}
