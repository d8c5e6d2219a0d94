/**
 * Sends occurrences in batches and settles each by what the answer says of it. What is too much for one request goes
 * in halves, so that one bad event is no fault of the others.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Clock } from '../../domain/clock.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import type { HttpClient, HttpReply } from '../../sink-kit/http-client.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import { outcomeOfItem, outcomeOfRefusal, readBatchAnswer } from './answers.ts'
import type { Format } from './options.ts'
import { pointOf } from './point.ts'

export interface BatchSettings {
  readonly http: HttpClient
  /** Of the dataset, with the query that the API's address may have. */
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly format: Format
  readonly gzip: boolean
  readonly clock: Clock
  readonly redact: Redactor
}

const compress = promisify(gzip)
/** The lowest level: three quarters of what the highest saves, for a sixth of the time. */
const gzipLevel = 1

/** One outcome an occurrence, in their order. */
export async function sendBatch(
  settings: BatchSettings,
  batch: readonly Occurrence[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const points = batch.map((occurrence) => pointOf(occurrence, settings.format))
  return sendPoints(settings, points, signal)
}

async function sendPoints(
  settings: BatchSettings,
  points: readonly string[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const reply = await postPoints(settings, points, signal)
  if (reply.kind === 'failed') return points.map(() => reply.outcome)
  const { status } = reply
  const inHalves = async (): Promise<readonly Outcome[]> => {
    const middle = points.length >> 1
    const first = await sendPoints(settings, points.slice(0, middle), signal)
    return [...first, ...(await sendPoints(settings, points.slice(middle), signal))]
  }
  if (status >= 200 && status < 300) {
    const verdict = readBatchAnswer(reply.body, points.length)
    switch (verdict.kind) {
      case 'all-taken':
        return points.map(() => delivered)
      case 'items':
        return verdict.items.map((item) => outcomeOfItem(item, settings.redact))
      case 'unclear': {
        const detail = `${settings.http.host}: the answer does not say what became of each event`
        return points.map(() => ({ kind: 'retry', reason: 'server-error', detail }))
      }
    }
  }
  if (status === 413 && points.length > 1) return inHalves()
  const outcome = outcomeOfRefusal(reply, settings.clock.wallMs(), settings.redact)
  if (status === 413 && outcome.kind === 'retry') {
    const { detail } = outcome
    return [{ kind: 'rejected', reason: 'bad-message', ...(detail === undefined ? {} : { detail }) }]
  }
  return points.map(() => outcome)
}

async function postPoints(
  { http, path, headers, gzip: isCompressed }: BatchSettings,
  points: readonly string[],
  signal: AbortSignal,
): Promise<HttpReply> {
  const plain = Buffer.from(`[${points.join(',')}]`)
  const body = isCompressed ? await compress(plain, { level: gzipLevel }) : plain
  const all = isCompressed ? [...headers, ['Content-Encoding', 'gzip'] as const] : headers
  return http.request({ method: 'POST', path, headers: all, body }, signal)
}
