/**
 * What the answers of SLS mean. Codes and their statuses:
 * https://www.alibabacloud.com/help/en/sls/developer-reference/error-codes (all requests) and
 * https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-putlogs (those that write).
 */
import type { Outcome } from '../../domain/outcome.ts'
import type { HttpAnswer } from '../../sink-kit/http-client.ts'
import { describeAnswer, outcomeOfAnswer, readRetryAfter } from '../../sink-kit/http-outcome.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'

/**
 * - `bad-log`: of one log at least it will never take what it says
 * - `throttled`: too much is written
 * - `busy`: it works on it
 * - `failing`: it failed, or we did
 * - `keys`: the key is not valid, or not any more, or may not do this
 * - `clock`: the request was signed for another time
 * - `misconfigured`: there is no such place, or it takes nothing
 */
export type Meaning = 'bad-log' | 'throttled' | 'busy' | 'failing' | 'keys' | 'clock' | 'misconfigured'

const meanings: Readonly<Record<string, Meaning>> = {
  PostBodyInvalid: 'bad-log',
  PostBodyTooLarge: 'bad-log',
  InvalidTimestamp: 'bad-log',
  InvalidEncoding: 'bad-log',
  InvalidKey: 'bad-log',
  WriteQuotaExceed: 'throttled',
  ShardWriteQuotaExceed: 'throttled',
  ServerBusy: 'busy',
  InternalServerError: 'failing',
  PostBodyUncompressError: 'failing',
  InvalidBodyRawSize: 'failing',
  Unauthorized: 'keys',
  InvalidAccessKeyId: 'keys',
  SignatureNotMatch: 'keys',
  SecurityTokenInvalid: 'keys',
  SecurityTokenExpired: 'keys',
  InvalidSecurityToken: 'keys',
  RequestTimeTooSkewed: 'clock',
  RequestTimeExpired: 'clock',
  ProjectNotExist: 'misconfigured',
  ProjectForbidden: 'misconfigured',
  LogStoreNotExist: 'misconfigured',
  LogStoreWithoutShard: 'misconfigured',
}

const remedies: Readonly<Record<string, string>> = {
  ProjectNotExist: 'check `project` and `regionId`',
  ProjectForbidden: 'check that the account of the project has not been suspended',
  LogStoreNotExist: 'check `logStore`, or make it',
  LogStoreWithoutShard: 'give the logstore a shard that takes writes',
  SignatureNotMatch: 'check `accessKeySecret` and `regionId`',
  Unauthorized: 'check the key, and that its user or role may do log:PostLogStoreLogs here',
}

/** An answer that is no success. */
export interface Refusal {
  readonly answer: HttpAnswer
  /** SLS's own; '' where something else answered. */
  readonly code: string
  readonly message: string
}

/** Reads `{"errorCode": …, "errorMessage": …}`. */
export function readRefusal(answer: HttpAnswer): Refusal {
  let told: unknown
  try {
    told = JSON.parse(answer.body)
  } catch {
    told = undefined
  }
  if (typeof told !== 'object' || told === null) return { answer, code: '', message: answer.body }
  const code = 'errorCode' in told && typeof told.errorCode === 'string' ? told.errorCode : ''
  const message = 'errorMessage' in told && typeof told.errorMessage === 'string' ? told.errorMessage : ''
  return code === '' ? { answer, code, message: answer.body } : { answer, code, message }
}

/** `undefined` where the status has to do. */
export function meaningOf({ code, answer }: Refusal): Meaning | undefined {
  if (Object.hasOwn(meanings, code)) return meanings[code]
  // Something between us and SLS takes no request of this size.
  return answer.status === 413 ? 'bad-log' : undefined
}

/** `host: answered 404: LogStoreNotExist: …; what to do` */
export function describeRefusal(refusal: Refusal, host: string, redact: Redactor): string {
  const { answer, code, message } = refusal
  const text = code === '' ? message : `${code}: ${message}`
  const said = describeAnswer(`${host}: answered ${answer.status}`, text, redact)
  const remedy = Object.hasOwn(remedies, code) ? remedies[code] : undefined
  return remedy === undefined ? said : `${said}; ${remedy}`
}

/** What becomes of the logs of a request that was refused as a whole. */
export function outcomeOfRefusal(refusal: Refusal, host: string, nowMs: number, redact: Redactor): Outcome {
  const { answer } = refusal
  const detail = describeRefusal(refusal, host, redact)
  const afterMs = answer.retryAfter === undefined ? undefined : readRetryAfter(answer.retryAfter, nowMs)
  const wait = afterMs === undefined ? {} : { afterMs }
  switch (meaningOf(refusal)) {
    case 'bad-log':
      return { kind: 'rejected', reason: 'bad-message', detail }
    case 'throttled':
      return { kind: 'retry', reason: 'throttled', ...wait, detail }
    case 'busy':
      return { kind: 'retry', reason: 'unreachable', ...wait, detail }
    case 'failing':
      return { kind: 'retry', reason: 'server-error', ...wait, detail }
    case 'keys':
    case 'clock':
    case 'misconfigured':
      return { kind: 'retry', reason: 'refused', ...wait, detail }
    case undefined: {
      const outcome = outcomeOfAnswer(answer, undefined, nowMs, redact)
      // What is in no document says nothing about one log: none is given up for it.
      return outcome.kind === 'retry'
        ? { ...outcome, detail }
        : { kind: 'retry', reason: 'refused', ...wait, detail }
    }
  }
}
