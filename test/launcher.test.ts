/** `bin/kube-eventer` starts the program from wherever it is called, and says so where Node is too old. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

const root = join(import.meta.dirname, '..')
const launcher = join(root, 'bin', 'kube-eventer')
const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-launcher-'))

describe('the launcher', () => {
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('finds the program through symbolic links, from another folder', () => {
    symlinkSync(launcher, join(folder, 'absolute'))
    symlinkSync('absolute', join(folder, 'relative'))
    const said = execFileSync('./relative', ['--version'], { cwd: folder, encoding: 'utf8' })
    assert.match(said, /^kube-eventer version: \d+\.\d+\.\d+/)
  })

  it('keeps the heap small, but leaves a size that the user set', () => {
    // Preloaded: tells the limit instead of starting the program.
    const report = join(folder, 'report.cjs')
    writeFileSync(
      report,
      "process.stderr.write(String(require('node:v8').getHeapStatistics().heap_size_limit))\nprocess.exit(0)\n",
    )
    const heapLimitMiB = (options: string): number => {
      const env = { ...process.env, NODE_OPTIONS: `-r ${report} ${options}` }
      return Number(spawnSync(launcher, ['--version'], { env, encoding: 'utf8' }).stderr) / 2 ** 20
    }
    assert.ok(heapLimitMiB('') < 130)
    assert.ok(heapLimitMiB('--max-old-space-size=500') > 500)
  })

  for (const argv of [
    ['--help'],
    ['help'],
    ['version'],
    ['demo', '--help'],
    ['config', '--help'],
    ['sinks'],
  ]) {
    it(`takes it well when nobody reads what \`${argv.join(' ')}\` prints`, async () => {
      const program = spawn(launcher, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
      program.stdout.destroy()
      const said: Buffer[] = []
      program.stderr.on('data', (chunk: Buffer) => said.push(chunk))
      const [code] = await once(program, 'close')
      assert.equal(Buffer.concat(said).toString(), '')
      assert.equal(code, 0)
    })
  }

  it('says in one line that Node is too old', () => {
    const pretend = join(folder, 'pretend.cjs')
    const versions = "{ ...process.versions, node: '20.1.0' }"
    writeFileSync(pretend, `Object.defineProperty(process, 'versions', { value: ${versions} })\n`)
    const env = { ...process.env, NODE_OPTIONS: `-r ${pretend}` }
    const { status, stderr } = spawnSync(launcher, ['--version'], { env, encoding: 'utf8' })
    assert.equal(status, 1)
    assert.match(stderr, /^kube-eventer needs Node 24 or newer, [^\n]+\n$/)
  })

  it('checks the version in a file that old Nodes can read', () => {
    const text = readFileSync(join(root, 'bin', 'require-node-24.cjs'), 'utf8')
    assert.doesNotMatch(text, /=>|\bconst\b|\blet\b|`[^`]*\$\{|\?\./)
  })
})
