/** What an error of the server or of the client library means: a document's fault, or the sink's. */
import type { Outcome, RetryReason } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import { oneLine } from '../../sink-kit/one-line.ts'
import { describeError } from '../../sink-kit/send-error.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'

/** How a destination is told of, and what must not be shown of it. */
export interface Told {
  readonly server: string
  readonly redact: Redactor
}

/** The server's numbers (its `error_codes.yml`) by what they mean here. */
const refusals: ReadonlyMap<number, string> = new Map([
  [11, 'there is no such user'],
  [13, 'the user may not write there: give it the role readWrite on the database'],
  [18, 'user or password is wrong'],
  [20, 'the operation is not allowed on this server'],
  [59, 'the server does not know the command'],
  [73, 'the name of database or collection is none'],
  [166, 'the name is of a view'],
  [8000, 'user or password is wrong'],
])

const unavailable: ReadonlyMap<number, string> = new Map([
  [91, 'it is shutting down'],
  [189, 'it is no primary any more'],
  [10058, 'it is no primary'],
  [10107, 'it is no primary'],
  [11600, 'it is shutting down'],
  [11602, 'another one becomes primary'],
  [13435, 'it is no primary'],
  [13436, 'it is starting'],
  [14031, 'its disk is full'],
])

const duplicateKey = 11_000
/** Azure Cosmos DB's: the account has used up its throughput. */
const tooManyRequests = 16_500

/** Those of a document alone: it will never be taken. */
const documentErrors = new Set([2, 9, 22, 53, 121, 10_334, 11_001, 16_755, 17_280, 17_419])

/** What became of one document that the server did not take. */
export function outcomeOfWriteError(
  error: { readonly code?: number | undefined; readonly errmsg?: string | undefined },
  { server, redact }: Told,
): Outcome {
  const { code = 0, errmsg = '' } = error
  // Its id is made of its content: it is there already, since it is sent again.
  if (code === duplicateKey && /index: _id_/.test(errmsg)) return delivered
  const said = oneLine(redact(errmsg))
  if (code === duplicateKey) {
    return rejected(`${server}: a unique index of the collection holds such a document already: ${said}`)
  }
  if (documentErrors.has(code)) return rejected(`${server}: ${said} (error ${code})`)
  return outcomeOfCode(code, said, server)
}

function rejected(detail: string): Outcome {
  return { kind: 'rejected', reason: 'bad-message', detail }
}

function outcomeOfCode(code: number, said: string, server: string): Outcome {
  const retry = (reason: RetryReason, what: string, afterMs?: number): Outcome => ({
    kind: 'retry',
    reason,
    detail: `${server}: ${what} (error ${code})`,
    ...(afterMs === undefined ? {} : { afterMs }),
  })
  const refusal = refusals.get(code)
  if (refusal !== undefined) return retry('refused', refusal)
  const away = unavailable.get(code)
  if (away !== undefined) return retry('unreachable', away)
  if (code === tooManyRequests) {
    return retry('throttled', 'too many requests', Number(/RetryAfterMs=(\d+)/.exec(said)?.[1] ?? 1_000))
  }
  return retry('server-error', said)
}

/** What an error means that is not of one document. */
export function outcomeOfFailure(error: unknown, { server, redact }: Told): Outcome {
  const code = errorCode(error)
  const name = error instanceof Error ? error.name : ''
  if (code !== undefined && code > 0 && !/Network|Selection/.test(name)) {
    return outcomeOfCode(code, oneLine(redact(messageOf(error))), server)
  }
  if (name === 'MongoServerSelectionError' || /Network/.test(name)) return unreachable(error, server)
  if (name === 'MongoCompatibilityError') {
    return refused(`${server}: the server is too old: MongoDB 4.2 or newer is needed`)
  }
  if (/^Mongo(Parse|InvalidArgument|MissingCredentials|MissingDependency|API)Error$/.test(name)) {
    return refused(`${server}: ${oneLine(redact(messageOf(error)))}`)
  }
  return unreachable(error, server)
}

function refused(detail: string): Outcome {
  return { kind: 'retry', reason: 'refused', detail }
}

/** The client library wraps what happened to the connection, more than once. */
function unreachable(error: unknown, server: string): Outcome {
  const cause = systemErrorIn(error)
  if (cause) return { kind: 'retry', reason: 'unreachable', detail: describeError(cause, server) }
  const compatibility = causesOf(error).find(({ name }) => name === 'MongoCompatibilityError')
  if (compatibility) return refused(`${server}: the server is too old: MongoDB 4.2 or newer is needed`)
  const isClosed = causesOf(error).some(({ message }) => /connection .*closed/.test(message))
  const what = isClosed ? 'it closed the connection' : 'no server of it can be written to now'
  return { kind: 'retry', reason: 'unreachable', detail: `${server}: ${what}` }
}

/** The first error among the causes that the system gave: connection refused, a certificate that is not trusted. */
function systemErrorIn(error: unknown): Error | undefined {
  return causesOf(error).find((cause) => 'code' in cause && typeof cause.code === 'string')
}

/** The error and what is behind it: `cause`, and the errors of the servers that were tried. */
function causesOf(error: unknown): readonly Error[] {
  const found: Error[] = []
  const look = (one: unknown): void => {
    if (!(one instanceof Error) || found.includes(one) || found.length > 20) return
    found.push(one)
    look(one.cause)
    const reason: unknown = Reflect.get(one, 'reason')
    const servers: unknown =
      typeof reason === 'object' && reason !== null ? Reflect.get(reason, 'servers') : undefined
    if (servers instanceof Map) {
      for (const server of servers.values()) look(Reflect.get(Object(server), 'error'))
    }
  }
  look(error)
  return found
}

function errorCode(error: unknown): number | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return typeof code === 'number' ? code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}
