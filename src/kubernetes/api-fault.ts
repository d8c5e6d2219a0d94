/** What can go wrong with a request to the API server, as a closed set: the loop decides by kind, never by text. */
import type { WatchEnd } from '../telemetry/telemetry.ts'
import { isRecord } from './event-shape.ts'
import { readStatus, type ApiStatus } from './watch-line.ts'

export type FaultKind = Exclude<WatchEnd, 'timeout' | 'closed'>

export interface FaultDetails {
  /** HTTP status, or the code in an ERROR line. */
  readonly status?: number
  /** The server asked us to wait this long. */
  readonly retryAfterMs?: number
  /** A 410 to a page of a list: the rest can be read with this token. */
  readonly continueToken?: string
}

/** `message` says what happened, for people; free of secrets. */
export class ApiFault extends Error {
  override readonly name = 'ApiFault'
  readonly kind: FaultKind
  readonly status?: number
  readonly retryAfterMs?: number
  readonly continueToken?: string

  constructor(kind: FaultKind, message: string, details: FaultDetails = {}, cause?: unknown) {
    super(message, { cause })
    this.kind = kind
    this.status = details.status
    this.retryAfterMs = details.retryAfterMs
    this.continueToken = details.continueToken
  }
}

/** The fault that an answer other than 2xx stands for. `body` is a `Status` as a rule, a proxy's page at times. */
export function faultOfAnswer(
  status: number,
  retryAfter: string | undefined,
  body: string,
  wallMs: number,
): ApiFault {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    parsed = undefined
  }
  const said: ApiStatus =
    isRecord(parsed) && parsed.kind === 'Status'
      ? readStatus(parsed)
      : { code: status, reason: '', message: shorten(body) }
  return faultOfStatus({ ...said, code: status }, retryAfterMs(retryAfter, wallMs))
}

/** The fault that a `Status` stands for: an answer's, or the one in a watch's ERROR line. */
export function faultOfStatus(status: ApiStatus, retryAfterHeaderMs?: number): ApiFault {
  const saidMs = status.retryAfterSeconds === undefined ? undefined : status.retryAfterSeconds * 1000
  const title = [status.code === 0 ? '' : String(status.code), status.reason].filter(Boolean).join(' ')
  const message = shorten(status.message)
  return new ApiFault(
    kindOf(status),
    [title || 'an error without a code', message].filter(Boolean).join(': '),
    {
      status: status.code,
      retryAfterMs: retryAfterHeaderMs ?? saidMs,
      continueToken: status.continueToken,
    },
  )
}

function kindOf(status: ApiStatus): FaultKind {
  if (status.code === 410 || status.reason === 'Expired' || status.reason === 'Gone') return 'expired'
  if (status.code === 401) return 'unauthorized'
  if (status.code === 403) return 'forbidden'
  if (status.code === 429) return 'throttled'
  if (status.code >= 500) return 'server-error'
  return 'protocol'
}

/** Node's and OpenSSL's codes of a connection that broke after it was made. */
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'HPE_INVALID_EOF_STATE'])

/** The fault that a socket's, a lookup's or a handshake's error stands for. */
export function faultOfError(error: unknown, server: string): ApiFault {
  if (error instanceof ApiFault) return error
  const reason = error instanceof AggregateError ? (error.errors[0] ?? error) : error
  const code = isRecord(reason) || reason instanceof Error ? codeOf(reason) : ''
  const text = reason instanceof Error ? reason.message : String(reason)
  const said = shorten(text === '' ? code : code === '' || text.includes(code) ? text : `${code}: ${text}`)
  if (BROKEN.has(code)) return new ApiFault('reset', `connection to ${server} broke: ${said}`, {}, error)
  if (code.startsWith('HPE_')) return new ApiFault('protocol', `${server} speaks no HTTP: ${said}`, {}, error)
  return new ApiFault('unreachable', `no connection to ${server}: ${said}`, {}, error)
}

function codeOf(error: object): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** RFC 9110: seconds, or a date. */
function retryAfterMs(header: string | undefined, wallMs: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const dateMs = Date.parse(header)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - wallMs)
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 400 ? `${line.slice(0, 400)}…` : line
}
