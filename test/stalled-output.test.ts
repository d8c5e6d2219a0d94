/** A reader of standard output that stands still must not keep the program from ending. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { startApiServer } from '../src/demo/api-server.ts'

describe('a program whose standard output nobody reads', () => {
  it('is held, stops when it is told to, and ends', { timeout: 60_000 }, async () => {
    const main = join(import.meta.dirname, '..', 'src', 'main.ts')
    const dataDir = await mkdtemp(join(tmpdir(), 'stalled-'))
    const api = await startApiServer()
    const program = spawn(
      process.execPath,
      [
        main,
        `--source=kubernetes:${api.url}?inClusterConfig=false`,
        '--sink=log:?ke.timeout=50ms',
        '--healthz-ip=127.0.0.1',
        '--healthz-port=0',
        `--data-dir=${dataDir}`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const exited = once(program, 'exit')
    const log = createInterface(program.stderr)
    const said: string[] = []
    const saying = (text: string): Promise<void> =>
      new Promise((resolve) => {
        if (said.some((line) => line.includes(text))) return resolve()
        log.on('line', (line) => {
          if (line.includes(text)) resolve()
        })
      })
    log.on('line', (line) => said.push(line))
    try {
      await saying('source watches events')
      // More than any pipe takes.
      for (let count = 0; count < 1_000; count++) {
        api.put({
          metadata: { name: `event-${count}`, namespace: 'shop' },
          involvedObject: { kind: 'Pod', namespace: 'shop', name: `web-${count}` },
          message: 'm'.repeat(1_000),
        })
      }
      await saying('sink is held')
      program.kill('SIGTERM')
      await saying('"msg":"stopped"')
      const [code] = await exited
      assert.equal(code, 0)
    } finally {
      program.kill('SIGKILL')
      await api.close()
      await rm(dataDir, { recursive: true })
    }
  })
})
