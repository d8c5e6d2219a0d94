/** The one place through which a source writes: journal first, then the counters; and what it last wrote. */
import type { Clock } from '../domain/clock.ts'
import type { NewOccurrence } from '../domain/occurrence.ts'
import type { SourceJournal, SourceState } from '../domain/source-journal.ts'
import type { SourceState as Condition, SourceTelemetry } from '../telemetry/telemetry.ts'

/** A journal that catches its breath is no news; one that takes nothing for a second is. */
const PAUSE_IS_NEWS_AFTER_MS = 1000

export interface Ledger {
  readonly journal: SourceJournal
  state(): SourceState | undefined
  /** Throws what the journal throws; then nothing was written and the state is the old one. */
  write(occurrences: readonly NewOccurrence[], state: SourceState): void
  /** Undefined: read on at once. Else a promise to wait for; never rejects. `then` is told after a long pause. */
  ready(signal: AbortSignal, then: Condition): Promise<void> | undefined
}

export function openLedger(journal: SourceJournal, telemetry: SourceTelemetry, clock: Clock): Ledger {
  let written = journal.state()
  return {
    journal,
    state: () => written,
    write: (occurrences, state) => {
      journal.append(occurrences, state)
      written = state
      for (const { event } of occurrences) telemetry.occurrence(event)
    },
    ready: (signal, then) => {
      const waiting = journal.ready(signal)
      return waiting === undefined ? undefined : untilReady(waiting, signal, then)
    },
  }

  async function untilReady(waiting: Promise<void>, signal: AbortSignal, then: Condition): Promise<void> {
    let told = false
    const timer = clock.schedule(() => {
      told = true
      telemetry.state('paused', 'the journal takes no more for now; watching goes on by itself when it does')
    }, PAUSE_IS_NEWS_AFTER_MS)
    try {
      await waiting
    } catch (error) {
      // Stopped while waiting: the caller sees that by its signal.
      if (!signal.aborted) telemetry.log.error(`the journal cannot tell when it takes more: ${String(error)}`)
    }
    timer.cancel()
    if (told && !signal.aborted) telemetry.state(then)
  }
}
