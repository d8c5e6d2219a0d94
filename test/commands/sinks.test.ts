/** `sinks`: every sink tells all that its declaration says. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sinkRegistry } from '../../src/app/registry.ts'
import { sinkReference } from '../../src/app/sink-reference.ts'
import { sinks } from '../../src/cli/sinks.ts'
import { keptIo } from './io.ts'

async function tell(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo()
  const code = await sinks(argv, io)
  return { code, out: io.stdout(), err: io.stderr() }
}

describe('sinks without a name', () => {
  it('tells each sink with its summary', async () => {
    const { code, out } = await tell()
    assert.equal(code, 0)
    for (const { name, summary } of sinkRegistry.values()) {
      assert.ok(
        out.split('\n').some((line) => line.startsWith(`${name} `) && line.endsWith(summary)),
        name,
      )
    }
    const { out: json } = await tell('--json')
    assert.deepEqual(
      JSON.parse(json).map((sink: { name: string }) => sink.name),
      [...sinkRegistry.keys()],
    )
  })
})

for (const declaration of sinkRegistry.values()) {
  describe(`sinks ${declaration.name}`, () => {
    it('tells every option with its type and what it is, and the examples without placeholders', async () => {
      const reference = sinkReference(declaration)
      assert.ok(reference.options.length > 0)
      for (const option of reference.options) {
        assert.notEqual(option.summary, '', `${option.name} says nothing`)
        assert.notEqual(option.type, 'any', `${option.name} has no type`)
      }
      const { code, out } = await tell(declaration.name)
      assert.equal(code, 0)
      for (const { name, summary } of reference.options)
        assert.ok(out.includes(`  ${name} `) && out.includes(summary))
      for (const { title } of declaration.examples) assert.ok(out.includes(title))
      assert.doesNotMatch(out, /<endpoint>/)
    })

    it('gives a JSON Schema with the same options', async () => {
      const { out } = await tell(declaration.name, '--json')
      const { jsonSchema, options } = JSON.parse(out)
      assert.deepEqual(
        Object.keys(jsonSchema.properties),
        options.map(({ name }: { name: string }) => name),
      )
      const required = options.filter((option: { required: boolean }) => option.required)
      assert.deepEqual(
        jsonSchema.required ?? [],
        required.map(({ name }: { name: string }) => name),
      )
    })
  })
}

describe('sinks with a name that no sink has', () => {
  it('exits 2 with the nearest one', async () => {
    const { code, err } = await tell('webhok')
    assert.equal(code, 2)
    assert.match(err, /there is no sink `webhok`\n {2}did you mean webhook\? sinks are /)
  })
})
