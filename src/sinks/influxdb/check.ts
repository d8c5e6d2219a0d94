/** Proves that points can be written, without writing one and without making anything. */
import type { Clock } from '../../domain/clock.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import { readWriteAnswer } from './answers.ts'
import type { Database } from './database.ts'
import type { Writer } from './writer.ts'

export interface CheckOptions {
  readonly host: string
  readonly writer: Pick<Writer, 'writeNothing'>
  readonly database: Pick<Database, 'mayMake'> | undefined
  readonly clock: Clock
  readonly redact: Redactor
}

/** Throws an `Error` that says what is wrong and what to do. */
export async function checkWrite(options: CheckOptions, signal: AbortSignal): Promise<void> {
  const { host, writer, database, clock, redact } = options
  const reply = await writer.writeNothing(signal)
  if (reply.kind === 'failed') {
    throw new Error(
      (reply.outcome.kind === 'retry' ? reply.outcome.detail : undefined) ?? `${host}: no answer`,
    )
  }
  const verdict = readWriteAnswer(reply, 0, clock.wallMs(), redact)
  if (verdict.kind === 'taken') return
  // InfluxDB 2 looks for points after everything else.
  if (reply.status === 400 && /requires points/.test(reply.body)) return
  // What is not there is made by the first event, if the user may.
  if (verdict.kind === 'no-place' && (await database?.mayMake(signal)) === true) return
  const { outcome } = verdict
  const detail = outcome.kind === 'delivered' ? undefined : outcome.detail
  throw new Error(
    `${host}: ${withRemedy(reply.status, detail ?? `answered ${reply.status}`, database === undefined)}`,
  )
}

/** What to do about the answers that people meet. */
function withRemedy(status: number, detail: string, hasBucket: boolean): string {
  if (status === 401) return `${detail}; check ${hasBucket ? 'the token' : '`user` and `pw`'}`
  if (status === 403) {
    return `${detail}; give ${hasBucket ? 'the token the right to write to the bucket' : 'the user WRITE on the database (GRANT WRITE ON …)'}`
  }
  if (status === 404 && hasBucket) {
    return `${detail}; check \`bucket\` and \`org\`: a bucket is not made by itself, and InfluxDB 1 before 1.8 has none (\`db\`)`
  }
  return detail
}
