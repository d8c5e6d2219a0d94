/** The program itself as a process of its own, started as a user starts it. */
import { join } from 'node:path'
import { freePorts, startProcess, until } from './processes.ts'
import type { OwnedProcess } from './processes.ts'

export interface Program {
  readonly process: OwnedProcess
  /** Of health and metrics: `http://127.0.0.1:PORT`. */
  readonly url: string
  /** Its answer on `/readyz`, `/healthz`, `/metrics`. */
  ask(path: string): Promise<{ readonly status: number; readonly body: string }>
  /** Resolves once `/readyz` says 200: from then on every new event is told. */
  ready(): Promise<void>
}

const launcherOfCheckout = join(import.meta.dirname, '..', '..', 'bin', 'kube-eventer')

/** Starts `kube-eventer` with `args`, with `env` besides PATH and HOME; `launcher` is this checkout's unless told. */
export async function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  launcher = launcherOfCheckout,
): Promise<Program> {
  const [port = 0] = await freePorts(1)
  const { PATH = '', HOME = '' } = process.env
  const started = startProcess(
    'kube-eventer',
    launcher,
    [...args, '--healthz-ip=127.0.0.1', `--healthz-port=${port}`],
    { PATH, HOME, ...env },
  )
  const url = `http://127.0.0.1:${port}`
  const ask: Program['ask'] = async (path) => {
    const answer = await fetch(`${url}${path}`, { headers: { connection: 'close' } })
    return { status: answer.status, body: await answer.text() }
  }
  const ready = async (): Promise<void> => {
    await until('the program to be ready', async () => (await ask('/readyz')).status === 200, [started])
  }
  return { process: started, url, ask, ready }
}
