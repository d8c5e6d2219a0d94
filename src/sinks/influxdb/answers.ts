/** What a server's answer to a write means for the points of that request. InfluxDB 1, 2 and 3 word it differently. */
import type { Outcome } from '../../domain/outcome.ts'
import type { HttpAnswer } from '../../sink-kit/http-client.ts'
import { describeAnswer, outcomeOfAnswer } from '../../sink-kit/http-outcome.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'

/**
 * - `taken`: all of them
 * - `all`: none of them, and `outcome` is each one's
 * - `some`: one of them at least is not, for the reason that `outcome` tells; the others may be
 * - `unclear`: the request as a whole was not understood, which may be one point's fault
 * - `no-place`: the database or its retention policy is not there
 */
export type WriteVerdict =
  | { readonly kind: 'taken' }
  | { readonly kind: 'all' | 'some' | 'unclear' | 'no-place'; readonly outcome: Outcome }

/** `count` points were sent. */
export function readWriteAnswer(
  answer: HttpAnswer,
  count: number,
  nowMs: number,
  redact: Redactor,
): WriteVerdict {
  const { status } = answer
  if (status >= 200 && status < 300) return { kind: 'taken' }
  const said = errorIn(answer.body)
  const detail = describeAnswer(`answered ${status}`, said, redact)
  if (isMissingPlace(status, said)) {
    return {
      kind: 'no-place',
      outcome: { kind: 'retry', reason: 'refused', detail: withRemedy(detail, said) },
    }
  }
  switch (status) {
    case 400:
    case 422:
      return readRefusal(said, detail, count)
    case 413:
      return { kind: 'some', outcome: { kind: 'rejected', reason: 'bad-message', detail } }
    default: {
      const outcome = outcomeOfAnswer({ ...answer, body: said }, undefined, nowMs, redact)
      return { kind: 'all', outcome }
    }
  }
}

/** What servers say of points that they will never take: the time is too far back, or the line cannot be read. */
const aboutThePoint =
  /beyond retention|unable to parse|max key length|time outside range|invalid (?:tag|field|line)/i
/** Of the place that they were written to: another type for a field that is there, or too many series. */
const aboutThePlace = /type conflict|already exists as type|invalid column type|limit exceeded/i

function readRefusal(said: string, detail: string, count: number): WriteVerdict {
  const outcome: Outcome = aboutThePlace.test(said)
    ? { kind: 'retry', reason: 'refused', detail: withRemedy(detail, said) }
    : aboutThePoint.test(said)
      ? { kind: 'rejected', reason: 'bad-message', detail }
      : { kind: 'retry', reason: 'refused', detail }
  if (!aboutThePlace.test(said) && !aboutThePoint.test(said)) return { kind: 'unclear', outcome }
  // Lines that cannot be read are not counted among those dropped: 0 tells nothing.
  const dropped = Number(/dropped=(\d+)/.exec(said)?.[1] ?? 0)
  return { kind: dropped === count ? 'all' : 'some', outcome }
}

function isMissingPlace(status: number, said: string): boolean {
  return (status === 404 && /database not found/i.test(said)) || /retention policy not found/i.test(said)
}

/** What to do about the answers that people meet; it stands before what may be cut off. */
function withRemedy(detail: string, said: string): string {
  if (/max-values-per-tag|max-series-per-database|limit exceeded/i.test(said)) {
    return `${detail}; the server takes no more series: write \`ke.tags=bounded\`, or raise the limit`
  }
  if (/type/i.test(said) && aboutThePlace.test(said)) {
    return `${detail}; another program has written this field with another type: name a database of its own`
  }
  if (/database not found/i.test(said)) {
    return `${detail}; make it (CREATE DATABASE), or give a user that may`
  }
  if (/retention policy not found/i.test(said)) {
    return `${detail}; make it (CREATE RETENTION POLICY "default" ON … DURATION INF REPLICATION 1), or give a user that may`
  }
  return detail
}

/** `{"error": …}` of InfluxDB 1 and 3, `{"message": …}` of 2, and what 3 says of single lines; else the text itself. */
export function errorIn(body: string): string {
  const parsed = parse(body)
  if (parsed === undefined) return body
  const { error, message, data } = parsed
  const lines = Array.isArray(data) ? data.flatMap((line) => textOf(recordOf(line)['error_message'])) : []
  return [...textOf(error), ...textOf(message), ...lines].join('; ') || body
}

/** The error of the first statement in the answer to a query, which comes with a 200. */
export function statementErrorIn(body: string): string | undefined {
  const [error] = textOf(recordOf(resultIn(body))['error'])
  return error
}

/** Rows of the first statement's first series. */
export function rowsIn(body: string): readonly (readonly unknown[])[] {
  const series = recordOf(resultIn(body))['series']
  const values = Array.isArray(series) ? recordOf(series[0])['values'] : undefined
  return Array.isArray(values) ? values.filter((row): row is unknown[] => Array.isArray(row)) : []
}

function resultIn(body: string): unknown {
  const results = parse(body)?.['results']
  return Array.isArray(results) ? results[0] : undefined
}

type JsonRecord = Readonly<Record<string, unknown>>

function recordOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : {}
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(body: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string[] {
  return typeof value === 'string' && value !== '' ? [value] : []
}
