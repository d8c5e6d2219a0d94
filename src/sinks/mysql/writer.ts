/** Sends batches over sessions, and tells what became of them. */
import type { Clock } from '../../domain/clock.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import type { Failure } from './failure.ts'
import { failureOf, outcomeOf } from './failure.ts'
import type { Session, Sessions } from './sessions.ts'
import { UnusableTableError } from './sessions.ts'
import { writeRows } from './write.ts'

export interface WriterParts {
  /** How the server is shown. */
  readonly server: string
  readonly redact: Redactor
  readonly clock: Clock
  /** Aborts when the sink is closed at once. */
  readonly closed: AbortSignal
}

export class Writer {
  readonly #sessions: Sessions
  readonly #parts: WriterParts

  constructor(sessions: Sessions, parts: WriterParts) {
    this.#sessions = sessions
    this.#parts = parts
  }

  async send(batch: readonly Occurrence[], slot: AbortSignal): Promise<readonly Outcome[]> {
    const signal = AbortSignal.any([slot, this.#parts.closed])
    let isSecond = false
    for (;;) {
      let session: Session
      try {
        session = await this.#sessions.take(signal)
      } catch (error) {
        const outcome = outcomeOf(this.#failureOf(error, slot))
        return batch.map(() => outcome)
      }
      const outcomes = await this.#write(session, batch, slot, signal)
      if (isSecond || signal.aborted || !mayBeStale(session, outcomes)) return outcomes
      isSecond = true
    }
  }

  /** Proves that a row can be written, and leaves none. Rejects with an `Error` for people. */
  async check(slot: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([slot, this.#parts.closed])
    try {
      const session = await this.#sessions.take(signal)
      try {
        await this.#tryOut(session, signal)
      } catch (error) {
        this.#sessions.drop(session)
        throw error
      }
      this.#sessions.give(session)
    } catch (error) {
      throw new Error(this.#failureOf(error, slot).detail, { cause: error })
    }
  }

  async #tryOut(session: Session, signal: AbortSignal): Promise<void> {
    const { frame, shape, rowText, emptyInsert } = session
    if (!shape.isTransactional) return session.run(emptyInsert, signal)
    const row = rowText(exampleAt(this.#parts.clock.wallMs()))
    await session.run('START TRANSACTION', signal)
    await session.run(frame.before + row + frame.after, signal)
    await session.run('ROLLBACK', signal)
  }

  async #write(
    first: Session,
    batch: readonly Occurrence[],
    slot: AbortSignal,
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> {
    const { frame, shape, maxStatementBytes, rowText } = first
    /** Absent after a statement that was too long: the server has closed the connection. */
    let session: Session | undefined = first
    const outcomes = await writeRows(
      batch.map(rowText),
      async (rows) => {
        try {
          session ??= await this.#sessions.take(signal)
          await session.run(frame.before + rows.join(',') + frame.after, signal)
          return undefined
        } catch (error) {
          const failure = this.#failureOf(error, slot)
          const isOver = failure.kind === 'too-long' || (failure.kind === 'sink' && failure.endsConnection)
          if (isOver && session) {
            this.#sessions.drop(session)
            session = undefined
          }
          return failure
        }
      },
      {
        maxBytes: maxStatementBytes - Buffer.byteLength(frame.before) - frame.after.length,
        isTransactional: shape.isTransactional,
        key: shape.key,
      },
    )
    if (session) this.#sessions.give(session)
    return outcomes
  }

  #failureOf(error: unknown, slot: AbortSignal): Failure {
    const { closed, server, redact } = this.#parts
    const over = { kind: 'sink', endsConnection: true } as const
    if (closed.aborted) return { ...over, reason: 'stopped', detail: `${server}: the sink is being closed` }
    if (slot.aborted) return { ...over, reason: 'timeout', detail: `${server}: no answer in time` }
    if (error instanceof UnusableTableError) {
      return { ...over, reason: 'refused', detail: `${server}: ${error.message}` }
    }
    return failureOf(error, server, redact)
  }
}

/** A connection that broke, or a table that was changed, while nobody looked: nothing was written. */
function mayBeStale({ isReused }: Session, [first]: readonly Outcome[]): boolean {
  return isReused && first?.kind === 'retry' && (first.reason === 'unreachable' || first.reason === 'refused')
}

/** An occurrence that is none, for a row that is taken back. */
function exampleAt(nowMs: number): Occurrence {
  const nowText = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z')
  return {
    event: {
      metadata: { name: 'check', namespace: 'default', uid: 'check', resourceVersion: '0' },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'check' },
      type: 'Normal',
      reason: 'Check',
      message: 'Proves that a row can be written, and is taken back.',
      firstTimestamp: nowText,
      lastTimestamp: nowText,
      count: 1,
    },
    raw: new Uint8Array(),
    offset: 0,
    cluster: 'default',
    arrivedAtMs: nowMs,
  }
}
