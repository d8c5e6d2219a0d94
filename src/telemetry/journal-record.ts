/** What the journal tells: each method is its counter and its log line together. */
import type { Clock } from '../domain/clock.ts'
import { Histogram, durationBoundsSeconds } from './histogram.ts'
import type { LogLevel } from './logger.ts'
import { redact } from './redact.ts'
import { Seldom, leftOut } from './seldom.ts'
import type {
  Fields,
  JournalDamage,
  JournalState,
  JournalTelemetry,
  Logger,
  ReadinessCheck,
} from './telemetry.ts'

export type DropReason = Parameters<JournalTelemetry['dropped']>[1]
export type JournalSize = ReturnType<Parameters<JournalTelemetry['sizeFrom']>[0]>

export class JournalRecord implements JournalTelemetry {
  readonly log: Logger
  readonly commitDuration = new Histogram(durationBoundsSeconds)
  readonly droppedBy: Record<DropReason, number> = { age: 0, bytes: 0, memory: 0 }
  /** By sink. */
  readonly droppedDeadLetters = new Map<string, number>()
  readonly damagedBy: Record<JournalDamage, number> = { part: 0, file: 0 }
  lostToDamage = 0
  /** `undefined` until it is opened. */
  maxBytes: number | undefined
  committedCount = 0
  currentState: JournalState = 'ok'
  #detail = ''
  #askSize: (() => JournalSize) | undefined
  readonly #seldom: Seldom
  readonly #countCommit: (durationMs: number) => void

  constructor(log: Logger, clock: Clock, countCommit: (durationMs: number) => void) {
    this.log = log
    this.#seldom = new Seldom(clock)
    this.#countCommit = countCommit
  }

  committed(durationMs: number, occurrences: number): void {
    this.committedCount += occurrences
    this.commitDuration.observe(durationMs / 1000)
    this.#countCommit(durationMs)
  }

  state(state: JournalState, detail = ''): void {
    this.#detail = detail
    if (state === this.currentState) return
    this.currentState = state
    this.log[stateLevels[state]](stateTexts[state], { state, ...(detail && { detail }) })
  }

  /** Retention is everyday work, so it is said once and then counted; what a sink lost by it, the sink says. */
  dropped(count: number, why: DropReason): void {
    if (count === 0) return
    const level = this.droppedBy[why] === 0 ? 'info' : 'debug'
    this.droppedBy[why] += count
    this.log[level](`the journal let its oldest events go: ${dropTexts[why]}`, { count, why })
  }

  deadLettersDropped(count: number, sink: string): void {
    if (count === 0) return
    this.droppedDeadLetters.set(sink, (this.droppedDeadLetters.get(sink) ?? 0) + count)
    this.#seldom.say(`dead letters ${sink}`, (notSaid) =>
      this.log.warn('dead letters were removed: too many, or too old', { sink, count, ...leftOut(notSaid) }),
    )
  }

  damaged(what: JournalDamage, occurrencesLost: number, fields: Fields = {}): void {
    this.damagedBy[what] += 1
    this.lostToDamage += occurrencesLost
    this.#seldom.say(`damaged ${what}`, (notSaid) =>
      this.log.error(damageTexts[what], { ...fields, occurrencesLost, ...leftOut(notSaid) }),
    )
  }

  boundedTo(maxBytes: number): void {
    this.maxBytes = maxBytes
  }

  sizeFrom(ask: () => JournalSize): void {
    this.#askSize = ask
  }

  /** `undefined` while nobody can tell: before it is opened, after it is closed. */
  size(): JournalSize | undefined {
    try {
      return this.#askSize?.()
    } catch (error) {
      // A journal in trouble must not cost the whole scrape: it is what will show the trouble.
      this.#seldom.say('size', () => this.log.warn('the size of the journal cannot be told', { error }))
      return undefined
    }
  }

  forgetSize(): void {
    this.#askSize = undefined
  }

  report(): { readonly state: JournalState; readonly detail: string } {
    return { state: this.currentState, detail: redact(this.#detail) }
  }

  /** A degraded journal still hands events out, but a kill would cost what it could not commit: not ready. */
  check(): ReadinessCheck {
    const detail = this.#detail === '' ? this.currentState : `${this.currentState}: ${this.#detail}`
    return { name: 'journal', ready: this.currentState === 'ok', detail }
  }
}

export const journalStates = ['ok', 'full', 'degraded'] as const satisfies readonly JournalState[]

const stateLevels: Readonly<Record<JournalState, LogLevel>> = { ok: 'info', full: 'error', degraded: 'error' }

const stateTexts: Readonly<Record<JournalState, string>> = {
  ok: 'the journal is well again',
  full: 'the journal takes no more events until there is room',
  degraded: 'the journal cannot commit what it takes in, and goes on trying',
}

const dropTexts: Readonly<Record<DropReason, string>> = {
  age: 'older than they are kept for',
  bytes: 'the room they may take is used up',
  memory: 'the memory they may take is used up',
}

const damageTexts: Readonly<Record<JournalDamage, string>> = {
  part: 'a part of the journal is damaged and is passed over; check the volume',
  file: 'the journal is damaged: it was set aside and a new one begins; check the volume, then delete the file',
}
