/** What an error of the server or of the connection means: a row's fault, the statement's, or the sink's. */
import type { Outcome, RetryReason } from '../../domain/outcome.ts'
import { oneLine } from '../../sink-kit/one-line.ts'
import { describeError } from '../../sink-kit/send-error.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'

export type Failure =
  /** One row cannot be stored. `at`: which of the statement's, from 1, where the server says so. */
  | { readonly kind: 'row'; readonly at: number | undefined; readonly detail: string }
  /** A unique index holds the row's values already. */
  | { readonly kind: 'duplicate'; readonly index: string | undefined; readonly detail: string }
  /** The statement is longer than the server takes; it has closed the connection. */
  | { readonly kind: 'too-long'; readonly detail: string }
  /** Others wrote to the same rows: the same statement again may succeed. */
  | { readonly kind: 'conflict'; readonly detail: string }
  /** Nothing can be written now. */
  | {
      readonly kind: 'sink'
      readonly reason: RetryReason
      readonly detail: string
      /** The connection is of no more use. */
      readonly endsConnection: boolean
    }

/** Numbers of the server's errors (MySQL's and MariaDB's lists of them), by what they mean here. */
const rowErrors = new Set([
  1048, // column cannot be null
  1264, // out of range
  1265, // data truncated
  1292, // incorrect datetime or number
  1366, // incorrect string or number: a character that the column's character set does not have
  1406, // data too long
  1411, // incorrect value for a function
  1525, // incorrect value
  1690, // out of range
  3140, // invalid JSON
  3819, // CHECK constraint
  3903, // invalid JSON
  4025, // CHECK constraint, MariaDB
  1452, // foreign key
  1644, // a trigger's SIGNAL
])

const refusals: ReadonlyMap<number, string> = new Map([
  [1044, 'the user has no right to this database: GRANT it to the user, or name another database'],
  [1045, 'user or password is wrong'],
  [1049, 'there is no such database: make it, or name another one'],
  [1054, 'a column of the table is missing'],
  [1103, 'the name of the table is none'],
  [1130, 'the server takes no connections from this host: let the user in from here'],
  [1131, 'user or password is wrong'],
  [1136, 'the number of columns has changed'],
  [1142, 'the user may not do this: GRANT INSERT, SELECT, UPDATE on the table to the user'],
  [1143, 'the user may not do this: GRANT INSERT, SELECT, UPDATE on the table to the user'],
  [1146, 'there is no such table'],
  [1193, 'a parameter of the data source name is no variable of this server: remove it'],
  [1231, 'a parameter of the data source name has a value that the server does not take: correct it'],
  [1227, 'the user may not do this: a parameter of the data source name needs more rights'],
  [1238, 'a parameter of the data source name cannot be set for a session: remove it'],
  [
    1251,
    'the server wants a way to log in that is not supported: use mysql_native_password or caching_sha2_password for the user',
  ],
  [1347, 'the name of the table is of something else'],
  [1348, 'a column cannot be written'],
  [1364, 'the table has a column of its own without a default value: give it one'],
  [1370, 'the user may not do this: GRANT EXECUTE, which a trigger or default needs'],
  [1698, 'user or password is wrong, or the user logs in otherwise than by password'],
  [1820, "the user's password has expired: set it anew"],
  [1862, "the user's password has expired: set it anew"],
  [3118, 'the user is locked'],
  [3159, 'the server takes no connections without TLS: write `tls=true`'],
  [4151, 'the user is locked'],
])

/** The server writes nothing now, or is going away; another one may take its place under the same name. */
const unavailable: ReadonlyMap<number, string> = new Map([
  [1021, 'its disk is full'],
  [1053, 'it is shutting down'],
  [1077, 'it is shutting down'],
  [1080, 'it is shutting down'],
  [1114, 'the table is full'],
  [1129, 'it has blocked this host after too many errors: `FLUSH HOSTS` there'],
  [1290, 'it is read-only'],
  [1792, 'it is read-only'],
  [1836, 'it is read-only'],
  [1874, 'it is read-only'],
  [1927, 'the connection was killed'],
  [3100, 'it is not ready to write'],
  [3101, 'it is not ready to write'],
  [3169, 'the session was killed'],
  [4031, 'it closed the connection, which was idle'],
])

const throttles: ReadonlyMap<number, string> = new Map([
  [1040, 'too many connections'],
  [1203, 'the user has too many connections'],
  [1226, 'the user has used up what it may do in an hour'],
])

const conflicts = new Set([1020, 1205, 1213])
const tooLong = new Set([1153, 1301])

