/** Keeps what the journal tells of itself, for tests to ask. */
import type {
  Fields,
  JournalDamage,
  JournalState,
  JournalTelemetry,
  Logger,
} from '../../telemetry/telemetry.ts'

export interface LogLine {
  readonly level: keyof Logger
  readonly message: string
  readonly fields: Fields
}

export interface Damage {
  readonly what: JournalDamage
  readonly occurrencesLost: number
  readonly fields: Fields
}

export class RecordedTelemetry implements JournalTelemetry {
  readonly lines: LogLine[] = []
  readonly states: JournalState[] = []
  readonly droppedCounts = { age: 0, bytes: 0, memory: 0 }
  readonly droppedLetters = new Map<string, number>()
  readonly damages: Damage[] = []
  committedOccurrences = 0
  commits = 0
  readonly log: Logger = {
    debug: (message, fields = {}) => this.#line('debug', message, fields),
    info: (message, fields = {}) => this.#line('info', message, fields),
    warn: (message, fields = {}) => this.#line('warn', message, fields),
    error: (message, fields = {}) => this.#line('error', message, fields),
  }

  committed(_durationMs: number, occurrences: number): void {
    this.commits += 1
    this.committedOccurrences += occurrences
  }

  state(state: JournalState): void {
    this.states.push(state)
  }

  dropped(count: number, why: 'age' | 'bytes' | 'memory'): void {
    this.droppedCounts[why] += count
  }

  deadLettersDropped(count: number, sink: string): void {
    this.droppedLetters.set(sink, (this.droppedLetters.get(sink) ?? 0) + count)
  }

  damaged(what: JournalDamage, occurrencesLost: number, fields: Fields = {}): void {
    this.damages.push({ what, occurrencesLost, fields })
  }

  boundedTo(): void {}

  sizeFrom(): void {}

  said(part: string): boolean {
    return this.lines.some((line) => line.message.includes(part))
  }

  #line(level: keyof Logger, message: string, fields: Fields): void {
    this.lines.push({ level, message, fields })
  }
}
