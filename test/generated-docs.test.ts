/** What is generated from declarations is up to date, and what the pages show works. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { configSchema } from '../scripts/config-schema.ts'
import { generatedFiles } from '../scripts/generate-docs.ts'
import { sinkRegistry } from '../src/app/registry.ts'
import { readConfigFile } from '../src/config/file/read-file.ts'

const root = join(import.meta.dirname, '..')

describe('what is generated', () => {
  it('is what would be generated now: run node scripts/generate-docs.ts', async () => {
    for (const [path, text] of await generatedFiles()) {
      assert.equal(readFileSync(join(root, path), 'utf8'), text, path)
    }
  })
})

describe('the pages on the configuration file', () => {
  for (const language of ['en', 'zh']) {
    it(`show one that can be used: ${language}`, async () => {
      const page = readFileSync(join(root, 'docs', language, 'configuration.md'), 'utf8')
      const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
      const result = await readConfigFile('page', {
        registry: sinkRegistry,
        env: { ALERTS_URL: 'https://hooks.example.test/alerts' },
        frequencyMs: 1_000,
        read: (path) => (path === 'page' ? example : 'Bearer example-token'),
      })
      assert.ok(result.ok, JSON.stringify(result))
      assert.deepEqual(result.warnings, [])
      assert.equal(result.file.sinks.length, 2)
    })
  }
})

describe('the JSON Schema', () => {
  const schema = configSchema([...sinkRegistry.values()])

  it('knows every sink, with its own options and those that all have', () => {
    const text = JSON.stringify(schema)
    for (const name of sinkRegistry.keys()) assert.ok(text.includes(`"const":"${name}"`), name)
    assert.equal(text.split('"retryFor"').length - 1, sinkRegistry.size)
  })

  it('lets secrets be references, and nothing else', () => {
    const webhook = JSON.stringify(
      configSchema([...sinkRegistry.values()].filter(({ name }) => name === 'webhook')),
    )
    const references = webhook.split('"$ref":"#/definitions/secret"').length - 1
    assert.equal(references, 2, 'url and the values of headers')
  })
})
