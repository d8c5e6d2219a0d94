/** Starts the program under test as a user would, and reads from /proc what it costs. Linux only. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'

const ticksPerSecond = 100

export class Program {
  readonly #child: ChildProcess
  readonly startedAtMs: number
  #log = ''

  constructor(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.startedAtMs = performance.timeOrigin + performance.now()
    const [file = '', ...args] = command
    this.#child = spawn(file, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, MALLOC_ARENA_MAX: '2', ...env },
    })
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.#log = (this.#log + data.toString()).slice(-20_000)
    })
  }

  get log(): string {
    return this.#log
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** CPU time so far, all threads, ms. */
  cpuMs(): number {
    const stat = this.#proc('stat')
    // The fields behind the command's name, which may hold blanks: utime and stime are the 14th and 15th of all.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond
  }

  residentMiB(): number {
    return this.#status('VmRSS')
  }

  /** The most it ever had. */
  peakMiB(): number {
    return this.#status('VmHWM')
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.running) return
    const exit = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exit
  }

  #status(field: string): number {
    const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(this.#proc('status'))?.[1]
    return Number(kib ?? 0) / 1_024
  }

  #proc(name: string): string {
    try {
      return readFileSync(`/proc/${this.#child.pid}/${name}`, 'utf8')
    } catch (error) {
      throw new Error(`the program has ended early; its log: ${this.#log}`, { cause: error })
    }
  }
}
