/** Every YAML block in the documentation, and every file in examples/, is what it says it is. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { sinkRegistry } from '../../src/app/registry.ts'
import { readConfigFile } from '../../src/config/file/read-file.ts'
import { renderProblems } from '../../src/config/problems.ts'
import { environmentFor, fromElsewhere, readPages, root } from './pages.ts'

/** `yaml part` is a part of something: it only has to be YAML. Else a manifest of Kubernetes, or a configuration. */
async function wrongWithYaml(text: string, info: string): Promise<string | undefined> {
  const value: unknown = parse(dedented(text))
  if (typeof value !== 'object' || value === null) return 'it holds nothing'
  if (info === 'yaml part') return undefined
  if ('apiVersion' in value)
    return 'kind' in value && 'metadata' in value ? undefined : 'no kind, or no metadata'
  return wrongWithConfiguration(text)
}

/** Whatever secrets refer to is there. */
async function wrongWithConfiguration(text: string): Promise<string | undefined> {
  const read = await readConfigFile('page', {
    registry: sinkRegistry,
    env: environmentFor(text),
    frequencyMs: 1_000,
    read: (path) => (path === 'page' ? text : fromElsewhere),
  })
  const problems = read.ok ? read.warnings : read.problems
  return problems.length === 0 ? undefined : renderProblems(problems, { colour: false })
}

/** A part keeps the place that it has in the whole: its first line may stand further in than the next. */
function dedented(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const isFlat = lines.every((line) => /^\s*[\w-]+: [[{]/.test(line))
  return isFlat ? lines.map((line) => line.trim()).join('\n') : text
}

describe('YAML in the documentation', () => {
  for (const { path, blocks } of readPages()) {
    const shown = blocks.filter(({ info }) => info.startsWith('yaml'))
    if (shown.length === 0) continue
    it(`can be used as it stands: ${path}`, async () => {
      for (const { line, info, text } of shown) {
        const why = await wrongWithYaml(text, info)
        assert.equal(why, undefined, `${path}:${line}: ${why}`)
      }
    })
  }

  it('that is wrong is found', async () => {
    const of = (text: string): Promise<string | undefined> => wrongWithYaml(text, 'yaml')
    assert.equal(await of('sources: [{name: a, type: kubernetes}]\nsinks: [{name: b, type: log}]'), undefined)
    assert.match((await of('sinks: [{name: b, type: lgo}]')) ?? '', /lgo/)
    assert.match((await of('sinks: [{name: b, type: log, filters: {level: warn}}]')) ?? '', /level/)
    assert.match((await of('apiVersion: v1')) ?? '', /no kind/)
  })
})

describe('an example', () => {
  const files = globSync('examples/*.yaml', { cwd: root }).toSorted()

  it('is there', () => assert.ok(files.length > 0))

  for (const path of files) {
    it(`is a configuration that is taken: ${path}`, async () => {
      assert.equal(await wrongWithConfiguration(readFileSync(join(root, path), 'utf8')), undefined)
    })
  }
})
