/** What one source tells: each method is its counter and its log line together. */
import type { Clock } from '../domain/clock.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import type { LogLevel } from './logger.ts'
import { redact } from './redact.ts'
import { Seldom, leftOut } from './seldom.ts'
import type {
  Logger,
  ReadinessCheck,
  SourceReport,
  SourceState,
  SourceTelemetry,
  WatchEnd,
} from './telemetry.ts'

export type LineFault = Parameters<SourceTelemetry['lineIgnored']>[0]

export class SourceRecord implements SourceTelemetry {
  readonly log: Logger
  readonly cluster: string
  readonly watchEnds: Record<WatchEnd, number> = {
    timeout: 0,
    closed: 0,
    reset: 0,
    silent: 0,
    expired: 0,
    unauthorized: 0,
    forbidden: 0,
    throttled: 0,
    'server-error': 0,
    unreachable: 0,
    protocol: 0,
  }
  readonly linesIgnored: Record<LineFault, number> = {
    'not-json': 0,
    'unknown-type': 0,
    'no-event': 0,
    'too-long': 0,
  }
  occurrences = 0
  /** When the last occurrence came in, ms since 1970; 0 if none has. */
  lastOccurrenceAtMs = 0
  currentState: SourceState = 'starting'
  #detail = ''
  #lastReadAtMs = 0
  readonly #clock: Clock
  readonly #seldom: Seldom
  readonly #countEvent: (event: KubernetesEvent) => void

  constructor(cluster: string, log: Logger, clock: Clock, countEvent: (event: KubernetesEvent) => void) {
    this.cluster = cluster
    this.log = log
    this.#clock = clock
    this.#seldom = new Seldom(clock)
    this.#countEvent = countEvent
  }

  occurrence(event: KubernetesEvent): void {
    this.occurrences++
    this.lastOccurrenceAtMs = this.#clock.wallMs()
    this.#countEvent(event)
  }

  state(state: SourceState, detail = ''): void {
    this.#detail = detail
    if (state === this.currentState) return
    if (isReading(this.currentState)) this.#lastReadAtMs = this.#clock.wallMs()
    this.currentState = state
    this.log[stateLevels[state]](`source ${stateTexts[state]}`, { state, ...(detail && { detail }) })
  }

  watchEnded(cause: WatchEnd): void {
    this.watchEnds[cause]++
    if (cause === 'expired') {
      this.log.info(
        'the API server no longer has all changes since the last one seen: listing what is there now',
      )
    } else {
      this.log.debug('watch ended', { cause })
    }
  }

  lineIgnored(why: LineFault, detail: string): void {
    this.linesIgnored[why]++
    this.#seldom.say(why, (notSaid) =>
      this.log.warn('a line of the watch could not be used', { why, detail, ...leftOut(notSaid) }),
    )
  }

  /** Up to when this source was being read, ms since 1970: now if it is, 0 if it never was. */
  readAtMs(): number {
    return isReading(this.currentState) ? this.#clock.wallMs() : this.#lastReadAtMs
  }

  report(): SourceReport {
    return {
      cluster: this.cluster,
      state: this.currentState,
      detail: redact(this.#detail),
      occurrences: this.occurrences,
      ...(this.lastOccurrenceAtMs > 0 && { lastOccurrenceAtMs: this.lastOccurrenceAtMs }),
    }
  }

  check(): ReadinessCheck {
    const detail = this.#detail === '' ? this.currentState : `${this.currentState}: ${this.#detail}`
    return { name: `source ${this.cluster}`, ready: isReading(this.currentState), detail }
  }
}

export const sourceStates = [
  'starting',
  'listing',
  'watching',
  'retrying',
  'forbidden',
  'paused',
  'stopped',
] as const satisfies readonly SourceState[]

/** While it lists what it missed, a source is well: it may take minutes in a big cluster, and goes on by itself. */
export function isReading(state: SourceState): boolean {
  return state === 'watching' || state === 'listing'
}

const stateLevels: Readonly<Record<SourceState, LogLevel>> = {
  starting: 'debug',
  listing: 'info',
  watching: 'info',
  retrying: 'warn',
  forbidden: 'error',
  paused: 'warn',
  stopped: 'info',
}

const stateTexts: Readonly<Record<SourceState, string>> = {
  starting: 'is starting',
  listing: 'lists events',
  watching: 'watches events',
  retrying: 'is not reachable, trying again',
  forbidden: 'may not read events, trying again',
  paused: 'pauses: the journal takes no more',
  stopped: 'has stopped',
}
