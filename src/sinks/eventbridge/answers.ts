/**
 * What the answers of EventBridge mean: for a request, and for each event of one that was taken in part.
 * https://www.alibabacloud.com/help/en/eventbridge/error-codes
 * https://www.alibabacloud.com/help/en/eventbridge/latest/putevents-3
 */
import type { Outcome } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import type { HttpAnswer } from '../../sink-kit/http-client.ts'
import { describeAnswer, outcomeOfAnswer, readRetryAfter } from '../../sink-kit/http-outcome.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'

/** An answer that is no success. */
export interface Refusal {
  readonly answer: HttpAnswer
  /** EventBridge's own; '' where something else answered. */
  readonly code: string
  readonly message: string
}

/** Codes that other keys may mend. */
const keyCodes: ReadonlySet<string> = new Set([
  'InvalidAccessKeyId',
  'InvalidStsAccessKeyId',
  'SecurityTokenInvalid',
  'StsAccessIdExpired',
  'SignatureDoesNotMatch',
])

const remedies: readonly (readonly [code: RegExp, remedy: string])[] = [
  [/^SignatureDoesNotMatch$/, 'check `accessKeySecret`'],
  [/^(?:InvalidAccessKeyId|InvalidStsAccessKeyId)$/, 'check `accessKeyId`'],
  [/^AccountIdNotExist$/, 'check the variable `OwnerAccountId`'],
  [/^(?:ServiceAccessDenied|ServiceNotEnable)/, 'activate EventBridge for the account'],
  [/^AccessDenied/, 'give the user or role the right eventbridge:PutEvents on this event bus'],
  [/EventBusNotExist/, 'check `eventBusName` and the region'],
]

/** Reads `{"code": …, "message": …}`, in whatever case. */
export function readRefusal(answer: HttpAnswer): Refusal {
  const told = recordIn(answer.body)
  const [code] = textsOf(told['code'], told['Code'])
  const [message] = textsOf(told['message'], told['Message'])
  return { answer, code: code ?? '', message: message ?? (code === undefined ? answer.body : '') }
}

export function isAboutKeys({ code }: Refusal): boolean {
  return keyCodes.has(code)
}

/** `host: answered 403: AccessDenied: …; what to do` */
export function describeRefusal(refusal: Refusal, host: string, redact: Redactor): string {
  const { answer, code, message } = refusal
  const text = code === '' ? message : `${code}: ${message}`
  return withRemedy(describeAnswer(`${host}: answered ${answer.status}`, text, redact), code)
}

/** What becomes of the events of a request that was refused as a whole. */
export function outcomeOfRefusal(refusal: Refusal, host: string, nowMs: number, redact: Redactor): Outcome {
  const { answer, code } = refusal
  const detail = describeRefusal(refusal, host, redact)
  const outcome = code === '' ? undefined : outcomeOfCode(code, detail)
  if (outcome === undefined) {
    const byStatus = outcomeOfAnswer(answer, undefined, nowMs, redact)
    return byStatus.kind === 'delivered' ? byStatus : { ...byStatus, detail }
  }
  const afterMs = answer.retryAfter === undefined ? undefined : readRetryAfter(answer.retryAfter, nowMs)
  return outcome.kind === 'retry' && afterMs !== undefined ? { ...outcome, afterMs } : outcome
}

/** What became of each event of a request that was answered with 200, in order; `undefined`: it does not tell. */
export function readEntries(
  body: string,
  ids: readonly string[],
  host: string,
  redact: Redactor,
): readonly Outcome[] | undefined {
  const told = recordIn(body)
  const { FailedEntryCount: failed, EntryList: list } = told
  if (failed === 0) return ids.map(() => delivered)
  if (!Array.isArray(list)) return undefined
  const entries = list.map((entry: unknown) => (isRecord(entry) ? entry : {}))
  const inOrder = entries.length === ids.length
  return ids.map((id, at) => {
    const entry = entries.find(({ EventId }) => EventId === id) ?? (inOrder ? entries[at] : undefined)
    return entry === undefined ? untold(host) : outcomeOfEntry(entry, host, redact)
  })
}

function outcomeOfEntry(entry: JsonRecord, host: string, redact: Redactor): Outcome {
  const [code] = textsOf(entry['ErrorCode'])
  if (code === undefined) return delivered
  const [message = ''] = textsOf(entry['ErrorMessage'])
  const detail = withRemedy(
    describeAnswer(`${host}: did not take the event`, `${code}: ${message}`, redact),
    code,
  )
  return outcomeOfCode(code, detail) ?? { kind: 'retry', reason: 'server-error', detail }
}

function untold(host: string): Outcome {
  return {
    kind: 'retry',
    reason: 'server-error',
    detail: `${host}: the answer does not say what became of the event`,
  }
}

/** `undefined` for a code that says nothing of this. */
function outcomeOfCode(code: string, detail: string): Outcome | undefined {
  if (/TooManyRequests|Throttl|FlowLimit|LimitExceeded|QuotaExceed/i.test(code)) {
    return { kind: 'retry', reason: 'throttled', detail }
  }
  if (keyCodes.has(code) || /Denied|Forbidden|NotExist|NotEnable|NotAuthorized/i.test(code)) {
    return { kind: 'retry', reason: 'refused', detail }
  }
  if (/Internal|Unavailable|Timeout|SystemError/i.test(code)) {
    return { kind: 'retry', reason: 'server-error', detail }
  }
  return /^Invalid|TooLarge|SizeExceed|OverSize|Malformed/i.test(code)
    ? { kind: 'rejected', reason: 'bad-message', detail }
    : undefined
}

function withRemedy(detail: string, code: string): string {
  const remedy = remedies.find(([pattern]) => pattern.test(code))?.[1]
  return remedy === undefined ? detail : `${detail}; ${remedy}`
}

type JsonRecord = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function recordIn(body: string): JsonRecord {
  try {
    const parsed: unknown = JSON.parse(body)
    return isRecord(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

function textsOf(...values: readonly unknown[]): string[] {
  return values.filter((value): value is string => typeof value === 'string' && value !== '')
}
