/** The demo is what a newcomer runs first: it must work with nothing else, end by itself, and tell the truth. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function demo(...argv: string[]): Promise<Ended> {
  const main = join(import.meta.dirname, '..', 'src', 'main.ts')
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, 'demo', ...argv],
      { maxBuffer: 16 * 1_048_576, env: { ...process.env, TZ: 'UTC' } },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr })
      },
    )
  })
}

describe('the demo', () => {
  it('delivers every warning of the recorded incident, ends by itself and sums up', async () => {
    const { code, stdout, stderr } = await demo('--speed=max')
    assert.equal(code, 0, stderr)
    assert.equal(stderr, '')
    const lines = stdout.split('\n')
    assert.equal(lines.filter((line) => /^\d\d:\d\d:\d\d {2}/.test(line)).length, 1_367)
    assert.match(stdout, /^2210 occurrences in \d+\.\d s\. The webhook receiver got 1367 requests\.$/m)
    for (const sink of ['terminal', 'webhook']) {
      assert.match(stdout, new RegExp(`^${sink}-\\S+ +1367 +843 \\(level 843\\) +0 +0 +0 +≤ `, 'm'))
    }
    assert.ok(!stdout.includes('\u001b['), 'colours, though this is no terminal')
  })

  it('sends to a sink of the user’s own instead of the receiver', async () => {
    let requests = 0
    const own = createServer((request, response) => {
      requests++
      request.resume()
      response.end('ok')
    })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    try {
      const { port }: AddressInfo = own.address() as AddressInfo
      const { code, stdout } = await demo(
        '--speed=max',
        `--sink=webhook:http://127.0.0.1:${port}/own?method=POST&kinds=Node`,
      )
      assert.equal(code, 0)
      assert.match(stdout, /webhook-127\.0\.0\.1/)
      assert.ok(requests > 0)
      assert.ok(!stdout.includes('The webhook receiver got'))
    } finally {
      own.closeAllConnections()
      await new Promise((resolve) => own.close(resolve))
    }
  })

  it('refuses what it cannot play or read, with one clear message', async () => {
    const speed = await demo('--speed=fast')
    assert.equal(speed.code, 2)
    assert.match(speed.stderr, /--speed: its value is no speed/)
    const recording = await demo('--recording=/does/not/exist')
    assert.equal(recording.code, 1)
    assert.match(recording.stderr, /\/does\/not\/exist/)
    assert.ok(!recording.stderr.includes('    at '), 'a stack trace')
    const sink = await demo('--sink=nothing:x')
    assert.equal(sink.code, 2)
    assert.match(sink.stderr, /nothing/)
  })
})
