/**
 * The command's side of `replay --from`: reads a recording part by part and hands each to the running program, no faster
 * than its sink sends. What was handed over is on disk there, so that an end at any line loses nothing before it.
 */
import * as z from 'zod/mini'
import { ask } from '../control/client.ts'
import {
  maxReplayEventBytes,
  replayPartBytes,
  replayPartEvents,
  replayTaken,
  type ReplayTaken,
} from '../control/replay-part.ts'
import { ControlError } from '../control/socket-path.ts'
import { sleep, systemClock } from '../domain/clock.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import { readRecording, RecordingError, type RecordedChange } from '../recording/recording.ts'

export interface RecordingToSend {
  /** Of the running program. */
  readonly dataDir: string
  readonly file: string
  /** Lines before it are passed over; from 1. */
  readonly firstLine: number
  readonly sink: string
  readonly cluster: string
  /** The sink's filter applies. */
  readonly filter: boolean
  /** Only count. */
  readonly dryRun: boolean
  /** Ends it after the part that is under way. */
  readonly signal: AbortSignal
  readonly onProgress: (progress: SendingProgress) => void
}

export interface SendingProgress {
  /** Up to this line all is handed over. */
  readonly line: number
  readonly taken: number
  readonly filtered: number
  /** What the sink has not sent yet. */
  readonly waiting: number
}

export type SendingEnd =
  | { readonly kind: 'all' }
  | { readonly kind: 'interrupted' }
  /** Nobody listens, or nobody does any more. */
  | { readonly kind: 'not-running' }
  | { readonly kind: 'refused'; readonly problem: string }

export interface RecordingSent extends SendingProgress {
  readonly end: SendingEnd
}

/** Its sink has as much to send as may wait: asked again after this time. */
const fullAgainMs = 200

/**
 * Reads the whole recording and sends nothing: one that is none is refused before any of it was sent. Answers its lines,
 * and its events from `firstLine` on; `undefined` if `signal` aborts. Rejects with `RecordingError`.
 */
export async function inspectRecording({
  file,
  firstLine,
  signal,
}: Pick<RecordingToSend, 'file' | 'firstLine' | 'signal'>): Promise<
  { readonly lines: number; readonly events: number } | undefined
> {
  let lines = 0
  let events = 0
  for await (const change of readRecording(file)) {
    if (signal.aborted) return undefined
    lines = change.line
    const event = newsIn(change)
    if (event === undefined || change.line < firstLine) continue
    events++
    if (bytesOf(event) > maxReplayEventBytes) {
      throw new RecordingError(file, change.line, 'the event is larger than any that Kubernetes keeps')
    }
  }
  return { lines, events }
}

/** Rejects with `RecordingError`; everything else is told by `end`, with the line up to which all is handed over. */
export async function sendRecording(wanted: RecordingToSend): Promise<RecordingSent> {
  const { file, firstLine, signal } = wanted
  const sent = { line: firstLine - 1, taken: 0, filtered: 0, waiting: 0 }
  let part: KubernetesEvent[] = []
  let partBytes = 0
  let readTo = sent.line
  const handOver = async (): Promise<SendingEnd | undefined> => {
    if (part.length > 0) {
      const answer = await sendPart(wanted, part, (waiting) => {
        sent.waiting = waiting
        wanted.onProgress(sent)
      })
      if ('kind' in answer) return answer
      sent.taken += answer.taken
      sent.filtered += answer.filtered
      sent.waiting = answer.waiting
    }
    sent.line = readTo
    part = []
    partBytes = 0
    wanted.onProgress(sent)
    return undefined
  }
  for await (const change of readRecording(file)) {
    if (change.line < firstLine) continue
    const event = newsIn(change)
    if (event !== undefined) {
      const bytes = bytesOf(event)
      if (part.length >= replayPartEvents || (part.length > 0 && partBytes + bytes > replayPartBytes)) {
        const end = (await handOver()) ?? (signal.aborted ? { kind: 'interrupted' } : undefined)
        if (end !== undefined) return { ...sent, end }
      }
      part.push(event)
      partBytes += bytes
    }
    readTo = change.line
  }
  const end = (await handOver()) ?? { kind: 'all' }
  return { ...sent, end }
}

/** Asks until it is taken. */
async function sendPart(
  { dataDir, sink, cluster, filter, dryRun, signal }: RecordingToSend,
  events: readonly KubernetesEvent[],
  onFull: (waiting: number) => void,
): Promise<ReplayTaken | SendingEnd> {
  const body = { sink, cluster, filter, dryRun, events }
  for (;;) {
    try {
      const answer = await ask(dataDir, { method: 'POST', path: '/v1/replay/events', body })
      if (answer.kind === 'not-running') return { kind: 'not-running' }
      if (answer.kind === 'refused') return { kind: 'refused', problem: answer.problem }
      const taken = z.parse(replayTaken, answer.body)
      if (!taken.full) return taken
      onFull(taken.waiting)
    } catch (error) {
      // The program ended in the middle of it: it may have taken this part, and may not.
      if (!(error instanceof ControlError)) throw error
      return { kind: 'refused', problem: error.message }
    }
    await sleep(systemClock, fullAgainMs, signal)
    if (signal.aborted) return { kind: 'interrupted' }
  }
}

/** Deletions and bookmarks are told to no sink. */
function newsIn(change: RecordedChange): KubernetesEvent | undefined {
  return change.type === 'ADDED' || change.type === 'MODIFIED' ? change.object : undefined
}

function bytesOf(event: KubernetesEvent): number {
  return Buffer.byteLength(JSON.stringify(event))
}