/** `server`: how it is shown; `redact` cleans what is quoted of the server's words. */
export function failureOf(error: unknown, server: string, redact: Redactor): Failure {
  const number = numberIn(error, 'errno')
  if (number === undefined || number < 1000) return connectionFailure(error, server)
  const said = quoteOf(error, redact)
  const told = (what: string): string => `${server}: ${what} (error ${number})`
  if (rowErrors.has(number)) {
    return { kind: 'row', at: rowNumberIn(said), detail: told(said) }
  }
  if (number === 1062 || number === 1586) {
    return {
      kind: 'duplicate',
      index: indexIn(said),
      detail: told('a unique key of the table holds such a row already'),
    }
  }
  if (tooLong.has(number))
    return { kind: 'too-long', detail: told('the event is longer than max_allowed_packet') }
  if (conflicts.has(number)) return { kind: 'conflict', detail: told('others write to the same rows') }
  const refusal = refusals.get(number)
  if (refusal !== undefined) {
    // The server's own words name the user that was refused; in these cases they say nothing else.
    const words = [1045, 1131, 1698, 1044].includes(number) ? '' : `: ${said}`
    return { kind: 'sink', reason: 'refused', detail: told(`${refusal}${words}`), endsConnection: true }
  }
  const away = unavailable.get(number)
  if (away !== undefined) {
    return { kind: 'sink', reason: 'unreachable', detail: told(away), endsConnection: true }
  }
  const throttle = throttles.get(number)
  if (throttle !== undefined) {
    return { kind: 'sink', reason: 'throttled', detail: told(throttle), endsConnection: true }
  }
  return { kind: 'sink', reason: 'server-error', detail: told(said), endsConnection: false }
}

/** What the client library says itself: no connection, a broken one, one that is not trusted. */
function connectionFailure(error: unknown, server: string): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const text = error instanceof Error ? error.message : ''
  const unreachable = (detail: string): Failure => ({
    kind: 'sink',
    reason: 'unreachable',
    detail,
    endsConnection: true,
  })
  switch (code) {
    case 'PROTOCOL_CONNECTION_LOST':
      return unreachable(`${server}: it closed the connection`)
    case 'HANDSHAKE_NO_SSL_SUPPORT':
      return unreachable(
        `${server}: it has no TLS; write \`tls=preferred\` to go on without, or switch it on there`,
      )
    case 'HANDSHAKE_SSL_ERROR':
      return unreachable(tlsDetail(text, server))
    case 'AUTH_SWITCH_PLUGIN_ERROR':
    case 'MYSQL_CLEAR_PASSWORD_PLUGIN_ERROR':
      return {
        kind: 'sink',
        reason: 'refused',
        detail: `${server}: it wants a way to log in that is not supported; use mysql_native_password or caching_sha2_password for the user`,
        endsConnection: true,
      }
    default:
      return unreachable(describeError(error, server))
  }
}

/** The client library drops the code; what OpenSSL says holds no secrets. */
function tlsDetail(text: string, server: string): string {
  if (/altnames/.test(text)) {
    return `${server}: its certificate is for another name; if that is right, give the name with \`ke.serverName=\``
  }
  if (/certificate|issuer/i.test(text)) {
    return `${server}: its certificate is not trusted (${text}); name the authority that signed it with \`ke.ca=/path\``
  }
  return `${server}: no TLS connection could be made`
}

/** What a failure means for rows that were not written because of it. */
export function outcomeOf(failure: Failure): Outcome {
  switch (failure.kind) {
    case 'row':
    case 'duplicate':
    case 'too-long':
      return { kind: 'rejected', reason: 'bad-message', detail: failure.detail }
    case 'conflict':
      return { kind: 'retry', reason: 'server-error', detail: failure.detail }
    case 'sink':
      return { kind: 'retry', reason: failure.reason, detail: failure.detail }
  }
}

function numberIn(error: unknown, field: string): number | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined
  return typeof value === 'number' ? value : undefined
}

function quoteOf(error: unknown, redact: Redactor): string {
  if (!(error instanceof Error)) return ''
  const said =
    'sqlMessage' in error && typeof error.sqlMessage === 'string' ? error.sqlMessage : error.message
  return oneLine(redact(said))
}

/** `Data too long for column 'name' at row 7` */
function rowNumberIn(said: string): number | undefined {
  const number = Number(/\bat row (\d+)/.exec(said)?.[1])
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}

/** `Duplicate entry 'a-b' for key 'kube_event.event_state'` */
function indexIn(said: string): string | undefined {
  return /for key '(?:[^']*\.)?([^'.]+)'$/.exec(said)?.[1]
}
