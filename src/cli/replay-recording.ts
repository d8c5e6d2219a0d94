/** `replay --from`: has the running program's sink send the occurrences of a recording, and tells how far it is. */
import {
  inspectRecording,
  sendRecording,
  type RecordingSent,
  type RecordingToSend,
  type SendingProgress,
} from '../app/send-recording.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import { printJson } from './command.ts'

export interface ReplayRecording extends Omit<RecordingToSend, 'signal' | 'onProgress'> {
  readonly json: boolean
}

/** How far it is is told so often. */
const progressEveryMs = 5_000

/** Rejects with `RecordingError`. */
export async function replayRecording(wanted: ReplayRecording, io: CommandIo): Promise<CommandExitCode> {
  const { signal } = io
  const recording = await inspectRecording({ ...wanted, signal })
  if (recording === undefined) {
    io.err('ended on request; nothing was handed over\n')
    return 1
  }
  let toldAtMs = performance.now()
  const onProgress = (progress: SendingProgress): void => {
    if (performance.now() - toldAtMs < progressEveryMs) return
    toldAtMs = performance.now()
    io.err(`line ${progress.line} of ${recording.lines}: ${countsText(progress)}\n`)
  }
  const sent = await sendRecording({ ...wanted, signal, onProgress })
  const { end, line, ...counts } = sent
  if (wanted.json) {
    const { sink, dryRun } = wanted
    const ended = end.kind === 'refused' ? { end: end.kind, problem: end.problem } : { end: end.kind }
    printJson(io, { sink, dryRun, events: recording.events, ...counts, line, ...ended })
  } else if (end.kind === 'all') {
    io.out(wanted.dryRun ? dryText(wanted.sink, sent) : doneText(wanted.sink, sent))
  }
  if (end.kind === 'all') return 0
  const goOn = `go on with --first-line=${line + 1}`
  const before = line < wanted.firstLine ? 'nothing was handed over' : `all up to line ${line} is handed over`
  switch (end.kind) {
    case 'interrupted':
      io.err(`ended on request; ${before}; ${goOn}\n`)
      return 1
    case 'not-running':
      io.err(`the program is stopped: start it to let a sink send a recording; ${before}; ${goOn}\n`)
      return 3
    case 'refused':
      io.err(`error: ${end.problem}\n${before}; ${goOn}\n`)
      return 1
  }
}

function countsText({ taken, filtered, waiting }: SendingProgress): string {
  return `${events(taken)} handed over, ${filtered} filtered; at most ${waiting} wait to be sent`
}

function doneText(sink: string, { taken, filtered }: RecordingSent): string {
  if (taken === 0 && filtered === 0) return 'the recording has no event to send\n'
  return `${sink} is sending ${events(taken)}; its filters stop ${filtered}\n`
}

function dryText(sink: string, { taken, filtered }: RecordingSent): string {
  return `${sink} would send ${events(taken)}; its filters would stop ${filtered}\n`
}

function events(count: number): string {
  return `${count} event${count === 1 ? '' : 's'}`
}
