/** Where a command reads and writes: the process, or a test. Apart from the commands, so that `run` loads none of them. */
import { wantsColour } from '../config/problems.ts'

/** 0: done, or all is well. 1: it could not be done, or not all is well. 2: wrong usage. 3: the program is stopped. */
export type CommandExitCode = 0 | 1 | 2 | 3

export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>
  out(text: string): void
  err(text: string): void
  /** Whether a stream is a terminal that takes colours. */
  readonly colour: { readonly out: boolean; readonly err: boolean }
  /** Aborts at SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}

/** The process's own. From here on SIGINT and SIGTERM end the command in good order; the second ends it at once. */
export function processIo(): CommandIo {
  const stop = new AbortController()
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(code)
      stop.abort()
    })
  }
  whenNobodyReads(() => stop.abort())
  return {
    env: process.env,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    colour: {
      out: wantsColour(process.stdout, process.env),
      err: wantsColour(process.stderr, process.env),
    },
    signal: stop.signal,
  }
}

/** Whoever reads the output may have had enough, as `head` has: the end of the work, and no failure. */
export function whenNobodyReads(then: () => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    then()
  })
}
