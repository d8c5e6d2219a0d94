/** A stand-in for SLS in a process of its own, so that it can be stopped, frozen and started again with what it stored. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, startProcess, until } from './processes.ts'
import type { OwnedProcess } from './processes.ts'

export const standInPlace = { project: 'shop', logStore: 'events', region: 'cn-test' } as const
export const standInKey = { id: 'LTAIexample', secret: 'example-secret-0123456789' } as const

export interface SlsStandIn {
  /** `127.0.0.1:port` */
  readonly host: string
  /** The message of each stored event; what is stored twice comes twice. */
  messages(): readonly string[]
  stop(): Promise<void>
  start(): Promise<void>
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

export async function startSls(): Promise<SlsStandIn> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-sls-'))
  const file = join(folder, 'messages')
  const [port = 0] = await freePorts(1)
  const start = async (): Promise<OwnedProcess> => {
    const script = join(import.meta.dirname, 'sls-stand-in.ts')
    const started = startProcess('a stand-in for SLS', process.execPath, [script, String(port), file])
    await until('the stand-in to start', () => started.output().includes('ready'), [started])
    return started
  }
  let server = await start()
  return {
    host: `127.0.0.1:${port}`,
    messages: () => {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
      return lines.filter((line) => line !== '').map((line) => String(JSON.parse(line)))
    },
    stop: async () => void (await server.stop('SIGTERM')),
    start: async () => {
      server = await start()
    },
    freeze: () => void process.kill(server.pid, 'SIGSTOP'),
    thaw: () => void process.kill(server.pid, 'SIGCONT'),
    close: async () => {
      await server.stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
