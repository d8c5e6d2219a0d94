/** The documented functions: all that there are, with examples that give what they say. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BUILTINS } from '../functions/builtin.ts'
import { SAMPLE_EVENTS } from '../sample-events.ts'
import { REFUSED, SPRIG } from '../sprig/sprig.ts'
import { compiled, goTime, zonesOf } from '../testing/golden-vectors.ts'
import { EXAMPLE_NOW, type FunctionRow } from './function-doc.ts'
import { FUNCTION_GROUPS } from './reference.ts'

const rows = FUNCTION_GROUPS.flatMap(({ library, rows: all }) => all.map((row) => ({ library, row })))
const crashLoop = SAMPLE_EVENTS.find(({ name }) => name === 'crash-loop')?.event

function exampleOutput(library: 'go' | 'sprig', [, , , example]: FunctionRow): string {
  assert.ok(crashLoop)
  const template = compiled(example, { functions: library === 'go' ? 'builtin' : 'sprig' })
  const rendered = template.render(crashLoop, goTime(EXAMPLE_NOW, zonesOf('UTC')))
  assert.ok(rendered.ok, rendered.ok ? '' : rendered.error.message)
  return rendered.text
}

describe('the documentation of functions', () => {
  it('has every function once, and no other', () => {
    const names = rows.map(({ row: [name] }) => name)
    assert.deepEqual(names.toSorted(), [...new Set([...BUILTINS.keys(), ...SPRIG.keys()])].toSorted())
  })

  it('counts as of Go what Go has without sprig', () => {
    const go = rows.filter(({ library }) => library === 'go').map(({ row: [name] }) => name)
    assert.deepEqual(go.toSorted(), [...BUILTINS.keys()].toSorted())
  })

  it('has no function that is refused, and a reason for each of those', () => {
    const names = new Set(rows.map(({ row: [name] }) => name))
    for (const [name, reason] of REFUSED) {
      assert.ok(!names.has(name), name)
      assert.ok(reason.length > 10, name)
    }
  })

  for (const { library, row } of rows) {
    const [name, parameters, summary, example, output] = row
    it(`of ${name} has an example that calls it and gives what it says`, () => {
      assert.match(example, new RegExp(String.raw`\b${name}\b`))
      assert.equal(exampleOutput(library, row), output)
      assert.ok(summary.length > 0)
    })

    it(`of ${name} names as many parameters as it has`, () => {
      const called = (library === 'go' ? BUILTINS : SPRIG).get(name)
      assert.ok(called)
      const words = parameters === '' ? [] : parameters.split(' ')
      assert.equal(words.length, called.params.length)
      assert.equal(parameters.endsWith('...'), called.isVariadic)
    })
  }
})
