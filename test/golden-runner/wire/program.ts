/** The project as a process of its own: its output, its pages, its end. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** How the program is started. */
export interface Command {
  /** The file that Node runs: the sources' `src/main.ts` or the built `dist/kube-eventer.js`. */
  readonly entry: string
}

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
}

export interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface Program {
  stdout(): string
  stderr(): string
  /** `undefined` while it runs. */
  ended(): Ended | undefined
  signal(name: NodeJS.Signals): void
  /** Resolves when the process has ended and its output is complete. */
  readonly closed: Promise<Ended>
  /** Rejects if there is no answer. */
  page(path: string): Promise<Page>
}

export interface ProgramOptions {
  readonly command: Command
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Of the pages. */
  readonly port: number
  /** How many times faster than the machine's its clock runs; 1 as a rule. */
  readonly clockFactor: number
}

const root = join(import.meta.dirname, '..', '..', '..')

/** The sources of this checkout, or what `npm run build` made of them. */
export function commandOf(how: 'source' | 'dist'): Command {
  return { entry: how === 'source' ? join(root, 'src', 'main.ts') : join(root, 'dist', 'kube-eventer.js') }
}

const running = new Set<() => void>()

// Whatever ends the comparison, no program stays behind.
process.on('exit', () => {
  for (const kill of running) kill()
})

export function startProgram({ command, argv, env, port, clockFactor }: ProgramOptions): Program {
  const clock = pathToFileURL(join(import.meta.dirname, 'fast-clock.ts'))
  const before = clockFactor === 1 ? [] : ['--import', `${clock.href}?factor=${clockFactor}`]
  const child = spawn(process.execPath, [...before, command.entry, ...argv], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  running.add(kill)
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  let ended: Ended | undefined
  const closed = new Promise<Ended>((resolve) => {
    const end = (how: Ended): void => {
      ended = how
      running.delete(kill)
      resolve(how)
    }
    child.on('close', (code, signal) => end({ code, signal }))
    child.on('error', (error) => {
      output.stderr += `${error.message}\n`
      end({ code: -1, signal: null })
    })
  })
  return {
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ended: () => ended,
    signal: (name) => void child.kill(name),
    closed,
    page: async (path) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })
      return {
        status: answer.status,
        contentType: answer.headers.get('content-type') ?? '',
        body: await answer.text(),
      }
    },
  }
}
