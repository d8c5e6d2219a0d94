/** Processes that a test starts: their output is kept, and none outlives the test. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

export interface OwnedProcess {
  readonly name: string
  /** 0 if it could not be started. */
  readonly pid: number
  /** All that it wrote to stdout and stderr. */
  output(): string
  /** What it wrote to stdout alone. */
  stdout(): string
  running(): boolean
  /** Resolves with the exit code, or the signal's name, once it has ended and all its output is read. */
  readonly ended: Promise<number | string>
  /** Sends `signal` and waits until the process has ended; answers its exit code, or the signal's name. */
  stop(signal: NodeJS.Signals): Promise<number | string>
}

const owned = new Set<() => void>()

// Whatever ends this process, no server stays behind.
process.on('exit', () => {
  for (const kill of owned) kill()
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1))

export function startProcess(
  name: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): OwnedProcess {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  owned.add(kill)
  let output = ''
  let stdout = ''
  const keep = (text: string): void => {
    output += text
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    keep(text)
  })
  child.stderr.setEncoding('utf8').on('data', keep)
  child.on('error', (error) => keep(`${error.message}\n`))
  let end: number | string | undefined
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => {
      end = code ?? signal ?? 'unknown'
      owned.delete(kill)
      resolve(end)
    })
  })
  return {
    name,
    pid: child.pid ?? 0,
    output: () => output,
    stdout: () => stdout,
    running: () => end === undefined,
    ended,
    stop: (signal) => {
      if (end === undefined) child.kill(signal)
      return ended
    },
  }
}

/**
 * Waits until `probe` answers something else than undefined or false; a rejection counts as "not yet".
 * @throws Error naming `what`, with what was seen last, after `timeoutMs` or once one of `processes` has ended.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | false | undefined> | T | false | undefined,
  processes: readonly OwnedProcess[] = [],
  timeoutMs = 60_000,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs
  let seen: unknown = 'nothing'
  for (;;) {
    try {
      const answer = await probe()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      seen = error
    }
    const ended = processes.find((process) => !process.running())
    if (ended || performance.now() > deadlineMs) {
      const outputs = processes.map(({ name, output }) => `--- ${name}\n${output().slice(-4000)}`)
      const why = ended ? `${ended.name} has ended` : `not within ${timeoutMs / 1000} s`
      throw new Error(`waited for ${what}: ${why}; seen: ${String(seen)}\n${outputs.join('\n')}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Ports of 127.0.0.1 that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  const ports: number[] = []
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening')
    const address = server.address()
    if (typeof address === 'object' && address !== null) ports.push(address.port)
  }
  for (const server of servers) {
    server.close()
    await once(server, 'close')
  }
  return ports
}
