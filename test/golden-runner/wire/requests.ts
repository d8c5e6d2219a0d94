/** Requests as they are expected, and as they came: what recorders tell and comparisons see. */
import type { ListenerName } from './sinks.ts'

/**
 * How often a request comes.
 * - `once`: exactly once
 * - `until-taken`: again and again until it is answered with success, and then no more; the recorder answers with
 *   success as soon as each has come
 * - `unsettled`: once at least; it is never answered with success
 * - `behind`: perhaps, since an unsettled one of the same object is before it
 */
export type Fate = 'once' | 'until-taken' | 'unsettled' | 'behind'

export interface ExpectedRequest {
  readonly listener: ListenerName
  readonly scheme: 'http' | 'https' | 'influxdb' | 'kafka' | 'mongodb' | 'mysql' | 'riemann'
  readonly method: string
  readonly path: string
  /** Without the `?`; '' for none. */
  readonly query: string
  /** Those that must be there. */
  readonly headers: Readonly<Record<string, string>>
  /** May hold placeholders. */
  readonly body: string
  /** The body is made by the program, not by a template: JSON is compared by value. */
  readonly isJsonByValue?: boolean
  /** The event that it tells; absent where the body is not the default one. */
  readonly event?: string
  readonly fate: Fate
  /** Whether it ends up counted as delivered. */
  readonly delivered: boolean
}

/** One request, as it came over the wire. */
export interface Arrival {
  readonly listener: ListenerName
  readonly scheme: 'http' | 'https' | 'influxdb' | 'kafka' | 'mongodb' | 'mysql' | 'riemann'
  readonly method: string
  readonly path: string
  /** Without the `?`; '' for none. */
  readonly query: string
  /** Names in lower case; values of a name that came twice, joined by `, `. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  /** What it was answered; `undefined` if it was not. */
  readonly status: number | undefined
  /** It was answered with success; an error that a robot tells in a 200 is none. */
  readonly isTaken: boolean
}
