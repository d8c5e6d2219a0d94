/** From a command line to a file and back to what it comes to, with the program as a user starts it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const launcher = join(import.meta.dirname, '..', 'bin', 'kube-eventer')
const { PATH = '', HOME = '' } = process.env

function run(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(launcher, args, {
    env: { PATH, HOME, HOOK: 'https://hooks.example.test/canary' },
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr }
}

describe('kube-eventer config from-flags', () => {
  it('makes the file of a command line, and --print-config tells what it comes to, without secrets', (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-config-'))
    test.after(() => rmSync(folder, { recursive: true, force: true }))
    const made = run(
      'config',
      'from-flags',
      '--',
      '/kube-eventer',
      '--source=kubernetes:https://kubernetes.default',
      '--sink=webhook:$HOOK?level=Warning&method=POST',
    )
    assert.equal(made.code, 0, made.err)
    const file = join(folder, 'config.yaml')
    writeFileSync(file, made.out)
    const printed = run('-c', file, '--print-config', '--sink=log')
    assert.equal(printed.code, 0, printed.err)
    assert.match(printed.out, /url: https:\/\/hooks\.example\.test\/…/)
    assert.match(printed.out, /type: log/)
    assert.doesNotMatch(printed.out + printed.err, /canary/)
  })

  it('leaves out a sink that is wrong, says so and answers 2', () => {
    const { code, out, err } = run(
      'config',
      'from-flags',
      '--',
      '--source=kubernetes:',
      '--sink=log',
      '--sink=nope:',
    )
    assert.equal(code, 2)
    assert.match(out, /type: log/)
    assert.match(err, /there is no sink nope/)
  })

  it('has a help, and knows no other subcommand', () => {
    assert.match(run('config', '--help').out, /^kube-eventer config from-flags prints/)
    const { code, err } = run('config', 'from-flag')
    assert.equal(code, 2)
    assert.match(err, /did you mean from-flags\?/)
  })
})

describe('a run with a configuration file that is wrong', () => {
  it('does not start, and tells every error with its place', (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-config-'))
    test.after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'config.yaml')
    writeFileSync(file, 'sources: [{type: kubernetes}]\nsinks:\n  - {name: a, type: lgo}\n  - {type: log}\n')
    const { code, err } = run(`--config=${file}`)
    assert.equal(code, 2)
    assert.equal(
      err,
      `error: ${file}:3:21: there is no sink lgo\n  did you mean log?\n` +
        `error: ${file}:4:5: option \`name\` is missing\n  add name: …\n`,
    )
  })

  it('or that is not there', () => {
    const { code, err } = run('--config=/nonexistent/config.yaml')
    assert.equal(code, 2)
    assert.match(
      err,
      /^error: \/nonexistent\/config\.yaml: the configuration file cannot be read \(ENOENT\)\n/,
    )
  })
})
