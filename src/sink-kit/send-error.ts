/** What a connection that failed means, told without the error's own text: that may hold secrets. */
import type { Outcome } from '../domain/outcome.ts'
import { ProxyRefusedError } from './dial.ts'

const texts: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved now',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed',
  UND_ERR_SOCKET: 'connection closed before an answer',
  ETIMEDOUT: 'no connection in time',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
}

const untrusted = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** The outcome of a send that got no answer from `host`. */
export function outcomeOfError(error: unknown, host: string): Outcome {
  const code = codeOf(error)
  // An answer came, and it is no HTTP.
  const isParserError = error instanceof Error && error.name === 'HTTPParserError'
  if (isParserError || /^UND_ERR_(RES_|HEADERS_OVERFLOW)/.test(code)) {
    return { kind: 'retry', reason: 'server-error', detail: `${host}: the answer makes no sense` }
  }
  return { kind: 'retry', reason: 'unreachable', detail: describeError(error, host) }
}

/** `host: what went wrong`, with a remedy where there is one. */
export function describeError(error: unknown, host: string): string {
  if (error instanceof ProxyRefusedError) return `${host}: ${error.message}`
  const code = codeOf(error)
  if (untrusted.has(code)) {
    return `${host}: its certificate is not trusted (${code}); name the authority that signed it with \`ke.ca=/path\``
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `${host}: its certificate is for another name; if that is right, give the name with \`ke.serverName=\``
  }
  // Our own errors are written to be read: they name options and files.
  if (code === '') return `${host}: ${error instanceof Error ? error.message : 'connection failed'}`
  return `${host}: ${texts[code] ?? `connection failed (${code})`}`
}

/** A connection that the other side closed while it was idle looks like this when it is used again. */
export function isClosedConnection(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error))
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
