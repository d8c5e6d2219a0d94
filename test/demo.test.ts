/** The demo is what a newcomer runs first: it must work with nothing else, end by itself, and tell the truth. */
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const main = join(import.meta.dirname, '..', 'src', 'main.ts')

function demo(...argv: string[]): Promise<Ended> {
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

  it('ends when nobody reads it any more, as with `| head`', { timeout: 60_000 }, async () => {
    const program = spawn(process.execPath, [main, 'demo', '--speed=max'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said: Buffer[] = []
    program.stderr.on('data', (chunk: Buffer) => said.push(chunk))
    program.stdout.once('data', () => program.stdout.destroy())
    const [code] = await once(program, 'close')
    assert.equal(Buffer.concat(said).toString(), '')
    assert.equal(code, 0)
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

/** `script` of util-linux gives a program a terminal; others of that name are called otherwise. */
const hasTerminals = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux')

/** On a terminal of 80×24, where Ctrl-C is pressed once all of `seen` were on it. Resolves to all that was written. */
function demoOnTerminal(
  seen: readonly RegExp[],
  ...argv: string[]
): Promise<{ code: number | null; screen: string; isPressed: boolean }> {
  const command = `stty cols 80 rows 24; exec '${process.execPath}' '${main}' demo ${argv.join(' ')}`
  const { NO_COLOR: _, ...env } = process.env
  const child = spawn('script', ['-qefc', command, '/dev/null'], { env: { ...env, TERM: 'xterm' } })
  return new Promise((resolve, reject) => {
    let screen = ''
    let isPressed = false
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      screen += text
      if (isPressed || !seen.every((one) => one.test(screen))) return
      isPressed = true
      child.stdin.write('\u0003')
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, screen, isPressed }))
  })
}

describe(
  'the demo on a terminal',
  { skip: hasTerminals ? false : 'there is no script of util-linux' },
  () => {
    it('shows what arrives, what is filtered and the robot’s digest; Ctrl-C gives the terminal back', async () => {
      const seen = [
        /BackOff /,
        /filtered: level/,
        /namespace.5/u,
        /reason.\d/u,
        /flowing/,
        /1 digest; digest of \d\d:\d\d:\d\d/,
      ]
      const { code, screen, isPressed } = await demoOnTerminal(seen, '--speed=40')
      assert.equal(code, 0, screen)
      assert.ok(isPressed, screen)
      const [before = '', show = '', ...more] = screen.split('\u001b[?1049h')
      assert.deepEqual(more, [], 'its own screen was entered twice')
      assert.equal(before.trim(), '')
      const [drawn = '', after = '', ...again] = show.split('\u001b[?1049l')
      assert.deepEqual(again, [], 'its own screen was left twice')
      assert.ok(drawn.includes('\u001b[33mBackOff '), 'warnings have no colour')
      assert.ok(drawn.lastIndexOf('\u001b[?25h') > drawn.lastIndexOf('\u001b[?25l'), 'the cursor is gone')
      assert.match(after, /^\d+ occurrences in \d+\.\d s\./m)
      assert.match(
        after,
        /^The chat robot got \d+ messages, (one|\d+) of them (a digest|digests); none was refused\.\r$/m,
      )
      assert.match(after, /^ {2}\d+ events of \d+ objects/m)
    })

    it('gives the terminal back before it says why it cannot play', async () => {
      const { code, screen } = await demoOnTerminal([/never shown/], '--recording=/does/not/exist')
      assert.equal(code, 1)
      assert.match(
        screen.split('\u001b[?1049l').at(-1) ?? '',
        /^\s*recording \/does\/not\/exist: cannot be read/,
      )
    })
  },
)
