/** The context of a kubeconfig, from the command line and from a file. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { sinkRegistry } from '../app/registry.ts'
import { parseCommandLine } from './from-command-line.ts'
import { loadConfig } from './load.ts'

describe('the context of a kubeconfig', () => {
  it('is an option of a source', () => {
    const source = '--source=kubernetes:?inClusterConfig=false&auth=/etc/kube/config&context=staging'
    const parsed = parseCommandLine([source, '--sink=log'], {}, sinkRegistry)
    assert.ok(parsed.kind === 'run')
    assert.equal(parsed.config.sources[0]?.context, 'staging')
    assert.deepEqual(parsed.problems, [])
  })

  it('in a pod that uses its own account is told to do nothing', () => {
    const parsed = parseCommandLine(['--source=kubernetes:?context=staging', '--sink=log'], {}, sinkRegistry)
    assert.ok(parsed.kind === 'run')
    assert.equal(parsed.config.sources[0]?.context, undefined)
    assert.match(parsed.problems[0]?.what ?? '', /the context is not used/)
  })

  it('in a file means a kubeconfig, the default one if none is named', async (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-context-'))
    test.after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'config.yaml')
    writeFileSync(file, 'sources: [{type: kubernetes, context: staging}]\nsinks: [{type: log, name: log}]\n')
    const parsed = await loadConfig([`--config=${file}`], {}, sinkRegistry)
    assert.ok(parsed.kind === 'run', JSON.stringify(parsed))
    const [source] = parsed.config.sources
    assert.deepEqual([source?.context, source?.inClusterConfig], ['staging', false])
  })
})
