/** What the pump's tests run it with: a journal in memory, a sink that answers as told, a clock that is moved. */
import type { Occurrence } from '../../domain/occurrence.ts'
import { delivered, type Outcome } from '../../domain/outcome.ts'
import { FakeClock } from '../../domain/testing/fake-clock.ts'
import type { DeadLetter, Journal, SettledOffsets } from '../../journal/journal.ts'
import type { ReplayReader } from '../../journal/replays.ts'
import type { Pace, Sink } from '../../sink-kit/sink.ts'
import { compileFilter } from '../../stages/filter.ts'
import type { SinkTelemetry } from '../../telemetry/telemetry.ts'
import type { FilterOptions } from '../../domain/filter-options.ts'
import { Pump } from '../pump.ts'
import { QuotaLedgers } from '../quota-ledgers.ts'

export const webhookPace: Pace = {
  concurrency: 4,
  batchCount: 1,
  batchBytes: 1_048_576,
  lingerMs: 0,
  timeoutMs: 10_000,
  retryForMs: 'journal',
}

export class PumpHarness {
  readonly clock = new FakeClock()
  readonly occurrences: Occurrence[] = []
  readonly deadLetters: Omit<DeadLetter, 'sink'>[] = []
  /** Offsets of each send, in order of their start. */
  readonly sends: number[][] = []
  /** Offsets that were answered `delivered`, in order. */
  readonly delivered: number[] = []
  readonly states: string[] = []
  readonly filtered: string[] = []
  lost = 0
  inFlight = 0
  mostInFlight = 0
  /** What the sink answers; may wait. */
  answer: (occurrence: Occurrence) => Outcome | Promise<Outcome> = () => delivered
  /** Reads below this offset come late, as from disk. */
  lateBelow = 0
  /** What the sink was commanded to send beside the journal. */
  replays: ReplayReader | undefined
  /** Offsets below it are gone. */
  firstOffset = 1
  #snapshot: () => SettledOffsets = () => ({ mark: 1, ranges: [] })
  #listeners = new Set<() => void>()
  #settledAtOpen: SettledOffsets = { mark: 1, ranges: [] }

  get settled(): SettledOffsets {
    return this.#snapshot()
  }

  startsFrom(settled: SettledOffsets): void {
    this.#settledAtOpen = settled
  }

  append(objectUid: string, type = 'Warning'): number {
    const offset = this.occurrences.length + 1
    const event = { metadata: { uid: `event-${offset}` }, involvedObject: { uid: objectUid }, type }
    this.occurrences.push({
      offset,
      cluster: 'default',
      event,
      raw: Buffer.from(JSON.stringify(event)),
      arrivedAtMs: this.clock.wallMs(),
    })
    for (const listener of this.#listeners) listener()
    return offset
  }

  start(
    pace: Partial<Pace> = {},
    filter: FilterOptions = { level: 'all' },
    quotas = new QuotaLedgers(undefined),
  ): Pump {
    const pump = new Pump({
      name: 'test',
      pace: { ...webhookPace, ...pace },
      filter: compileFilter(filter),
      journal: this.#journal(),
      telemetry: this.#telemetry(),
      clock: this.clock,
      random: () => 1,
      quotas,
    })
    return pump
  }

  /** The sink. Ends a send that is aborted, as the contract asks. */
  sink(): Sink {
    return {
      check: async () => {},
      close: async () => {},
      send: async (batch, signal) => {
        this.sends.push(batch.map(({ offset }) => offset))
        this.inFlight += batch.length
        this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
        const aborted = new Promise<Outcome>((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'retry', reason: 'stopped' }), {
            once: true,
          })
        })
        const outcomes = await Promise.all(
          batch.map((occurrence) => Promise.race([aborted, Promise.resolve(this.answer(occurrence))])),
        )
        this.inFlight -= batch.length
        outcomes.forEach((outcome, at) => {
          const offset = batch[at]?.offset
          if (outcome.kind === 'delivered' && offset !== undefined) this.delivered.push(offset)
        })
        return outcomes
      },
    }
  }

  #journal(): Journal {
    const nextOffset = (): number => this.occurrences.length + 1
    const unused = (): never => {
      throw new Error('not part of what a pump needs')
    }
    return {
      engine: 'memory',
      salt: new Uint8Array(),
      source: unused,
      openReader: (_, snapshot) => {
        this.#snapshot = snapshot
        return {
          settledAtOpen: this.#settledAtOpen,
          read: (from, maxCount) => {
            const start = Math.max(from, this.firstOffset)
            const answer = this.occurrences.slice(start - 1, start - 1 + maxCount)
            return from < this.lateBelow ? new Promise((resolve) => setImmediate(resolve, answer)) : answer
          },
          touch: () => {},
          bury: (letter) => this.deadLetters.push(letter),
          ...(this.replays && { replays: this.replays }),
          close: () => {},
        }
      },
      onAppend: (listener) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
      size: () => ({
        bytes: 0,
        firstOffset: this.firstOffset,
        nextOffset: nextOffset(),
        oldestAgeSeconds: 0,
      }),
      deadLetters: unused,
      deadLetterCount: () => this.deadLetters.length,
      flush: async () => {},
      close: async () => {},
    }
  }

  #telemetry(): SinkTelemetry {
    const ignore = (): void => {}
    return {
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      delivered: ignore,
      filtered: (reason) => this.filtered.push(reason),
      retried: ignore,
      dead: ignore,
      lost: (count) => (this.lost += count),
      reported: ignore,
      sendTook: ignore,
      state: (state, reason) => {
        const text = reason ? `${state}: ${reason}` : state
        if (this.states.at(-1) !== text) this.states.push(text)
      },
      lagFrom: ignore,
    }
  }
}
