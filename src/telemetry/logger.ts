/** The log: JSON lines, or lines for people on a terminal, each through the last filter for secrets. */
import { type Logger as Pino, pino } from 'pino'
import type { Clock } from '../domain/clock.ts'
import { type LogRecord, humanLine } from './human-format.ts'
import type { LogDestination } from './log-destination.ts'
import { redact, redactFields } from './redact.ts'
import type { Fields, Logger } from './telemetry.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFormat = { readonly kind: 'json' } | { readonly kind: 'human'; readonly colour: boolean }

export interface LogOptions {
  readonly clock: Clock
  /** Lines below it are not written. */
  readonly level: LogLevel
  readonly format: LogFormat
  readonly destination: LogDestination
}

/** For people on a terminal, with colours unless `NO_COLOR` is set (https://no-color.org) or it has none; else JSON. */
export function logFormatFor(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): LogFormat {
  if (!isTerminal) return { kind: 'json' }
  return { kind: 'human', colour: !env['NO_COLOR'] && env['TERM'] !== 'dumb' }
}

/** The program's root logger. `child` gives one that adds fields to each line. */
export class RootLogger implements Logger {
  readonly #pino: Pino
  /** Lines written so far, by level. */
  readonly lines: Record<LogLevel, number> = { debug: 0, info: 0, warn: 0, error: 0 }

  constructor({ clock, level, format, destination }: LogOptions) {
    this.#pino = pino(
      {
        level,
        base: null,
        timestamp: () => `,"time":"${new Date(clock.wallMs()).toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
      },
      format.kind === 'json' ? destination : humanDestination(destination, format.colour),
    )
  }

  debug(message: string, fields?: Fields): void {
    this.#write('debug', message, fields)
  }

  info(message: string, fields?: Fields): void {
    this.#write('info', message, fields)
  }

  warn(message: string, fields?: Fields): void {
    this.#write('warn', message, fields)
  }

  error(message: string, fields?: Fields): void {
    this.#write('error', message, fields)
  }

  /** A logger whose lines carry `bound` before their own fields. */
  child(bound: Fields): Logger {
    const write = (level: LogLevel, message: string, fields?: Fields): void =>
      this.#write(level, message, { ...bound, ...fields })
    return {
      debug: (message, fields) => write('debug', message, fields),
      info: (message, fields) => write('info', message, fields),
      warn: (message, fields) => write('warn', message, fields),
      error: (message, fields) => write('error', message, fields),
    }
  }

  #write(level: LogLevel, message: string, fields: Fields = {}): void {
    if (!this.#pino.isLevelEnabled(level)) return
    this.lines[level]++
    // As a field, since pino reads `%s` and `%%` in a message of its own.
    this.#pino[level]({ ...redactFields(fields), msg: redact(message) })
  }
}

function humanDestination(destination: LogDestination, colour: boolean): LogDestination {
  return {
    // The text is pino's own, made a moment ago.
    write: (line) => destination.write(humanLine(JSON.parse(line) as LogRecord, colour)),
  }
}
