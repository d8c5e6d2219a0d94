/** A command's input and output, kept for a test. */
import type { CommandIo } from '../../src/cli/command-io.ts'

export interface KeptIo extends CommandIo {
  /** What was written so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** As SIGINT does. */
  stop(): void
}

export function keptIo(options: { readonly colour?: boolean; readonly env?: CommandIo['env'] } = {}): KeptIo {
  const { colour = false, env = {} } = options
  const stopping = new AbortController()
  let stdout = ''
  let stderr = ''
  return {
    env,
    out: (text) => void (stdout += text),
    err: (text) => void (stderr += text),
    colour: { out: colour, err: colour },
    signal: stopping.signal,
    stdout: () => stdout,
    stderr: () => stderr,
    stop: () => stopping.abort(),
  }
}
